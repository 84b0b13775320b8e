//! `docs/api/browser.md#sign-up`.

use browser::SignUp;
use local::faults::{Fault, On, Times};
use runtime::Answer;
use serde_json::json;
use shared::clock::Seconds;

use crate::world::{ADA, Call, PASSWORD, World, account, body, refusal};

#[tokio::test]
async fn signing_up_answers_as_documented_and_mails_a_code() {
    let world = World::new().await;
    let answer = world.call::<SignUp>(account(" Ada@Example.com ")).await;
    assert_eq!(answer.status, 201);
    let said = body(&answer);
    let (access, refresh) =
        (said["access_token"].as_str().expect("a JWT"), said["refresh_token"].as_str().expect("text"));
    let id = said["id"].as_str().expect("a string");
    assert_eq!(
        said,
        json!({"id": id, "email": ADA, "name": "Ada", "email_verified": false, "access_token": access,
               "refresh_token": refresh})
    );
    assert_eq!(
        answer.cookies,
        [
            format!("access_token={access}; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=3600"),
            format!("refresh_token={refresh}; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=604800"),
        ]
    );
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(world.mails(ADA).len(), 1);
    assert_eq!(world.code(ADA).len(), 6);
}

#[tokio::test]
async fn a_name_is_optional() {
    let world = World::new().await;
    let answer = world.call::<SignUp>(Call::body(json!({"email": ADA, "password": PASSWORD}))).await;
    assert_eq!((answer.status, &body(&answer)["name"]), (201, &json!("")));
}

#[tokio::test]
async fn a_taken_address_says_so_at_its_field() {
    let world = World::new().await;
    world.sign_up(ADA).await;
    let answer = world.call::<SignUp>(account(ADA).header("accept-language", "en")).await;
    assert_eq!(answer.status, 400);
    let words = "This e-mail address is registered already.";
    assert_eq!(body(&answer), json!({"detail": words, "code": "email_taken", "errors": {"email": [words]}}));
    assert!(answer.cookies.is_empty());
}

#[tokio::test]
async fn a_sign_up_that_was_not_answered_leaves_the_address_free_and_a_plain_retry_mails_the_code() {
    for fault in [Fault::AnswerLost, Fault::AnswerGarbled] {
        let world = World::new().await;
        world.dynamodb.inject(fault.clone(), On::operation("TransactWriteItems"), Times::Forever);
        assert_eq!(world.call::<SignUp>(account(ADA)).await.status, 503, "{fault:?}");
        world.dynamodb.heal();
        assert_eq!(world.mails(ADA).len(), 0, "{fault:?}");
        world.sign_up(ADA).await;
        assert_eq!(world.mails(ADA).len(), 1, "{fault:?}");
    }
}

/// Two at once, of which the one that made the account is not answered: the other took nothing back that is not its own.
#[tokio::test]
async fn a_sign_up_that_was_answered_is_not_taken_back_by_one_that_was_not() {
    let world = World::new().await;
    world.sign_up(ADA).await;
    world.dynamodb.inject(Fault::AnswerLost, On::operation("TransactWriteItems"), Times::Forever);
    assert_eq!(world.call::<SignUp>(account(ADA)).await.status, 503);
    world.dynamodb.heal();
    world.sign_in(ADA).await;
}

#[tokio::test]
async fn every_field_that_cannot_be_used_is_named_at_once() {
    let world = World::new().await;
    for (sent, fields) in [
        (json!({}), vec!["email", "password"]),
        (
            json!({"email": 7, "password": ["x"], "name": 1, "captcha": {}}),
            vec!["captcha", "email", "name", "password"],
        ),
        (json!({"email": "nonsense", "password": PASSWORD}), vec!["email"]),
        (json!({"email": ADA, "password": "1234567"}), vec!["password"]),
        (json!({"email": ADA, "password": "x".repeat(129)}), vec!["password"]),
        (json!({"email": ADA, "password": PASSWORD, "name": "a\u{0}b"}), vec!["name"]),
        (json!({"email": ADA, "password": PASSWORD, "name": "x".repeat(101)}), vec!["name"]),
    ] {
        let answer = world.call::<SignUp>(Call::body(sent.clone())).await;
        assert_eq!(refusal(&answer).0, 400, "{sent}");
        let said = body(&answer);
        let named: Vec<_> =
            said["errors"].as_object().map(|errors| errors.keys().cloned().collect()).unwrap_or_default();
        // A NUL is refused with the body, before any field.
        if said["code"] != "malformed_body" {
            assert_eq!(named, fields, "{sent}");
        }
    }
    assert!(world.mails(ADA).is_empty());
}

