//! What the functions do with the tables is what their roles in `template.yaml` allow.

use std::path::Path;

use local::faults::{Access, Fault, On, Times};
use local::rights;
use pages::security::{authenticator, passkeys, recovery_codes};
use pages::{ChangeAccount, ShowAccount, SignOut, delete, download, security, sign_up};
use serde_json::json;
use shared::code::new_email::COOLDOWN;

use crate::world::{ADA, Browser, Call, PASSWORD, World};

/// Every access is allowed, and every right is for an access.
fn assert_exactly(bin: &str, world: &World) {
    let template = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../template.yaml");
    // Whichever function is called first makes the app `default`, and its entry in the directory.
    let make = |action: &str, partition: &str| Access {
        action: action.to_owned(),
        table: "core".to_owned(),
        partition: partition.to_owned(),
    };
    let first = [make("PutItem", "A#default"), make("PutItem", "APPS"), make("DeleteItem", "LISTED")];
    let touched = world.dynamodb.touched().into_iter().chain(rights::of_the_first_request("default")).chain(first);
    assert_eq!(rights::complaints(&template, bin, &touched.collect(), &world.ctx.config.variables_used()), [""; 0]);
}

#[tokio::test]
async fn the_accounts_page_has_the_rights_that_it_uses() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    world.forget();
    assert_eq!(world.call::<ShowAccount>(browser.call()).await.status, 200);
    assert_eq!(world.call::<SignOut>(browser.call().header("origin", "https://evil.example")).await.status, 403);
    assert_eq!(world.call::<SignOut>(browser.call()).await.status, 303);
    assert_exactly("pages-account", &world);
}

#[tokio::test]
async fn the_accounts_forms_have_the_rights_that_they_use() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    world.sign_in(ADA, PASSWORD).await;
    let page = world.call::<ShowAccount>(browser.call().query("edit", "name")).await;
    let asked = world.code(ADA);
    world.forget();
    let foreign = browser.call().header("origin", "https://evil.example");
    assert_eq!(world.call::<ChangeAccount>(foreign).await.status, 403);
    let send = async |what: &str, filled: &[(&str, &str)], status: u16| {
        let filled: Vec<_> = filled.iter().copied().chain([("action", what)]).collect();
        let answer = world.fill::<ChangeAccount>(&browser, &page, &filled).await;
        assert_eq!(answer.status, status, "{what}: {}", answer.body);
    };
    send("resend", &[], 303).await;
    send("verify", &[("code", &asked)], 303).await;
    send("name", &[("name", "Ada")], 303).await;
    send("username", &[("username", "ada"), ("password", "wrong-one-22")], 400).await;
    for username in ["ada", "countess", "Countess"] {
        send("username", &[("username", username), ("password", PASSWORD)], 303).await;
    }
    let (new, phone) = ("countess@example.com", "13812345678");
    // SES refuses to send to the first: then the code is taken back.
    send("email", &[("email", "throttle@example.com")], 503).await;
    send("email", &[("email", new)], 303).await;
    send("email", &[("email", new), ("code", &world.code(new))], 303).await;
    world.clock.advance(COOLDOWN);
    send("phone", &[("phone", phone)], 303).await;
    send("phone", &[("phone", phone), ("code", &world.texted("+8613812345678"))], 303).await;
    assert_exactly("pages-change-account", &world);
}

#[tokio::test]
async fn the_page_of_security_has_the_rights_that_it_uses() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    world.sign_in(ADA, PASSWORD).await;
    world.forget();
    let page = world.call::<download::ShowDownload>(browser.call()).await;
    let foreign = browser.call().header("origin", "https://evil.example");
    assert_eq!(world.call::<download::Download>(foreign).await.status, 403);
    assert_eq!(world.fill::<download::Download>(&browser, &page, &[]).await.status, 200);
    let page = world.call::<security::ShowSecurity>(browser.call()).await;
    let foreign = browser.call().header("origin", "https://evil.example");
    assert_eq!(world.call::<security::Change>(foreign).await.status, 403);
    for (filled, status) in [
        ([("action", "end-others"), ("current", ""), ("password", "")], 303),
        ([("action", "password"), ("current", "wrong-one-22"), ("password", "quiet-harbour-58")], 400),
        ([("action", "password"), ("current", PASSWORD), ("password", "short")], 400),
        ([("action", "password"), ("current", PASSWORD), ("password", "quiet-harbour-58")], 303),
    ] {
        assert_eq!(world.fill::<security::Change>(&browser, &page, &filled).await.status, status, "{filled:?}");
    }
    assert_exactly("pages-security", &world);
}

