//! The rows of sign-ins by more than a password: a one-time code beside it, a passkey, and a code by e-mail.

use anyhow::{Context as _, Result};
use local::authenticator::Authenticator;
use serde_json::json;
use shared::code::digits::Code;
use shared::code::mailed::Owner;
use shared::code::sms::CodeRecord;
use shared::factor::recovery::RecoveryCodes;
use shared::factor::sealed::SealedTotp;
use shared::factor::totp::{Step, Totp};
use shared::passkey::challenge::{Binding, BrowserMark, Holder, Purpose};
use shared::passkey::cose::PublicKey;
use shared::passkey::{CredentialId, Passkey, UserHandle};
use shared::session::Transport;
use shared::store::{MailedCodeIssue, NewFactor, Nonce};
use shared::user::lockout::Place;

use super::case::{Case, app_event, page_event};
use super::oauth::post;
use super::world::{PASSWORD, PUBLIC_URL, SOURCE, World};

/// What passkeys are for at [`PUBLIC_URL`].
const RP_ID: &str = "auth.example.com";

/// The event of a request that nobody has made before, with what it needs in the store.
pub(super) async fn event(case: Case, world: &World) -> Result<String> {
    match case {
        Case::LoginOtp => by_one_time_code(world).await,
        Case::PasskeySignIn => by_passkey(world).await,
        Case::MailCode => {
            let email = world.user_with_proof().await?.email;
            Ok(post("/api/v1/auth/oauth2/mail-code", Vec::new(), runtime::query(&[("email", email.as_str())])))
        }
        _ => by_mailed_code(world).await,
    }
}

/// The password and the code of an authenticator app.
async fn by_one_time_code(world: &World) -> Result<String> {
    let somebody = world.user().await?;
    let (store, random, app, now) =
        (&world.context.store, &world.context.random, &world.app.id, world.context.clock.now());
    let (ring, totp) = (store.ring(now).await?, Totp::draw(random));
    let sealed = SealedTotp::seal(totp.secret(), app, somebody.user.id, &ring, random);
    let recovery = RecoveryCodes::draw(app, somebody.user.id, &ring, random);
    let new = NewFactor { totp: &sealed, step: Step(0), recovery: &recovery, session: None };
    store.set_up_factor(app, &somebody.user, &new, &Nonce::draw(random), now).await?;
    let otp = totp.code(Step::at(now));
    let body = json!({"email": somebody.email.as_str(), "password": PASSWORD, "otp": otp.expose()});
    Ok(app_event(world, "POST", "/api/v1/auth/login", None, &body))
}

/// The answer of a browser whose authenticator has a passkey of somebody new.
async fn by_passkey(world: &World) -> Result<String> {
    let (somebody, session) = world.visitor(Transport::Browser).await?;
    let (store, random, app, now) =
        (&world.context.store, &world.context.random, &world.app.id, world.context.clock.now());
    let ring = store.ring(now).await?;
    let mut authenticator = Authenticator::new(RP_ID, PUBLIC_URL)?;
    let registering = Binding { app, purpose: Purpose::Registration, holder: Holder::Session(&session.id) };
    let issued = registering.issue(PUBLIC_URL, &ring, random, now);
    let challenge = registering.recognise(&issued, PUBLIC_URL, &ring, now).context("a challenge of ours")?;
    let passkey = Passkey {
        credential: CredentialId::new(authenticator.id.clone()).context("the id of a credential")?,
        name: "Telephone".parse()?,
        key: PublicKey::read(&authenticator.cose())?,
        sign_count: 0,
        backup_eligible: true,
        backed_up: true,
        transports: vec!["internal".parse()?],
        created: now,
        epoch: somebody.user.epoch,
        used: None,
        places: vec![Place::of(SOURCE, app, &ring)],
    };
    store.add_passkey(app, somebody.user.id, &passkey, &challenge, now).await?;
    let mark = BrowserMark::draw(random);
    let signing_in = Binding { app, purpose: Purpose::Authentication, holder: Holder::Browser(&mark) };
    authenticator.challenge = signing_in.issue(PUBLIC_URL, &ring, random, now);
    authenticator.user_handle = UserHandle::of(app, somebody.user.id).as_bytes().to_vec();
    let body = json!({"credential": authenticator.get()?});
    let cookies = vec![format!("passkey_browser={}", mark.write().expose())];
    Ok(page_event("passkeys/authentication/verify", cookies, Some(body.to_string())))
}

/// The code that somebody was mailed.
async fn by_mailed_code(world: &World) -> Result<String> {
    let somebody = world.user_with_proof().await?;
    let (store, random, app, now) =
        (&world.context.store, &world.context.random, &world.app.id, world.context.clock.now());
    let (email, code) = (&somebody.email, Code::draw(random));
    let owner = Some(Owner { user: somebody.user.id, epoch: somebody.user.epoch });
    let issue = MailedCodeIssue { app, email, owner, source: SOURCE, nonce: Nonce::draw(random), now };
    store.put_mailed_code(&issue, &code, CodeRecord::default()).await?;
    let form = runtime::query(&[("email", email.as_str()), ("code", &code.reveal())]);
    Ok(post("/api/v1/auth/oauth2/signin", Vec::new(), form))
}