#[tokio::test]
async fn a_breached_password_is_refused_and_an_unusual_one_of_any_kind_taken() {
    let world = World::new().await;
    for password in ["password1", "PASSWORD1", "iloveyou1"] {
        let answer = world.call::<SignUp>(Call::body(json!({"email": ADA, "password": password}))).await;
        assert_eq!(refusal(&answer), (400, "breached_password".to_owned()), "{password}");
    }
    for (at, password) in ["        ", "正确的马电池订书钉", "🔑🔒🔑🔒🔑🔒🔑🔒"].iter().enumerate()
    {
        let email = format!("user{at}@example.com");
        let answer = world.call::<SignUp>(Call::body(json!({"email": email, "password": password}))).await;
        assert_eq!(answer.status, 201, "{password:?}: {}", answer.body);
    }
}

#[tokio::test]
async fn what_is_no_json_object_is_refused() {
    let world = World::new().await;
    for text in ["", "x", "[]", "null"] {
        assert_eq!(refusal(&world.call::<SignUp>(Call::empty().text(text)).await), (400, "malformed_body".to_owned()));
    }
}

#[tokio::test]
async fn somebody_whose_mail_cannot_be_sent_is_in_and_is_asked_at_the_next_sign_in() {
    let world = World::new().await;
    world.ses.inject(Fault::InternalError, On::operation("SendEmail"), Times::Forever);
    world.sign_up(ADA).await;
    assert!(world.mails(ADA).is_empty());
    world.ses.heal();
    world.sign_in(ADA).await;
    assert_eq!(world.mails(ADA).len(), 1);
}

#[tokio::test]
async fn of_fifty_sign_ups_with_one_address_one_succeeds() {
    let world = World::new().await;
    let answers = futures_util::future::join_all((0..50).map(|_| world.call::<SignUp>(account(ADA)))).await;
    let joined = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(joined, 1);
    // A busy engine is too slow for some: they are told to come back.
    let is_no = |answer: &Answer| answer.status == 503 || refusal(answer) == (400, "email_taken".to_owned());
    assert!(answers.iter().all(|answer| answer.status == 201 || is_no(answer)));
    // The others may hold the address's quota in the moment when the account is made. Then the next sign-in mails (record 0281).
    assert!(world.mails(ADA).len() <= 1);
    world.sign_in(ADA).await;
    assert_eq!(world.mails(ADA).len(), 1);
}

#[tokio::test]
async fn a_sign_up_with_an_address_that_is_taken_costs_nobody_a_mail() {
    let world = World::configured(&[("MAIL_BUDGET_SOURCE", "3"), ("MAIL_BUDGET_APP", "3")]).await;
    world.sign_up(ADA).await;
    for _ in 0..6 {
        assert_eq!(refusal(&world.call::<SignUp>(account(ADA)).await), (400, "email_taken".to_owned()));
    }
    for email in ["bob@example.com", "cy@example.com"] {
        world.sign_up(email).await;
        assert_eq!(world.mails(email).len(), 1, "{email}");
    }
    world.sign_up("dee@example.com").await;
    assert!(world.mails("dee@example.com").is_empty(), "the quota is used up by those who were mailed");
}

#[tokio::test]
async fn those_who_sign_up_with_made_up_addresses_keep_newcomers_mail_back_for_an_hour_and_not_for_a_day() {
    let world = World::configured(&[("MAIL_BUDGET_APP", "3"), ("MAIL_BUDGET_SOURCE", "1")]).await;
    let sign_up = |email: String, source: String| world.call::<SignUp>(account(&email).from(&source));
    let mut mailed = 0;
    for hour in 0..5 {
        for number in 0..6 {
            let (email, source) = (format!("made-up-{hour}-{number}@example.com"), format!("198.51.100.{number}"));
            assert_eq!(sign_up(email.clone(), source).await.status, 201);
            mailed += world.mails(&email).len();
        }
        assert_eq!(mailed, 3 + hour);
        world.clock.advance(Seconds::hours(1));
    }
    let newcomer = "newcomer@example.com";
    assert_eq!(sign_up(newcomer.to_owned(), "203.0.113.1".to_owned()).await.status, 201);
    assert_eq!(world.mails(newcomer).len(), 1);
}
