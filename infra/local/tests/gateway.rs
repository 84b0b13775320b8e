//! The gateway, as a client and as a function see it.

mod support;

use std::{sync::Arc, time::Duration};

use local::{gateway::Gateway, queue::Queue};
use serde_json::{Value, json};
use support::{Stage, client};

/// A function that answers with the event it was given.
fn mirror(event: &Value) -> String {
    json!({ "statusCode": 200, "headers": { "content-type": "application/json" }, "body": event.to_string() })
        .to_string()
}

async fn event_of(request: reqwest::RequestBuilder) -> anyhow::Result<Value> {
    Ok(request.send().await?.json().await?)
}

/// The status, content type and body of an answer.
async fn plain(request: reqwest::RequestBuilder) -> anyhow::Result<(u16, String, String)> {
    let answer = request.send().await?;
    let content_type = answer.headers().get("content-type").map_or("", |value| value.to_str().unwrap_or_default());
    let content_type = content_type.to_owned();
    Ok((answer.status().as_u16(), content_type, answer.text().await?))
}

fn refused(status: u16, message: &str) -> (u16, String, String) {
    (status, "application/json".to_owned(), json!({ "message": message }).to_string())
}

#[tokio::test]
async fn an_event_has_the_shape_of_the_documented_example() {
    let stage = Stage::start(&[("POST", "/my/{id}")], mirror).unwrap();
    let request = client()
        .unwrap()
        .post(stage.url("/my/a%20path?parameter1=value1&parameter1=value2&parameter2=va%26lue"))
        .header("Header1", "value1")
        .header("Header2", "value1")
        .header("Header2", "value2")
        .header("Cookie", "cookie1=a; cookie2=b")
        .header("User-Agent", "agent")
        .header("Content-Type", "application/json; charset=utf-8")
        .body("{\"message\":\"hello\"}");
    let mut event = event_of(request).await.unwrap();

    let context = event["requestContext"].as_object_mut().unwrap();
    let id = context.remove("requestId").unwrap();
    assert!(id.as_str().unwrap().ends_with('='), "{id}");
    let time = context.remove("time").unwrap();
    let time = time.as_str().unwrap();
    assert_eq!((&time[2..3], &time[6..7], &time[11..12], &time[20..]), ("/", "/", ":", " +0000"), "{time}");
    assert!(context.remove("timeEpoch").unwrap().as_u64().unwrap() > 1_700_000_000_000);
    let headers = event["headers"].as_object_mut().unwrap();
    assert_eq!(headers.remove("host").unwrap(), stage.gateway.url().strip_prefix("http://").unwrap());
    let expected = json!({
        "version": "2.0",
        "routeKey": "POST /my/{id}",
        "rawPath": "/my/a path",
        "rawQueryString": "parameter1=value1&parameter1=value2&parameter2=va%26lue",
        "cookies": ["cookie1=a", "cookie2=b"],
        "headers": {
            "accept": "*/*",
            "content-length": "19",
            "content-type": "application/json; charset=utf-8",
            "header1": "value1",
            "header2": "value1,value2",
            "user-agent": "agent",
            "x-forwarded-for": "127.0.0.1",
            "x-forwarded-proto": "http",
        },
        "queryStringParameters": { "parameter1": "value1,value2", "parameter2": "va&lue" },
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "local",
            "domainName": "local.execute-api.us-east-1.amazonaws.com",
            "domainPrefix": "local",
            "http": {
                "method": "POST",
                "path": "/my/a path",
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": "agent",
            },
            "routeKey": "POST /my/{id}",
            "stage": "$default",
        },
        "pathParameters": { "id": "a path" },
        "body": "{\"message\":\"hello\"}",
        "isBase64Encoded": false,
    });
    assert_eq!(event, expected);
}

#[tokio::test]
async fn what_a_request_does_not_have_is_not_in_its_event() {
    let stage = Stage::start(&[("GET", "/")], mirror).unwrap();
    let event = event_of(client().unwrap().get(stage.url("/"))).await.unwrap();
    for absent in ["cookies", "queryStringParameters", "pathParameters", "body"] {
        assert!(event.get(absent).is_none(), "{absent} in {event}");
    }
    assert_eq!((&event["rawPath"], &event["rawQueryString"]), (&json!("/"), &json!("")));
}

