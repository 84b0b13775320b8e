//! `docs/api/account.md#refresh`.

use tests::{PASSWORD, Stack, at_once, unix_now};

#[tokio::test]
async fn fifty_at_once_keep_the_client_signed_in_with_one_pair() {
    let client = Stack::shared().hashing_client();
    let (username, _) = client.new_user(PASSWORD).await;
    let first = client.signed_in(&username, PASSWORD).await;
    let requests = (0..50).map(|_| {
        let (client, token) = (client.clone(), first.refresh.clone());
        async move { client.refresh(&token).await }
    });
    let pairs: Vec<_> = at_once(requests).await.iter().map(tests::Answer::assert_pair).collect();
    assert!(pairs.iter().all(|pair| pair.refresh == pairs[0].refresh), "{pairs:?}");
    assert_ne!(pairs[0].refresh, first.refresh);
    let second = client.refresh(&pairs[31].refresh).await.assert_pair();
    assert!(client.is_signed_in(&second.access).await);
}

#[tokio::test]
async fn a_token_whose_successor_was_used_ends_the_session() {
    let client = Stack::shared().hashing_client();
    let (username, _) = client.new_user(PASSWORD).await;
    let first = client.signed_in(&username, PASSWORD).await;
    let second = client.refresh(&first.refresh).await.assert_pair();
    let third = client.refresh(&second.refresh).await.assert_pair();
    client.refresh(&first.refresh).await.assert_unauthorized();
    client.refresh(&third.refresh).await.assert_unauthorized();
    assert!(!client.is_signed_in(&third.access).await);
}

#[tokio::test]
async fn an_access_token_is_forbidden_and_dies_when_it_says() {
    let client = Stack::shared().hashing_client();
    let (username, _) = client.new_user(PASSWORD).await;
    let before = unix_now();
    let pair = client.signed_in(&username, PASSWORD).await;
    let forbidden = client.refresh(&pair.access).await;
    assert_eq!((forbidden.status, forbidden.text()), (403, ""));
    for token in ["x", "default.x", &pair.refresh[1..], &format!("{}x", pair.refresh)] {
        client.refresh(token).await.assert_unauthorized();
    }
    let claims = tests::jwt::claims(&pair.access);
    let exp = claims["exp"].as_u64().expect("a time");
    assert!((before + 3600..=unix_now() + 3600).contains(&exp), "{claims}");
    assert_eq!(pair.expires, iso_8601(exp));
}

/// A day's moment as every client's parser takes it: `2026-11-21T09:15:00Z`.
fn iso_8601(unix: u64) -> String {
    let (days, seconds) = (unix / 86_400, unix % 86_400);
    let (mut year, mut day) = (1970, days);
    let is_leap = |year: u64| (year.is_multiple_of(4) && !year.is_multiple_of(100)) || year.is_multiple_of(400);
    while day >= 365 + u64::from(is_leap(year)) {
        day -= 365 + u64::from(is_leap(year));
        year += 1;
    }
    let february = 28 + u64::from(is_leap(year));
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30] {
        if day < length {
            break;
        }
        day -= length;
        month += 1;
    }
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{year}-{month:02}-{:02}T{hour:02}:{minute:02}:{second:02}Z", day + 1)
}
