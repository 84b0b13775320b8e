//! What a caller sees while DynamoDB misbehaves: once, and every time.

use std::time::Duration;

use futures_util::future::join_all;
use local::faults::{Fault, On, Times};
use oauth::account_page::{ChangeApps, ShowApps};
use oauth::authorize::{Ask, Decide};
use oauth::me::Me;
use oauth::{Introspect, MailCode, PasskeyOptions, Revoke, SendCode, SignIn, Token, grants, mementos};
use runtime::{Answer, Ctx, Endpoint, query};
use serde_json::{Value, json};

use crate::mementos::create;
use crate::passkey;
use crate::phone::PHONE;
use crate::world::{ADA, Browser, Call, Known, PASSWORD, World, body, brought_back, hidden, text};

pub(crate) const OPERATIONS: [&str; 6] =
    ["GetItem", "PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "Query"];

/// Told to come back, by a page or in JSON; nothing was given and nobody is sent anywhere.
pub(crate) fn unavailable(answer: &Answer) -> bool {
    let refused = answer.status == 503 && answer.header("retry-after").is_some();
    refused && answer.cookies.is_empty() && answer.header("location").is_none()
}

/// A deployment with a fault to come.
pub(crate) struct Case {
    pub(crate) world: World,
    fault: Fault,
    operation: &'static str,
    /// Once, which the SDK's own repetition may get over, or for as long as one request lasts.
    times: Times,
}

impl Case {
    /// Calls while the fault waits, and again as somebody would who was told to.
    pub(crate) async fn call<E: Endpoint<Ctx = Ctx>>(&self, call: Call, status: u16) -> Answer {
        let (answer, _) = self.answer::<E>(call).await;
        assert_eq!(answer.status, status, "{}, {self}: {}", E::ROUTE.name, answer.body);
        answer
    }

    /// The same of what can be ended only once: a client that comes again may find it gone, and one that was never told to
    /// come again is told that it is.
    async fn end<E: Endpoint<Ctx = Ctx>>(&self, call: Call) {
        let (answer, came_again) = self.answer::<E>(call).await;
        let gone = answer.status == 204 || (answer.status == 404 && came_again);
        assert!(gone, "{}, {self}: {} {}", E::ROUTE.name, answer.status, answer.body);
    }

    /// The last answer, and whether there was one before it.
    async fn answer<E: Endpoint<Ctx = Ctx>>(&self, call: Call) -> (Answer, bool) {
        let dynamodb = &self.world.dynamodb;
        dynamodb.heal();
        dynamodb.inject(self.fault.clone(), On::operation(self.operation), self.times);
        let first = self.world.call::<E>(call.clone()).await;
        if self.times == Times::Forever {
            dynamodb.heal();
        }
        let again = unavailable(&first);
        let answer = if again { self.world.call::<E>(call).await } else { first };
        dynamodb.heal();
        (answer, again)
    }
}

impl std::fmt::Display for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} of {}, {:?}", self.fault, self.operation, self.times)
    }
}

/// Walks every case. Of what stays away for a whole request, what was not carried out: nobody can tell the rest from a
/// request that was served.
pub(crate) async fn each(walk: impl AsyncFn(Case)) {
    let once = Fault::each().map(|fault| (fault, Times::Once));
    let whole = Fault::each().map(|fault| (fault, Times::Forever));
    let not_carried_out =
        |(fault, _): &(Fault, Times)| !matches!(fault, Fault::AnswerLost | Fault::AnswerGarbled | Fault::Slow(_));
    for (fault, times) in once.into_iter().chain(whole.into_iter().filter(not_carried_out)) {
        for operation in OPERATIONS {
            walk(Case { world: World::new().await, fault: fault.clone(), operation, times }).await;
        }
    }
}

/// A page's form with what was filled in.
fn filled(browser: &Browser, page: &str, filled: &[(&str, &str)]) -> Call {
    let hidden = hidden(page);
    let pairs: Vec<_> = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    browser.call().form(&[pairs.as_slice(), filled].concat())
}

fn refresh(client: &Known, tokens: &Value) -> Call {
    client.form(&[("grant_type", "refresh_token"), ("refresh_token", text(tokens, "refresh_token"))])
}

