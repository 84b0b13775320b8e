//! Users are told of clients that they let in.

#![expect(clippy::expect_used, reason = "a test that cannot go on says why and stops")]

use std::path::Path;

use local::faults::{Fault, On, Times};
use local::rights;
use rig::{START, World};
use runtime::Consumer as _;
use serde_json::{Value, json};
use shared::id::UserId;
use shared::store::{Nonce, Registration};
use shared::user::User;
use streams::Tell;

const ADA: &str = "ada@example.com";
const AGENT: &str = "https://agent.example/client.json";

struct Scene {
    world: World,
    tell: Tell,
    ada: UserId,
}

impl Scene {
    async fn new() -> Self {
        let world = World::new().await;
        let random = &world.ctx.random;
        let app =
            world.ctx.at(START).bound_app(&"default".parse().expect("an id")).await.expect("answers").expect("an app");
        let user = User { email: Some(ADA.parse().expect("an address")), ..User::new(random, START) };
        let ada = user.id;
        let registration = Registration { user, password: None, challenge: None, opening: None, source: String::new() };
        world.ctx.store.register(&app.id, &registration, &Nonce::draw(random), START).await.expect("registers");
        let tell = Tell::new(world.another_ctx());
        Self { world, tell, ada }
    }

    /// Of a browser that said nothing of a language.
    fn entry(&self, id: &str, act: &str, client: &str) -> Value {
        json!({"eventName": "INSERT", "dynamodb": {"NewImage": {
            "pk": {"S": format!("U#default#{}", self.ada)},
            "sk": {"S": format!("01800000000#{id}")},
            "at": {"N": "1800000000"},
            "app": {"S": "default"},
            "user": {"S": self.ada.to_string()},
            "act": {"S": act},
            "outcome": {"S": "done"},
            "author": {"M": {"from": {"S": "203.0.113.9"}, "request": {"S": "r"}}},
            "details": {"M": {"client": {"S": client}, "scope": {"S": "profile"}}},
        }}})
    }

    async fn take(&self, entries: &[Value]) -> bool {
        self.tell.take(&json!({"Records": entries}).to_string()).await.is_ok()
    }

    fn mails(&self) -> Vec<String> {
        self.world.mails(ADA).into_iter().map(|mail| mail.text.expect("a text")).collect()
    }
}

#[tokio::test]
async fn a_user_is_told_once_which_client_was_let_in_and_from_where() {
    let scene = Scene::new().await;
    let entry = scene.entry("e1", "grant_given", AGENT);
    assert!(scene.take(&[entry.clone(), entry.clone()]).await && scene.take(&[entry]).await);
    let [mail] = &scene.mails()[..] else { panic!("{:?}", scene.mails()) };
    assert!(mail.contains("您允许“agent.example”访问") && mail.contains("203.0.113.*"), "{mail}");
}

#[tokio::test]
async fn the_mail_is_in_the_language_of_the_browser_in_which_the_user_agreed() {
    let scene = Scene::new().await;
    let mut entry = scene.entry("e1", "grant_given", AGENT);
    entry["dynamodb"]["NewImage"]["author"]["M"]["lang"] = json!({"S": "en"});
    assert!(scene.take(&[entry]).await);
    let [mail] = &scene.mails()[..] else { panic!("{:?}", scene.mails()) };
    assert!(mail.contains("“agent.example” was let into your"), "{mail}");
}

#[tokio::test]
async fn of_other_entries_and_of_clients_that_are_gone_nobody_is_told() {
    let scene = Scene::new().await;
    let others = ["grant_changed", "grant_withdrawn", "session_opened"].map(|act| scene.entry(act, act, AGENT));
    assert!(scene.take(&others).await);
    assert!(scene.take(&[scene.entry("e1", "grant_given", "lc_000000000000000000000000")]).await);
    assert_eq!(scene.mails(), [""; 0]);
}

#[tokio::test]
async fn a_store_that_is_down_has_the_entry_delivered_again() {
    let scene = Scene::new().await;
    let entry = scene.entry("e1", "grant_given", AGENT);
    scene.world.dynamodb.inject(Fault::Throttle, On::operation("GetItem"), Times::Forever);
    assert!(!scene.take(std::slice::from_ref(&entry)).await);
    scene.world.dynamodb.heal();
    assert!(scene.take(&[entry]).await);
    assert_eq!(scene.mails().len(), 1);
}

#[tokio::test]
async fn the_role_allows_what_the_function_does_and_nothing_else() {
    let scene = Scene::new().await;
    let of_client = scene.entry("e1", "grant_given", "lc_000000000000000000000000");
    let world = &scene.world;
    let ctx = world.another_ctx();
    ctx.mailer();
    world.forget();
    let tell = Tell::new(ctx);
    let event = json!({"Records": [scene.entry("e2", "grant_given", AGENT), of_client]}).to_string();
    tell.take(&event).await.expect("taken");
    let template = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../template.yaml");
    let touched = world.dynamodb.touched().into_iter().collect();
    assert_eq!(rights::complaints(&template, "tell", &touched, &tell.variables_used()), [""; 0]);
}
