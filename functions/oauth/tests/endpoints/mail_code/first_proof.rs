//! A mailed code is the first proof of its address, and ends what a stranger could come in by: docs/decisions/0279 and 0307.

use std::sync::Arc;

use local::faults::{Fault, On, Times};
use oauth::me::Me;
use oauth::{SignIn, Token};
use shared::code::sms::COOLDOWN;
use shared::random::Random;
use shared::user::User;
use shared::user::identity::Handle;
use shared::user::lockout::Place;

use super::{AWAY, BOB, HOME, is_open, let_in_of_fifty};
use crate::passkey;
use crate::world::{ADA, Browser, Call, OURS, PASSWORD, START, World, brought_back};

#[tokio::test]
async fn a_user_whose_password_ends_by_the_first_proof_is_told_although_the_answer_of_the_store_is_lost() {
    let world = World::new().await.with_mailed_codes().await;
    world.sign_up(ADA).await;
    world.mail_code(ADA, "").await;
    let code = world.mailed_code(ADA);
    world.dynamodb.inject(Fault::AnswerLost, On::operation("TransactWriteItems"), Times::Forever);
    assert_eq!(world.enter_mailed_code(ADA, &code, "").await.status, 503);
    world.dynamodb.heal();
    assert!(world.user_of(ADA).await.email_proof.is_proven());
    let told = world.mails(ADA).pop().expect("a mail").subject.expect("a subject");
    assert!(told.contains("password is no longer valid"), "{told}");
}

#[tokio::test]
async fn the_first_proof_of_an_address_forgets_where_the_stranger_was() {
    let world = World::new().await.with_mailed_codes().await;
    let account = serde_json::json!({"email": ADA, "password": PASSWORD, "name": "Ada"});
    assert_eq!(world.call::<browser::SignUp>(Call::empty().json(&account).from(AWAY)).await.status, 201);
    world.mail_code(ADA, "").await;
    assert!(is_open(&world.enter_mailed_code(ADA, &world.mailed_code(ADA), "").await));
    let app = "default".parse().expect("an app id");
    let (ring, handle) = (world.ctx.store.ring(world.clock.now()).await.expect("a ring"), ADA.parse().expect("one"));
    let identity = world.ctx.store.identity(&app, &Handle::Email(handle), world.clock.now()).await.expect("answers");
    assert_eq!(identity.expect("Ada").tries.places, [Place::of(HOME, &app, &ring)]);
}

/// Somebody signs up with the address of another, lets a client of theirs in, and waits for the owner.
#[tokio::test]
async fn a_code_that_is_the_first_proof_of_its_address_gives_the_account_without_what_others_could_come_in_by() {
    let world = World::new().await.with_mailed_codes().await;
    let (client, stranger) = (world.client().await, world.sign_up(ADA).await);
    let tokens = world.tokens(&stranger, &client, &[]).await;
    let (request, pending) = (client.request(), world.code(&stranger, &client, &[]).await);
    let quiet = [request.as_slice(), &[("scope", "openid"), ("prompt", "none")]].concat();
    world.consent(&stranger, &[request.as_slice(), &[("scope", "openid")]].concat(), &[]).await;

    assert_eq!(world.mail_code(ADA, "").await.status, 200);
    let answer = world.enter_mailed_code(ADA, &world.mailed_code(ADA), "").await;
    assert!(answer.status == 303 && is_open(&answer), "{}", answer.body);
    let owner = Browser::default();
    owner.keep(&answer);
    assert_eq!(world.call::<Me<false>>(owner.call()).await.status, 200);
    let ada = world.user_of(ADA).await;
    assert!(ada.email_proof.is_proven());

    assert_eq!(world.call::<Me<false>>(stranger.call()).await.status, 401, "the stranger's session");
    assert_eq!(world.call::<browser::Refresh>(stranger.call().header("origin", OURS)).await.status, 401);
    let form = [("login", ADA), ("password", PASSWORD)];
    assert_eq!(world.call::<SignIn>(Call::empty().form(&form)).await.status, 401, "the stranger's password");
    assert_eq!(world.refresh(&client, &tokens).await.status, 400, "what the client was given");
    assert_eq!(world.call::<Token>(client.exchange(&pending)).await.status, 400, "what it was going to be given");
    let asked = brought_back(&world.ask(&owner, &quiet).await);
    assert_eq!(asked.one("error"), Ok(Some("consent_required")), "what the stranger agreed to");
    let subjects: Vec<_> = world.mails(ADA).into_iter().filter_map(|mail| mail.subject).collect();
    assert!(subjects.iter().any(|subject| subject.contains("password is no longer valid")), "{subjects:?}");
}

