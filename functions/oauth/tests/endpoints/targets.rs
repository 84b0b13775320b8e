//! Resource servers and the tokens for them: RFC 8707, `docs/api/oauth.md#resource-servers`.

use oauth::me::Me;
use oauth::{Revoke, Token};
use runtime::{Answer, Form};
use serde_json::{Value, json};
use shared::app::resource::ResourceServer;
use shared::app::{App, Policy};
use shared::oauth::scope::Scope;
use shared::store::AppConflict;
use shared::token::Algorithm;

use crate::world::{ADA, Browser, CALLBACK, Call, Known, World, body, brought_back, hidden, refusal, text};

const NOTES: &str = "https://notes.example";
const FILES: &str = "https://files.example/v1";
const OURS: &str = "https://auth.example/api";

fn server(identifier: &str, scopes: &str, algorithm: Algorithm) -> ResourceServer {
    ResourceServer { identifier: identifier.parse().expect("an identifier"), scopes: Scope::read(scopes), algorithm }
}

/// An app with two resource servers, which a client asks about.
async fn world() -> (World, Known, Browser) {
    let world = World::new().await;
    register(
        &world,
        vec![server(NOTES, "read write mementos", Algorithm::Rs256), server(FILES, "read", Algorithm::EdDsa)],
    )
    .await;
    let (client, browser) = (world.client().await, world.sign_up(ADA).await);
    (world, client, browser)
}

pub(crate) async fn register(world: &World, resources: Vec<ResourceServer>) {
    let change = |app: App| Ok::<_, AppConflict>(App { policy: Policy { resources, ..app.policy }, ..app });
    world.ctx.store.change_app(&"default".parse().expect("an id"), change).await.expect("changed").expect("known");
    // What a process remembers of an app.
    world.clock.advance(shared::cache::FRESH);
}

/// The code that a request for `resources` and `scope` gives.
async fn code(world: &World, client: &Known, browser: &Browser, resources: &[&str], scope: &str) -> String {
    let mut request = client.request();
    request.push(("scope", scope));
    request.extend(resources.iter().map(|resource| ("resource", *resource)));
    world.consent(browser, &request, &[]).await.one("code").expect("one").expect("a code").to_owned()
}

async fn exchange(world: &World, client: &Known, code: &str, resource: Option<&str>) -> Answer {
    let mut pairs = vec![("code", code), ("redirect_uri", CALLBACK)];
    pairs.extend(resource.map(|resource| ("resource", resource)));
    world.call::<Token>(client.form(&pairs)).await
}

async fn refresh(world: &World, client: &Known, tokens: &Value, more: &[(&str, &str)]) -> Answer {
    let own = [("grant_type", "refresh_token"), ("refresh_token", text(tokens, "refresh_token"))];
    world.call::<Token>(client.form(&[&own, more].concat())).await
}

#[track_caller]
fn given(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.body);
    body(answer)
}

pub(crate) fn part(token: &Value, at: usize) -> Value {
    use base64::Engine as _;
    let part = text(token, "access_token").split('.').nth(at).expect("a part").to_owned();
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(part).expect("base64url");
    serde_json::from_slice(&bytes).expect("JSON")
}

fn invalid_target() -> (u16, String) {
    (400, "invalid_target".to_owned())
}

