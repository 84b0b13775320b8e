//! What the functions do with the tables, and what their roles in `template.yaml` allow: the one is the other.

use std::collections::BTreeSet;
use std::path::Path;

use local::faults::{Access, Fault, On, Times};
use local::rights;
use oauth::account_page::{ChangeApps, ShowApps};
use oauth::device::{DecideDevice, DeviceAuthorization, ShowDevice};
use oauth::me::{Account, Me};
use oauth::register::{ReadClient, Register, RemoveClient, UpdateClient};
use oauth::{
    AppMetadata, Introspect, IssuerConfiguration, Jwks, MailCode, Metadata, PasskeyOptions, ProtectedResource, Revoke,
    SendCode, SignIn, Token, authorize, forgot, grants, logout, mementos, reset, userinfo,
};
use runtime::{Ctx, Endpoint};
use serde_json::json;
use shared::app::registration::Registration;
use shared::app::{App, Policy};
use shared::clock::Seconds;
use shared::code::sms::COOLDOWN;

use shared::store::AppConflict;

use crate::keys::Signer;
use crate::mementos::create;
use crate::openid::suite::{Mode, Suite};
use crate::passkey;
use crate::phone::PHONE;
use crate::world::{ADA, Browser, Call, Known, PASSWORD, World, body, hidden, text};

fn core(actions: &[(&str, &str)]) -> Vec<Access> {
    let access = |(action, partition): &(&str, &str)| Access {
        action: (*action).to_owned(),
        table: "core".to_owned(),
        partition: (*partition).to_owned(),
    };
    actions.iter().map(access).collect()
}

/// What the first request of a deployment's first process does besides: it makes the ring.
fn ring() -> Vec<Access> {
    core(&[("GetItem", "KEYS"), ("PutItem", "KEYS")])
}

/// And where the app is the one of the default id, it makes that.
fn default_app() -> Vec<Access> {
    core(&[("GetItem", "A#default"), ("PutItem", "A#default"), ("PutItem", "APPS"), ("DeleteItem", "LISTED")])
}

/// A page of another site sends a form.
async fn from_elsewhere<E: Endpoint<Ctx = Ctx>>(world: &World) {
    let answer = world.call::<E>(Call::empty().header("origin", "https://evil.example")).await;
    assert_eq!(answer.status, 403);
}

fn assert_of(bin: &str, world: &World, besides: &[Vec<Access>]) {
    let touched: BTreeSet<_> = world.dynamodb.touched().into_iter().chain(ring()).chain(besides.concat()).collect();
    let template = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../template.yaml");
    assert_eq!(rights::complaints(&template, bin, &touched, &world.ctx.config.variables_used()), [""; 0]);
}

async fn world() -> (World, Known, Browser) {
    let world = World::new().await;
    let (client, browser) = (world.client().await, world.sign_up(ADA).await);
    (world, client, browser)
}

#[tokio::test]
async fn authorize_has_the_rights_that_it_uses() {
    let (world, client, browser) = world().await;
    world.forget();
    let page = world.ask(&browser, &client.request()).await;
    let page = world.decide(&browser, &page, &[("new", "Tax"), ("action", "make")]).await;
    assert_eq!(world.decide(&browser, &page, &[("action", "authorize")]).await.status, 303);
    from_elsewhere::<authorize::Decide>(&world).await;
    assert_of("oauth-authorize", &world, &[]);
}

