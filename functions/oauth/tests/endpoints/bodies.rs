//! How long a body is, is looked at before anything of it is read.

use oauth::authorize::Decide;
use oauth::device::DeviceAuthorization;
use oauth::{Introspect, MailCode, Revoke, SendCode, SignIn, Token};
use serde_json::json;

use crate::clients::basic;
use crate::world::{Call, World, body, refusal};

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

#[tokio::test]
async fn a_body_that_is_neither_a_form_nor_json_is_an_invalid_request() {
    let world = World::new().await;
    let client = world.client().await;
    for (media, text) in [
        ("application/xml", "<grant_type>refresh_token</grant_type>"),
        ("text/plain", "hello"),
        ("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"code\"\r\n\r\nx\r\n--x--"),
        ("application/json", "grant_type=refresh_token"),
        ("application/json", "[]"),
        ("application/json", "\"x\""),
        ("", "hello"),
    ] {
        let call = Call::empty().text(text).header("content-type", media);
        for call in [call.clone(), call.header("authorization", &basic(&client.id, "x"))] {
            for answer in [
                world.call::<Token>(call.clone()).await,
                world.call::<Introspect>(call.clone()).await,
                world.call::<Revoke>(call.clone()).await,
                world.call::<DeviceAuthorization>(call.clone()).await,
            ] {
                assert_eq!(refusal(&answer), (400, "invalid_request".to_owned()), "{media}: {text}");
            }
        }
    }
    // What looks like a client's form is one, whatever it says of itself.
    let form = format!("client_id={}&client_secret={}&code=x&redirect_uri=y", client.id, client.secret.expect("one"));
    let answer = world.call::<Token>(Call::empty().text(&form).header("content-type", "text/plain")).await;
    assert_eq!(refusal(&answer), (400, "invalid_grant".to_owned()));
}