#[tokio::test]
async fn the_source_address_is_the_peer_whatever_the_headers_say() {
    let stage = Stage::start(&[("GET", "/")], mirror).unwrap();
    let request = client().unwrap().get(stage.url("/")).header("x-forwarded-for", "203.0.113.9");
    let event = event_of(request).await.unwrap();
    assert_eq!(event["requestContext"]["http"]["sourceIp"], "127.0.0.1");
    assert_eq!(event["headers"]["x-forwarded-for"], "203.0.113.9, 127.0.0.1");
}

#[tokio::test]
async fn only_text_arrives_as_text() {
    let stage = Stage::start(&[("POST", "/")], mirror).unwrap();
    let cases: [(Option<&str>, &[u8], bool, &str); 6] = [
        (Some("text/plain"), b"hi", false, "hi"),
        (Some("application/xml"), b"<a/>", false, "<a/>"),
        (Some("application/x-www-form-urlencoded"), b"a=b", true, "YT1i"),
        (Some("application/octet-stream"), b"\x00\x01", true, "AAE="),
        (Some("application/json"), b"\xff", true, "/w=="),
        (None, b"hi", true, "aGk="),
    ];
    for (content_type, body, encoded, expected) in cases {
        let mut request = client().unwrap().post(stage.url("/")).body(body.to_vec());
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        let event = event_of(request).await.unwrap();
        assert_eq!(
            (&event["isBase64Encoded"], &event["body"]),
            (&json!(encoded), &json!(expected)),
            "{content_type:?}"
        );
    }
}

#[tokio::test]
async fn a_full_answer_keeps_status_headers_cookies_and_bytes() {
    let stage = Stage::start(&[("GET", "/")], |_| {
        json!({
            "statusCode": 201,
            "headers": { "Content-Type": "image/png", "x-number": 7 },
            "cookies": ["a=1; HttpOnly", "b=2"],
            "body": "AAH/",
            "isBase64Encoded": true,
        })
        .to_string()
    })
    .unwrap();
    let answer = client().unwrap().get(stage.url("/")).send().await.unwrap();
    assert_eq!(answer.status(), 201);
    assert_eq!(answer.headers()["content-type"], "image/png");
    assert_eq!(answer.headers()["x-number"], "7");
    let cookies: Vec<_> = answer.headers().get_all("set-cookie").iter().collect();
    assert_eq!(cookies, ["a=1; HttpOnly", "b=2"]);
    assert_eq!(answer.bytes().await.unwrap().as_ref(), b"\x00\x01\xff");
}

#[tokio::test]
async fn an_answer_without_a_status_is_the_body_of_a_200() {
    let stage = Stage::start(&[("GET", "/")], |_| json!({ "hello": "world" }).to_string()).unwrap();
    let answer = plain(client().unwrap().get(stage.url("/"))).await.unwrap();
    assert_eq!(answer, (200, "application/json".to_owned(), "{\"hello\":\"world\"}".to_owned()));
}

#[tokio::test]
async fn an_answer_without_a_content_type_is_plain_text() {
    let stage = Stage::start(&[("GET", "/")], |_| json!({ "statusCode": 200, "body": "hi" }).to_string()).unwrap();
    let answer = plain(client().unwrap().get(stage.url("/"))).await.unwrap();
    assert_eq!(answer, (200, "text/plain;charset=UTF-8".to_owned(), "hi".to_owned()));
}

#[tokio::test]
async fn garbage_from_the_function_is_a_500_that_says_nothing() {
    let garbage: [fn(&Value) -> String; 4] = [
        |_| "no json".to_owned(),
        |_| json!({ "statusCode": "x" }).to_string(),
        |_| json!({ "statusCode": 99 }).to_string(),
        |_| json!({ "statusCode": 200, "body": 7 }).to_string(),
    ];
    for answer in garbage {
        let stage = Stage::start(&[("GET", "/")], answer).unwrap();
        let answered = plain(client().unwrap().get(stage.url("/"))).await.unwrap();
        assert_eq!(answered, refused(500, "Internal Server Error"), "{}", answer(&Value::Null));
    }
}

