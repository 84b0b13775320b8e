//! The outbox, as the SES and SNS clients, a test and a browser see it.

mod support;

use anyhow::Result;
use local::outbox::Outbox;
use serde_json::{Value, json};
use support::client;

/// A `SendEmail` request in the form that the SDK serialises.
fn mail(to: &str) -> Value {
    json!({
        "FromEmailAddress": "Latchet <no-reply@example.com>",
        "Destination": { "ToAddresses": [to] },
        "Content": { "Simple": {
            "Subject": { "Data": "Réinitialiser", "Charset": "UTF-8" },
            "Body": {
                "Text": { "Data": "plain", "Charset": "UTF-8" },
                "Html": { "Data": "<p class=\"x\">rich</p>", "Charset": "UTF-8" },
            },
        }},
    })
}

/// The status, the error's name in its header, and the body.
async fn send(outbox: &Outbox, mail: &Value) -> Result<(u16, String, Value)> {
    let url = format!("{}/v2/email/outbound-emails", outbox.endpoint());
    let answer = client()?.post(url).json(mail).send().await?;
    let error = answer.headers().get("x-amzn-errortype").map_or("", |value| value.to_str().unwrap_or_default());
    Ok((answer.status().as_u16(), error.to_owned(), answer.json().await?))
}

/// The status and the XML.
async fn publish(outbox: &Outbox, phone: &str) -> Result<(u16, String)> {
    let form = format!("Action=Publish&Version=2010-03-31&PhoneNumber={phone}&Message=code%20123456");
    let request = client()?.post(format!("{}/", outbox.endpoint())).body(form);
    let answer = request.header("content-type", "application/x-www-form-urlencoded").send().await?;
    Ok((answer.status().as_u16(), answer.text().await?))
}

async fn read(outbox: &Outbox, query: &str) -> Result<Vec<Value>> {
    Ok(client()?.get(format!("{}{query}", outbox.page())).send().await?.json().await?)
}

#[tokio::test]
async fn a_mail_is_kept_as_it_was_sent() {
    let outbox = Outbox::start(0).unwrap();
    let (status, _, body) = send(&outbox, &mail("Ada <ada@example.com>")).await.unwrap();
    assert_eq!(status, 200);
    assert!(body["MessageId"].is_string());
    let mut kept = read(&outbox, "").await.unwrap();
    let sent_at = kept[0].as_object_mut().unwrap().remove("sent_at").unwrap();
    assert!(sent_at.as_str().unwrap().ends_with('Z'), "{sent_at}");
    let expected = json!({
        "kind": "email",
        "to": "ada@example.com",
        "subject": "Réinitialiser",
        "text": "plain",
        "html": "<p class=\"x\">rich</p>",
    });
    assert_eq!(kept, [expected]);
}

#[tokio::test]
async fn a_text_message_is_answered_in_xml_and_kept() {
    let outbox = Outbox::start(0).unwrap();
    let (status, xml) = publish(&outbox, "%2B8613812345678").await.unwrap();
    assert_eq!(status, 200);
    assert!(xml.starts_with("<PublishResponse") && xml.contains("<PublishResult><MessageId>"), "{xml}");
    let kept = read(&outbox, "?kind=sms&to=%2B8613812345678").await.unwrap();
    assert_eq!((&kept[0]["text"], &kept[0]["html"]), (&json!("code 123456"), &Value::Null));
    assert_eq!(read(&outbox, "?to=+8613812345678").await.unwrap(), kept, "a plus that nobody encoded");
}

