//! Canaries through the pages and through the OAuth API.

#![expect(clippy::expect_used, reason = "a test that cannot go on says why and stops")]

use reqwest::Method;
use serde_json::json;
use tests::{Answer, ClientCredentials, FrontEnd, Stack, send};

use super::{
    BROWSER_EMAIL, HandedOut, NEW_PASSWORD, PAGE_PHONE, UNKNOWN_EMAIL, WRONG_PASSWORD, WRONG_SECRET, WRONG_TOKEN,
};
use crate::mailed_code::MAIL_CODE;
use crate::oauth::{AUTHORIZE, TOKEN, agreed, code_in, hidden};

const SIGN_IN: &str = "/api/v1/auth/oauth2/signin/";
const SEND_CODE: &str = "/api/v1/auth/oauth2/send-code/";
const FORGOT: &str = "/account/forgot-password";
const RESET: &str = "/account/reset-password";

async fn submit(tab: &FrontEnd, path: &str, form: &[(&str, &str)]) -> Answer {
    tab.send(tab.request(Method::POST, path).form(form)).await
}

/// What a client asks the OAuth API.
struct Program<'a> {
    stack: &'a Stack,
    credentials: &'a ClientCredentials,
}

impl Program<'_> {
    async fn ask(&self, path: &str, secret: &str, body: &[(&str, &str)]) -> Answer {
        let client = [("client_id", self.credentials.id.as_str()), ("client_secret", secret)];
        let form = [client.as_slice(), body].concat();
        send(self.stack.client().request(Method::POST, path).form(&form)).await
    }

    /// The answer for the right secret, after a wrong one was refused.
    async fn post(&self, path: &str, body: &[(&str, &str)]) -> Answer {
        assert_eq!(self.ask(path, WRONG_SECRET, body).await.status, 401);
        self.ask(path, self.credentials.secret.as_deref().expect("a secret"), body).await
    }
}

/// Somebody signs in on the page by phone, agrees, and the client is given tokens, refreshes, asks and revokes.
pub(super) async fn connect(stack: &Stack, handed_out: &mut HandedOut) {
    let program = Program { stack, credentials: stack.oauth_client("demo-client") };
    let query = program.credentials.query(WRONG_TOKEN);
    let tab = stack.front_end();
    let way_on = format!("{AUTHORIZE}?{query}");
    let page = tab.send(tab.request(Method::GET, &way_on)).await;
    let fields = hidden(page.text());
    let to = fields.iter().find_map(|(name, to)| (name == "to").then_some(to.as_str())).expect("a way on");
    let by_password = [("login", UNKNOWN_EMAIL), ("password", WRONG_PASSWORD), ("to", to)];
    assert_eq!(submit(&tab, SIGN_IN, &by_password).await.status, 401);
    assert_eq!(submit(&tab, SEND_CODE, &[("phone", PAGE_PHONE), ("to", to)]).await.status, 200);
    let code = stack.outbox().code_for(PAGE_PHONE).await;
    let wrong = format!("{}{}", &code[1..], &code[..1]);
    let by_phone = |code| [("phone", PAGE_PHONE), ("code", code), ("to", to)];
    let _ = submit(&tab, SIGN_IN, &by_phone(&wrong)).await;
    let entered = submit(&tab, SIGN_IN, &by_phone(&code)).await;
    assert_eq!(entered.status, 303);
    handed_out.codes.extend([code, wrong]);
    handed_out.tokens.extend(tab.cookies());

    let page = tab.send(tab.request(Method::GET, entered.header("location").expect("a way on"))).await;
    let form: Vec<_> = hidden(page.text()).into_iter().chain([agreed()]).collect();
    let tickets = form.iter().filter(|(name, _)| name == "ticket").map(|(_, ticket)| ticket.clone());
    handed_out.tokens.extend(tickets);
    let sent_back = tab.send(tab.request(Method::POST, AUTHORIZE).form(&form)).await;
    let code = sent_back.header("location").and_then(code_in).expect("a code");
    handed_out.tokens.extend(exchange(&program, &code).await);
    handed_out.tokens.push(code);
}

