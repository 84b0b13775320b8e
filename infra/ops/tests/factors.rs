//! What an operator can do about the second factor and the passkeys of a user who has lost them.

#[expect(dead_code, reason = "each test uses its part of it")]
mod support;

use anyhow::{Context as _, Result};
use local::authenticator::Authenticator;
use serde_json::json;
use shared::factor::recovery::RecoveryCodes;
use shared::factor::sealed::SealedTotp;
use shared::factor::totp::{Step, Totp};
use shared::id::SessionId;
use shared::language::Language;
use shared::passkey::challenge::{Binding, Holder, Purpose};
use shared::passkey::cose::PublicKey;
use shared::passkey::{CredentialId, Passkey};
use shared::store::{NewFactor, Nonce, Registration};
use shared::user::User;
use shared::user::email::Email;
use support::World;

const EMAIL: &str = "grace@example.com";
const FROM: &str = "no-reply@example.com";
const ORIGIN: &str = "https://auth.example";

/// A deployment with one user, who reads English.
async fn world() -> Result<(World, User)> {
    let world = World::new().await?;
    let (random, now) = (&world.context.random, world.context.clock.now());
    let locale = Some(Language::English);
    let user = User { email: Some(EMAIL.parse()?), locale, ..User::new(random, now) };
    let registration =
        Registration { user: user.clone(), password: None, challenge: None, opening: None, source: String::new() };
    world.context.store.register(&world.app, &registration, &Nonce::draw(random), now).await?;
    Ok((world, user))
}

async fn set_up(world: &World, user: &User) -> Result<()> {
    let (store, random, now) = (&world.context.store, &world.context.random, world.context.clock.now());
    let ring = store.ring(now).await?;
    let totp = SealedTotp::seal(Totp::draw(random).secret(), &world.app, user.id, &ring, random);
    let recovery = RecoveryCodes::draw(&world.app, user.id, &ring, random);
    let new = NewFactor { totp: &totp, step: Step(1), recovery: &recovery, session: None };
    Ok(store.set_up_factor(&world.app, user, &new, &Nonce::draw(random), now).await?)
}

async fn add_passkey(world: &World, user: &User) -> Result<()> {
    let (store, random, now) = (&world.context.store, &world.context.random, world.context.clock.now());
    let (ring, session) = (store.ring(now).await?, SessionId::draw(random));
    let binding = Binding { app: &world.app, purpose: Purpose::Registration, holder: Holder::Session(&session) };
    let issued = binding.issue(ORIGIN, &ring, random, now);
    let challenge = binding.recognise(&issued, ORIGIN, &ring, now).context("a challenge of ours")?;
    let authenticator = Authenticator::new("auth.example", ORIGIN)?;
    let passkey = Passkey {
        credential: CredentialId::new(authenticator.id.clone()).context("the id of a credential")?,
        name: "Telephone".parse()?,
        key: PublicKey::read(&authenticator.cose())?,
        sign_count: 0,
        backup_eligible: false,
        backed_up: false,
        transports: Vec::new(),
        created: now,
        epoch: user.epoch,
        used: None,
        places: Vec::new(),
    };
    Ok(store.add_passkey(&world.app, user.id, &passkey, &challenge, now).await?)
}

#[tokio::test]
async fn an_authenticator_app_is_listed_and_taken_away_and_its_user_is_told() -> Result<()> {
    let (world, user) = world().await?;
    assert_eq!(world.user(&["factors", "list", "--email", EMAIL])?["factors"], json!([]));
    let none = world.run(&["factors", "remove", "--email", EMAIL])?;
    assert!(!none.status.success() && String::from_utf8(none.stderr)?.contains("has no authenticator app"));
    set_up(&world, &user).await?;
    let listed = world.user(&["factors", "list", "--email", EMAIL])?;
    assert_eq!((&listed["factors"][0]["kind"], &listed["factors"][0]["recovery_codes"]), (&json!("totp"), &json!(10)));

    let removed = world.user(&["factors", "remove", "--email", EMAIL, "--mail-from", FROM])?;
    assert_eq!((&removed["removed"], &removed["told"]), (&json!(["totp"]), &json!(true)));
    assert_eq!(world.subjects(EMAIL), ["No second factor for your shop account any more"]);
    assert!(world.context.store.factor(&world.app, user.id).await?.is_none());
    assert!(!world.identity(EMAIL.parse::<Email>()?).await?.context("somebody")?.second_factor);
    Ok(())
}

#[tokio::test]
async fn a_passkey_is_listed_and_taken_away_by_its_name_there_and_its_user_is_told() -> Result<()> {
    let (world, user) = world().await?;
    set_up(&world, &user).await?;
    add_passkey(&world, &user).await?;
    let listed = world.user(&["factors", "list", "--email", EMAIL])?;
    let passkey = &listed["factors"][1];
    assert_eq!((&passkey["kind"], &passkey["name"]), (&json!("passkey"), &json!("Telephone")));
    let id = passkey["id"].as_str().context("an id")?;
    assert_eq!(world.user(&["export", "--email", EMAIL])?["factors"], listed["factors"], "it is the person's data");

    let removed = world.user(&["factors", "remove", "--email", EMAIL, "--passkey", id, "--mail-from", FROM])?;
    assert_eq!((&removed["removed"], &removed["told"]), (&json!(["passkey"]), &json!(true)));
    assert_eq!(world.subjects(EMAIL), ["A passkey of your shop account was removed"]);
    let left = world.user(&["factors", "list", "--email", EMAIL])?;
    assert_eq!((left["factors"].as_array().map(Vec::len), &left["factors"][0]["kind"]), (Some(1), &json!("totp")));
    let again = world.run(&["factors", "remove", "--email", EMAIL, "--passkey", id])?;
    assert!(!again.status.success() && String::from_utf8(again.stderr)?.contains("has no such passkey"));
    Ok(())
}

/// The operator is told that nobody else was.
#[tokio::test]
async fn without_an_address_to_mail_from_the_operator_learns_that_the_user_was_not_told() -> Result<()> {
    let (world, user) = world().await?;
    set_up(&world, &user).await?;
    let output = world.run(&["factors", "remove", "--email", EMAIL])?;
    assert!(output.status.success(), "{output:?}");
    assert!(String::from_utf8(output.stderr)?.contains("the user was not told"));
    assert_eq!(world.subjects(EMAIL), [""; 0]);
    Ok(())
}
