//! What is published: `docs/api/oauth.md#metadata-and-keys`.

use oauth::authorize::Ask;
use oauth::me::Me;
use oauth::{AppMetadata, Jwks, Metadata, SignIn, Token};
use runtime::query;
use serde_json::json;
use shared::oauth::client::Client;

use crate::world::{ADA, Browser, Call, PASSWORD, World, body, brought_back, hidden, text};

#[tokio::test]
async fn the_metadata_names_every_endpoint_and_what_it_takes() {
    let world = World::new().await;
    let answer = world.call::<Metadata>(Call::empty()).await;
    assert_eq!((answer.status, answer.header("cache-control")), (200, Some("public, max-age=300")));
    let at = |path: &str| format!("https://auth.example{path}");
    let methods = ["client_secret_basic", "client_secret_post", "private_key_jwt"];
    assert_eq!(
        body(&answer),
        json!({
            "issuer": "https://auth.example",
            "authorization_endpoint": at("/api/v1/auth/oauth2/authorize"),
            "token_endpoint": at("/api/v1/auth/oauth2/token"),
            "revocation_endpoint": at("/api/v1/auth/oauth2/revoke"),
            "introspection_endpoint": at("/api/v1/auth/oauth2/introspect"),
            "device_authorization_endpoint": at("/api/v1/auth/oauth2/device_authorization"),
            "jwks_uri": at("/.well-known/jwks.json"),
            "userinfo_endpoint": at("/api/v1/auth/oauth2/userinfo"),
            "end_session_endpoint": at("/api/v1/auth/oauth2/logout"),
            "scopes_supported": ["email", "mementos", "offline_access", "openid", "phone", "profile", "roles"],
            "response_types_supported": ["code"],
            "response_modes_supported": ["query", "form_post"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256", "ES256", "EdDSA"],
            "acr_values_supported": ["1", "2", "phr"],
            "prompt_values_supported": ["none", "login", "consent", "select_account"],
            "claim_types_supported": ["normal"],
            "claims_supported": [
                "iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "at_hash", "sid", "azp", "name",
                "preferred_username", "locale", "updated_at", "email", "email_verified", "phone_number",
                "phone_number_verified", "roles",
            ],
            "claims_parameter_supported": true,
            "request_parameter_supported": false,
            "request_uri_parameter_supported": false,
            "grant_types_supported": [
                "authorization_code",
                "refresh_token",
                "client_credentials",
                "urn:ietf:params:oauth:grant-type:device_code",
            ],
            "token_endpoint_auth_methods_supported": [methods[0], methods[1], methods[2], "none"],
            "token_endpoint_auth_signing_alg_values_supported": ["RS256", "ES256", "EdDSA"],
            "revocation_endpoint_auth_methods_supported": [methods[0], methods[1], methods[2], "none"],
            "revocation_endpoint_auth_signing_alg_values_supported": ["RS256", "ES256", "EdDSA"],
            "introspection_endpoint_auth_methods_supported": methods,
            "introspection_endpoint_auth_signing_alg_values_supported": ["RS256", "ES256", "EdDSA"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": true,
            "authorization_details_types_supported": ["memento"],
            "ui_locales_supported": ["zh", "en"],
            "client_id_metadata_document_supported": false,
        })
    );
}

#[tokio::test]
async fn the_keys_are_public_and_cacheable() {
    let world = World::new().await;
    let answer = world.call::<Jwks>(Call::empty()).await;
    assert_eq!((answer.status, answer.header("cache-control")), (200, Some("public, max-age=300")));
    let set = body(&answer);
    let algorithms: Vec<_> = set["keys"].as_array().expect("keys").iter().map(|key| &key["alg"]).collect();
    assert_eq!(algorithms, ["ES256", "RS256", "EdDSA"], "the one that signs for others comes first");
    assert!(!answer.body.contains("\"d\""), "{}", answer.body);
}

#[tokio::test]
async fn pages_of_any_origin_may_read_what_is_published_and_an_https_address_says_so_to_browsers() {
    let world = World::new().await;
    let elsewhere = || Call::empty().header("origin", "https://elsewhere.example");
    for answer in [world.call::<Metadata>(elsewhere()).await, world.call::<Jwks>(elsewhere()).await] {
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
        assert_eq!(answer.header("access-control-allow-credentials"), None);
        assert_eq!(answer.header("strict-transport-security"), Some("max-age=31536000"));
    }
    let token = world.call::<Token>(elsewhere()).await;
    assert_eq!(token.header("access-control-allow-origin"), None, "no page holds a client's secret");
}

#[tokio::test]
async fn another_app_of_the_deployment_is_an_issuer_of_its_own() {
    let world = World::new().await;
    let app = world.make_app("shop").await.id;
    world.register(|client| Client { app, ..client }).await;
    let of = |app: &str| world.call::<AppMetadata>(Call::empty().path("app", app));
    let answer = of("shop").await;
    assert_eq!((answer.status, answer.header("cache-control")), (200, Some("public, max-age=300")));
    let ours = body(&world.call::<Metadata>(Call::empty()).await);
    let theirs = body(&answer);
    assert_eq!(theirs["issuer"], "https://auth.example/apps/shop");
    for endpoint in ["authorization_endpoint", "token_endpoint", "jwks_uri"] {
        assert_eq!(theirs[endpoint], ours[endpoint]);
    }
    // The deployment's own app has the deployment's issuer and no other; what is not an app has none.
    for unknown in ["default", "nobody", "SHOP", "../shop", ""] {
        assert_eq!(of(unknown).await.status, 404, "{unknown}");
    }
}

#[tokio::test]
async fn the_issuer_of_a_clients_app_stands_in_every_answer_and_token() {
    let world = World::new().await;
    let app = world.make_app("shop").await.id;
    world.make_user(&app, ADA).await;
    let [ours, theirs] = [world.client().await, world.register(|client| Client { app, ..client }).await];
    for (client, issuer) in [(&ours, "https://auth.example"), (&theirs, "https://auth.example/apps/shop")] {
        let refused = [("client_id", client.id.as_str()), ("redirect_uri", &client.redirect_uri), ("state", "s")];
        let answer = world.call::<Ask>(Call::empty().raw_query(&query(&refused))).await;
        assert_eq!(brought_back(&answer).one("iss"), Ok(Some(issuer)));
    }
    // A whole flow: somebody signs in to that app on the page.
    let page = world.ask(&Browser::default(), &theirs.request()).await;
    let to = hidden(&page.body).into_iter().find(|(name, _)| name == "to").expect("the way on").1;
    let form = [("login", ADA), ("password", PASSWORD), ("to", to.as_str())];
    let signed_in = world.call::<SignIn>(Call::empty().form(&form)).await;
    assert_eq!(signed_in.status, 303, "{}", signed_in.body);
    let browser = Browser::default();
    browser.keep(&signed_in);
    let back = world.consent(&browser, &theirs.request(), &[]).await;
    assert_eq!(back.one("iss"), Ok(Some("https://auth.example/apps/shop")));
    let code = back.one("code").expect("one").expect("a code");
    let tokens = body(&world.call::<Token>(theirs.exchange(code)).await);
    let known = world.introspect(&theirs, text(&tokens, "access_token")).await;
    assert_eq!((&known["active"], &known["iss"]), (&json!(true), &json!("https://auth.example/apps/shop")));
    let me = world.call::<Me<false>>(Call::empty().bearer(text(&tokens, "access_token"))).await;
    assert_eq!(me.status, 200, "{}", me.body);
}
