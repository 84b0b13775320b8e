//! The page that a reset link opens.

use oauth::reset::{Set, ShowReset};
use oauth::{SignIn, Token};
use runtime::Answer;
use shared::app::App;
use shared::clock::Seconds;
use shared::code::reset::ResetLink;
use shared::store::AppConflict;
use shared::user::identity::Handle;

use crate::world::{ADA, Browser, Call, PASSWORD, World, brought_back, hidden};

pub(crate) const NEW: &str = "a new tractor 18";

impl World {
    /// The token of a link that Ada was mailed, in some app.
    pub(crate) async fn reset_token(&self, app: &str) -> String {
        let (app, now) = (app.parse().expect("an app id"), self.ctx.now());
        let handle = Handle::Email(ADA.parse().expect("an address"));
        let owner = self.ctx.store.identity(&app, &handle, now).await.expect("answers").expect("Ada");
        let (link, token) = ResetLink::issue(&app, handle, Some(&owner), Seconds::hours(1), &self.ctx.random, now);
        self.ctx.store.put_reset_link(&link).await.expect("stored");
        token.reveal()
    }

    pub(crate) async fn set(&self, token: &str, password: &str) -> Answer {
        self.call::<Set>(Call::empty().form(&[("token", token), ("password", password)])).await
    }

    pub(crate) async fn opens(&self, password: &str) -> bool {
        let form = [("login", ADA), ("password", password)];
        self.call::<SignIn>(Call::empty().form(&form)).await.status == 303
    }
}

#[tokio::test]
async fn the_link_shows_a_form_that_sets_the_password_once_and_ends_every_session() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let token = world.reset_token("default").await;
    // However often the mail's scanner looks.
    for _ in 0..3 {
        let page = world.call::<ShowReset>(Call::empty().query("token", &token)).await;
        assert_eq!((page.status, page.header("cache-control")), (200, Some("no-store")), "{}", page.body);
        let names: Vec<_> = hidden(&page.body).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["token", "form"]);
        assert_eq!(hidden(&page.body)[0].1, token);
        assert_eq!(page.header("referrer-policy"), Some("same-origin"));
    }
    let done = world.set(&token, NEW).await;
    assert_eq!(done.status, 200, "{}", done.body);
    assert!(world.opens(NEW).await && !world.opens(PASSWORD).await);
    assert_eq!(world.call::<oauth::me::Me<false>>(browser.call()).await.status, 401);
    let again = world.set(&token, "yet another one").await;
    assert_eq!(again.status, 400);
    assert!(world.opens(NEW).await);
    assert_eq!(world.call::<ShowReset>(Call::empty().query("token", &token)).await.status, 400);
}

/// Somebody signs up with the address of another, lets clients of theirs in, and waits for the owner.
#[tokio::test]
async fn a_reset_that_proves_an_address_for_the_first_time_ends_what_a_stranger_let_clients_have() {
    let world = World::new().await;
    let (client, stranger) = (world.client().await, world.sign_up(ADA).await);
    let tokens = world.tokens(&stranger, &client, &[]).await;
    let request = client.request();
    let quiet = [request.as_slice(), &[("scope", "openid"), ("prompt", "none")]].concat();
    world.consent(&stranger, &[request.as_slice(), &[("scope", "openid")]].concat(), &[]).await;
    let pending = world.code(&stranger, &client, &[]).await;

    assert_eq!(world.set(&world.reset_token("default").await, NEW).await.status, 200);
    assert_eq!(world.refresh(&client, &tokens).await.status, 400, "what the client was given");
    assert_eq!(world.call::<Token>(client.exchange(&pending)).await.status, 400, "what it was going to be given");
    let owner = Browser::default();
    owner.keep(&world.call::<SignIn>(Call::empty().form(&[("login", ADA), ("password", NEW)])).await);
    let asked = brought_back(&world.ask(&owner, &quiet).await);
    assert_eq!(asked.one("error"), Ok(Some("consent_required")), "what the stranger agreed to");

    // What the owner agrees to is theirs, and no later reset takes it.
    world.consent(&owner, &[request.as_slice(), &[("scope", "openid")]].concat(), &[]).await;
    assert_eq!(world.set(&world.reset_token("default").await, "a third tractor 19").await.status, 200);
    owner.keep(&world.call::<SignIn>(Call::empty().form(&[("login", ADA), ("password", "a third tractor 19")])).await);
    assert!(brought_back(&world.ask(&owner, &quiet).await).one("code").is_ok_and(|code| code.is_some()));
}

#[tokio::test]
async fn a_link_of_another_app_sets_the_password_there_and_nowhere_else() {
    let world = World::new().await;
    world.sign_up(ADA).await;
    let shop = world.make_app("shop").await.id;
    world.make_user(&shop, ADA).await;
    let token = world.reset_token("shop").await;
    assert_eq!(world.set(&token, NEW).await.status, 200);
    assert!(world.opens(PASSWORD).await, "the deployment's own app has another user of that address");
}