#[tokio::test]
async fn a_fault_that_passes_keeps_nobody_from_agreeing_and_no_client_from_its_tokens() {
    each(async |case| {
        let world = &case.world;
        let (client, known, _) = (world.client().await, world.client().await, world.sign_up(ADA).await);
        let form = [("login", ADA), ("password", PASSWORD)];
        let signed_in = case.call::<SignIn>(Call::empty().form(&form), 303).await;
        let browser = Browser::default();
        browser.keep(&signed_in);
        let page = case.call::<Ask>(browser.call().raw_query(&query(&client.request())), 200).await;
        assert!(page.body.contains("value=\"authorize\""), "{case}: {}", page.body);
        let agreed = case.call::<Decide>(filled(&browser, &page.body, &[("action", "authorize")]), 303).await;
        assert!(matches!(brought_back(&agreed).one("code"), Ok(Some(_))), "{case}: {:?}", agreed.header("location"));

        let tokens = world.tokens(&browser, &known, &[]).await;
        let refreshed = body(&case.call::<Token>(refresh(&known, &tokens), 200).await);
        let token = text(&refreshed, "access_token");
        let seen = case.call::<Introspect>(known.form(&[("token", token)]), 200).await;
        assert_eq!(body(&seen)["active"], true, "{case}: a repetition was taken for theft");
        let me = case.call::<Me<false>>(Call::empty().bearer(token), 200).await;
        assert_eq!(body(&me)["client_id"], known.id.as_str(), "{case}");
        case.call::<Revoke>(known.form(&[("token", token)]), 200).await;
        assert_eq!(world.introspect(&known, token).await, json!({"active": false}), "{case}");
    })
    .await;
}

#[tokio::test]
async fn a_fault_that_passes_keeps_nobody_from_signing_in_by_phone_who_is_texted_once() {
    each(async |case| {
        let case = Case { world: case.world.with_phones().await, ..case };
        let page = case.call::<SendCode>(Call::empty().form(&[("phone", PHONE)]), 200).await;
        assert!(page.body.contains("name=\"code\""), "{case}: {}", page.body);
        let codes = case.world.codes();
        let [code] = codes.as_slice() else { panic!("{case}: {} text messages", codes.len()) };
        let answer = case.call::<SignIn>(Call::empty().form(&[("phone", PHONE), ("code", code)]), 303).await;
        let browser = Browser::default();
        browser.keep(&answer);
        assert_eq!(case.world.call::<Me<false>>(browser.call()).await.status, 200, "{case}");
    })
    .await;
}

#[tokio::test]
async fn a_fault_that_passes_keeps_nobody_from_signing_in_by_mail_who_is_mailed_once() {
    each(async |case| {
        let case = Case { world: case.world.with_mailed_codes().await, ..case };
        case.world.sign_up_proven(ADA).await;
        let page = case.call::<MailCode>(Call::empty().form(&[("email", ADA)]), 200).await;
        assert!(page.body.contains("name=\"code\""), "{case}: {}", page.body);
        let codes = case.world.mailed_codes(ADA);
        let [code] = codes.as_slice() else { panic!("{case}: {} mails", codes.len()) };
        let answer = case.call::<SignIn>(Call::empty().form(&[("email", ADA), ("code", code)]), 303).await;
        let browser = Browser::default();
        browser.keep(&answer);
        assert_eq!(case.world.call::<Me<false>>(browser.call()).await.status, 200, "{case}");
    })
    .await;
}

#[tokio::test]
async fn a_fault_that_passes_keeps_nobody_from_signing_in_with_a_passkey() {
    each(async |case| {
        let registered = passkey::add(&case.world, &case.world.sign_up(ADA).await).await;
        let browser = Browser::default();
        let options = case.call::<PasskeyOptions>(browser.call().form(&[("to", "")]), 200).await;
        browser.keep(&options);
        let mut authenticator = registered;
        authenticator.take_request(&body(&options)).expect("options");
        let credential = authenticator.get().expect("signs").to_string();
        let answer = case.call::<SignIn>(browser.call().form(&[("credential", &credential)]), 303).await;
        browser.keep(&answer);
        assert_eq!(case.world.call::<Me<false>>(browser.call()).await.status, 200, "{case}");
        let again = case.world.call::<SignIn>(browser.call().form(&[("credential", &credential)])).await;
        assert_eq!(again.status, 401, "{case}");
    })
    .await;
}

