//! A function's process is killed between any two of its calls: the one who comes again is served, and nothing is half done.

use local::faults::Death;
use oauth::authorize::Decide;
use oauth::{Revoke, Token, grants};
use serde_json::json;
use shared::clock::Seconds;

use crate::world::{ADA, World, body, brought_back, hidden, refusal, text};

#[tokio::test]
async fn somebody_who_agrees_twice_has_agreed_once_and_the_client_has_its_code() {
    for death in Death::each() {
        let world = World::new().await;
        let (client, browser) = (world.client().await, world.sign_up(ADA).await);
        let page = world.ask(&browser, &client.request()).await;
        let hidden = hidden(&page.body);
        let pairs = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let form: Vec<_> = pairs.chain([("action", "authorize")]).collect();
        let agree = || world.call::<Decide>(browser.call().form(&form));
        let lived = world.dynamodb.kill(death, agree()).await;
        let agreed = agree().await;
        assert_eq!(agreed.status, 303, "{death:?}: {}", agreed.body);
        let code = brought_back(&agreed).one("code").expect("one").expect("a code").to_owned();
        assert_eq!(world.call::<Token>(client.exchange(&code)).await.status, 200, "{death:?}");
        let listed = body(&world.call::<grants::List>(browser.call()).await);
        assert_eq!(listed.as_array().map(Vec::len), Some(1), "{death:?}: {listed}");
        if lived.is_some() {
            return;
        }
    }
}

/// Where it was carried out and nobody heard of it, the next try is a replay (RFC 6749 §4.1.2), and ends what was given to nobody.
#[tokio::test]
async fn a_code_gives_tokens_to_one_or_to_nobody() {
    for death in Death::each() {
        let world = World::new().await;
        let (client, browser) = (world.client().await, world.sign_up(ADA).await);
        let code = world.code(&browser, &client, &[]).await;
        let lived = world.dynamodb.kill(death, world.call::<Token>(client.exchange(&code))).await;
        let again = world.call::<Token>(client.exchange(&code)).await;
        match again.status {
            200 => {
                let seen = world.introspect(&client, text(&body(&again), "access_token")).await;
                assert_eq!(seen["active"], true, "{death:?}");
            }
            _ => assert_eq!(refusal(&again), (400, "invalid_grant".to_owned()), "{death:?}"),
        }
        let tokens = world.tokens(&browser, &client, &[]).await;
        assert_eq!(world.introspect(&client, text(&tokens, "access_token")).await["active"], true, "{death:?}");
        if lived.is_some() {
            return;
        }
    }
}

#[tokio::test]
async fn a_client_whose_answer_never_came_refreshes_the_next_time_however_late() {
    for away in [Seconds(0), Seconds(61), Seconds::days(6)] {
        for death in Death::each() {
            let mut world = World::new().await;
            let (client, browser) = (world.client().await, world.sign_up(ADA).await);
            let tokens = world.tokens(&browser, &client, &[]).await;
            let lived = world.dynamodb.kill(death, world.refresh(&client, &tokens)).await;
            if lived.is_some() {
                break;
            }
            world.restart();
            world.clock.advance(away);
            let again = world.refresh(&client, &tokens).await;
            assert_eq!(again.status, 200, "{death:?}, {away} s later: {}", again.body);
            assert_eq!(world.refresh(&client, &body(&again)).await.status, 200, "{death:?}, {away} s later");
        }
    }
}

#[tokio::test]
async fn what_is_revoked_or_disconnected_is_dead_after_the_next_try_at_the_latest() {
    let (mut revoking, mut disconnecting) = (true, true);
    for death in Death::each() {
        let world = World::new().await;
        let (client, browser) = (world.client().await, world.sign_up(ADA).await);
        let tokens = world.tokens(&browser, &client, &[]).await;
        let token = text(&tokens, "access_token");
        let revoke = || world.call::<Revoke>(client.form(&[("token", token)]));
        revoking &= world.dynamodb.kill(death, revoke()).await.is_none();
        assert_eq!(revoke().await.status, 200, "{death:?}");
        assert_eq!(world.introspect(&client, token).await, json!({"active": false}), "{death:?}");

        let tokens = world.tokens(&browser, &client, &[]).await;
        let token = text(&tokens, "access_token");
        let disconnect = || world.call::<grants::Disconnect>(browser.call().path("client_id", &client.id));
        disconnecting &= world.dynamodb.kill(death, disconnect()).await.is_none();
        let again = disconnect().await;
        assert!(again.status == 204 || again.status == 404, "{death:?}: {}", again.body);
        assert_eq!(world.introspect(&client, token).await, json!({"active": false}), "{death:?}");
        if !revoking && !disconnecting {
            return;
        }
    }
}