#[tokio::test]
async fn sign_up_has_the_rights_that_it_uses() {
    let world = World::new().await;
    let browser = world.sign_up("warm@example.com").await;
    world.forget();
    let page = world.call::<sign_up::ShowSignUp>(Call::empty()).await;
    let foreign = Call::empty().header("origin", "https://evil.example");
    assert_eq!(world.call::<sign_up::SignUp>(foreign).await.status, 403);
    // SES refuses to send to the last: then the code is taken back.
    for (email, status) in [(ADA, 303), (ADA, 400), ("throttle@example.com", 303)] {
        let filled = [("email", email), ("password", PASSWORD)];
        let answer = world.fill::<sign_up::SignUp>(&Browser::default(), &page, &filled).await;
        assert_eq!(answer.status, status, "{email}");
    }
    // In a browser that has a session, twice, as somebody does who clicks twice.
    browser.keep(&page);
    let filled = [("email", "lin@example.com"), ("password", PASSWORD)];
    for _ in 0..2 {
        assert_eq!(world.fill::<sign_up::SignUp>(&browser, &page, &filled).await.status, 303);
    }
    // Nobody knows what becomes of the transaction: what it made is taken back.
    world.dynamodb.inject(Fault::AnswerLost, On::operation("TransactWriteItems"), Times::Exactly(3));
    let filled = [("email", "grace@example.com"), ("password", PASSWORD)];
    assert_eq!(world.fill::<sign_up::SignUp>(&Browser::default(), &page, &filled).await.status, 503);
    assert_exactly("pages-sign-up", &world);
}

#[tokio::test]
async fn delete_has_the_rights_that_it_uses() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    // A proven address may have a code on its way.
    let code = json!({"verification_code": world.code(ADA)});
    assert_eq!(world.call::<browser::VerifyEmail>(browser.call().json(&code)).await.status, 200);
    world.sign_in(ADA, PASSWORD).await;
    let copied = crate::passkeys::added_with(&world, &browser, 3).await;
    world.forget();
    // The passkey seems to be copied, of which the user is told.
    let challenged = crate::delete::challenged(&world, &browser, &copied).await;
    assert_eq!(crate::delete::send(&world, &browser, &challenged).await.status, 400);
    let page = world.call::<delete::ShowDelete>(browser.call()).await;
    let foreign = browser.call().header("origin", "https://evil.example");
    assert_eq!(world.call::<delete::Delete>(foreign).await.status, 403);
    for (password, status) in [("wrong-one-22", 400), (PASSWORD, 200)] {
        assert_eq!(world.fill::<delete::Delete>(&browser, &page, &[("password", password)]).await.status, status);
    }
    assert_exactly("pages-delete", &world);
}

#[tokio::test]
async fn the_pages_of_the_second_factor_have_the_rights_that_they_use() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    world.forget();
    let foreign = || browser.call().header("origin", "https://evil.example");
    assert_eq!(world.call::<authenticator::Change>(foreign()).await.status, 403);
    assert_eq!(world.call::<recovery_codes::Renew>(foreign()).await.status, 403);
    let page = world.call::<authenticator::ShowAuthenticator>(browser.call()).await;
    let held = crate::authenticator::held(&page);
    let code = held.code(world.clock.now());
    let page = world.fill::<authenticator::Change>(&browser, &page, &[("otp", &code)]).await;
    assert_eq!(page.status, 200, "{}", page.body);
    let page = world.call::<recovery_codes::ShowRecoveryCodes>(browser.call()).await;
    assert_eq!(world.fill::<recovery_codes::Renew>(&browser, &page, &[]).await.status, 200);
    let page = world.call::<authenticator::ShowAuthenticator>(browser.call()).await;
    assert_eq!(world.fill::<authenticator::Change>(&browser, &page, &[]).await.status, 200);
    assert_exactly("pages-authenticator", &world);
}

#[tokio::test]
async fn the_page_of_the_passkeys_has_the_rights_that_it_uses() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    world.forget();
    let foreign = || browser.call().header("origin", "https://evil.example");
    assert_eq!(world.call::<passkeys::Change>(foreign()).await.status, 403);
    assert_eq!(world.call::<passkeys::Options>(foreign()).await.status, 403);
    crate::passkeys::added(&world, &browser).await;
    let page = world.call::<passkeys::ShowPasskeys>(browser.call()).await;
    for (action, name) in [("rename", "Mine"), ("remove", "")] {
        let filled = [("action", action), ("name", name)];
        assert_eq!(world.fill::<passkeys::Change>(&browser, &page, &filled).await.status, 303, "{action}");
    }
    assert_exactly("pages-passkeys", &world);
}
