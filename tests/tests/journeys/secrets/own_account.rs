//! Canaries through the changes of an own account.

use reqwest::Method;
use serde_json::json;
use tests::{FrontEnd, Stack, send};

use super::{FORMER_EMAIL, HandedOut, NEXT_EMAIL, NEXT_PHONE, PASSWORD, WRONG_PASSWORD, WRONG_TOKEN};

const ACCOUNT: &str = "/api/v1/account/";
const UNDO: &str = "/account/undo-email";

async fn post(tab: &FrontEnd, path: &str, body: serde_json::Value) -> u16 {
    tab.post(&format!("{ACCOUNT}{path}/"), &body).await.status
}

/// Somebody gives the account another address and another phone, after wrong tries, and the former address undoes it.
pub(super) async fn change(stack: &Stack, handed_out: &mut HandedOut) {
    let tab = stack.front_end();
    assert_eq!(tab.sign_up(FORMER_EMAIL, PASSWORD).await.status, 201);
    handed_out.tokens.extend(tab.cookies());
    let code = stack.outbox().mailed_code_for(FORMER_EMAIL).await;
    assert_eq!(tab.verify_email(&code).await.status, 200);
    handed_out.codes.push(code);
    let wrong = json!({"new_password": PASSWORD, "password": WRONG_PASSWORD});
    assert_eq!(post(&tab, "password", wrong).await, 400);
    assert_eq!(post(&tab, "email", json!({"email": NEXT_EMAIL, "password": PASSWORD})).await, 204);
    assert_eq!(post(&tab, "phone", json!({"phone": NEXT_PHONE, "password": PASSWORD})).await, 204);
    let mailed = stack.outbox().mailed_code_for(NEXT_EMAIL).await;
    let texted = stack.outbox().code_for(NEXT_PHONE).await;
    let not_it = format!("{}{}", &mailed[1..], &mailed[..1]);
    let _ = post(&tab, "email/confirm", json!({"email": NEXT_EMAIL, "verification_code": not_it})).await;
    assert_eq!(post(&tab, "phone/confirm", json!({"phone": NEXT_PHONE, "verification_code": texted})).await, 200);
    assert_eq!(post(&tab, "email/confirm", json!({"email": NEXT_EMAIL, "verification_code": mailed})).await, 200);
    handed_out.codes.extend([mailed, texted, not_it]);
    let token = stack.outbox().latest_to(FORMER_EMAIL).await.token().to_owned();
    for token in [WRONG_TOKEN, token.as_str()] {
        let _ = send(stack.client().request(Method::GET, &format!("{UNDO}?token={token}"))).await;
    }
    let form = [("token", token.as_str()), ("not_me", "yes")];
    assert_eq!(send(stack.client().request(Method::POST, UNDO).form(&form)).await.status, 200);
    handed_out.tokens.push(token);
}
