//! A function's process is killed between any two of its calls: the one who comes again is served, and nothing is half done.

use app::{DeleteAccount, ForgotPassword, Login, Register, ResetPassword, SendCode};
use local::faults::Death;
use serde_json::json;
use shared::clock::Seconds;

use crate::world::{Credentials, World, body, refusal};

const ADA: &str = "ada@example.com";
const OLD: &str = "secret123";
const NEW: &str = "secret456";
const PHONE: &str = "13812345678";

async fn deployment() -> (World, Credentials) {
    let world = World::new().await;
    let app = world.app("demo").await;
    world.register(&app, "warm@example.com", OLD).await;
    (world, app)
}

async fn opens(world: &World, app: &Credentials, password: &str) -> bool {
    world.login(app, ADA, password).await.status == 200
}

#[tokio::test]
async fn somebody_who_registers_is_registered_wholly_or_not_at_all() {
    for death in Death::each() {
        let (world, app) = deployment().await;
        let register = || world.call::<Register>(app.body(json!({"email": ADA, "password": OLD})));
        let lived = world.dynamodb.kill(death, register()).await;
        let again = register().await;
        let known = refusal(&again) == (400, "该邮箱已注册".to_owned());
        assert!(again.status == 200 || known, "{death:?}: {}", again.body);
        let answer = world.login(&app, ADA, OLD).await;
        assert_eq!(answer.status, 200, "{death:?}: {}", answer.body);
        let token = body(&answer)["token"].as_str().expect("a token").to_owned();
        assert_eq!(world.call::<DeleteAccount>(app.delete(&token)).await.status, 200, "{death:?}");
        assert_eq!(register().await.status, 200, "{death:?}: something of them was left");
        if lived.is_some() {
            return;
        }
    }
}

#[tokio::test]
async fn somebody_who_signs_in_signs_in_the_next_time_and_no_failure_is_counted() {
    for death in Death::each() {
        let (world, app) = deployment().await;
        world.register(&app, ADA, OLD).await;
        let login = || world.call::<Login>(app.body(json!({"email": ADA, "password": OLD})));
        let mut lived = None;
        for _ in 0..6 {
            lived = world.dynamodb.kill(death, login()).await;
        }
        assert_eq!(login().await.status, 200, "{death:?}");
        if lived.is_some() {
            return;
        }
    }
}

#[tokio::test]
async fn a_new_password_is_set_or_the_link_is_still_good() {
    for death in Death::each() {
        let (world, app) = deployment().await;
        world.register(&app, ADA, OLD).await;
        let token = world.reset_token(&app, ADA).await;
        let reset = || world.call::<ResetPassword>(app.body(json!({"token": token, "newPassword": NEW})));
        let lived = world.dynamodb.kill(death, reset()).await;
        assert_ne!(opens(&world, &app, OLD).await, opens(&world, &app, NEW).await, "{death:?}");
        let again = reset().await;
        let used = refusal(&again) == (400, "重置链接无效或已过期".to_owned());
        assert!(again.status == 200 || used, "{death:?}: {}", again.body);
        assert!(opens(&world, &app, NEW).await && !opens(&world, &app, OLD).await, "{death:?}");
        if lived.is_some() {
            return;
        }
    }
}

#[tokio::test]
async fn somebody_who_asked_for_a_link_can_ask_again() {
    for death in Death::each() {
        let (world, app) = deployment().await;
        world.register(&app, ADA, OLD).await;
        let forgot = world.call::<ForgotPassword>(app.body(json!({"email": ADA})));
        let lived = world.dynamodb.kill(death, forgot).await;
        world.clock.advance(Seconds(61));
        let token = world.reset_token(&app, ADA).await;
        let reset = app.body(json!({"token": token, "newPassword": NEW}));
        assert_eq!(world.call::<ResetPassword>(reset).await.status, 200, "{death:?}");
        assert!(opens(&world, &app, NEW).await, "{death:?}");
        if lived.is_some() {
            return;
        }
    }
}

#[tokio::test]
async fn somebody_who_deletes_their_account_is_gone_after_the_next_try_at_the_latest() {
    for death in Death::each() {
        let (world, app) = deployment().await;
        let token = world.register(&app, ADA, OLD).await;
        let lived = world.dynamodb.kill(death, world.call::<DeleteAccount>(app.delete(&token))).await;
        let again = world.call::<DeleteAccount>(app.delete(&token)).await;
        let gone = refusal(&again) == (401, "Invalid token".to_owned());
        assert!(again.status == 200 || gone, "{death:?}: {}", again.body);
        assert!(!opens(&world, &app, OLD).await, "{death:?}");
        world.register(&app, ADA, NEW).await;
        assert!(opens(&world, &app, NEW).await, "{death:?}");
        assert_eq!(world.call::<DeleteAccount>(app.delete(&token)).await.status, 401, "{death:?}");
        if lived.is_some() {
            return;
        }
    }
}

#[tokio::test]
async fn somebody_who_asked_for_a_code_gets_in_by_the_next_one() {
    for death in Death::each() {
        let (world, app) = deployment().await;
        let lived = world.dynamodb.kill(death, world.call::<SendCode>(app.body(json!({"phone": PHONE})))).await;
        assert!(world.texts(PHONE).len() <= 1, "{death:?}");
        world.clock.advance(Seconds(61));
        world.enter(&app, PHONE).await;
        if lived.is_some() {
            return;
        }
    }
}

#[tokio::test]
async fn a_code_lets_in_one_person_once_whenever_the_process_died() {
    for death in Death::each() {
        let (world, app) = deployment().await;
        assert_eq!(world.send_code(&app, PHONE).await.status, 200);
        let code = world.code(PHONE);
        let lived = world.dynamodb.kill(death, world.phone_login(&app, PHONE, &code)).await;
        let again = world.phone_login(&app, PHONE, &code).await;
        assert!(again.status == 200 || again.status == 400, "{death:?}: {}", again.body);
        assert_eq!(world.phone_login(&app, PHONE, &code).await.status, 400, "{death:?}");
        world.clock.advance(Seconds(61));
        let first = world.enter(&app, PHONE).await;
        world.clock.advance(Seconds(61));
        assert_eq!(world.enter(&app, PHONE).await["user"]["id"], first["user"]["id"], "{death:?}");
        if lived.is_some() {
            return;
        }
    }
}

/// Six digits of an authenticator app, and a recovery code. What was used up with a session that nobody was given stays so, and the next
/// code is good.
#[tokio::test]
async fn a_one_time_code_lets_in_one_person_once_whenever_the_process_died() {
    for death in Death::each() {
        let (world, app) = deployment().await;
        world.register(&app, ADA, OLD).await;
        let held = world.set_up_factor("demo", ADA).await;
        let mut lived = true;
        for code in [held.code(world.clock.now()), held.recovery[0].clone()] {
            let login = |otp: &str| world.call::<Login>(app.body(json!({"email": ADA, "password": OLD, "otp": otp})));
            lived &= world.dynamodb.kill(death, login(&code)).await.is_some();
            let again = login(&code).await;
            assert!(again.status == 200 || again.status == 401, "{death:?}: {}", again.body);
            assert_eq!(login(&code).await.status, 401, "{death:?}");
            world.clock.advance(Seconds(60));
            let next = held.code(world.clock.now());
            assert_eq!(login(&next).await.status, 200, "{death:?}");
        }
        if lived {
            return;
        }
    }
}
