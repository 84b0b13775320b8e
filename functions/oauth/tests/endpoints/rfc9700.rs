//! RFC 9700: the best current practice, where no other test says it already.

use oauth::account_page::ShowApps;
use oauth::authorize::{Ask, Decide};
use oauth::me::{Account, Me};
use oauth::{Jwks, MailCode, SendCode, SignIn, Token, grants, mementos};
use runtime::{Answer, query};
use serde_json::Value;
use shared::clock::Seconds;
use shared::secret::Secret;
use shared::token::seal::Kek;

use crate::world::{ADA, BEARER, Browser, Call, Known, PASSWORD, World, body, is_for_pages_elsewhere, refusal, text};

async fn connected() -> (World, Known, Browser, Value) {
    let world = World::new().await;
    let (client, browser) = (world.client().await, world.sign_up(ADA).await);
    let tokens = world.tokens(&browser, &client, &[]).await;
    (world, client, browser, tokens)
}

/// RFC 9700 §4.3.2, RFC 6750 §2.3: a token in an address is in logs, histories and referrers.
#[tokio::test]
async fn section_4_3_2_a_bearer_token_in_the_query_or_in_the_body_is_none() {
    let (world, _, _, tokens) = connected().await;
    let token = text(&tokens, "access_token");
    let call = || Call::empty().raw_query(&query(&[("access_token", token)])).query("access_token", token);
    for answer in [
        world.call::<Me<false>>(call()).await,
        world.call::<Me<true>>(call()).await,
        world.call::<Account>(call()).await,
        world.call::<mementos::List>(call()).await,
        world.call::<mementos::ShowMemento>(call().path("id", "x")).await,
        world.call::<grants::List>(call()).await,
        world.call::<mementos::Create>(call().form(&[("access_token", token), ("name", "x")])).await,
    ] {
        assert_eq!((answer.status, answer.header("www-authenticate")), (401, Some(BEARER)), "{}", answer.body);
    }
    let proper = world.call::<Me<false>>(Call::empty().bearer(token)).await;
    assert_eq!(proper.status, 200);
}

/// §4.2.4, §4.16: a site that is linked from a page learns nothing of the request, and nobody frames it.
#[tokio::test]
async fn sections_4_2_4_and_4_16_every_page_hides_its_address_and_is_framed_by_nobody() {
    let (world, client, browser, _) = connected().await;
    let ask = |browser: &Browser| browser.call().raw_query(&query(&client.request()));
    let pages: [Answer; 8] = [
        world.call::<Ask>(ask(&browser)).await,
        world.call::<Ask>(ask(&Browser::default())).await,
        world.call::<Ask>(Call::empty().raw_query("client_id=unknown")).await,
        world.call::<Decide>(browser.call().form(&[&client.request()[..], &[("action", "cancel")]].concat())).await,
        world.call::<ShowApps>(browser.call()).await,
        world.call::<SignIn>(Call::empty().form(&[("login", ADA), ("password", "wrong")])).await,
        world.call::<SendCode>(Call::empty().form(&[("phone", "x")])).await,
        world.call::<MailCode>(Call::empty().form(&[("email", "x")])).await,
    ];
    assert_eq!(pages.each_ref().map(|page| page.status), [200, 200, 400, 403, 200, 401, 400, 400]);
    for page in pages {
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
        assert_eq!(page.header("referrer-policy"), Some("same-origin"), "{}", page.body);
        assert_eq!(page.header("x-frame-options"), Some("DENY"));
        assert!(page.header("permissions-policy").is_some_and(|policy| policy.contains("camera=()")));
        assert!(page.header("cross-origin-opener-policy").is_some());
        assert_eq!(page.header("strict-transport-security"), Some("max-age=31536000"));
        let policy = page.header("content-security-policy").expect("one");
        assert!(policy.contains("frame-ancestors 'none'") && policy.contains("default-src 'none'"), "{policy}");
        assert_eq!(page.header("cache-control"), Some("no-store"));
        assert!(!is_for_pages_elsewhere(&page), "§2.6");
    }
}

/// §4.12: a 307 would send the password on.
#[tokio::test]
async fn section_4_12_what_follows_a_form_is_a_303_and_what_follows_a_link_a_302() {
    let (world, client, browser, _) = connected().await;
    let page = world.ask(&browser, &client.request()).await;
    for action in ["authorize", "cancel"] {
        assert_eq!(world.decide(&browser, &page, &[("action", action)]).await.status, 303, "{action}");
    }
    let signed_in = world.call::<SignIn>(Call::empty().form(&[("login", ADA), ("password", PASSWORD)])).await;
    assert_eq!((signed_in.status, signed_in.header("referrer-policy")), (303, Some("no-referrer")));
    let wrong = [("client_id", client.id.as_str()), ("redirect_uri", &client.redirect_uri), ("state", "xyz")];
    assert_eq!(world.call::<Ask>(Call::empty().raw_query(&query(&wrong))).await.status, 302);
}

