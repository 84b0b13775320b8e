//! What a client has, and that a change holds at once: `docs/api/oauth.md#grants`.

use local::faults::{Fault, On, Times};
use oauth::grants::{Choose, Disconnect, List};
use oauth::me::{Account, Me};
use oauth::mementos::{self, Delete};
use serde_json::json;
use shared::clock::Seconds;
use shared::oauth::client::Client;

use crate::mementos::create;
use crate::world::{ADA, BEARER, Call, INVALID_TOKEN, World, body, refusal, text};

#[tokio::test]
async fn a_grant_is_listed_with_what_was_picked_and_when_it_was_used() {
    let world = World::new().await;
    let (client, browser) = (world.client().await, world.sign_up(ADA).await);
    let memento = create(&world, &browser, "Tax").await;
    world.code(&browser, &client, &[text(&memento, "id")]).await;
    let mut expected = json!({
        "client_id": client.id,
        "name": "Reader",
        "mementos": [memento["id"]],
        "scope": "mementos profile",
        "created": "2027-01-15T08:00:00Z",
        "last_used": null,
    });
    assert_eq!(body(&world.call::<List>(browser.call()).await), json!([expected]));
    world.clock.advance(Seconds(60));
    world.tokens(&browser, &client, &[text(&memento, "id")]).await;
    expected["last_used"] = json!("2027-01-15T08:01:00Z");
    assert_eq!(body(&world.call::<List>(browser.call()).await), json!([expected]));
    let bob = world.sign_up("bob@example.com").await;
    assert_eq!(world.call::<List>(bob.call()).await.body, "[]");
}

#[tokio::test]
async fn a_change_holds_for_the_next_introspection_and_refresh_narrower_or_wider() {
    let world = World::new().await;
    let (client, browser) = (world.client().await, world.sign_up(ADA).await);
    let (one, two) = (create(&world, &browser, "one").await, create(&world, &browser, "two").await);
    let tokens = world.tokens(&browser, &client, &[text(&one, "id"), text(&two, "id")]).await;
    for chosen in [json!([two["id"]]), json!([]), json!([one["id"]])] {
        let call = browser.call().path("client_id", &client.id).json(&json!({"mementos": chosen}));
        let answer = world.call::<Choose>(call).await;
        assert_eq!((answer.status, &body(&answer)["mementos"]), (200, &chosen));
        let token = text(&tokens, "access_token");
        assert_eq!(world.introspect(&client, token).await["mementos"], chosen);
        assert_eq!(body(&world.call::<Me<false>>(Call::empty().bearer(token)).await)["mementos"], chosen);
    }
}

#[tokio::test]
async fn only_ones_own_mementos_can_be_granted_by_the_api_or_by_the_form() {
    let world = World::new().await;
    let (client, ada, bob) = (world.client().await, world.sign_up(ADA).await, world.sign_up("bob@example.com").await);
    let of_bob = create(&world, &bob, "Bob's").await;
    let tokens = world.tokens(&ada, &client, &[text(&of_bob, "id"), "x"]).await;
    assert_eq!(world.introspect(&client, text(&tokens, "access_token")).await["mementos"], json!([]));
    let gone = create(&world, &ada, "gone").await;
    world.call::<oauth::mementos::Delete>(ada.call().path("id", text(&gone, "id"))).await;
    for wrong in [json!([of_bob["id"]]), json!(["x"]), json!([gone["id"]]), json!("x"), json!([1]), json!(null)] {
        let call = ada.call().path("client_id", &client.id).json(&json!({"mementos": wrong}));
        assert_eq!(refusal(&world.call::<Choose>(call).await), (400, "invalid_fields".to_owned()), "{wrong}");
    }
}

