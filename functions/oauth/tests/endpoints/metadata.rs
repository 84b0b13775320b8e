//! D6: what is published.

use oauth::{Jwks, Metadata};
use serde_json::json;

use crate::world::{Call, World, body};

#[tokio::test]
async fn the_metadata_names_every_endpoint_and_what_it_takes() {
    let world = World::new().await;
    let answer = world.call::<Metadata>(Call::default()).await;
    assert_eq!((answer.status, answer.header("cache-control")), (200, Some("public, max-age=300")));
    let at = |path: &str| format!("https://auth.example{path}");
    assert_eq!(
        body(&answer),
        json!({
            "issuer": "https://auth.example",
            "authorization_endpoint": at("/api/v1/auth/oauth2/authorize/"),
            "token_endpoint": at("/api/v1/auth/oauth2/token/"),
            "revocation_endpoint": at("/api/v1/auth/oauth2/revoke/"),
            "introspection_endpoint": at("/api/v1/auth/oauth2/introspect/"),
            "jwks_uri": at("/.well-known/jwks.json"),
            "scopes_supported": ["email", "mementos", "profile"],
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
            "revocation_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
            "introspection_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": true,
            "authorization_details_types_supported": ["memento"],
            "ui_locales_supported": ["zh", "en"],
        })
    );
}

#[tokio::test]
async fn the_keys_are_public_and_cacheable() {
    let world = World::new().await;
    let answer = world.call::<Jwks>(Call::default()).await;
    assert_eq!((answer.status, answer.header("cache-control")), (200, Some("public, max-age=300")));
    let set = body(&answer);
    let algorithms: Vec<_> = set["keys"].as_array().expect("keys").iter().map(|key| &key["alg"]).collect();
    assert_eq!(algorithms, ["RS256", "ES256", "EdDSA"]);
    assert!(!answer.body.contains("\"d\""), "{}", answer.body);
}
