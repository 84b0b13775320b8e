//! Sign-in of users with a second factor: `docs/api/browser.md#sign-in`.

use browser::SignIn;
use browser::account::Change;
use browser::factor::{Look, Remove};
use rig::Authenticator;
use runtime::Answer;
use serde_json::json;
use shared::clock::Seconds;
use shared::user::identity::Handle;

use crate::new_address::{NEW, PHONE, give_phone, move_to, proven};
use crate::passkeys;
use crate::undo_email::{token, undo};
use crate::world::{ADA, Browser, Call, OURS, PASSWORD, World, body};

async fn world() -> (World, Authenticator) {
    let world = World::new().await;
    world.sign_up(ADA).await;
    let held = world.set_up_factor("default", ADA).await;
    (world, held)
}

async fn sign_in(world: &World, password: &str, otp: Option<&str>) -> Answer {
    let mut form = json!({"login": ADA, "password": password});
    if let Some(otp) = otp {
        form["otp"] = json!(otp);
    }
    world.call::<SignIn>(Call::body(form)).await
}

fn refused(answer: &Answer) -> (u16, String) {
    assert!(answer.cookies.is_empty(), "a refusal gives no cookie");
    (answer.status, body(answer)["code"].as_str().expect("a code").to_owned())
}

#[tokio::test]
async fn the_right_password_asks_for_the_code_and_the_code_gives_the_cookies() {
    let (world, held) = world().await;
    assert_eq!(refused(&sign_in(&world, PASSWORD, None).await), (401, "otp_required".to_owned()));
    let wrong = held.wrong_code(world.clock.now());
    assert_eq!(refused(&sign_in(&world, PASSWORD, Some(&wrong)).await), (401, "wrong_otp".to_owned()));
    let code = held.code(world.clock.now());
    let answer = sign_in(&world, PASSWORD, Some(&code)).await;
    assert_eq!((answer.status, answer.body.as_str(), answer.cookies.len()), (204, "", 2));
    assert_eq!(refused(&sign_in(&world, PASSWORD, Some(&code)).await), (401, "wrong_otp".to_owned()));
    assert_eq!(sign_in(&world, PASSWORD, Some(&held.recovery[0])).await.status, 204);
}

#[tokio::test]
async fn a_wrong_password_is_answered_as_it_was_whatever_code_comes_with_it() {
    let (world, held) = world().await;
    let code = held.code(world.clock.now());
    for otp in [None, Some(code.as_str()), Some("000000"), Some("x")] {
        let refusal = refused(&sign_in(&world, "violet-tractor-18", otp).await);
        assert_eq!(refusal, (401, "invalid_credentials".to_owned()));
    }
}

#[tokio::test]
async fn who_has_lost_the_app_comes_in_by_a_recovery_code_and_takes_the_factor_away() {
    let (world, held) = world().await;
    let browser = Browser::default();
    browser.keep(&sign_in(&world, PASSWORD, Some(&held.recovery[0])).await);
    assert_eq!(world.call::<Remove>(browser.call().header("origin", OURS)).await.status, 204);
    assert_eq!(sign_in(&world, PASSWORD, None).await.status, 204);
    let state = body(&world.call::<Look>(browser.call()).await);
    assert_eq!((&state["enabled"], &state["recovery_codes_left"]), (&json!(false), &json!(0)));
}

/// What a handle says of its user's factor.
async fn asks_for_a_code(world: &World, handle: Handle) -> bool {
    let (id, now) = ("default".parse().expect("an app id"), world.clock.now());
    world.ctx.store.identity(&id, &handle, now).await.expect("answers").expect("somebody").second_factor
}

/// Of an address, a username and a phone, and of the address that comes back when its change is undone.
#[tokio::test]
async fn a_new_handle_of_a_user_with_a_factor_asks_for_the_code_as_the_others_do() {
    let world = World::new().await;
    let browser = proven(&world, ADA).await;
    let held = world.set_up_factor("default", ADA).await;
    move_to(&world, &browser, NEW).await;
    let renamed = world.call::<Change>(browser.call().json(&json!({"username": "ada"}))).await;
    assert_eq!(renamed.status, 200, "{}", renamed.body);
    for (login, code) in [NEW, "ada"].into_iter().zip(&held.recovery) {
        let form = |otp: &str| Call::body(json!({"login": login, "password": PASSWORD, "otp": otp}));
        assert_eq!(refused(&world.call::<SignIn>(form("")).await), (401, "otp_required".to_owned()), "{login}");
        assert_eq!(world.call::<SignIn>(form(code)).await.status, 204, "{login}");
    }
    give_phone(&world, &browser).await;
    assert!(asks_for_a_code(&world, Handle::Phone(PHONE.parse().expect("a phone"))).await);

    let undone = undo(&world, &token(&world, ADA)).await;
    assert_eq!(undone.status, 200, "{}", undone.body);
    assert!(asks_for_a_code(&world, Handle::Email(ADA.parse().expect("an address"))).await);
}

