//! `docs/api/browser.md#verify-the-address`, and the page behind the link.

use std::time::Duration;

use browser::VerifyEmail;
use browser::email_link::{Follow, ShowEmailLink};
use local::faults::{Fault, On, Times};
use serde_json::json;
use shared::clock::Seconds;
use shared::language::Language;

use crate::world::{ADA, Browser, Call, World, body, refusal};

fn code(browser: &Browser, code: &str) -> Call {
    browser.call().text(&json!({"verification_code": code}).to_string())
}

#[tokio::test]
async fn the_code_verifies_by_cookie_and_by_bearer_and_again() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let answer = world.call::<VerifyEmail>(code(&browser, &world.code(ADA))).await;
    assert_eq!((answer.status, body(&answer)), (200, json!({"message": "邮箱已验证", "email_verified": true})));
    let token = format!("Bearer {}", browser.cookie("access_token").expect("a cookie"));
    let again = Call::body(json!({"verification_code": "000000"})).header("authorization", &token);
    assert_eq!(world.call::<VerifyEmail>(again).await.status, 200, "already verified");
}

#[tokio::test]
async fn a_wrong_missing_or_burnt_code_is_400_and_never_tells_which_digit() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    for sent in [
        json!({}),
        json!({"verification_code": 123_456}),
        json!({"verification_code": ""}),
        json!({"verification_code": "12345"}),
    ] {
        let answer = world.call::<VerifyEmail>(browser.call().text(&sent.to_string())).await;
        assert_eq!(refusal(&answer), (400, "invalid_fields".to_owned()), "{sent}");
    }
    let wrong = if world.code(ADA) == "000000" { "000001" } else { "000000" };
    for _ in 0..5 {
        assert_eq!(refusal(&world.call::<VerifyEmail>(code(&browser, wrong)).await), (400, "wrong_code".to_owned()));
    }
    let burnt = world.call::<VerifyEmail>(code(&browser, &world.code(ADA))).await;
    assert_eq!(refusal(&burnt), (400, "dead_code".to_owned()));
}

#[tokio::test]
async fn a_mail_that_arrived_although_ses_did_not_say_so_is_one_mail_with_a_code_and_a_link_that_are_good() {
    for fault in [Fault::AnswerLost, Fault::AnswerGarbled] {
        let world = World::new().await;
        world.ses.inject(fault.clone(), On::any(), Times::Forever);
        let (by_code, by_link) = (world.sign_up(ADA).await, world.sign_up("lin@example.com").await);
        assert_eq!((world.mails(ADA).len(), world.mails("lin@example.com").len()), (1, 1), "{fault:?}");
        let answer = world.call::<VerifyEmail>(code(&by_code, &world.code(ADA))).await;
        assert_eq!(answer.status, 200, "{fault:?}: {}", answer.body);
        let token = world.link("lin@example.com");
        let done = world.call::<Follow>(click(by_link.call(), &token)).await;
        assert!(done.status == 200 && done.body.contains("邮箱已验证"), "{fault:?}: {}", done.body);
    }
}

#[tokio::test]
async fn a_sign_in_whose_mail_may_have_left_leaves_its_code_good_and_asks_again_after_a_minute() {
    let world = World::new().await;
    world.ses.inject(Fault::Throttle, On::any(), Times::Forever);
    world.sign_up(ADA).await;
    world.ses.heal();
    world.ses.inject(Fault::AnswerLost, On::any(), Times::Once);
    let browser = world.sign_in(ADA).await;
    assert_eq!(world.mails(ADA).len(), 1);
    world.sign_in(ADA).await;
    assert_eq!(world.mails(ADA).len(), 1, "within the minute nobody is asked again");
    let first = world.code(ADA);
    world.clock.advance(Seconds(60));
    world.sign_in(ADA).await;
    assert_eq!(world.mails(ADA).len(), 2, "nobody knows that the first left");
    assert_eq!(refusal(&world.call::<VerifyEmail>(code(&browser, &first)).await).0, 400);
    assert_eq!(world.call::<VerifyEmail>(code(&browser, &world.code(ADA))).await.status, 200);
}

#[tokio::test]
async fn what_is_no_code_costs_no_try_and_a_pasted_code_is_the_code() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    for _ in 0..10 {
        let answer = world.call::<VerifyEmail>(code(&browser, "12345x")).await;
        assert_eq!(refusal(&answer), (400, "invalid_fields".to_owned()));
    }
    let mailed = world.code(ADA);
    let wide: String =
        mailed.bytes().map(|digit| char::from_u32(0xff10 + u32::from(digit - b'0')).expect("a digit")).collect();
    let pasted = format!(" {}\u{3000}{}\n", &wide[..9], &wide[9..]);
    assert_eq!(world.call::<VerifyEmail>(code(&browser, &pasted)).await.status, 200);
}