#[tokio::test]
async fn sign_in_has_the_rights_that_it_uses() {
    let (world, _, browser) = world().await;
    world.forget();
    // In a browser that has a session.
    let form = [("login", ADA), ("password", PASSWORD)];
    assert_eq!(world.call::<SignIn>(browser.call().form(&form)).await.status, 303);
    // After so many within seconds, the sessions are looked at.
    for (login, password) in [(ADA, "wrong"), ("nobody@example.com", "x")].into_iter().chain([(ADA, PASSWORD); 12]) {
        world.call::<SignIn>(Call::empty().form(&[("login", login), ("password", password)])).await;
    }
    let by_password = world.dynamodb.touched().into_iter().collect();
    // And by phone, known and unknown.
    let world = World::new().await.with_phones().await;
    let mut touched = BTreeSet::new();
    for _ in 0..2 {
        world.send_code(PHONE, "").await;
        let code = world.codes().pop().expect("a text message");
        world.forget();
        world.enter_code(PHONE, "none", "").await;
        assert_eq!(world.enter_code(PHONE, &code, "").await.status, 303);
        touched.extend(world.dynamodb.touched());
        world.clock.advance(COOLDOWN);
    }
    // By a mailed code, a wrong one before it.
    let world = world.with_mailed_codes().await;
    world.sign_up_proven(ADA).await;
    world.mail_code(ADA, "").await;
    let code = world.mailed_code(ADA);
    world.forget();
    world.enter_mailed_code(ADA, "none", "").await;
    world.enter_mailed_code(ADA, if code == "000000" { "000001" } else { "000000" }, "").await;
    assert_eq!(world.enter_mailed_code(ADA, &code, "").await.status, 303);
    touched.extend(world.dynamodb.touched());
    // By one that is the first proof of its address, of which the user is told.
    let (eve, client) = ("eve@example.com", world.client().await);
    world.code(&world.sign_up(eve).await, &client, &[]).await;
    world.mail_code(eve, "").await;
    let code = world.mailed_code(eve);
    world.forget();
    assert_eq!(world.enter_mailed_code(eve, &code, "").await.status, 303);
    touched.extend(world.dynamodb.touched());
    // From a new place, of which the user is told.
    world.forget();
    let form = Call::empty().form(&[("login", ADA), ("password", PASSWORD)]).from("203.0.113.66");
    assert_eq!(world.call::<SignIn>(form).await.status, 303);
    touched.extend(world.dynamodb.touched());
    from_elsewhere::<SignIn>(&world).await;
    // With a passkey, and with a copy of it, of which the user is told.
    let bob = "bob@example.com";
    let mut counting = passkey::add(&world, &world.sign_up(bob).await).await;
    counting.sign_count = 1;
    world.forget();
    for status in [303, 401] {
        assert_eq!(passkey::sign_in(&world, &Browser::default(), &counting, "").await.status, status);
    }
    touched.extend(world.dynamodb.touched());
    from_elsewhere::<PasskeyOptions>(&world).await;
    // With a second factor.
    let held = world.set_up_factor("default", ADA).await;
    let page = world.call::<SignIn>(Call::empty().form(&[("login", ADA), ("password", PASSWORD)])).await;
    let browser = Browser::default();
    browser.keep(&page);
    let ticket = hidden(&page.body).into_iter().find(|(name, _)| name == "ticket").expect("a ticket").1;
    let form = [("ticket", ticket.as_str()), ("otp", held.recovery[0].as_str())];
    // Twice, as somebody does who clicks twice.
    for _ in 0..2 {
        assert_eq!(world.call::<SignIn>(browser.call().form(&form)).await.status, 303);
    }
    touched.extend(world.dynamodb.touched());
    assert_of("oauth-signin", &world, &[default_app(), by_password, touched.into_iter().collect()]);
}

#[tokio::test]
async fn send_code_has_the_rights_that_it_uses() {
    let world = World::new().await.with_phones().await;
    world.forget();
    assert_eq!(world.send_code(PHONE, "").await.status, 200);
    from_elsewhere::<SendCode>(&world).await;
    assert_of("oauth-send-code", &world, &[default_app()]);
}

#[tokio::test]
async fn mail_code_has_the_rights_that_it_uses() {
    let world = World::new().await.with_mailed_codes().await;
    world.sign_up_proven(ADA).await;
    world.forget();
    for email in [ADA, "nobody@example.com"] {
        assert_eq!(world.mail_code(email, "").await.status, 200);
    }
    from_elsewhere::<MailCode>(&world).await;
    assert_of("oauth-mail-code", &world, &[default_app()]);
}

#[tokio::test]
async fn token_has_the_rights_that_it_uses() {
    let world = World::configured(&[("RATE_LIMIT_CLIENT", "3")]).await;
    let (client, browser) = (world.client().await, world.sign_up(ADA).await);
    let first = world.code(&browser, &client, &[]).await;
    let second = world.code(&browser, &client, &[]).await;
    // One of OpenID Connect checks the session of the browser, too.
    let mut request = client.request();
    request.push(("scope", "openid"));
    let third = world.consent(&browser, &request, &[]).await.one("code").expect("one").expect("a code").to_owned();
    world.clock.advance(Seconds(300));
    world.forget();
    assert_eq!(world.call::<Token>(client.exchange(&third)).await.status, 200);
    let given = world.call::<Token>(client.exchange(&second)).await;
    assert_eq!(world.refresh(&client, &body(&given)).await.status, 200);
    // The limit is reached: the exchange is taken back.
    assert_eq!(world.call::<Token>(client.exchange(&first)).await.status, 429);
    assert_of("oauth-token", &world, &[core(&[("GetItem", "A#default"), ("GetItem", &format!("C#{}", client.id))])]);
}