#[tokio::test]
async fn disconnecting_kills_every_token_and_code_of_that_client_only() {
    let world = World::new().await;
    let (client, other, browser) = (world.client().await, world.client().await, world.sign_up(ADA).await);
    let tokens = world.tokens(&browser, &client, &[]).await;
    let kept = world.tokens(&browser, &other, &[]).await;
    let code = world.code(&browser, &client, &[]).await;
    let call = || browser.call().path("client_id", &client.id);
    assert_eq!(world.call::<Disconnect>(call()).await.status, 204);
    assert_eq!(refusal(&world.call::<Disconnect>(call()).await), (404, "unknown_grant".to_owned()));
    assert_eq!(world.introspect(&client, text(&tokens, "access_token")).await, json!({"active": false}));
    assert_eq!(refusal(&world.refresh(&client, &tokens).await), (400, "invalid_grant".to_owned()));
    let exchange = world.call::<oauth::Token>(client.exchange(&code)).await;
    assert_eq!(refusal(&exchange), (400, "invalid_grant".to_owned()));
    assert_eq!(world.introspect(&other, text(&kept, "access_token")).await["active"], true);
    let me = world.call::<Me<true>>(Call::empty().bearer(text(&tokens, "access_token"))).await;
    assert_eq!((me.status, me.header("www-authenticate")), (401, Some(INVALID_TOKEN)));
}

#[tokio::test]
async fn what_is_gone_although_every_answer_of_its_removal_was_lost_is_told_as_removed() {
    let world = World::new().await;
    let (client, browser) = (world.client().await, world.sign_up(ADA).await);
    let memento = create(&world, &browser, "Tax").await;
    world.tokens(&browser, &client, &[]).await;
    world.dynamodb.inject(Fault::AnswerLost, On::operation("DeleteItem"), Times::Forever);
    let disconnect = world.call::<Disconnect>(browser.call().path("client_id", &client.id)).await;
    let delete = world.call::<Delete>(browser.call().path("id", text(&memento, "id"))).await;
    world.dynamodb.heal();
    assert_eq!((disconnect.status, delete.status), (204, 204));
    assert_eq!(world.call::<List>(browser.call()).await.body, "[]");
    assert_eq!(world.call::<mementos::List>(browser.call()).await.body, "[]");
}

/// Its id is an address, which is not one segment of a path.
#[tokio::test]
async fn a_client_that_a_document_describes_is_named_by_the_query() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    world.let_a_client_of_in("default", ADA, "https://agent.example/c.json?v=1").await;
    let memento = create(&world, &browser, "Tax").await;
    let query = "client_id=https%3A%2F%2Fagent.example%2Fc.json%3Fv%3D1";
    let chosen = json!({"mementos": [memento["id"]]});
    let answer = world.call::<Choose<true>>(browser.call().raw_query(query).json(&chosen)).await;
    assert_eq!((answer.status, &body(&answer)["mementos"]), (200, &chosen["mementos"]));
    assert_eq!(body(&answer)["client_id"], "https://agent.example/c.json?v=1");
    for wrong in ["", "client_id=", "client_id=https%3A%2F%2Fagent.example%2Fd.json", "client_id=a&client_id=b"] {
        let answer = world.call::<Disconnect<true>>(browser.call().raw_query(wrong)).await;
        assert_eq!(refusal(&answer), (404, "unknown_grant".to_owned()), "{wrong}");
    }
    assert_eq!(world.call::<Disconnect<true>>(browser.call().raw_query(query)).await.status, 204);
    assert_eq!(world.call::<List>(browser.call()).await.body, "[]");
}

#[tokio::test]
async fn an_unknown_client_is_not_connected() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    for id in ["unknown", "<>", ""] {
        let call = || browser.call().path("client_id", id);
        assert_eq!(refusal(&world.call::<Disconnect>(call()).await), (404, "unknown_grant".to_owned()));
        let choose = world.call::<Choose>(call().json(&json!({"mementos": []}))).await;
        assert_eq!(refusal(&choose), (404, "unknown_grant".to_owned()));
    }
}

#[tokio::test]
async fn a_client_cannot_look_at_or_change_grants() {
    let world = World::new().await;
    let (client, browser) = (world.client().await, world.sign_up(ADA).await);
    let tokens = world.tokens(&browser, &client, &[]).await;
    let call = || Call::empty().bearer(text(&tokens, "access_token")).path("client_id", &client.id);
    for answer in [
        world.call::<List>(call()).await,
        world.call::<Disconnect>(call()).await,
        world.call::<Choose>(call().json(&json!({"mementos": []}))).await,
    ] {
        let scheme = Some("Bearer error=\"insufficient_scope\"");
        assert_eq!((answer.status, refusal(&answer).1), (403, "insufficient_scope".to_owned()));
        assert_eq!(answer.header("www-authenticate"), scheme, "its token is good: it need not fetch another");
    }
}