#[tokio::test]
async fn an_unknown_path_or_method_is_a_404() {
    let stage = Stage::start(&[("GET", "/here")], mirror).unwrap();
    let not_found = refused(404, "Not Found");
    assert_eq!(plain(client().unwrap().get(stage.url("/nowhere"))).await.unwrap(), not_found);
    assert_eq!(plain(client().unwrap().get(stage.url("/here/"))).await.unwrap(), not_found);
    assert_eq!(plain(client().unwrap().post(stage.url("/here"))).await.unwrap(), not_found);
    assert_eq!(client().unwrap().head(stage.url("/here")).send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn an_encoded_path_is_decoded_before_it_is_matched() {
    let stage = Stage::start(&[("GET", "/m/{id}")], mirror).unwrap();
    let event = event_of(client().unwrap().get(stage.url("/m/%E9%87%91%20?q=%20"))).await.unwrap();
    assert_eq!((&event["rawPath"], &event["pathParameters"]["id"]), (&json!("/m/金 "), &json!("金 ")));
    assert_eq!(event["rawQueryString"], "q=%20");
    let event = event_of(client().unwrap().get(stage.url("/m/a%3Fb"))).await.unwrap();
    assert_eq!(event["pathParameters"]["id"], "a");
}

#[tokio::test]
async fn head_is_told_the_length_that_get_has() {
    let hello = |_: &Value| json!({ "statusCode": 200, "body": "hello" }).to_string();
    let stage = Stage::start(&[("GET", "/"), ("HEAD", "/")], hello).unwrap();
    for method in [reqwest::Method::GET, reqwest::Method::HEAD] {
        let answer = client().unwrap().request(method.clone(), stage.url("/")).send().await.unwrap();
        assert_eq!(answer.headers()["content-length"], "5", "{method}");
        let body = if method == reqwest::Method::GET { "hello" } else { "" };
        assert_eq!(answer.text().await.unwrap(), body, "{method}");
    }
}

#[tokio::test]
async fn chunks_that_are_none_are_a_400() {
    use std::io::{Read as _, Write as _};
    let stage = Stage::start(&[("POST", "/")], mirror).unwrap();
    let address = stage.gateway.url().trim_start_matches("http://").to_owned();
    let answer = tokio::task::spawn_blocking(move || {
        let mut stream = std::net::TcpStream::connect(address)?;
        stream.write_all(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")?;
        let mut answer = [0; 12];
        stream.read_exact(&mut answer)?;
        std::io::Result::Ok(String::from_utf8_lossy(&answer).into_owned())
    });
    assert_eq!(answer.await.unwrap().unwrap(), "HTTP/1.1 400");
}

#[test]
fn a_route_that_the_real_gateway_refuses_stops_the_start() {
    let queue = Queue::new(support::function(&[("GET", "/here/")], Duration::from_secs(10)));
    let error = Gateway::start(0, &[queue], Arc::new(|_| {})).unwrap_err();
    assert!(format!("{error:#}").contains("GET /here/"), "{error:#}");
}

#[tokio::test]
async fn ten_megabytes_pass_and_one_byte_more_is_a_413() {
    let stage = Stage::start(&[("POST", "/")], |_| json!({ "statusCode": 204 }).to_string()).unwrap();
    let post = |bytes: usize| client().unwrap().post(stage.url("/")).body(vec![b'a'; bytes]);
    assert_eq!(plain(post(10 << 20)).await.unwrap(), (204, String::new(), String::new()));
    assert_eq!(plain(post((10 << 20) + 1)).await.unwrap(), refused(413, "Request Entity Too Large"));
}

#[tokio::test]
async fn headers_over_ten_kilobytes_are_a_431() {
    let stage = Stage::start(&[("POST", "/")], mirror).unwrap();
    let post = |bytes: usize| client().unwrap().post(stage.url("/")).header("x-long", "a".repeat(bytes)).body("hi");
    assert_eq!(plain(post(10_000)).await.unwrap().0, 200);
    assert_eq!(plain(post(10_240)).await.unwrap(), refused(431, "Request Header Fields Too Large"));
}

#[tokio::test]
async fn no_answer_in_time_is_a_503() {
    // A function without a process: its queue is never emptied.
    let queue = Queue::new(support::function(&[("GET", "/")], Duration::from_secs(10)));
    let gateway = Gateway::with_timeout(0, &[queue], Arc::new(|_| {}), Duration::from_millis(1)).unwrap();
    let answer = plain(client().unwrap().get(gateway.url())).await.unwrap();
    assert_eq!(answer, refused(503, "Service Unavailable"));
}

#[tokio::test]
async fn each_request_is_reported_without_its_query() {
    let stage = Stage::start(&[("GET", "/a")], mirror).unwrap();
    client().unwrap().get(stage.url("/a?token=secret")).send().await.unwrap();
    client().unwrap().get(stage.url("/b")).send().await.unwrap();
    let handled = stage.handled.lock().unwrap().clone();
    let seen: Vec<_> =
        handled.iter().map(|request| (request.path.as_str(), request.status, request.function.as_deref())).collect();
    assert_eq!(seen, [("/a", 200, Some("echo")), ("/b", 404, None)]);
}
