//! A function's process is killed between any two of its calls: the one who comes again is served, and nothing is half done.

use browser::factor::{Begin, Confirm};
use browser::passkeys::List;
use browser::{Logout, Refresh, SignIn, SignUp, VerifyEmail};
use local::faults::Death;
use rig::Authenticator;
use serde_json::json;
use shared::budget::{Channel, Scope};
use shared::clock::Seconds;

use crate::passkeys::{add, answer, asked, challenged, register};
use crate::world::{ADA, Browser, Call, PASSWORD, World, account, body};

#[tokio::test]
async fn somebody_who_signs_up_can_sign_in_and_prove_the_address() {
    for death in Death::each() {
        let world = World::new().await;
        let lived = world.dynamodb.kill(death, world.call::<SignUp>(account(ADA))).await;
        let again = world.call::<SignUp>(account(ADA)).await;
        assert!(again.status == 201 || again.status == 400, "{death:?}: {} {}", again.status, again.body);
        world.clock.advance(Seconds(61));
        let browser = world.sign_in(ADA).await;
        let code = json!({"verification_code": world.code(ADA)}).to_string();
        assert_eq!(world.call::<VerifyEmail>(browser.call().text(&code)).await.status, 200, "{death:?}");
        if lived.is_some() {
            return;
        }
    }
}

/// What others pay from is given back before its source is: a process that dies in between leaves the source charged.
#[tokio::test]
async fn a_sign_up_with_a_taken_address_takes_no_more_from_others_than_from_its_source() {
    for death in Death::each() {
        let world = World::configured(&[("MAIL_BUDGET_SOURCE", "3")]).await;
        world.sign_up(ADA).await;
        let lived = world.dynamodb.kill(death, world.call::<SignUp>(account(ADA))).await;
        let app = Scope::App("default".parse().expect("an app id"));
        let of_the_app = world.ctx.store.used(Channel::MailToNew, &app, world.clock.now()).await.expect("answers").sent;
        let mut left = 0;
        for stranger in 0..3 {
            let email = format!("stranger-{stranger}@example.com");
            world.sign_up(&email).await;
            left += u32::from(!world.mails(&email).is_empty());
        }
        assert!(of_the_app <= 3 - left, "{death:?}: {of_the_app} of the app, {left} left of the source");
        if lived.is_some() {
            assert_eq!((of_the_app, left), (1, 2));
            return;
        }
    }
}

#[tokio::test]
async fn a_browser_whose_answer_never_came_refreshes_the_next_time_however_late() {
    for away in [Seconds(0), Seconds(61), Seconds::days(6)] {
        for death in Death::each() {
            let mut world = World::new().await;
            let browser = world.sign_up(ADA).await;
            let lived = world.dynamodb.kill(death, world.call::<Refresh>(browser.call())).await;
            if lived.is_some() {
                break;
            }
            world.restart();
            world.clock.advance(away);
            let again = world.refresh(&browser).await;
            assert_eq!(again.status, 204, "{death:?}, {away} s later: {}", again.body);
            assert_eq!(world.refresh(&browser).await.status, 204, "{death:?}, {away} s later");
        }
    }
}

/// What the next process takes over is what was not answered, and nothing else.
#[tokio::test]
async fn a_token_whose_successor_was_given_out_is_a_thiefs_also_after_a_restart() {
    let mut world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let stolen = browser.call();
    assert_eq!(world.refresh(&browser).await.status, 204);
    world.restart();
    world.clock.advance(Seconds(61));
    assert_eq!(world.call::<Refresh>(stolen).await.status, 401);
    assert_eq!(world.refresh(&browser).await.status, 401, "the session is ended for both");
}

