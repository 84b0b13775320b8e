//! `oauth2`, the client library for Rust, unmodified: it asks, exchanges, refreshes, introspects and revokes.

#![expect(clippy::expect_used, reason = "a test that cannot go on says why and stops")]

use oauth2::basic::{BasicClient, BasicErrorResponseType, BasicTokenResponse};
use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointNotSet, EndpointSet, HttpRequest,
    HttpResponse, IntrospectionUrl, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError, RevocationUrl,
    Scope, StandardRevocableToken, TokenIntrospectionResponse, TokenResponse, TokenUrl,
};
use reqwest::Url;
use tests::{Client, Stack};

use crate::oauth::{AUTHORIZE, AuthorizationRequest, TOKEN};

/// The library revokes nothing without `https`: it is given this origin, and what it sends goes to the stack.
const ORIGIN: &str = "https://auth.example";

type Library = BasicClient<EndpointSet, EndpointNotSet, EndpointSet, EndpointSet, EndpointSet>;

fn library(asked: &AuthorizationRequest) -> Library {
    let at = |path: &str| format!("{ORIGIN}{path}");
    let library = BasicClient::new(ClientId::new(asked.client.id.clone()))
        .set_auth_uri(AuthUrl::new(at(AUTHORIZE)).expect("a URL"))
        .set_token_uri(TokenUrl::new(at(TOKEN)).expect("a URL"))
        .set_introspection_url(IntrospectionUrl::new(at("/api/v1/auth/oauth2/introspect/")).expect("a URL"))
        .set_revocation_url(RevocationUrl::new(at("/api/v1/auth/oauth2/revoke/")).expect("a URL"))
        .set_redirect_uri(RedirectUrl::new(asked.client.redirect_uris[0].clone()).expect("a URL"));
    match &asked.client.secret {
        Some(secret) => library.set_client_secret(ClientSecret::new(secret.clone())),
        None => library,
    }
}

async fn send(http: Client, request: HttpRequest) -> Result<HttpResponse, reqwest::Error> {
    let (head, body) = request.into_parts();
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
    let answer = http.request(head.method, path).headers(head.headers).body(body).send().await?;
    let mut response = HttpResponse::default();
    *response.status_mut() = answer.status();
    *response.headers_mut() = answer.headers().clone();
    *response.body_mut() = answer.bytes().await?.to_vec();
    Ok(response)
}

/// What the library sends its user off with, and what the browser brings back.
async fn consent(asked: &AuthorizationRequest, library: &Library) -> (AuthorizationCode, PkceCodeVerifier) {
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let request = library.authorize_url(CsrfToken::new_random);
    let scopes = ["profile", "mementos"].map(|scope| Scope::new(scope.to_owned()));
    let (url, state) = request.add_scopes(scopes).set_pkce_challenge(challenge).url();
    let page = asked.ask(AUTHORIZE, url.query().expect("a query")).await.text().await.expect("a page");
    let back = Url::parse(&asked.agree(AUTHORIZE, &page).await).expect("a URL");
    let value = |name: &str| back.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned());
    assert_eq!(value("state").as_ref(), Some(state.secret()));
    (AuthorizationCode::new(value("code").expect("a code")), verifier)
}

async fn exchange(asked: &AuthorizationRequest, library: &Library) -> BasicTokenResponse {
    let (code, verifier) = consent(asked, library).await;
    let http = |request| send(asked.http.clone(), request);
    let exchange = library.exchange_code(code).set_pkce_verifier(verifier);
    exchange.request_async(&http).await.expect("tokens")
}

/// Whether a resource server would let the token in.
async fn is_active(server: &AuthorizationRequest, tokens: &BasicTokenResponse) -> bool {
    let http = |request| send(server.http.clone(), request);
    let library = library(server);
    let question = library.introspect(tokens.access_token()).set_token_type_hint("access_token");
    question.request_async(&http).await.expect("an answer").active()
}

#[tokio::test]
async fn the_library_goes_all_the_way_as_a_confidential_client_by_basic_and_in_the_body() {
    let asked = AuthorizationRequest::at(Stack::shared(), "demo-client").await;
    let http = |request| send(asked.http.clone(), request);
    for auth in [AuthType::BasicAuth, AuthType::RequestBody] {
        let library = library(&asked).set_auth_type(auth);
        let first = exchange(&asked, &library).await;
        let scopes: Vec<_> = first.scopes().expect("scopes").iter().map(|scope| scope.as_str()).collect();
        assert_eq!(scopes, ["mementos", "profile"]);
        assert_eq!(first.expires_in(), Some(std::time::Duration::from_hours(1)));
        let refresh = library.exchange_refresh_token(first.refresh_token().expect("always one"));
        let second = refresh.request_async(&http).await.expect("tokens");
        let seen = library.introspect(second.access_token()).request_async(&http).await.expect("an answer");
        assert!(seen.active() && seen.sub().is_some() && seen.exp().is_some(), "{seen:?}");
        assert_eq!(seen.client_id(), Some(&ClientId::new(asked.client.id.clone())));
        let token = StandardRevocableToken::from(second.refresh_token().expect("always one"));
        library.revoke_token(token).expect("https").request_async(&http).await.expect("revoked");
        assert!(!is_active(&asked, &second).await);
        let refresh = library.exchange_refresh_token(second.refresh_token().expect("always one"));
        match refresh.request_async(&http).await {
            Err(RequestTokenError::ServerResponse(refused)) => {
                assert_eq!(refused.error(), &BasicErrorResponseType::InvalidGrant);
                assert!(refused.error_description().is_some());
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn the_library_goes_all_the_way_as_a_public_client() {
    let asked = AuthorizationRequest::at(Stack::shared(), "demo-public").await;
    let server = AuthorizationRequest::at(Stack::shared(), "demo-client").await;
    let http = |request| send(asked.http.clone(), request);
    // Without a secret it names itself in the body.
    let library = library(&asked).set_auth_type(AuthType::RequestBody);
    let first = exchange(&asked, &library).await;
    let refresh = library.exchange_refresh_token(first.refresh_token().expect("always one"));
    let second = refresh.request_async(&http).await.expect("tokens");
    assert!(is_active(&server, &second).await);
    let token = StandardRevocableToken::from(second.access_token());
    library.revoke_token(token).expect("https").request_async(&http).await.expect("revoked");
    assert!(!is_active(&server, &second).await);
}
