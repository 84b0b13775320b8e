//! Webhooks of the running service: `docs/webhooks.md`.

use serde_json::json;
use tests::{AppCredentials, Receiver, Stack, unique};

#[tokio::test]
async fn what_happens_to_a_user_reaches_their_apps_server_signed_and_once() {
    let (stack, receiver) = (Stack::shared(), Receiver::start());
    let operator = stack.operator();
    // An app of its own: that another has no endpoint is remembered for a minute.
    let made = operator.ops(&["app", "create", &unique("hooked")]);
    let credentials: AppCredentials = serde_json::from_value(made).expect("credentials");
    let (app, id) = (stack.app_of(&credentials), credentials.id.as_str());
    let events = "user.created,user.deleted";
    let endpoint = operator.ops(&["webhook", "add", id, receiver.url(), "--events", events]);
    let secret = endpoint["secret"].as_str().expect("a secret");

    let user = app.new_user().await;
    let created = receiver.message("user.created").await;
    app.delete_account(&user.token).await.assert_message("账号已注销");
    let deleted = receiver.message("user.deleted").await;
    for message in [&created, &deleted] {
        assert!(message.is_signed_with(secret), "{message:?}");
        let data = &message.json()["data"];
        assert_eq!(
            (&data["app"], &data["user"], &data["who"]),
            (&json!(id), &json!(user.id.to_string()), &json!("user"))
        );
        assert!(!format!("{message:?}").contains(&user.email), "{message:?}");
    }
    let ids: Vec<_> = receiver.received().iter().map(|message| message.id().to_owned()).collect();
    assert_eq!(ids, [created.id(), deleted.id()], "each once");
}