/// The page is left out for what the user agreed to, and the resource server is a part of that.
#[tokio::test]
async fn a_resource_server_that_the_user_has_not_agreed_to_is_asked_about_and_named() {
    let (world, client, browser) = world().await;
    let asked = |scope: &'static str, servers: &[&'static str]| {
        let mut request = client.request();
        request.push(("scope", scope));
        request.extend(servers.iter().map(|server| ("resource", *server)));
        request.iter().map(|(name, value)| (*name, (*value).to_owned())).collect::<Vec<_>>()
    };
    let ask = async |scope, servers: &[&'static str]| {
        let request = asked(scope, servers);
        let pairs: Vec<_> = request.iter().map(|(name, value)| (*name, value.as_str())).collect();
        world.ask(&browser, &pairs).await
    };
    let page = ask("openid read", &[NOTES]).await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(page.body.contains(NOTES) && !page.body.contains(FILES), "{}", page.body);
    assert_eq!(world.decide(&browser, &page, &[("action", "authorize")]).await.status, 303);
    // What was agreed to is not asked about again, in whichever spelling, nor is our own resource API.
    for known in [&[NOTES][..], &["https://notes.example/"], &[], &[OURS], &[OURS, NOTES]] {
        assert_eq!(ask("openid read", known).await.status, 302, "{known:?}");
    }
    for (scope, other) in [("openid read", &[FILES][..]), ("openid", &[FILES]), ("openid read", &[NOTES, FILES])] {
        let page = ask(scope, other).await;
        assert_eq!(page.status, 200, "{scope} {other:?}");
        assert!(page.body.contains(FILES), "{}", page.body);
    }
    let silent = [&client.request()[..], &[("scope", "openid"), ("resource", FILES), ("prompt", "none")]].concat();
    let silent = world.ask(&browser, &silent).await;
    assert_eq!(brought_back(&silent).one("error"), Ok(Some("consent_required")));
    let page = ask("openid", &[FILES]).await;
    assert_eq!(world.decide(&browser, &page, &[("action", "authorize")]).await.status, 303);
    assert_eq!(ask("openid read", &[NOTES, FILES]).await.status, 302, "what was agreed to before stays");
    let apps = world.call::<oauth::account_page::ShowApps>(browser.call()).await.body;
    assert!(apps.contains(NOTES) && apps.contains(FILES), "{apps}");
}

#[tokio::test]
async fn a_token_has_the_audience_algorithm_and_scopes_of_the_resource_server() {
    let (world, client, browser) = world().await;
    for (resource, algorithm, scope) in
        [(NOTES, "RS256", "mementos read write"), (FILES, "EdDSA", "read"), (OURS, "ES256", "mementos profile")]
    {
        let code = code(&world, &client, &browser, &[resource], "profile mementos read write").await;
        // The client says it again, as it should, or does not.
        let tokens = given(&exchange(&world, &client, &code, Some(resource)).await);
        let tokens = [given(&refresh(&world, &client, &tokens, &[]).await), tokens];
        for tokens in tokens {
            let (head, claims) = (part(&tokens, 0), part(&tokens, 1));
            assert_eq!((&head["alg"], &head["typ"]), (&json!(algorithm), &json!("at+jwt")), "{resource}");
            assert_eq!((&claims["aud"], &claims["scope"]), (&json!(resource), &json!(scope)));
            assert_eq!((&tokens["scope"], &claims["client_id"]), (&json!(scope), &json!(client.id)));
        }
    }
}

#[tokio::test]
async fn of_several_that_were_asked_for_each_token_is_for_one() {
    let (world, client, browser) = world().await;
    let code = code(&world, &client, &browser, &[NOTES, FILES, FILES], "read write").await;
    let unnamed = exchange(&world, &client, &code, None).await;
    assert_eq!(refusal(&unnamed), invalid_target());
    let first = given(&exchange(&world, &client, &code, Some(NOTES)).await);
    assert_eq!((&part(&first, 1)["aud"], &first["scope"]), (&json!(NOTES), &json!("read write")));
    let second = given(&refresh(&world, &client, &first, &[("resource", FILES)]).await);
    assert_eq!((&part(&second, 1)["aud"], &second["scope"]), (&json!(FILES), &json!("read")));
    // A refusal takes nothing away.
    for (more, error) in [
        (&[][..], "invalid_target"),
        (&[("resource", OURS)], "invalid_target"),
        (&[("resource", "https://unknown.example")], "invalid_target"),
        (&[("resource", FILES), ("scope", "write")], "invalid_scope"),
        (&[("resource", FILES), ("resource", NOTES)], "invalid_request"),
    ] {
        assert_eq!(refusal(&refresh(&world, &client, &second, more).await), (400, error.to_owned()), "{more:?}");
    }
    let third = given(&refresh(&world, &client, &second, &[("resource", NOTES), ("scope", "read")]).await);
    assert_eq!((&part(&third, 1)["aud"], &third["scope"]), (&json!(NOTES), &json!("read")));
}