#[tokio::test]
async fn an_expired_code_is_400() {
    let world = World::new().await;
    world.sign_up(ADA).await;
    let first = world.code(ADA);
    world.clock.advance(Seconds::days(1));
    let browser = world.sign_in(ADA).await;
    // Signing in mailed another; the first is as wrong as any.
    let answer = world.call::<VerifyEmail>(code(&browser, &format!("{first} "))).await;
    assert_eq!(answer.status, 400);
}

#[tokio::test]
async fn without_a_token_it_is_401_with_a_bare_challenge_and_with_a_bad_one_with_a_reason() {
    let world = World::new().await;
    world.sign_up(ADA).await;
    let sent = Call::body(json!({"verification_code": world.code(ADA)}));
    let none = world.call::<VerifyEmail>(sent.clone()).await;
    assert_eq!((none.status, none.header("www-authenticate")), (401, Some("Bearer")));
    for bad in ["Bearer x", "Bearer a.b.c", "bearer", "Bearer "] {
        let answer = world.call::<VerifyEmail>(sent.clone().header("authorization", bad)).await;
        assert_eq!(answer.status, 401, "{bad}");
        assert_eq!(answer.header("www-authenticate"), Some("Bearer error=\"invalid_token\""));
    }
}

#[tokio::test]
async fn a_token_whose_hour_is_over_or_whose_session_ended_verifies_nothing() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let late = code(&browser, &world.code(ADA));
    world.call::<browser::Logout>(browser.call()).await;
    assert_eq!(refusal(&world.call::<VerifyEmail>(late).await), (401, "invalid_token".to_owned()));
    let browser = world.sign_in(ADA).await;
    let late = code(&browser, "x");
    world.clock.advance(Seconds::hours(1));
    assert_eq!(refusal(&world.call::<VerifyEmail>(late).await), (401, "invalid_token".to_owned()));
}

/// The page's form, sent by the browser of `call`.
fn click(call: Call, token: &str) -> Call {
    call.text(&format!("token={token}")).header("origin", crate::world::OURS)
}

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

#[tokio::test]
async fn looking_at_the_link_changes_nothing_and_the_click_verifies_where_the_user_signed_up() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let token = world.link(ADA);
    for _ in 0..3 {
        let page =
            world.call::<ShowEmailLink>(browser.call().query("token", &token).header("accept-language", "en")).await;
        assert_eq!(page.status, 200);
        assert!(page.body.contains(&token) && page.body.contains("method=\"post\""), "{}", page.body);
        assert!(!page.body.contains(&world.code(ADA)), "{}", page.body);
        assert_eq!(page.header("referrer-policy"), Some("same-origin"));
        assert_eq!(page.header("x-frame-options"), Some("DENY"));
        assert_eq!(page.header("cross-origin-opener-policy"), Some("same-origin"));
        assert!(page.header("permissions-policy").is_some_and(|policy| policy.contains("camera=()")));
        assert_eq!(page.header("strict-transport-security"), Some("max-age=31536000"));
    }
    let wrong = if world.code(ADA) == "000000" { "000001" } else { "000000" };
    let still = world.call::<VerifyEmail>(code(&browser, wrong)).await;
    assert_eq!(refusal(&still), (400, "wrong_code".to_owned()), "nothing was spent");
    for _ in 0..2 {
        let done = world.call::<Follow>(click(browser.call(), &token).header("accept-language", "en")).await;
        assert_eq!(done.status, 200);
        assert!(done.body.contains("Your e-mail address is verified"), "{}", done.body);
    }
    assert_eq!(world.call::<VerifyEmail>(code(&browser, "000000")).await.status, 200);
}

#[tokio::test]
async fn the_session_may_be_a_new_one_of_the_user_its_refresh_cookie_or_a_bearer_token() {
    for by in ["another session", "the refresh cookie", "a bearer token"] {
        let world = World::new().await;
        let browser = world.sign_up(ADA).await;
        let token = world.link(ADA);
        let call = match by {
            "another session" => world.sign_in(ADA).await.call(),
            "the refresh cookie" => {
                world.clock.advance(Seconds::hours(2));
                browser.call()
            }
            _ => {
                let bearer = format!("Bearer {}", browser.cookie("access_token").expect("a cookie"));
                Call::empty().header("authorization", &bearer)
            }
        };
        let done = world.call::<Follow>(click(call, &token).header("accept-language", "en")).await;
        assert!(done.body.contains("Your e-mail address is verified"), "{by}: {}", done.body);
    }
}