/// By a password, and by a key whose authenticator verified nobody.
#[tokio::test]
async fn an_app_that_wants_two_factors_lets_nobody_in_by_one_after_the_grace() {
    let world = World::new().await;
    let registered = passkeys::add(&world, &world.sign_up(ADA).await).await;
    world.want_two_factors("default", Seconds::days(1)).await;
    for (wait, is_over) in [(86_399, false), (1, true)] {
        world.clock.advance(Seconds(wait));
        let by_password = sign_in(&world, PASSWORD, None).await;
        if is_over {
            assert_eq!(refused(&by_password), (401, "second_factor_required".to_owned()));
            let wrong = sign_in(&world, "violet-tractor-18", None).await;
            assert_eq!(refused(&wrong), (401, "invalid_credentials".to_owned()));
        } else {
            assert_eq!(by_password.status, 204);
        }
        for (flags, status) in [(registered.flags & !0x04, if is_over { 401 } else { 204 }), (registered.flags, 204)] {
            let elsewhere = Browser::default();
            let mut authenticator = passkeys::challenged(&world, &elsewhere, &registered).await;
            authenticator.flags = flags;
            assert_eq!(passkeys::answer(&world, &elsewhere, &authenticator).await.status, status, "{wait} {flags:x}");
        }
    }
}

mod own_front_end {
    use browser::factor::{Begin, Confirm, Look, Remove, Renew};
    use browser::passkeys::RegistrationOptions;
    use local::faults::{Fault, On, Times};
    use rig::{Authenticator, Browser};
    use runtime::Answer;
    use serde_json::{Value, json};
    use shared::app::App;
    use shared::app::second_factor::SecondFactorPolicy;
    use shared::clock::Seconds;
    use shared::store::AppConflict;

    use super::{refused, sign_in};
    use crate::world::{ADA, Call, OURS, PASSWORD, World, body};

    fn of(browser: &Browser) -> Call {
        browser.call().header("origin", OURS)
    }

    async fn begin(world: &World, browser: &Browser) -> (Value, Authenticator) {
        let answer = world.call::<Begin>(of(browser)).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let offer = body(&answer);
        let held = Authenticator::of(offer["secret"].as_str().expect("a secret"));
        (offer, held)
    }

    async fn confirm(world: &World, browser: &Browser, offer: &Value, otp: &str) -> Answer {
        let form = json!({"setup": offer["setup"], "otp": otp}).to_string();
        world.call::<Confirm>(of(browser).text(&form)).await
    }