#[tokio::test]
async fn a_resource_that_nobody_was_asked_about_gets_no_token_and_the_code_stays_good() {
    let (world, client, browser) = world().await;
    let code = code(&world, &client, &browser, &[], "profile").await;
    for resource in [NOTES, "https://unknown.example", "https://auth.example", "x"] {
        assert_eq!(refusal(&exchange(&world, &client, &code, Some(resource)).await), invalid_target(), "{resource}");
    }
    let tokens = given(&exchange(&world, &client, &code, Some(OURS)).await);
    assert_eq!(part(&tokens, 1)["aud"], OURS);
}

#[tokio::test]
async fn an_unknown_resource_at_authorize_is_told_to_the_client_by_the_browser() {
    let (world, client, browser) = world().await;
    for resources in [
        &["https://unknown.example"][..],
        &[NOTES, "https://unknown.example"],
        &["https://notes.example/#part"],
        &["https://auth.example/apps/shop/api"],
    ] {
        let mut request = client.request();
        request.extend(resources.iter().map(|resource| ("resource", *resource)));
        let answer = world.ask(&browser, &request).await;
        let back = brought_back(&answer);
        assert_eq!((answer.status, back.one("error")), (302, Ok(Some("invalid_target"))), "{resources:?}");
        assert_eq!(back.one("state"), Ok(Some("xyz")));
    }
}

#[tokio::test]
async fn a_host_may_be_written_with_a_slash_and_the_audience_is_as_it_was_registered() {
    let (world, client, browser) = world().await;
    let code = code(&world, &client, &browser, &["https://notes.example/"], "read").await;
    let tokens = given(&exchange(&world, &client, &code, Some("https://notes.example/")).await);
    assert_eq!(part(&tokens, 1)["aud"], NOTES);
}

#[tokio::test]
async fn a_token_for_a_resource_server_opens_nothing_of_ours_and_can_be_asked_about_and_given_back() {
    let (world, client, browser) = world().await;
    let code = code(&world, &client, &browser, &[NOTES], "read mementos").await;
    let tokens = given(&exchange(&world, &client, &code, None).await);
    let token = text(&tokens, "access_token");
    let me = world.call::<Me<false>>(Call::empty().bearer(token)).await;
    assert_eq!(me.status, 401, "{}", me.body);
    let seen = world.introspect(&client, token).await;
    assert_eq!((&seen["active"], &seen["aud"], &seen["scope"]), (&json!(true), &json!(NOTES), &json!("mementos read")));
    assert_eq!(seen["mementos"], json!([]));
    assert_eq!(world.call::<Revoke>(client.form(&[("token", token)])).await.status, 200);
    assert_eq!(world.introspect(&client, token).await, json!({"active": false}));
}

#[tokio::test]
async fn a_resource_server_that_was_deleted_gets_no_more_tokens_and_costs_no_session() {
    let (world, client, browser) = world().await;
    let code = code(&world, &client, &browser, &[NOTES], "read").await;
    let tokens = given(&exchange(&world, &client, &code, None).await);
    register(&world, Vec::new()).await;
    assert_eq!(refusal(&refresh(&world, &client, &tokens, &[]).await), invalid_target());
    register(&world, vec![server(NOTES, "read", Algorithm::Es256)]).await;
    let tokens = given(&refresh(&world, &client, &tokens, &[]).await);
    assert_eq!(part(&tokens, 0)["alg"], "ES256");
}

#[tokio::test]
async fn the_request_keeps_its_resources_through_the_pages() {
    let (world, client, browser) = world().await;
    let mut request = client.request();
    request.extend([("resource", NOTES), ("resource", FILES)]);
    let page = world.ask(&browser, &request).await;
    let page = world.decide(&browser, &page, &[("new", "Tax"), ("action", "make")]).await;
    let kept: Vec<_> = hidden(&page.body).into_iter().filter(|(name, _)| name == "resource").collect();
    assert_eq!(kept.iter().map(|(_, value)| value.as_str()).collect::<Vec<_>>(), [NOTES, FILES]);
    let page = world.ask(&Browser::default(), &request).await;
    let to = hidden(&page.body).into_iter().find(|(name, _)| name == "to").expect("the way on").1;
    assert_eq!(Form::read(to.as_bytes()).all("resource").collect::<Vec<_>>(), [NOTES, FILES]);
}