#[tokio::test]
async fn messages_are_filtered_oldest_first_and_emptied() {
    let outbox = Outbox::start(0).unwrap();
    for to in ["a@example.com", "b@example.com", "A@example.com"] {
        send(&outbox, &mail(to)).await.unwrap();
    }
    publish(&outbox, "%2B15551234567").await.unwrap();
    let to = |kept: Vec<Value>| kept.iter().map(|message| message["to"].to_string()).collect::<Vec<_>>().join(" ");
    assert_eq!(to(read(&outbox, "?to=a@example.com").await.unwrap()), r#""a@example.com" "A@example.com""#);
    assert_eq!(to(read(&outbox, "?kind=sms").await.unwrap()), r#""+15551234567""#);
    assert_eq!(read(&outbox, "").await.unwrap().len(), 4);
    assert_eq!(client().unwrap().delete(outbox.page()).send().await.unwrap().status(), 204);
    assert_eq!(read(&outbox, "").await.unwrap(), [Value::Null; 0]);
}

#[tokio::test]
async fn special_recipients_get_the_services_own_errors() {
    let outbox = Outbox::start(0).unwrap();
    let (status, error, body) = send(&outbox, &mail("throttle@example.com")).await.unwrap();
    assert_eq!((status, error.as_str()), (429, "TooManyRequestsException"));
    assert!(body["message"].is_string());
    let (status, error, _) = send(&outbox, &mail("reject@example.com")).await.unwrap();
    assert_eq!((status, error.as_str()), (400, "MessageRejected"));
    let (status, xml) = publish(&outbox, "%2B8613800000000").await.unwrap();
    assert_eq!(status, 400);
    assert!(xml.contains("<ErrorResponse") && xml.contains("<Code>InvalidParameter</Code>"), "{xml}");
    assert!(outbox.messages().is_empty());
}

#[tokio::test]
async fn the_mailbox_simulator_takes_mail_and_delivers_to_nobody() {
    let outbox = Outbox::start(0).unwrap();
    assert_eq!(send(&outbox, &mail("success@simulator.amazonses.com")).await.unwrap().0, 200);
    assert!(outbox.messages().is_empty());
}

#[tokio::test]
async fn raw_and_incomplete_mail_is_refused_with_a_sentence() {
    let outbox = Outbox::start(0).unwrap();
    let mut raw = mail("ada@example.com");
    raw["Content"] = json!({ "Raw": { "Data": "aGk=" } });
    let mut anonymous = mail("ada@example.com");
    anonymous["FromEmailAddress"] = Value::Null;
    let mut nowhere = mail("ada@example.com");
    nowhere["Destination"] = json!({});
    for broken in [raw, anonymous, nowhere, json!([])] {
        let (status, error, body) = send(&outbox, &broken).await.unwrap();
        assert_eq!((status, error.as_str()), (400, "BadRequestException"), "{body}");
        assert!(!body["message"].as_str().unwrap().is_empty());
    }
    assert!(outbox.messages().is_empty());
}

#[tokio::test]
async fn a_browser_gets_a_page_in_which_a_mail_can_do_no_harm() {
    let outbox = Outbox::start(0).unwrap();
    let mut hostile = mail("ada@example.com");
    hostile["Content"]["Simple"]["Subject"]["Data"] = json!("<script>alert(1)</script>");
    hostile["Content"]["Simple"]["Body"]["Html"]["Data"] = json!("\"></iframe><script>alert(2)</script>");
    send(&outbox, &hostile).await.unwrap();
    let page = client().unwrap().get(outbox.page()).header("accept", "text/html,*/*").send().await.unwrap();
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{policy}");
    let html = page.text().await.unwrap();
    assert_eq!(html.matches("<script").count(), 1, "ours alone: {html}");
    assert!(
        html.starts_with("<!doctype html>") && html.contains("<script src=\"/outbox.js\" defer></script>"),
        "{html}"
    );
    assert!(html.contains("sandbox=") && !html.contains("allow-scripts"), "{html}");
}

async fn page(outbox: &Outbox, query: &str) -> Result<String> {
    let asked = client()?.get(format!("{}{query}", outbox.page())).header("accept", "text/html,*/*");
    Ok(asked.send().await?.text().await?)
}

#[tokio::test]
async fn the_page_opens_the_newest_message_and_asks_for_newer_ones_until_somebody_opens_another() {
    let outbox = Outbox::start(0).unwrap();
    assert!(page(&outbox, "").await.unwrap().contains("No messages yet."));
    let script = client().unwrap().get(format!("{}/outbox.js", outbox.endpoint())).send().await.unwrap();
    assert!(script.headers()["content-type"].to_str().unwrap().starts_with("text/javascript"));
    let mut first = mail("ada@example.com");
    first["Content"]["Simple"]["Body"]["Html"]["Data"] = json!("<!doctype html><html><head></head><p>Hello</p>");
    send(&outbox, &first).await.unwrap();
    publish(&outbox, "%2B8613812345678").await.unwrap();

    let newest = page(&outbox, "").await.unwrap();
    assert!(
        newest.contains("<p class=\"bubble\">code 123456</p>")
            && newest.contains("<noscript><meta http-equiv=\"refresh\""),
        "{newest}"
    );
    assert_eq!(newest.matches("<li>").count(), 2);

    let opened = page(&outbox, "?open=0").await.unwrap();
    assert!(opened.contains("<iframe") && !opened.contains("http-equiv=\"refresh\""), "{opened}");
    assert!(opened.contains("srcdoc=\"&lt;!doctype html&gt;"), "nothing stands before the doctype: {opened}");

    let of_one = page(&outbox, "?to=%2B8613812345678&open=0").await.unwrap();
    assert!(of_one.contains("class=\"bubble\"") && of_one.contains("?to=%2B8613812345678&amp;open=1"), "{of_one}");
}