#[tokio::test]
async fn a_password_that_is_no_good_leaves_the_link_good() {
    let world = World::new().await;
    world.sign_up(ADA).await;
    let token = world.reset_token("default").await;
    for (password, says) in [("", "At least 8"), ("1234567", "At least 8"), (&*"x".repeat(129), "At most 128")] {
        let page = world.set(&token, password).await;
        assert_eq!(page.status, 400);
        assert!(page.body.contains(says) && page.body.contains(&token), "{}", page.body);
    }
    assert_eq!(world.set(&token, NEW).await.status, 200);
}

#[tokio::test]
async fn what_is_no_living_link_is_told_so() {
    let world = World::new().await;
    world.sign_up(ADA).await;
    let token = world.reset_token("default").await;
    for bad in ["", "x", "\"><script>", &token[1..]] {
        let page = world.call::<ShowReset>(Call::empty().query("token", bad)).await;
        assert_eq!(page.status, 400, "{bad}");
        assert!(page.body.contains("expired") && !page.body.contains("<script"), "{}", page.body);
        assert_eq!(world.set(bad, NEW).await.status, 400, "{bad}");
    }
    world.clock.advance(Seconds::hours(1));
    assert_eq!(world.call::<ShowReset>(Call::empty().query("token", &token)).await.status, 400);
    assert_eq!(world.set(&token, NEW).await.status, 400);
    assert!(world.opens(PASSWORD).await);
}

#[tokio::test]
async fn a_form_of_another_site_sets_no_password() {
    let world = World::new().await;
    world.sign_up(ADA).await;
    let token = world.reset_token("default").await;
    let form = Call::empty().form(&[("token", &token), ("password", NEW)]);
    assert_eq!(world.call::<Set>(form.header("origin", "https://evil.example")).await.status, 403);
    assert!(world.opens(PASSWORD).await);
}

#[tokio::test]
async fn a_link_of_an_app_that_is_disabled_sets_nothing() {
    let world = World::new().await;
    world.sign_up(ADA).await;
    let token = world.reset_token("default").await;
    let disabled = |disabled| move |app: App| Ok::<_, AppConflict>(App { disabled, ..app });
    let id = "default".parse().expect("an app id");
    world.ctx.store.change_app(&id, disabled(true)).await.expect("changed");
    world.clock.advance(Seconds(61));
    assert_eq!(world.call::<ShowReset>(Call::empty().query("token", &token)).await.status, 400);
    assert_eq!(world.set(&token, NEW).await.status, 400);
    world.ctx.store.change_app(&id, disabled(false)).await.expect("changed");
    world.clock.advance(Seconds(61));
    assert!(world.opens(PASSWORD).await);
}

#[tokio::test]
async fn the_link_that_verifies_an_address_sets_no_password() {
    let world = World::new().await;
    world.sign_up(ADA).await;
    let mail = world.outbox.messages().pop().expect("a mail").text.expect("a text");
    let (_, rest) = mail.split_once("/verify-email?token=").expect("a link");
    let token = rest.split_whitespace().next().expect("a token");
    assert_eq!(world.set(token, NEW).await.status, 400);
    assert!(world.opens(PASSWORD).await);
}

#[tokio::test]
async fn a_form_that_is_sent_twice_sets_one_password_and_both_answers_say_so() {
    let world = World::new().await;
    world.sign_up(ADA).await;
    let token = world.reset_token("default").await;
    let shown = || async { hidden(&world.call::<ShowReset>(Call::empty().query("token", &token)).await.body) };
    let send = async |hidden: &[(String, String)], password: &str| {
        let pairs = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let form: Vec<_> = pairs.chain([("password", password)]).collect();
        world.call::<Set>(Call::empty().form(&form)).await
    };
    let (ours, theirs) = (shown().await, shown().await);
    let twice = tokio::join!(send(&ours, NEW), send(&ours, NEW));
    let later = send(&ours, NEW).await;
    for answer in [&twice.0, &twice.1, &later] {
        assert!(answer.status == 200 && answer.body.contains("Your password is set"), "{}", answer.body);
    }
    assert!(world.opens(NEW).await);
    // Whoever else has the link learns nothing of the password, and sets none.
    // Another password in the same form is not set, and the page does not say that it is.
    for (form, password) in
        [(&theirs, NEW), (&theirs, "yet another one 19"), (&ours[..1].to_vec(), NEW), (&ours, "yet another one 19")]
    {
        let answer = send(form, password).await;
        assert!(answer.status == 400 && answer.body.contains("already used"), "{}", answer.body);
    }
    assert!(world.opens(NEW).await);
}