/// Somebody signs up with an address that is another's: the owner's click must not prove it for them.
#[tokio::test]
async fn a_click_elsewhere_proves_nothing_and_the_page_shows_the_code_and_where_it_is_asked_for() {
    let world = World::new().await;
    let mallory = Browser::default();
    let signed_up = world.call::<browser::SignUp>(crate::world::account(ADA).header("user-agent", FIREFOX)).await;
    mallory.keep(&signed_up);
    let other = world.sign_up("lin@example.com").await;
    let (token, mailed) = (world.link(ADA), world.code(ADA));
    let ended = world.sign_in(ADA).await;
    world.call::<browser::Logout>(ended.call()).await;
    for call in [Call::empty(), other.call(), ended.call()] {
        for page in [
            world.call::<ShowEmailLink>(call.clone().query("token", &token).header("accept-language", "en")).await,
            world.call::<Follow>(click(call, &token).header("accept-language", "en")).await,
        ] {
            assert_eq!(page.status, 200);
            assert!(page.body.contains(&mailed) && page.body.contains("Was this not you?"), "{}", page.body);
            assert!(page.body.contains("Firefox, Linux"), "{}", page.body);
            assert!(page.body.contains(&web::when::minute(world.clock.now(), Language::English)), "{}", page.body);
        }
    }
    let wrong = if mailed == "000000" { "000001" } else { "000000" };
    let still = world.call::<VerifyEmail>(code(&mallory, wrong)).await;
    assert_eq!(refusal(&still), (400, "wrong_code".to_owned()), "the address is not proven");
    // Whoever signed up themselves types what the page shows.
    assert_eq!(world.call::<VerifyEmail>(code(&mallory, &mailed)).await.status, 200);
    let again = world.call::<ShowEmailLink>(Call::empty().query("token", &token).header("accept-language", "en")).await;
    assert!(again.body.contains("Your e-mail address is verified") && !again.body.contains(&mailed), "{}", again.body);
}

#[tokio::test]
async fn an_owner_who_did_not_sign_up_has_the_account_removed_and_its_sessions_end() {
    let world = World::new().await;
    let mallory = world.sign_up(ADA).await;
    let token = world.link(ADA);
    let not_me = |token: &str| click(Call::empty(), &format!("{token}&not_me=yes")).header("accept-language", "en");
    let unsure = click(Call::empty(), &format!("{token}&not_me=")).header("accept-language", "en");
    assert!(world.call::<Follow>(unsure).await.body.contains("Was this not you?"));
    let gone = world.call::<Follow>(not_me(&token)).await;
    assert!(gone.status == 200 && gone.body.contains("The account is removed"), "{}", gone.body);
    assert_eq!(world.refresh(&mallory).await.status, 401);
    // Twice, as somebody does who clicks twice.
    let twice = world.call::<Follow>(not_me(&token)).await;
    assert!(twice.status == 200 && twice.body.contains("The account is removed"), "{}", twice.body);
    // The address is free for its owner, whom an old link does not touch.
    let owner = world.sign_up(ADA).await;
    assert_eq!(world.call::<VerifyEmail>(code(&owner, &world.code(ADA))).await.status, 200);
    assert_eq!(world.call::<Follow>(not_me(&token)).await.status, 200);
    let proven = world.call::<Follow>(not_me(&world.link(ADA))).await;
    assert!(
        proven.body.contains("Your e-mail address is verified"),
        "a proven address is not disowned: {}",
        proven.body
    );
    assert_eq!(world.refresh(&owner).await.status, 204);
}

#[tokio::test]
async fn a_link_that_is_none_of_ours_or_too_old_shows_what_to_do() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let token = world.link(ADA);
    for bad in ["", "x", &token[1..]] {
        let page = world.call::<ShowEmailLink>(Call::empty().query("token", bad)).await;
        assert_eq!(page.status, 400, "{bad}");
        assert!(!page.body.contains("<form"), "{}", page.body);
        assert_eq!(world.call::<Follow>(Call::empty().text(&format!("token={bad}"))).await.status, 400, "{bad}");
    }
    world.clock.advance(Seconds::days(1));
    for call in [Call::empty(), browser.call()] {
        assert_eq!(world.call::<Follow>(click(call, &token)).await.status, 400);
    }
}

/// Below the second that an attempt of the SDK's may take, so that each call succeeds.
const SLOW: Duration = Duration::from_millis(850);

#[tokio::test]
async fn a_store_that_is_slow_on_each_call_has_its_users_sign_up_and_mails_them_at_the_next_sign_in_at_the_latest() {
    let world = World::new().await;
    world.sign_up("warm@example.com").await;
    world.dynamodb.set_latency(SLOW);
    let browser = world.sign_up(ADA).await;
    world.dynamodb.set_latency(Duration::ZERO);
    if world.mails(ADA).is_empty() {
        world.clock.advance(Seconds(61));
        world.sign_in(ADA).await;
    }
    assert_eq!(world.mails(ADA).len(), 1);
    assert_eq!(world.call::<VerifyEmail>(code(&browser, &world.code(ADA))).await.status, 200);
}

#[tokio::test]
async fn a_sign_in_that_has_no_time_left_to_mail_is_one_and_the_next_mails() {
    let world = World::new().await;
    world.ses.inject(Fault::Throttle, On::any(), Times::Forever);
    world.sign_up(ADA).await;
    world.ses.heal();
    world.clock.advance(Seconds(61));
    world.dynamodb.set_latency(SLOW);
    world.sign_in(ADA).await;
    world.dynamodb.set_latency(Duration::ZERO);
    if world.mails(ADA).is_empty() {
        world.clock.advance(Seconds(61));
        world.sign_in(ADA).await;
    }
    assert_eq!(world.mails(ADA).len(), 1);
}