    #[tokio::test]
    async fn a_factor_is_set_up_by_its_first_code_and_taken_away() {
        let world = World::new().await;
        let browser = world.sign_up(ADA).await;
        let none = json!({"enabled": false, "since": null, "recovery_codes_left": 0});
        assert_eq!(body(&world.call::<Look>(browser.call()).await), none);
        let (offer, held) = begin(&world, &browser).await;
        assert!(offer["uri"].as_str().expect("a URI").starts_with("otpauth://totp/"), "{offer}");
        assert!(offer["qr"].as_str().expect("an image").starts_with("<svg"), "{offer}");
        let wrong = confirm(&world, &browser, &offer, &held.wrong_code(world.clock.now())).await;
        assert_eq!(refused(&wrong), (400, "invalid_fields".to_owned()));
        assert_eq!(sign_in(&world, PASSWORD, None).await.status, 204, "nothing was set up");
        let answer = confirm(&world, &browser, &offer, &held.code(world.clock.now())).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let codes = body(&answer)["recovery_codes"].as_array().expect("a list").clone();
        assert_eq!(codes.len(), 10);
        assert_eq!(refused(&sign_in(&world, PASSWORD, None).await), (401, "otp_required".to_owned()));
        let used = held.code(world.clock.now());
        assert_eq!(sign_in(&world, PASSWORD, Some(&used)).await.status, 401, "the first code is used up");
        assert_eq!(sign_in(&world, PASSWORD, codes[0].as_str()).await.status, 204);
        let state = body(&world.call::<Look>(browser.call()).await);
        assert_eq!((&state["enabled"], &state["recovery_codes_left"]), (&json!(true), &json!(9)));
        assert_eq!(refused(&world.call::<Begin>(of(&browser)).await), (409, "second_factor_exists".to_owned()));

        let renewed = world.call::<Renew>(of(&browser)).await;
        assert_eq!(renewed.status, 200, "{}", renewed.body);
        assert_eq!(sign_in(&world, PASSWORD, codes[1].as_str()).await.status, 401, "the old ones are of no use");
        let new = body(&renewed)["recovery_codes"][0].as_str().expect("a code").to_owned();
        assert_eq!(sign_in(&world, PASSWORD, Some(&new)).await.status, 204);

        assert_eq!(world.call::<Remove>(of(&browser)).await.status, 204);
        assert_eq!(sign_in(&world, PASSWORD, None).await.status, 204);
        assert_eq!(refused(&world.call::<Remove>(of(&browser)).await), (404, "no_second_factor".to_owned()));
        assert_eq!(refused(&world.call::<Renew>(of(&browser)).await), (404, "no_second_factor".to_owned()));
        let told = world.mails(ADA).into_iter().filter_map(|mail| mail.subject);
        assert_eq!(told.filter(|subject| subject.contains("两步验证")).count(), 2);
    }

    #[tokio::test]
    async fn it_takes_a_sign_in_of_the_last_ten_minutes() {
        let world = World::new().await;
        let browser = world.sign_up(ADA).await;
        let (offer, held) = begin(&world, &browser).await;
        world.clock.advance(Seconds(599));
        assert_eq!(world.call::<Begin>(of(&browser)).await.status, 200);
        world.clock.advance(Seconds(1));
        let old = (403, "confirmation_required".to_owned());
        assert_eq!(refused(&world.call::<Begin>(of(&browser)).await), old);
        assert_eq!(refused(&confirm(&world, &browser, &offer, &held.code(world.clock.now())).await), old);
        assert_eq!(refused(&world.call::<Remove>(of(&browser)).await), old);
        assert_eq!(refused(&world.call::<Renew>(of(&browser)).await), old);
        assert_eq!(world.call::<Look>(browser.call()).await.status, 200);
    }

    /// A thief who knows the password signed in a minute before the factor was set up.
    #[tokio::test]
    async fn a_session_of_the_password_alone_changes_nothing_of_an_account_with_two_factors() {
        let world = World::new().await;
        let (owner, thief) = (world.sign_up(ADA).await, world.sign_in(ADA).await);
        let (offer, held) = begin(&world, &owner).await;
        let confirmed = confirm(&world, &owner, &offer, &held.code(world.clock.now())).await;
        assert_eq!(confirmed.status, 200, "{}", confirmed.body);
        let unconfirmed = (403, "confirmation_required".to_owned());
        assert_eq!(refused(&world.call::<Remove>(of(&thief)).await), unconfirmed);
        assert_eq!(refused(&world.call::<Renew>(of(&thief)).await), unconfirmed);
        assert_eq!(refused(&world.call::<RegistrationOptions>(of(&thief)).await), unconfirmed);
        assert_eq!(world.call::<RegistrationOptions>(of(&owner)).await.status, 200);
        assert_eq!(world.call::<Remove>(of(&owner)).await.status, 204);
    }

    #[tokio::test]
    async fn a_secret_is_confirmed_in_the_session_that_it_was_shown_in_and_within_ten_minutes() {
        let world = World::new().await;
        let browser = world.sign_up(ADA).await;
        let (offer, held) = begin(&world, &browser).await;
        let elsewhere = world.sign_in(ADA).await;
        let dead = (400, "dead_setup".to_owned());
        let code = held.code(world.clock.now());
        assert_eq!(refused(&confirm(&world, &elsewhere, &offer, &code).await), dead);
        let bob = world.sign_up("bob@example.com").await;
        assert_eq!(refused(&confirm(&world, &bob, &offer, &code).await), dead);
        world.clock.advance(Seconds::minutes(9));
        let later = world.sign_in(ADA).await;
        let (offer, held) = begin(&world, &later).await;
        world.clock.advance(Seconds(599));
        assert_eq!(confirm(&world, &later, &offer, &held.code(world.clock.now())).await.status, 200);
    }

