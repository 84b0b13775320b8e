//! Without credentials: refused. The operations come from the OpenAPI document, so a new one is in here by itself.

use tests::openapi::{SecuredOperation, secured_operations};
use tests::routes::{self, spellings};
use tests::{App, Method, Stack, send};

const MISSING: &str = "Missing app credentials";
const INVALID: &str = "Invalid app credentials";

/// The operations of the dialect that authenticates apps by two headers.
fn operations() -> Vec<SecuredOperation> {
    let mut operations = secured_operations();
    for operation in &operations {
        let schemes: Vec<_> = operation.schemes.iter().map(String::as_str).collect();
        let known = match operation.api.as_str() {
            "app" => vec![vec!["appId", "appSecret"], vec!["appId", "appSecret", "bearer"]],
            "browser" => vec![vec!["accessCookie", "bearer"], vec!["refreshCookie"]],
            "account" => vec![vec!["bearer"]],
            "resources" => vec![vec!["accessCookie", "bearer"], vec!["bearer"]],
            "oauth" => vec![vec!["clientBasic"], vec!["bearer"]],
            _ => Vec::new(),
        };
        assert!(known.contains(&schemes), "no test says yet how this is refused: {operation:?}");
    }
    operations.retain(|operation| operation.api == "app");
    operations
}

#[test]
fn the_document_secures_every_route_that_must_be() {
    let secured: Vec<_> = operations().into_iter().map(|operation| (operation.method, operation.path)).collect();
    for (method, path) in routes::secured() {
        assert!(secured.contains(&(method.clone(), path.to_owned())), "{method} {path} is missing in {secured:?}");
    }
}

#[test]
fn the_document_asks_for_a_token_where_an_account_is_deleted() {
    let operations = operations();
    let with_token: Vec<_> = operations
        .iter()
        .filter(|operation| operation.schemes.contains("bearer"))
        .map(|operation| (operation.method.clone(), operation.path.as_str()))
        .collect();
    assert!(with_token.contains(&(Method::DELETE, routes::ACCOUNT)), "{with_token:?}");
}

#[tokio::test]
async fn a_missing_or_empty_header_is_refused_on_every_operation() {
    let stack = Stack::shared();
    let credentials = stack.demo().credentials().clone();
    let (id, secret) = (credentials.id.as_str(), credentials.secret.as_str());
    let incomplete = [
        (None, None),
        (Some(id), None),
        (None, Some(secret)),
        (Some(""), Some(secret)),
        (Some(id), Some("")),
        (Some(""), Some("")),
    ];
    for operation in operations() {
        for path in spellings(&operation.path) {
            for (id, secret) in incomplete {
                let mut request = stack.client().request(operation.method.clone(), &path).body("{}");
                for (name, value) in [("x-app-id", id), ("x-app-secret", secret)] {
                    if let Some(value) = value {
                        request = request.header(name, value);
                    }
                }
                println!("{} {path} with {:?} and {:?}", operation.method, id, secret.map(str::len));
                send(request).await.assert_error(401, MISSING);
            }
        }
    }
}

/// Claims to be an app that are all untrue, the first of an app that does not exist.
fn impostors(stack: &Stack) -> Vec<App> {
    let demo = stack.demo();
    let (id, secret) = (demo.credentials().id.as_str(), demo.credentials().secret.as_str());
    vec![
        demo.claiming("no-such-app", secret),
        demo.claiming("no-such-app", "no-such-secret"),
        demo.claiming(id, "no-such-secret"),
        demo.claiming(id, &stack.demo_2().credentials().secret),
        demo.claiming(id, &secret[..secret.len() - 1]),
        demo.claiming(id, &format!("{secret}0")),
        demo.claiming(id, &demo.credentials().api_key),
        demo.claiming(id, id),
        demo.claiming(&stack.demo_2().credentials().id, secret),
        demo.claiming(&id.to_uppercase(), secret),
        demo.claiming(&format!("{id}#APP"), secret),
        demo.claiming(&"x".repeat(4000), secret),
        demo.claiming(id, &"x".repeat(4000)),
    ]
}

#[tokio::test]
async fn a_wrong_secret_is_refused_on_every_operation_like_an_app_that_does_not_exist() {
    let stack = Stack::shared();
    let impostors = impostors(stack);
    for operation in operations() {
        let attempt = |app: &App| send(app.request(operation.method.clone(), &operation.path).body("{}"));
        let unknown_app = attempt(&impostors[0]).await;
        unknown_app.assert_error(401, INVALID);
        for impostor in &impostors {
            println!("{} {} as {:?}", operation.method, operation.path, impostor.credentials());
            assert_eq!(attempt(impostor).await.fingerprint(), unknown_app.fingerprint());
        }
    }
}

#[tokio::test]
async fn an_operation_that_wants_a_token_is_refused_without_one() {
    let app = Stack::shared().demo();
    for operation in operations() {
        if operation.schemes.contains("bearer") {
            for path in spellings(&operation.path) {
                println!("{} {path}", operation.method);
                let request = app.request(operation.method.clone(), &path);
                send(request).await.assert_error(401, "No token provided");
                let request = app.request(operation.method.clone(), &path).bearer_auth("no-such-token");
                send(request).await.assert_error(401, "Invalid token");
            }
        }
    }
}
