//! Five wrong passwords.

use tests::{PASSWORD, Stack, unique_email, unique_username};

const WRONG: &str = "Invalid username or password.";

#[tokio::test]
async fn after_five_failures_a_username_rests_whether_somebody_has_it_or_not() {
    let client = Stack::shared().hashing_client();
    let (username, email) = client.new_user(PASSWORD).await;
    let mut answers = Vec::new();
    for login in [username.as_str(), &unique_username(), &unique_email(), "no-such-name!"] {
        let mut told = Vec::new();
        for _ in 0..5 {
            let answer = client.login(login, "wrong").await;
            answer.assert_line(401, WRONG);
            told.push(answer);
        }
        for password in ["wrong", PASSWORD] {
            let answer = client.login(login, password).await;
            let message = r#"{"message":"Too many login attempts. Try 5 minutes later !"}"#;
            assert_eq!((answer.status, answer.text()), (403, message));
            told.push(answer);
        }
        answers.push(told);
    }
    for told in &answers[1..] {
        for (known, unknown) in answers[0].iter().zip(told) {
            assert_eq!(known.fingerprint(), unknown.fingerprint());
        }
    }
    // They count for the user: no further five by the address.
    assert_eq!(client.login(&email, PASSWORD).await.status, 403);
}