#[tokio::test]
async fn an_address_is_proven_by_the_same_code_the_next_time() {
    for death in Death::each() {
        let world = World::new().await;
        let browser = world.sign_up(ADA).await;
        let code = json!({"verification_code": world.code(ADA)}).to_string();
        let verify = || world.call::<VerifyEmail>(browser.call().text(&code));
        let lived = world.dynamodb.kill(death, verify()).await;
        let again = verify().await;
        assert_eq!(again.status, 200, "{death:?}: {}", again.body);
        if lived.is_some() {
            return;
        }
    }
}

#[tokio::test]
async fn somebody_who_signs_out_is_signed_out_after_the_next_try_at_the_latest() {
    for death in Death::each() {
        let world = World::new().await;
        let browser = world.sign_up(ADA).await;
        let lived = world.dynamodb.kill(death, world.call::<Logout>(browser.call())).await;
        assert_eq!(world.call::<Logout>(browser.call()).await.status, 204, "{death:?}");
        assert_eq!(world.call::<Refresh>(browser.call()).await.status, 401, "{death:?}");
        if lived.is_some() {
            return;
        }
    }
}

#[tokio::test]
async fn a_passkey_is_added_wholly_or_not_at_all() {
    for death in Death::each() {
        let world = World::new().await;
        let browser = world.sign_up(ADA).await;
        let authenticator = asked(&world, &browser).await;
        let lived = world.dynamodb.kill(death, register(&world, &browser, &authenticator)).await;
        let again = register(&world, &browser, &authenticator).await;
        assert!(again.status == 201 || again.status == 400, "{death:?}: {}", again.body);
        let listed = body(&world.call::<List>(browser.call()).await);
        assert_eq!(listed.as_array().expect("a list").len(), 1, "{death:?}");
        let elsewhere = Browser::default();
        let authenticator = challenged(&world, &elsewhere, &authenticator).await;
        assert_eq!(answer(&world, &elsewhere, &authenticator).await.status, 204, "{death:?}");
        if lived.is_some() {
            return;
        }
    }
}

#[tokio::test]
async fn a_challenge_lets_in_one_person_once_whenever_the_process_died() {
    for death in Death::each() {
        let world = World::new().await;
        let registered = add(&world, &world.sign_up(ADA).await).await;
        let browser = Browser::default();
        let authenticator = challenged(&world, &browser, &registered).await;
        let lived = world.dynamodb.kill(death, answer(&world, &browser, &authenticator)).await;
        let again = answer(&world, &browser, &authenticator).await;
        assert!(again.status == 204 || again.status == 401, "{death:?}: {}", again.body);
        assert_eq!(answer(&world, &browser, &authenticator).await.status, 401, "{death:?}");
        let next = challenged(&world, &browser, &registered).await;
        assert_eq!(answer(&world, &browser, &next).await.status, 204, "{death:?}");
        if lived.is_some() {
            return;
        }
    }
}

/// No user is left with a factor that their handles know nothing of, or the other way round.
#[tokio::test]
async fn a_second_factor_is_set_up_wholly_or_not_at_all() {
    for death in Death::each() {
        let world = World::new().await;
        let browser = world.sign_up(ADA).await;
        let offer = body(&world.call::<Begin>(browser.call()).await);
        let held = Authenticator::of(offer["secret"].as_str().expect("a secret"));
        let form = json!({"setup": offer["setup"], "otp": held.code(world.clock.now())});
        let confirm = || world.call::<Confirm>(browser.call().json(&form));
        let lived = world.dynamodb.kill(death, confirm()).await;
        let again = confirm().await;
        assert!(again.status == 200 || again.status == 409, "{death:?}: {}", again.body);
        world.clock.advance(Seconds(30));
        let sign_in = |otp: &str| Call::body(json!({"login": ADA, "password": PASSWORD, "otp": otp}));
        assert_eq!(world.call::<SignIn>(sign_in("")).await.status, 401, "{death:?}");
        let code = held.code(world.clock.now());
        assert_eq!(world.call::<SignIn>(sign_in(&code)).await.status, 204, "{death:?}");
        if lived.is_some() {
            return;
        }
    }
}