#[tokio::test]
async fn me_says_who_for_a_cookie_a_jwt_and_a_client() {
    let world = World::new().await;
    let (client, browser) = (world.client().await, world.sign_up(ADA).await);
    let tokens = world.tokens(&browser, &client, &[]).await;
    let own = body(&world.call::<Me<false>>(browser.call()).await);
    let id = text(&own, "id");
    assert_eq!(own, json!({"id": id, "email": ADA, "name": "Ada", "email_verified": false}));
    let call = || Call::empty().bearer(text(&tokens, "access_token"));
    let of_client = body(&world.call::<Me<true>>(call()).await);
    assert_eq!(
        of_client,
        json!({
            "id": id, "email": ADA, "name": "Ada", "email_verified": false,
            "client_id": client.id, "mementos": [],
        })
    );
    let short = json!({"id": id, "email": ADA, "name": "Ada"});
    assert_eq!(body(&world.call::<Account>(call()).await), short);
    let whole = json!({
        "id": id, "username": null, "name": "Ada", "email": ADA, "email_verified": false, "phone": null,
        "phone_verified": false, "locale": null, "created": world.clock.now().rfc3339(),
    });
    assert_eq!(body(&world.call::<Account>(browser.call()).await), whole);
    let introspection = world.introspect(&client, text(&tokens, "access_token")).await;
    assert_eq!(introspection["sub"], id, "the token's sub is the id");
}

#[tokio::test]
async fn nothing_that_a_deleted_client_was_given_is_taken_and_its_user_can_disconnect_it() {
    let world = World::new().await;
    let (client, server, browser) = (world.client().await, world.client().await, world.sign_up(ADA).await);
    let tokens = world.tokens(&browser, &client, &[]).await;
    let access = text(&tokens, "access_token");
    let id = client.id.parse().expect("an id");
    assert!(world.ctx.store.delete_client(&id, world.ctx.now()).await.expect("answers").is_some());
    world.clock.advance(Seconds(61));
    assert_eq!(world.call::<Me<false>>(Call::empty().bearer(access)).await.status, 401);
    assert_eq!(world.introspect(&server, access).await, json!({"active": false}));
    assert_eq!(refusal(&world.refresh(&client, &tokens).await), (401, "invalid_client".to_owned()));
    let page = world.ask(&browser, &client.request()).await;
    assert_eq!((page.status, page.header("location")), (400, None));

    let grants = body(&world.call::<List>(browser.call()).await);
    assert_eq!((&grants[0]["client_id"], &grants[0]["name"]), (&json!(client.id), &json!(client.id)));
    let disconnect = browser.call().path("client_id", &client.id);
    assert_eq!(world.call::<Disconnect>(disconnect).await.status, 204);
    assert_eq!(body(&world.call::<List>(browser.call()).await), json!([]));
}

#[tokio::test]
async fn without_a_good_token_me_says_which_scheme_and_what_is_wrong() {
    let world = World::new().await;
    let (client, browser) = (world.client().await, world.sign_up(ADA).await);
    let tokens = world.tokens(&browser, &client, &[]).await;
    let bare = world.call::<Me<false>>(Call::empty()).await;
    assert_eq!((bare.status, bare.header("www-authenticate")), (401, Some(BEARER)));
    let expired = text(&tokens, "access_token").to_owned();
    let disabled = client.id.parse().expect("an id");
    for token in ["x", "a.b.c", text(&tokens, "refresh_token")] {
        let answer = world.call::<Me<false>>(Call::empty().bearer(token)).await;
        assert_eq!((answer.status, answer.header("www-authenticate")), (401, Some(INVALID_TOKEN)));
    }
    let off = |client: Client| Ok::<_, shared::store::ClientConflict>(Client { disabled: true, ..client });
    world.ctx.store.change_client(&disabled, off).await.expect("answers");
    world.clock.advance(Seconds(61));
    let answer = world.call::<Me<false>>(Call::empty().bearer(&expired)).await;
    assert_eq!(answer.status, 401, "the client was disabled");
    world.clock.advance(Seconds(3600));
    assert_eq!(world.call::<Me<false>>(Call::empty().bearer(&expired)).await.status, 401);
}
