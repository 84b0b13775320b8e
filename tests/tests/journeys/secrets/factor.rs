//! Canaries through a second factor: the secret on its way to the authenticator app, codes of it, and recovery codes.

#![expect(clippy::expect_used, reason = "a test that cannot go on says why and stops")]

use rig::Authenticator;
use serde_json::{Value, json};
use shared::clock::Timestamp;
use tests::{CAPTCHA, FrontEnd, Stack, hex, routes, unix_now};

use super::{FACTOR_EMAIL, HandedOut, PASSWORD, WRONG_PASSWORD};

const TOTP: &str = "/api/v1/account/totp/";
const RECOVERY_CODES: &str = "/api/v1/account/recovery-codes/";

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

fn at(later: i64) -> Timestamp {
    Timestamp::from_unix(i64::try_from(unix_now()).expect("a time of these years") + later)
}

async fn sign_in(tab: &FrontEnd, password: &str, otp: &str) -> u16 {
    let form = json!({"login": FACTOR_EMAIL, "password": password, "otp": otp, "captcha": CAPTCHA});
    tab.post(routes::SIGN_IN, &form).await.status
}

/// The bytes of a text in base32.
fn bytes(text: &str) -> Vec<u8> {
    let digit = |letter: u8| u64::from(if letter.is_ascii_digit() { letter - b'2' + 26 } else { letter - b'A' });
    let forty = |eight: &[u8]| eight.iter().fold(0, |bits, letter| bits << 5 | digit(*letter));
    text.as_bytes().chunks_exact(8).flat_map(|eight| forty(eight).to_be_bytes().into_iter().skip(3)).collect()
}

/// Somebody sets up an authenticator app after a wrong code, signs in by it and by a recovery code after wrong ones, and gets new codes.
pub(super) async fn show(stack: &Stack, handed_out: &mut HandedOut) {
    let (tab, elsewhere) = (stack.front_end(), stack.front_end());
    assert_eq!(tab.sign_up(FACTOR_EMAIL, PASSWORD).await.status, 201);
    let offer = tab.post(TOTP, &json!({})).await.json();
    let secret = text(&offer["secret"]);
    let held = Authenticator::of(&secret);
    handed_out.tokens.extend([hex(&bytes(&secret)), secret, text(&offer["setup"]), text(&offer["uri"])]);

    let wrong = held.wrong_code(at(0));
    let mut recovery = Vec::new();
    for otp in [wrong.clone(), held.code(at(0))] {
        let form = json!({"setup": offer["setup"], "otp": otp});
        let answer = tab.post(&format!("{TOTP}confirm/"), &form).await;
        if answer.status == 200 {
            recovery.extend(answer.json()["recovery_codes"].as_array().expect("a list").iter().map(text));
        }
        handed_out.codes.push(otp);
    }
    let (used, next) = (recovery.first().expect("ten codes").clone(), held.code(at(30)));
    assert_eq!(sign_in(&elsewhere, PASSWORD, &wrong).await, 401);
    assert_eq!(sign_in(&elsewhere, WRONG_PASSWORD, &next).await, 401);
    assert_eq!(sign_in(&elsewhere, PASSWORD, &next).await, 204);
    for status in [204, 401] {
        assert_eq!(sign_in(&elsewhere, PASSWORD, &used).await, status);
    }
    let renewed = tab.post(RECOVERY_CODES, &json!({})).await.json();
    recovery.extend(renewed["recovery_codes"].as_array().expect("a list").iter().map(text));
    assert_eq!(recovery.len(), 20);
    handed_out.codes.push(next);
    handed_out.tokens.extend(recovery.iter().map(|code| code.replace('-', "")));
    handed_out.tokens.extend(recovery.into_iter().chain(tab.cookies()).chain(elsewhere.cookies()));
}
