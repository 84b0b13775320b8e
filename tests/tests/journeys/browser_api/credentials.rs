//! Without credentials: refused. The operations come from the OpenAPI document, so a new one is in here by itself.

use tests::openapi::{SecuredOperation, secured_operations};
use tests::routes::spellings;
use tests::{Stack, send};

/// The operations that this scheme is one way into.
fn operations(scheme: &str) -> Vec<SecuredOperation> {
    let operations: Vec<_> = secured_operations()
        .into_iter()
        .filter(|operation| ["browser", "resources"].contains(&operation.api.as_str()))
        .filter(|operation| operation.schemes.contains(scheme))
        .collect();
    assert!(!operations.is_empty());
    operations
}

/// What is said of the token. Operations that take tokens of OAuth clients also say who issues those (RFC 9728 §5.1).
fn challenge(header: Option<&str>) -> Option<&str> {
    Some(header?.split("resource_metadata=").next()?.trim_end_matches([' ', ',']))
}

#[tokio::test]
async fn an_operation_for_who_is_signed_in_is_refused_without_a_token_and_with_one_that_is_none_of_ours() {
    let stack = Stack::shared();
    let app = stack.default_app();
    // The App API's token is another kind, of the same user; a refresh token is not an access token.
    let other_kind = app.new_user().await.token;
    let tab = stack.front_end();
    tab.new_user().await;
    let refresh = tab.cookie("refresh_token").unwrap_or_default();
    for operation in operations("accessCookie") {
        for path in spellings(&operation.path) {
            let request = || stack.client().request(operation.method.clone(), &path).body("{}");
            println!("{} {path}", operation.method);
            let without = send(request()).await;
            without.assert_refused(401, "not_authenticated");
            assert_eq!(challenge(without.header("www-authenticate")), Some("Bearer"));
            for token in ["no-such-token", "", &other_kind, &refresh, &format!("{other_kind}x")] {
                let by_header = send(request().header("authorization", format!("Bearer {token}"))).await;
                let by_cookie = send(request().header("cookie", format!("access_token={token}"))).await;
                for refused in [by_header, by_cookie] {
                    refused.assert_refused(401, "invalid_token");
                    let challenge = challenge(refused.header("www-authenticate"));
                    assert_eq!(challenge, Some("Bearer error=\"invalid_token\""));
                }
            }
        }
    }
}

#[tokio::test]
async fn a_refresh_is_refused_without_its_cookie() {
    let stack = Stack::shared();
    for operation in operations("refreshCookie") {
        for path in spellings(&operation.path) {
            let refused = send(stack.client().request(operation.method.clone(), &path)).await;
            refused.assert_refused(401, "session_ended");
            assert_eq!(refused.cookies(), tests::CLEARED);
        }
    }
}