#[tokio::test]
async fn what_devices_call_and_their_page_have_the_rights_that_they_use() {
    let (world, client, browser) = world().await;
    let known = core(&[
        ("GetItem", "A#default"),
        ("GetItem", &format!("C#{}", client.id)),
        ("UpdateItem", &format!("C#{}", client.id)),
    ]);
    let signer = Signer::register(&world, |client| client).await;
    world.forget();
    let codes = body(&world.call::<DeviceAuthorization>(client.form(&[])).await);
    world.call::<DeviceAuthorization>(signer.form(&world, "1", &[])).await;
    assert_of("oauth-device-authorization", &world, &[known, vec![given_back()]]);
    world.forget();
    world.call::<ShowDevice>(browser.call()).await;
    let look = [("user_code", text(&codes, "user_code"))];
    let mut page = world.call::<DecideDevice>(browser.call().form(&look)).await;
    for filled in [&[("new", "Tax"), ("action", "make")][..], &[("action", "authorize")]] {
        let hidden = hidden(&page.body);
        let pairs: Vec<_> = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        page = world.call::<DecideDevice>(browser.call().form(&[pairs.as_slice(), filled].concat())).await;
        assert_eq!(page.status, 200, "{}", page.body);
    }
    from_elsewhere::<DecideDevice>(&world).await;
    assert_of("oauth-device", &world, &[default_app()]);
}

#[tokio::test]
async fn registration_has_the_rights_that_it_uses() {
    let (world, ..) = world().await;
    let open = |app: App| {
        let policy = Policy { registration: Registration::Open, ..app.policy };
        Ok::<_, AppConflict>(App { policy, ..app })
    };
    world.ctx.store.change_app(&"default".parse().expect("an id"), open).await.expect("changed");
    world.clock.advance(shared::cache::FRESH);
    world.forget();
    let wanted = json!({"redirect_uris": ["https://client.example/cb"]});
    let client = body(&world.call::<Register>(Call::empty().json(&wanted)).await);
    let own = || {
        let call = Call::empty().path("client_id", text(&client, "client_id"));
        call.bearer(text(&client, "registration_access_token"))
    };
    assert_eq!(world.call::<ReadClient>(own()).await.status, 200);
    let wanted = json!({"client_id": client["client_id"], "redirect_uris": ["https://client.example/cb2"]});
    assert_eq!(world.call::<UpdateClient>(own().json(&wanted)).await.status, 200);
    assert_eq!(world.call::<RemoveClient>(own()).await.status, 204);
    assert_of("oauth-register", &world, &[]);
}

/// What a request does with its assertion that fails on our side.
fn given_back() -> Access {
    Access {
        action: "DeleteItem".to_owned(),
        table: "live".to_owned(),
        partition: "J#an assertion whose request failed".to_owned(),
    }
}

#[tokio::test]
async fn introspect_and_revoke_have_the_rights_that_they_use() {
    let (world, client, browser) = world().await;
    let tokens = world.tokens(&browser, &client, &[]).await;
    let known = core(&[
        ("GetItem", "A#default"),
        ("GetItem", &format!("C#{}", client.id)),
        ("UpdateItem", &format!("C#{}", client.id)),
    ]);
    let signer = Signer::register(&world, |client| client).await;
    world.forget();
    world.call::<Introspect>(client.form(&[("token", text(&tokens, "access_token"))])).await;
    // An app that asks notes the use of its secret, too.
    let noted = core(&[("UpdateItem", "A#default")]);
    world.call::<Introspect>(signer.form(&world, "1", &[("token", "x")])).await;
    world.dynamodb.inject(Fault::InternalError, On::operation("GetItem"), Times::Forever);
    let failing = signer.form(&world, "2", &[("token", text(&tokens, "access_token"))]);
    assert_eq!(world.call::<Introspect>(failing).await.status, 503);
    world.dynamodb.heal();
    assert_of("oauth-introspect", &world, &[known.clone(), noted]);
    world.forget();
    world.call::<Revoke>(signer.form(&world, "3", &[("token", "x")])).await;
    world.call::<Revoke>(client.form(&[("token", text(&tokens, "access_token"))])).await;
    assert_of("oauth-revoke", &world, &[known, vec![given_back()]]);
}