/// All that a client does with a code; the tokens that it was given.
async fn exchange(program: &Program<'_>, code: &str) -> Vec<String> {
    let redirect_uri = program.credentials.redirect_uris[0].as_str();
    let by_code = |code| [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", redirect_uri)];
    assert_eq!(program.post(TOKEN, &by_code(WRONG_TOKEN)).await.status, 400);
    let first = program.post(TOKEN, &by_code(code)).await;
    let text = |answer: &Answer, name: &str| answer.json()[name].as_str().expect("a token").to_owned();
    let (old, access) = (text(&first, "refresh_token"), text(&first, "access_token"));
    let second = program.post(TOKEN, &[("grant_type", "refresh_token"), ("refresh_token", &old)]).await;
    let tokens = vec![old, access, text(&second, "refresh_token"), text(&second, "access_token")];
    let http = program.stack.client();
    for token in tokens.iter().map(String::as_str).chain([WRONG_TOKEN]) {
        assert_eq!(program.post("/api/v1/auth/oauth2/introspect", &[("token", token)]).await.status, 200);
        // Where it does not belong.
        let _ = send(http.request(Method::GET, "/api/v1/me").query(&[("access_token", token)])).await;
        let _ = send(http.request(Method::GET, "/api/v1/mementos/").bearer_auth(token)).await;
    }
    // Used up, which ends what it gave.
    assert_eq!(program.post(TOKEN, &by_code(code)).await.status, 400);
    let revoked = program.post("/api/v1/auth/oauth2/revoke", &[("token", &tokens[2])]).await;
    assert_eq!(revoked.status, 200);
    let seen = program.post("/api/v1/auth/oauth2/introspect", &[("token", &tokens[3])]).await;
    assert_eq!(seen.json(), json!({"active": false}));
    tokens
}

/// Somebody forgets a password, and sets another on our own page.
pub(super) async fn recover(stack: &Stack, handed_out: &mut HandedOut) {
    let tab = stack.front_end();
    for email in [BROWSER_EMAIL, UNKNOWN_EMAIL] {
        assert_eq!(submit(&tab, FORGOT, &[("email", email)]).await.status, 200);
    }
    let token = stack.outbox().reset_token_for(BROWSER_EMAIL).await;
    for token in [WRONG_TOKEN, &token] {
        let _ = tab.send(tab.request(Method::GET, RESET).query(&[("token", token)])).await;
        let _ = submit(&tab, RESET, &[("token", token), ("password", "short")]).await;
    }
    for status in [200, 400] {
        let form = [("token", token.as_str()), ("password", NEW_PASSWORD)];
        assert_eq!(submit(&tab, RESET, &form).await.status, status);
    }
    handed_out.tokens.push(token);
}

/// The same person, whose address the link has proven, signs in by a mailed code.
pub(super) async fn enter_by_mail(stack: &Stack, handed_out: &mut HandedOut) {
    let tab = stack.front_end();
    for email in [BROWSER_EMAIL, UNKNOWN_EMAIL] {
        assert_eq!(submit(&tab, MAIL_CODE, &[("email", email)]).await.status, 200);
    }
    let code = stack.outbox().mailed_code_for(BROWSER_EMAIL).await;
    let wrong = format!("{}{}", &code[1..], &code[..1]);
    let by_mail = |code| [("email", BROWSER_EMAIL), ("code", code)];
    let _ = submit(&tab, SIGN_IN, &by_mail(&wrong)).await;
    assert_eq!(submit(&tab, SIGN_IN, &by_mail(&code)).await.status, 303);
    handed_out.codes.extend([code, wrong]);
    handed_out.tokens.extend(tab.cookies());
}
