//! How long a body is, is looked at before anything of it is read.

use oauth::authorize::Decide;
use oauth::{Introspect, MailCode, Revoke, SendCode, SignIn, Token};
use serde_json::json;

use crate::world::{Call, World, body};

/// Just too long, and nobody's.
fn bodies() -> [Call; 4] {
    let padding = "x".repeat(64 * 1024 + 1);
    [
        Call::empty().raw_form(&padding),
        Call::empty().raw_form(&format!("client_id=a&client_id=b&x={padding}")),
        Call::empty().raw_form(&format!("to=client_id%3dunknown&x={padding}")),
        Call::empty().raw_form(&format!("{{\"client_id\":1,{padding}")).header("content-type", "application/json"),
    ]
}

#[tokio::test]
async fn somebody_who_sends_a_body_that_is_too_long_is_told_so_and_nothing_else() {
    let world = World::new().await;
    for call in bodies() {
        let expected = json!({"error": "invalid_request", "error_description": "The body is too large."});
        for answer in [
            world.call::<Token>(call.clone()).await,
            world.call::<Introspect>(call.clone()).await,
            world.call::<Revoke>(call.clone()).await,
        ] {
            assert_eq!((answer.status, body(&answer)), (413, expected.clone()));
        }
        for page in [
            world.call::<Decide>(call.clone()).await,
            world.call::<SignIn>(call.clone()).await,
            world.call::<SendCode>(call.clone()).await,
            world.call::<MailCode>(call.clone()).await,
        ] {
            assert_eq!((page.status, page.header("content-type")), (413, Some("text/html; charset=utf-8")));
            assert!(page.body.contains("The body is too large."), "{}", page.body);
        }
    }
}