#[tokio::test]
async fn a_fault_that_passes_keeps_nobody_from_their_mementos_which_change_once() {
    each(async |case| {
        let browser = case.world.sign_up(ADA).await;
        let new = browser.call().json(&json!({"name": "Tax"}));
        let made = body(&case.call::<mementos::Create>(new, 201).await);
        let id = text(&made, "id");
        let edit = browser.call().path("id", id).json(&json!({"add": ["a"], "folder_add": [7]}));
        let edited = body(&case.call::<mementos::Edit>(edit, 200).await);
        assert_eq!((&edited["document_ids"], &edited["folder_ids"]), (&json!(["a"]), &json!([7])), "{case}");
        let shown = case.call::<mementos::ShowMemento>(browser.call().path("id", id), 200).await;
        assert_eq!(body(&shown), edited, "{case}");
        let listed = case.call::<mementos::List>(browser.call(), 200).await;
        assert_eq!(body(&listed), json!([edited]), "{case}");
        case.end::<mementos::Delete>(browser.call().path("id", id)).await;
        assert_eq!(case.world.call::<mementos::List>(browser.call()).await.body, "[]", "{case}");
    })
    .await;
}

#[tokio::test]
async fn a_fault_that_passes_keeps_nobody_from_changing_and_ending_what_apps_may_see() {
    each(async |case| {
        let world = &case.world;
        let (client, other, browser) = (world.client().await, world.client().await, world.sign_up(ADA).await);
        let memento = create(world, &browser, "Tax").await;
        let id = text(&memento, "id");
        let tokens = world.tokens(&browser, &client, &[id]).await;
        let token = text(&tokens, "access_token");
        let listed = body(&case.call::<grants::List>(browser.call(), 200).await);
        assert_eq!(listed[0]["mementos"], json!([id]), "{case}");
        let one = |client: &Known| browser.call().path("client_id", &client.id);
        case.call::<grants::Choose>(one(&client).json(&json!({"mementos": []})), 200).await;
        assert_eq!(world.introspect(&client, token).await["mementos"], json!([]), "{case}");
        let page = case.call::<ShowApps>(browser.call().query("client", &client.id), 200).await;
        case.call::<ChangeApps>(filled(&browser, &page.body, &[("m", id), ("action", "save")]), 303).await;
        assert_eq!(world.introspect(&client, token).await["mementos"], json!([id]), "{case}");
        case.end::<grants::Disconnect>(one(&client)).await;
        assert_eq!(world.introspect(&client, token).await, json!({"active": false}), "{case}");
        let tokens = world.tokens(&browser, &other, &[]).await;
        let page = world.call::<ShowApps>(browser.call()).await;
        case.call::<ChangeApps>(filled(&browser, &page.body, &[("action", "disconnect")]), 303).await;
        let left = world.introspect(&other, text(&tokens, "access_token")).await;
        assert_eq!(left, json!({"active": false}), "{case}");
    })
    .await;
}

/// What is asked for in an outage, by people and clients who are not asked about afterwards.
struct Outage {
    ada: Browser,
    client: Known,
    tokens: Value,
    memento: Value,
}

impl Outage {
    async fn of(world: &World) -> Self {
        let (client, ada) = (world.client().await, world.sign_up(ADA).await);
        let memento = create(world, &ada, "Tax").await;
        let tokens = world.tokens(&ada, &client, &[text(&memento, "id")]).await;
        Self { ada, client, tokens, memento }
    }

    /// Everything that reads, and the refresh, which may be repeated.
    async fn ask(&self, world: &World) -> Vec<Answer> {
        let token = text(&self.tokens, "access_token");
        join_all([
            world.call::<Ask>(self.ada.call().raw_query(&query(&self.client.request()))),
            world.call::<Token>(refresh(&self.client, &self.tokens)),
            world.call::<Introspect>(self.client.form(&[("token", token)])),
            world.call::<Introspect>(self.client.form(&[("token", text(&self.tokens, "refresh_token"))])),
            world.call::<Me<false>>(Call::empty().bearer(token)),
            world.call::<Me<true>>(self.ada.call()),
            world.call::<mementos::List>(self.ada.call()),
            world.call::<mementos::ShowMemento>(self.ada.call().path("id", text(&self.memento, "id"))),
            world.call::<grants::List>(self.ada.call()),
            world.call::<ShowApps>(self.ada.call()),
        ])
        .await
    }