#[tokio::test]
async fn a_password_that_is_set_after_the_proof_stays_when_another_code_signs_in() {
    let world = World::new().await.with_mailed_codes().await;
    world.sign_up(ADA).await;
    world.mail_code(ADA, "").await;
    assert!(is_open(&world.enter_mailed_code(ADA, &world.mailed_code(ADA), "").await));
    let token = world.reset_token("default").await;
    assert_eq!(world.set(&token, "a new tractor 18").await.status, 200);
    world.clock.advance(COOLDOWN);
    world.mail_code(ADA, "").await;
    let told = world.mails(ADA).len();
    assert!(is_open(&world.enter_mailed_code(ADA, &world.mailed_code(ADA), "").await));
    assert_eq!(world.mails(ADA).len(), told);
    let form = [("login", ADA), ("password", "a new tractor 18")];
    assert!(is_open(&world.call::<SignIn>(Call::empty().form(&form)).await));
}

/// Who proves the address in the session that signed up is its user.
#[tokio::test]
async fn an_address_that_is_proven_before_the_code_is_typed_keeps_its_password() {
    let world = World::new().await.with_mailed_codes().await;
    world.sign_up(ADA).await;
    world.mail_code(ADA, "").await;
    let (app, user) = ("default".parse().expect("an app id"), world.user_of(ADA).await);
    let email = ADA.parse().expect("an address");
    assert!(world.ctx.store.prove_by_word(&app, &user, &email, world.clock.now()).await.expect("answers"));
    assert!(is_open(&world.enter_mailed_code(ADA, &world.mailed_code(ADA), "").await));
    let form = [("login", ADA), ("password", PASSWORD)];
    assert!(is_open(&world.call::<SignIn>(Call::empty().form(&form)).await));
}

/// A stranger would come in by these all the same, and what its user has chosen is not taken away by a mail.
#[tokio::test]
async fn an_address_that_is_not_proven_is_no_way_into_an_account_that_has_another() {
    let world = World::new().await.with_mailed_codes().await;
    let (app, carol) = ("default".parse().expect("an app id"), "carol@example.com");
    passkey::add(&world, &world.sign_up(ADA).await).await;
    world.sign_up(BOB).await;
    let _ = world.set_up_factor("default", BOB).await;
    let phone = Some("+8613800138000".parse().expect("a phone"));
    let email = Some(carol.parse().expect("an address"));
    world.register_user(&app, User { email, phone, ..User::new(&Random::system(), START) }).await;
    for email in [ADA, BOB, carol] {
        assert_eq!(world.mail_code(email, "").await.status, 200);
        assert!(world.mailed_codes(email).is_empty(), "{email}");
    }
}

#[tokio::test]
async fn a_way_in_that_is_added_after_the_mail_ends_a_code_that_would_be_the_first_proof() {
    let world = World::new().await.with_mailed_codes().await;
    let browser = world.sign_up(ADA).await;
    world.mail_code(ADA, "").await;
    passkey::add(&world, &browser).await;
    let answer = world.enter_mailed_code(ADA, &world.mailed_code(ADA), "").await;
    assert!(answer.status == 401 && !is_open(&answer) && answer.body.contains("expired"), "{}", answer.body);
    assert!(!world.user_of(ADA).await.email_proof.is_proven());
}

#[tokio::test]
async fn of_fifty_who_show_a_code_that_is_the_first_proof_one_is_let_in() {
    let world = Arc::new(World::new().await.with_mailed_codes().await);
    world.sign_up(ADA).await;
    world.mail_code(ADA, "").await;
    assert_eq!(let_in_of_fifty(world).await, 1);
}

/// 303, or a 503 after which the very same request succeeds.
#[tokio::test]
async fn a_fault_that_passes_costs_nobody_a_code_that_is_the_first_proof() {
    for operation in ["GetItem", "Query", "DeleteItem", "UpdateItem", "TransactWriteItems"] {
        for fault in [Fault::Throttle, Fault::InternalError, Fault::Drop, Fault::AnswerLost, Fault::Conflict] {
            let world = World::new().await.with_mailed_codes().await;
            let (client, stranger) = (world.client().await, world.sign_up(ADA).await);
            world.code(&stranger, &client, &[]).await;
            world.mail_code(ADA, "").await;
            let code = world.mailed_code(ADA);
            world.dynamodb.inject(fault.clone(), On::operation(operation), Times::Once);
            let mut answer = world.enter_mailed_code(ADA, &code, "").await;
            if answer.status == 503 {
                answer = world.enter_mailed_code(ADA, &code, "").await;
            }
            assert!(answer.status == 303 && is_open(&answer), "{operation} {fault:?}: {}", answer.body);
        }
    }
}
