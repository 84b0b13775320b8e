//! RFC 9396: authorization details that nobody knows are refused, and never quietly dropped.

use oauth::authorize::Ask;
use runtime::query;
use serde_json::json;

use crate::world::{ADA, Browser, OURS, World, brought_back, hidden};

/// §5: "The AS MUST refuse to process any unknown authorization details type".
#[tokio::test]
async fn section_5_unknown_types_members_and_actions_go_back_as_invalid_authorization_details() {
    let world = World::new().await;
    let (client, browser) = (world.client().await, world.sign_up(ADA).await);
    for details in [
        json!([{"type": "payment_initiation"}]),
        json!([{"type": "memento"}, {"type": "Memento"}]),
        json!([{"type": ["memento"]}]),
        json!([{"identifier": "x"}]),
        json!([{"type": "memento", "actions": ["read", "write"]}]),
        json!([{"type": "memento", "actions": "read"}]),
        json!([{"type": "memento", "locations": ["https://api.example"]}]),
        json!([{"type": "memento", "identifier": 7}]),
        json!({"type": "memento"}),
        json!("memento"),
        json!([null]),
    ] {
        let text = details.to_string();
        let mut request = client.request();
        request.push(("authorization_details", &text));
        let answer = world.call::<Ask>(browser.call().raw_query(&query(&request))).await;
        let back = brought_back(&answer);
        assert_eq!((answer.status, back.one("error")), (302, Ok(Some("invalid_authorization_details"))), "{details}");
        assert_eq!((back.one("state"), back.one("iss")), (Ok(Some("xyz")), Ok(Some(OURS))), "{details}");
    }
}

#[tokio::test]
async fn section_2_a_request_for_mementos_is_carried_through_sign_in_and_consent() {
    let world = World::new().await;
    let (client, browser) = (world.client().await, world.sign_up(ADA).await);
    let details = json!([{"type": "memento", "actions": ["read"]}]).to_string();
    let mut request = client.request();
    request.push(("authorization_details", &details));
    let page = world.ask(&Browser::default(), &request).await;
    let to = hidden(&page.body).into_iter().find(|(name, _)| name == "to").expect("the way on").1;
    let consent = world.call::<Ask>(browser.call().raw_query(&to)).await;
    let carried = hidden(&consent.body).into_iter().find(|(name, _)| name == "authorization_details");
    assert_eq!(carried.map(|(_, value)| value), Some(details));
}