/// §4.5, of a client that is asked for credentials that it cannot have.
#[tokio::test]
async fn section_4_5_a_code_of_another_client_is_not_spent_by_a_client_that_injects_it() {
    let (world, client, browser, _) = connected().await;
    let other = world.client().await;
    let code = world.code(&browser, &client, &[]).await;
    assert_eq!(refusal(&world.call::<Token>(other.exchange(&code)).await), (400, "invalid_grant".to_owned()));
    assert_eq!(world.call::<Token>(client.exchange(&code)).await.status, 200);
}

async fn rotate_keys(world: &World) {
    let kek = Kek::new(&Secret::new("the test deployment's secret, long enough".to_owned()));
    let sealed = world.ctx.store.sealed_ring(world.ctx.now()).await.expect("a ring");
    let rotated = sealed.rotate(&kek, &world.ctx.random, world.ctx.now()).expect("rotates");
    world.ctx.store.replace_ring(&rotated).await.expect("replaces");
    // What processes remember of the ring is five minutes old at most.
    world.clock.advance(Seconds::minutes(5));
}

async fn key_ids(world: &World) -> Vec<String> {
    let set = body(&world.call::<Jwks>(Call::empty()).await);
    set["keys"].as_array().expect("keys").iter().map(|key| text(key, "kid").to_owned()).collect()
}

fn key_id(token: &str) -> String {
    use base64::Engine as _;
    let head = token.split('.').next().expect("a head");
    let head = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(head).expect("base64url");
    text(&serde_json::from_slice(&head).expect("JSON"), "kid").to_owned()
}

#[tokio::test]
async fn keys_are_published_before_they_sign_and_until_their_last_token_is_dead() {
    let (world, client, _, tokens) = connected().await;
    let (old, before) = (text(&tokens, "access_token"), key_ids(&world).await);
    assert!(before.contains(&key_id(old)), "{before:?}");
    rotate_keys(&world).await;
    let during = key_ids(&world).await;
    assert!(before.iter().all(|id| during.contains(id)), "{before:?} {during:?}");
    assert!(during.len() > before.len(), "{during:?}");
    assert_eq!(world.introspect(&client, old).await["active"], true);
    world.clock.advance(Seconds::minutes(50));
    assert_eq!(world.introspect(&client, old).await["active"], true, "it lives for its hour");
    world.clock.advance(Seconds::days(1));
    let bob = world.sign_up("bob@example.com").await;
    let new = world.tokens(&bob, &client, &[]).await;
    let signed = key_id(text(&new, "access_token"));
    assert_ne!(signed, key_id(old));
    assert!(during.contains(&signed), "who cached the set knows the key already");
    assert_eq!(world.introspect(&client, text(&new, "access_token")).await["active"], true);
}

/// §4.5, RFC 6749 §4.1.2: a holder of the code when its time is over may have had it before.
#[tokio::test]
async fn section_4_5_a_code_that_comes_again_after_its_ten_minutes_still_revokes_what_it_gave() {
    let (world, client, browser, _) = connected().await;
    let code = world.code(&browser, &client, &[]).await;
    let tokens = body(&world.call::<Token>(client.exchange(&code)).await);
    for wait in [Seconds::minutes(11), Seconds::minutes(40)] {
        world.clock.advance(wait);
        let replayed = world.call::<Token>(client.exchange(&code)).await;
        assert_eq!(refusal(&replayed), (400, "invalid_grant".to_owned()));
        for token in ["access_token", "refresh_token"] {
            let seen = world.introspect(&client, text(&tokens, token)).await;
            assert_eq!(seen, serde_json::json!({"active": false}), "{token}");
        }
    }
    assert_eq!(refusal(&world.refresh(&client, &tokens).await), (400, "invalid_grant".to_owned()));
}

#[tokio::test]
async fn section_4_5_a_code_that_nobody_exchanged_in_time_opens_nothing_later() {
    let (world, client, browser, _) = connected().await;
    let code = world.code(&browser, &client, &[]).await;
    world.clock.advance(Seconds::minutes(10));
    for _ in 0..2 {
        let late = world.call::<Token>(client.exchange(&code)).await;
        assert_eq!(refusal(&late), (400, "invalid_grant".to_owned()));
    }
    let kept = world.tokens(&browser, &client, &[]).await;
    assert_eq!(world.introspect(&client, text(&kept, "access_token")).await["active"], true);
}
