//! `HEAD` is answered as `GET` is, by every operation that takes `GET`.

#![recursion_limit = "256"]

use std::any::Any;
use std::pin::Pin;

use browser::SignUp;
use rig::{Browser, Call, World};
use runtime::{Answer, Ctx, Endpoint, EndpointVisitor, Event, respond};
use serde_json::json;

type Answering<'a> = Pin<Box<dyn Future<Output = Answer> + 'a>>;

/// An operation that takes `GET`.
struct Look<'a> {
    name: &'static str,
    ask: Box<dyn Fn(Event) -> Answering<'a> + 'a>,
}

/// Collects them.
struct Looks<'a> {
    ctx: &'a Ctx,
    found: Vec<Look<'a>>,
    /// Those that have no store around them, which are asked over HTTP (`journeys/paths.rs`).
    storeless: Vec<&'static str>,
}

impl EndpointVisitor for Looks<'_> {
    fn visit<E: Endpoint>(&mut self) {
        let name = E::ROUTE.name;
        if E::ROUTE.method != "GET" {
            return;
        }
        let ctx: &dyn Any = self.ctx;
        match ctx.downcast_ref::<E::Ctx>() {
            Some(ctx) => {
                self.found.push(Look { name, ask: Box::new(move |event| Box::pin(respond::<E>(ctx, event))) });
            }
            None => self.storeless.push(name),
        }
    }
}

/// What an answer says, but for what differs from one showing of a page to the next: how many requests are left, and the values of cookies.
fn told(answer: &Answer) -> (u16, Vec<(String, String)>, Vec<String>) {
    let headers = answer.headers.iter().filter(|(name, _)| !name.starts_with("x-ratelimit-"));
    let headers = headers.map(|(name, value)| ((*name).to_owned(), value.to_string())).collect();
    let cookies = answer.cookies.iter().map(|line| line.split('=').next().unwrap_or_default().to_owned()).collect();
    (answer.status, headers, cookies)
}

/// Where a request says that it comes from.
const FROM: [Option<(&str, &str)>; 5] = [
    None,
    Some(("origin", "https://evil.example")),
    Some(("origin", "null")),
    Some(("sec-fetch-site", "cross-site")),
    Some(("referer", "https://evil.example/page")),
];

#[tokio::test]
async fn every_operation_that_takes_get_answers_head_alike_wherever_the_request_comes_from() {
    let world = World::new().await;
    let ada = Browser::default();
    let account = json!({"email": "ada@example.com", "password": "violet-tractor-17", "name": "Ada"});
    ada.keep(&world.call::<SignUp>(Call::empty().json(&account)).await);
    assert!(ada.cookie("access_token").is_some());
    let mut looks = Looks { ctx: &world.ctx, found: Vec::new(), storeless: Vec::new() };
    app::each_endpoint(&mut looks);
    browser::each_endpoint(&mut looks);
    account::each_endpoint(&mut looks);
    oauth::each_endpoint(&mut looks);
    pages::each_endpoint(&mut looks);
    assert!(looks.found.len() > 20, "{}", looks.found.len());
    assert!(looks.storeless.iter().all(|name| name.starts_with("app-")), "{:?}", looks.storeless);
    let mut sources = 0_u32..;
    for Look { name, ask } in &looks.found {
        for (who, call) in [("nobody", Call::empty()), ("Ada", ada.call())] {
            for from in FROM {
                // So many addresses that none reaches its limit.
                let source = format!("198.51.100.{}", sources.next().expect("endless") % 250);
                let call = call.clone().from(&source).query("token", "x").path("id", "x").path("name", "x.png");
                let call = from.into_iter().fold(call, |call, (header, value)| call.header(header, value));
                let get = ask(call.clone().event("GET")).await;
                let head = ask(call.head().event("GET")).await;
                assert_eq!(told(&head), told(&get), "{name} of {who}, {from:?}");
            }
        }
    }
}