    /// Everything that changes something, with the pages' forms as they were shown before.
    async fn change(&self, world: &World, consent: &str, apps: &str) -> Vec<Answer> {
        let (ada, id) = (&self.ada, text(&self.memento, "id"));
        let one = || ada.call().path("client_id", &self.client.id);
        join_all([
            world.call::<Decide>(filled(ada, consent, &[("action", "authorize")])),
            world.call::<Decide>(filled(ada, consent, &[("new", "made"), ("action", "make")])),
            world.call::<SignIn>(Call::empty().form(&[("login", ADA), ("password", PASSWORD)])),
            world.call::<SignIn>(Call::empty().form(&[("phone", PHONE), ("code", "123456")])),
            world.call::<SendCode>(Call::empty().form(&[("phone", PHONE)])),
            world.call::<SignIn>(Call::empty().form(&[("email", ADA), ("code", "123456")])),
            world.call::<MailCode>(Call::empty().form(&[("email", ADA)])),
            world.call::<Revoke>(self.client.form(&[("token", text(&self.tokens, "access_token"))])),
            world.call::<mementos::Create>(ada.call().json(&json!({"name": "x"}))),
            world.call::<mementos::Edit>(ada.call().path("id", id).json(&json!({"add": ["x"]}))),
            world.call::<mementos::Delete>(ada.call().path("id", id)),
            world.call::<grants::Choose>(one().json(&json!({"mementos": []}))),
            world.call::<grants::Disconnect>(one()),
            world.call::<ChangeApps>(filled(ada, apps, &[("action", "disconnect")])),
        ])
        .await
    }
}

/// What lasts: what is slow is then too slow for anybody.
pub(crate) fn lasting(fault: Fault) -> Fault {
    if let Fault::Slow(_) = fault { Fault::Slow(Duration::from_secs(30)) } else { fault }
}

#[tokio::test]
async fn a_store_that_stays_down_is_a_503_for_every_look_and_no_token_dies_of_it() {
    for fault in Fault::each().map(lasting) {
        let world = World::new().await;
        let outage = Outage::of(&world).await;
        world.dynamodb.inject(fault.clone(), On::any(), Times::Forever);
        for (at, answer) in outage.ask(&world).await.iter().enumerate() {
            assert!(unavailable(answer), "{fault:?}, {at}: {} {}", answer.status, answer.body);
        }
        world.dynamodb.heal();
        assert_eq!(world.refresh(&outage.client, &outage.tokens).await.status, 200, "{fault:?}");
        let seen = world.introspect(&outage.client, text(&outage.tokens, "access_token")).await;
        assert_eq!((&seen["active"], &seen["mementos"]), (&json!(true), &json!([outage.memento["id"]])), "{fault:?}");
    }
}

#[tokio::test]
async fn a_store_that_stays_down_is_a_503_for_every_change_and_nobody_is_texted() {
    for fault in Fault::each().map(lasting) {
        let world = World::new().await.with_phones().await;
        let outage = Outage::of(&world).await;
        let consent = world.ask(&outage.ada, &outage.client.request()).await;
        let apps = world.call::<ShowApps>(outage.ada.call()).await;
        world.dynamodb.inject(fault.clone(), On::any(), Times::Forever);
        for (at, answer) in outage.change(&world, &consent.body, &apps.body).await.iter().enumerate() {
            assert!(unavailable(answer), "{fault:?}, {at}: {} {}", answer.status, answer.body);
        }
        world.dynamodb.heal();
        assert!(world.codes().is_empty(), "{fault:?}");
        if !matches!(fault, Fault::AnswerLost | Fault::AnswerGarbled | Fault::Slow(_)) {
            let seen = world.introspect(&outage.client, text(&outage.tokens, "access_token")).await;
            let mementos = json!([outage.memento["id"]]);
            assert_eq!((&seen["active"], &seen["mementos"]), (&json!(true), &mementos), "{fault:?} changed something");
            let listed = body(&world.call::<mementos::List>(outage.ada.call()).await);
            assert_eq!(listed, json!([outage.memento]), "{fault:?} changed something");
        }
    }
}