    #[tokio::test]
    async fn a_factor_whose_codes_were_shown_to_nobody_is_set_up_by_a_plain_retry() {
        let world = World::new().await;
        let browser = world.sign_up(ADA).await;
        let lose = || world.dynamodb.inject(Fault::AnswerLost, On::operation("TransactWriteItems"), Times::Forever);
        let (offer, held) = begin(&world, &browser).await;
        let code = held.code(world.clock.now());
        lose();
        assert_eq!(confirm(&world, &browser, &offer, &code).await.status, 503);
        world.dynamodb.heal();
        let shown = confirm(&world, &browser, &offer, &code).await;
        assert_eq!(body(&shown)["recovery_codes"].as_array().map(Vec::len), Some(10), "{}", shown.body);
        lose();
        assert_eq!(world.call::<Remove>(of(&browser)).await.status, 204, "it is gone");
        world.dynamodb.heal();
        assert_eq!(body(&world.call::<Look>(browser.call()).await)["enabled"], json!(false));
    }

    #[tokio::test]
    async fn of_fifty_who_confirm_at_once_one_sets_it_up() {
        let world = std::sync::Arc::new(World::new().await);
        let browser = std::sync::Arc::new(world.sign_up(ADA).await);
        let (offer, held) = begin(&world, &browser).await;
        let code = held.code(world.clock.now());
        let racers: Vec<_> = (0..50)
            .map(|_| {
                let (world, browser, offer, code) = (world.clone(), browser.clone(), offer.clone(), code.clone());
                tokio::spawn(async move { confirm(&world, &browser, &offer, &code).await.status })
            })
            .collect();
        let mut confirmed = 0;
        for racer in racers {
            confirmed += usize::from(racer.await.expect("no panic") == 200);
        }
        assert_eq!(confirmed, 1);
    }

    #[tokio::test]
    async fn where_the_app_offers_none_there_is_nothing_to_set_up() {
        let world = World::new().await;
        let browser = world.sign_up(ADA).await;
        // Begun a minute before, too.
        let (offer, held) = begin(&world, &browser).await;
        let id = "default".parse().expect("an app id");
        let change = |mut app: App| {
            app.policy.second_factor = SecondFactorPolicy::Off;
            Ok::<_, AppConflict>(app)
        };
        world.ctx.store.change_app(&id, change).await.expect("changed");
        world.clock.advance(Seconds(61));
        let none = (404, "not_found".to_owned());
        assert_eq!(refused(&world.call::<Begin>(of(&browser)).await), none);
        assert_eq!(refused(&confirm(&world, &browser, &offer, &held.code(world.clock.now())).await), none);
    }

    #[tokio::test]
    async fn a_page_of_another_site_changes_nothing() {
        let world = World::new().await;
        let browser = world.sign_up(ADA).await;
        let foreign = || browser.call().header("origin", "https://evil.example");
        assert_eq!(world.call::<Begin>(foreign()).await.status, 403);
        assert_eq!(world.call::<Remove>(foreign()).await.status, 403);
        assert_eq!(world.call::<Renew>(foreign()).await.status, 403);
    }

    #[tokio::test]
    async fn once_the_app_wants_two_factors_a_session_of_one_is_not_refreshed_and_one_of_two_is() {
        let world = World::new().await;
        let (one, two) = (world.sign_up("bob@example.com").await, world.sign_up(ADA).await);
        let (offer, held) = begin(&world, &two).await;
        assert_eq!(confirm(&world, &two, &offer, &held.code(world.clock.now())).await.status, 200);
        let id = "default".parse().expect("an app id");
        let change = |mut app: App| {
            app.policy.second_factor =
                SecondFactorPolicy::Required { since: world.clock.now(), grace: Seconds::days(1) };
            Ok::<_, AppConflict>(app)
        };
        world.ctx.store.change_app(&id, change).await.expect("changed");
        world.clock.advance(Seconds(86_399));
        for browser in [&one, &two] {
            assert_eq!(world.refresh(browser).await.status, 204);
        }
        world.clock.advance(Seconds(1));
        let ended = world.refresh(&one).await;
        assert_eq!((ended.status, body(&ended)["code"].clone()), (401, json!("session_ended")));
        assert_eq!(world.refresh(&two).await.status, 204);
    }
}
