//! The page for a forgotten password.

use local::outbox::Kind;
use oauth::forgot::{Ask, Mail};
use runtime::{Answer, query};
use shared::clock::Seconds;

use crate::world::{ADA, Browser, Call, World, hidden};

impl World {
    pub(crate) async fn forgot(&self, email: &str, to: &str) -> Answer {
        self.call::<Mail>(Call::empty().form(&[("email", email), ("to", to)])).await
    }

    /// The tokens of the links that were mailed to Ada, oldest first.
    pub(crate) fn links(&self) -> Vec<String> {
        let mails = self.outbox.messages().into_iter().filter(|mail| mail.kind == Kind::Email && mail.to == ADA);
        let texts = mails.filter_map(|mail| mail.text);
        texts
            .filter_map(|text| {
                let (_, rest) = text.split_once("https://auth.example/account/reset-password?token=")?;
                rest.split_whitespace().next().map(str::to_owned)
            })
            .collect()
    }
}

#[tokio::test]
async fn the_mailed_link_opens_the_page_that_sets_a_new_password() {
    let world = World::new().await;
    world.sign_up(ADA).await;
    let client = world.client().await;
    // From the sign-in page, with the way on.
    let page = world.ask(&Browser::default(), &client.request()).await;
    let to = hidden(&page.body).into_iter().find(|(name, _)| name == "to").expect("the way on").1;
    assert!(page.body.contains("href=\"/account/forgot-password?to=client_id"), "{}", page.body);
    let asked = world.call::<Ask>(Call::empty().raw_query(&query(&[("to", &to)]))).await;
    assert_eq!(asked.status, 200, "{}", asked.body);
    assert_eq!(hidden(&asked.body), [("to".to_owned(), to.clone())]);
    let sent = world.forgot(&format!(" {} ", ADA.to_uppercase()), &to).await;
    assert_eq!((sent.status, world.links().len()), (200, 1), "{}", sent.body);
    let token = world.links().pop().expect("a link");
    assert_eq!(world.set(&token, "a new tractor 18").await.status, 200);
}

#[tokio::test]
async fn nobody_is_told_who_is_registered() {
    let world = World::new().await;
    world.sign_up(ADA).await;
    let [known, unknown] = [world.forgot(ADA, "").await, world.forgot("bob@example.com", "").await];
    assert_eq!(known.status, unknown.status);
    assert_eq!(known.body, unknown.body.replace("bob@example.com", ADA));
    assert_eq!(world.links().len(), 1);
}

#[tokio::test]
async fn one_mail_a_minute() {
    let world = World::new().await;
    world.sign_up(ADA).await;
    for _ in 0..3 {
        assert_eq!(world.forgot(ADA, "").await.status, 200);
    }
    assert_eq!(world.links().len(), 1);
    world.clock.advance(Seconds(60));
    world.forgot(ADA, "").await;
    assert_eq!(world.links().len(), 2);
}

#[tokio::test]
async fn what_is_no_address_is_shown_again_as_it_was_typed() {
    let world = World::new().await;
    for email in ["", "ada", "\"><script>alert(1)</script>"] {
        let answer = world.forgot(email, "").await;
        assert_eq!(answer.status, 400, "{email}");
        assert!(!answer.body.contains("<script"), "{}", answer.body);
    }
}

#[tokio::test]
async fn a_form_of_another_site_mails_nobody_and_a_strange_way_on_leads_nowhere() {
    let world = World::new().await;
    world.sign_up(ADA).await;
    let form = Call::empty().form(&[("email", ADA)]);
    assert_eq!(world.call::<Mail>(form.header("origin", "https://evil.example")).await.status, 403);
    let to = "client_id=unknown&redirect_uri=https://evil.example/";
    assert_eq!(world.forgot(ADA, to).await.status, 400);
    assert_eq!(world.call::<Ask>(Call::empty().raw_query(&query(&[("to", to)]))).await.status, 400);
    assert!(world.links().is_empty());
}
