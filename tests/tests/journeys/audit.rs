//! The audit trail of the running service: `docs/operations.md#who-did-what`.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;
use tests::Stack;

/// The trail is written after the answer, from the tables' streams.
const LOOKS: u32 = 100;

/// What the trail says of a user, once it says all of `acts`, or at last.
async fn trail(user: &str, acts: &[&str]) -> Vec<Value> {
    let wanted: BTreeSet<_> = acts.iter().copied().collect();
    let mut entries = Vec::new();
    for _ in 0..LOOKS {
        entries = Stack::shared().dynamodb().trail_of(user).await;
        let found: BTreeSet<_> = entries.iter().filter_map(|entry| entry["act"]["S"].as_str()).collect();
        if found.is_superset(&wanted) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    entries
}

#[tokio::test]
async fn what_a_user_does_is_written_down_with_the_address_and_the_request() {
    let app = Stack::shared().demo();
    let user = app.new_user().await;
    let _ = app.login(&user.email, &user.password).await.assert_signed_in("登录成功", &user.email);
    app.delete_account(&user.token).await.assert_message("账号已注销");
    let entries =
        trail(&user.id.to_string(), &["user_created", "session_opened", "session_ended", "user_deleted"]).await;
    for act in ["user_created", "session_opened", "user_deleted"] {
        let entry = entries.iter().find(|entry| entry["act"]["S"] == act).expect("it is there");
        let author = &entry["author"]["M"];
        assert_eq!(
            (&entry["app"]["S"], &author["from"]["S"]),
            (&Value::from("demo"), &Value::from("127.0.0.1")),
            "{act}"
        );
        assert!(author["request"]["S"].as_str().is_some_and(|id| !id.is_empty()), "{act}: {entry}");
    }
    let deletions = entries.iter().filter(|entry| entry["act"]["S"] == "user_deleted").count();
    assert_eq!(deletions, 1, "{entries:?}");
    let text = format!("{entries:?}");
    assert!(!text.contains(&user.email) && !text.contains(&user.token), "{text}");
}