#[tokio::test]
async fn openid_connect_has_the_rights_that_it_uses() {
    let suite = Suite::new(Mode::Query).await;
    let tokens = suite.tokens(&[]).await;
    let known = core(&[("GetItem", "A#default"), ("GetItem", &format!("C#{}", suite.client.id))]);
    suite.forget();
    let bearer = Call::empty().bearer(text(&tokens, "access_token"));
    assert_eq!(suite.call::<userinfo::UserInfo<false>>(bearer.clone()).await.status, 200);
    assert_eq!(suite.call::<userinfo::UserInfo<true>>(bearer).await.status, 200);
    assert_of("oauth-userinfo", &suite, std::slice::from_ref(&known));
    suite.forget();
    let asked = suite.call::<logout::Ask>(suite.browser.call()).await;
    assert_eq!(asked.status, 200, "{}", asked.body);
    let hint = suite.browser.call().query("id_token_hint", text(&tokens, "id_token"));
    assert_eq!(suite.call::<logout::Ask>(hint).await.status, 200);
    let foreign = Call::empty().form(&[("action", "sign-out")]).header("origin", "https://evil.example");
    assert_eq!(suite.call::<logout::SignOut>(foreign).await.status, 403);
    assert_of("oauth-logout", &suite, &[known, default_app()]);
}

#[tokio::test]
async fn the_documents_and_me_have_the_rights_that_they_use() {
    let (world, _, browser) = world().await;
    world.forget();
    world.call::<Metadata>(Call::empty()).await;
    world.call::<ProtectedResource<true>>(Call::empty()).await;
    world.call::<Jwks>(Call::empty()).await;
    world.call::<AppMetadata>(Call::empty().path("app", "shop")).await;
    world.call::<IssuerConfiguration>(Call::empty().path("app", "shop")).await;
    assert_of("oauth-metadata", &world, &[]);
    world.forget();
    world.call::<Me<false>>(browser.call()).await;
    world.call::<Account>(browser.call()).await;
    assert_of("oauth-me", &world, &[default_app()]);
}

#[tokio::test]
async fn mementos_have_the_rights_that_they_use() {
    let (world, client, browser) = world().await;
    let made = create(&world, &browser, "Tax").await;
    let id = text(&made, "id");
    world.tokens(&browser, &client, &[id]).await;
    world.forget();
    create(&world, &browser, "Work").await;
    assert_eq!(body(&world.call::<mementos::List>(browser.call()).await).as_array().expect("a list").len(), 2);
    let edit = browser.call().path("id", id).json(&json!({"add": [1]}));
    assert_eq!(world.call::<mementos::Edit>(edit).await.status, 200);
    assert_eq!(world.call::<mementos::Delete>(browser.call().path("id", id)).await.status, 204);
    assert_of("oauth-mementos", &world, &[default_app()]);
}

#[tokio::test]
async fn grants_have_the_rights_that_they_use() {
    let (world, client, browser) = world().await;
    world.tokens(&browser, &client, &[]).await;
    world.forget();
    world.call::<grants::List>(browser.call()).await;
    let page = world.call::<ShowApps>(browser.call().query("client", &client.id)).await;
    let mut form = hidden(&page.body);
    form.extend([("new".to_owned(), "Tax".to_owned()), ("action".to_owned(), "make".to_owned())]);
    let pairs: Vec<_> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(world.call::<ChangeApps>(browser.call().form(&pairs)).await.status, 200);
    let choose = browser.call().path("client_id", &client.id).json(&json!({"mementos": []}));
    assert_eq!(world.call::<grants::Choose>(choose).await.status, 200);
    assert_eq!(world.call::<grants::Disconnect>(browser.call().path("client_id", &client.id)).await.status, 204);
    assert_of("oauth-grants", &world, &[default_app()]);
}

#[tokio::test]
async fn the_reset_page_has_the_rights_that_it_uses() {
    let (world, client, browser) = world().await;
    // What it was let have before the address was proven goes.
    world.code(&browser, &client, &[]).await;
    let token = world.reset_token("default").await;
    world.forget();
    world.call::<reset::ShowReset>(Call::empty().query("token", &token)).await;
    assert_eq!(world.set(&token, "a new tractor 18").await.status, 200);
    from_elsewhere::<reset::Set>(&world).await;
    assert_of("oauth-reset-password", &world, &[]);
}

#[tokio::test]
async fn the_page_for_forgotten_passwords_has_the_rights_that_it_uses() {
    let (world, _, _) = world().await;
    world.forget();
    assert_eq!(world.forgot(ADA, "").await.status, 200);
    assert_eq!(world.forgot("bob@example.com", "").await.status, 200);
    from_elsewhere::<forgot::Mail>(&world).await;
    // When the mail is not sent, the cooldown is given back and so is what it was charged.
    assert_of("oauth-forgot-password", &world, &[default_app()]);
}
