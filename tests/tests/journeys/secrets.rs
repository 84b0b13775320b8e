//! Canaries through every flow: what must stay secret is in no log line and in no table.

mod factor;
mod own_account;
mod third_party;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tests::routes::{ACCOUNT, FORGOT_PASSWORD, LOGIN, REGISTER, RESET_PASSWORD};
use tests::{App, DynamoDb, Method, Options, Stack, hex, send, sha256_hex};

use crate::browser_api::passkeys;

const EMAIL: &str = "canary.one@mailbox.example";
const THROTTLED_EMAIL: &str = "throttle@canary-two.example";
const REJECTED_EMAIL: &str = "reject@canary-three.example";
const UNKNOWN_EMAIL: &str = "canary.four@mailbox.example";
const BROWSER_EMAIL: &str = "canary.five@mailbox.example";
const HASHING_EMAIL: &str = "canary.six@mailbox.example";
const FORMER_EMAIL: &str = "canary.eight@mailbox.example";
const NEXT_EMAIL: &str = "canary.nine@mailbox.example";
const FACTOR_EMAIL: &str = "canary.ten@mailbox.example";
const EMAILS: [&str; 9] = [
    EMAIL,
    THROTTLED_EMAIL,
    REJECTED_EMAIL,
    UNKNOWN_EMAIL,
    BROWSER_EMAIL,
    HASHING_EMAIL,
    FORMER_EMAIL,
    NEXT_EMAIL,
    FACTOR_EMAIL,
];

const USERNAME: &str = "canary_seven";

const PHONE: &str = "13917651765";
const REJECTED_PHONE: &str = "13917660000";
const PAGE_PHONE: &str = "13917671767";
const NEXT_PHONE: &str = "13917681768";
const PHONES: [&str; 4] = [PHONE, REJECTED_PHONE, PAGE_PHONE, NEXT_PHONE];

const PASSWORD: &str = "canary!first";
const NEW_PASSWORD: &str = "canary!second";
const WRONG_PASSWORD: &str = "canary!third";
const PASSWORDS: [&str; 3] = [PASSWORD, NEW_PASSWORD, WRONG_PASSWORD];

/// Fewer than the requests made here: without a log line for each there would be nothing to look at.
const LOG_LINES: usize = 20;

const WRONG_SECRET: &str = "canary-secret-that-is-wrong";
const WRONG_TOKEN: &str = "canary-token-that-is-wrong";

/// The secrets that the service handed out on the way.
struct HandedOut {
    tokens: Vec<String>,
    reset_token: String,
    codes: Vec<String>,
}

impl HandedOut {
    fn texts(&self) -> impl Iterator<Item = &str> {
        // The signature of a JWT, and the seal of a consent page's ticket.
        let signatures = self.tokens.iter().filter_map(|token| Some(token.rsplit_once('.')?.1));
        self.tokens.iter().map(String::as_str).chain(signatures).chain([self.reset_token.as_str()])
    }

    /// Whether a text has a code as a word of its own: six digits stand in many a longer number by chance.
    fn code_is_in(&self, text: &str) -> bool {
        let mut words = text.split(|character: char| !character.is_ascii_alphanumeric());
        words.any(|word| self.codes.iter().any(|code| word == code))
    }
}

/// A user signs up, signs in, and asks for a link, another comes in by phone: all that there is to store is stored.
async fn fill_the_tables(stack: &Stack) -> HandedOut {
    let app = stack.demo();
    let user = app.new_user_with(EMAIL, PASSWORD).await;
    let (_, token) = app.login(EMAIL, PASSWORD).await.assert_signed_in("登录成功", EMAIL);
    app.login(EMAIL, WRONG_PASSWORD).await.assert_error(401, "邮箱或密码错误");
    app.forgot_password(EMAIL).await.assert_message("重置邮件已发送");
    app.send_code(PHONE).await.assert_message("验证码已发送");
    let code = stack.outbox().code_for(PHONE).await;
    app.phone_login(PHONE, &format!("{code}0")).await.assert_error(400, "验证码错误");
    let (_, by_phone) = app.phone_login(PHONE, &code).await.assert_entered(PHONE, true);
    let reset_token = stack.outbox().reset_token_for(EMAIL).await;
    let mut handed_out = HandedOut { tokens: vec![user.token, token, by_phone], reset_token, codes: vec![code] };
    browse(stack, &mut handed_out).await;
    show_a_passkey(stack, &mut handed_out).await;
    factor::show(stack, &mut handed_out).await;
    hash(stack, &mut handed_out).await;
    own_account::change(stack, &mut handed_out).await;
    third_party::connect(stack, &mut handed_out).await;
    third_party::recover(stack, &mut handed_out).await;
    third_party::enter_by_mail(stack, &mut handed_out).await;
    handed_out
}

/// A front end's user signs up, refreshes, guesses wrong, and verifies neither by code nor by link.
async fn browse(stack: &Stack, handed_out: &mut HandedOut) {
    let tab = stack.front_end();
    assert_eq!(tab.sign_up(BROWSER_EMAIL, PASSWORD).await.status, 201);
    handed_out.tokens.extend(tab.cookies());
    let old = tab.copy();
    assert_eq!(tab.refresh().await.status, 204);
    handed_out.tokens.extend(tab.cookies());
    let mail = stack.outbox().latest_to(BROWSER_EMAIL).await;
    handed_out.tokens.push(mail.token().to_owned());
    let code = stack.outbox().mailed_code_for(BROWSER_EMAIL).await;
    let wrong = format!("{}{}", &code[1..], &code[..1]);
    let _ = tab.verify_email(&wrong).await;
    handed_out.codes.extend([code, wrong]);
    assert_eq!(tab.refresh().await.status, 204);
    handed_out.tokens.extend(tab.cookies());
    assert_eq!(old.refresh().await.status, 401, "a thief's try is logged");
    let link = format!("/verify-email?token={WRONG_TOKEN}");
    let _ = send(stack.client().request(Method::GET, &link)).await;
    let wrong_captcha = json!({"login": BROWSER_EMAIL, "password": PASSWORD, "captcha": WRONG_TOKEN});
    assert_eq!(tab.post(tests::routes::SIGN_IN, &wrong_captcha).await.status, 400);
    assert_eq!(tab.sign_in(BROWSER_EMAIL, WRONG_PASSWORD).await.status, 401);
}

/// The front end's user adds a passkey and signs in with it, and once more with the answer of the first time.
async fn show_a_passkey(stack: &Stack, handed_out: &mut HandedOut) {
    let tab = stack.front_end();
    assert_eq!(tab.sign_in(BROWSER_EMAIL, PASSWORD).await.status, 204);
    let registered = passkeys::add(stack, &tab).await;
    let elsewhere = stack.front_end();
    let authenticator = passkeys::challenged(&elsewhere, &registered).await;
    handed_out.tokens.push(URL_SAFE_NO_PAD.encode(&authenticator.challenge));
    for status in [204, 401] {
        assert_eq!(passkeys::answer(&elsewhere, &authenticator).await.status, status);
    }
    handed_out.tokens.extend(tab.cookies().into_iter().chain(elsewhere.cookies()));
}

/// A client that hashes passwords registers somebody, refreshes, asks for a link and leaves.
async fn hash(stack: &Stack, handed_out: &mut HandedOut) {
    let client = stack.hashing_client();
    client.register(USERNAME, PASSWORD, HASHING_EMAIL).await.assert_done();
    client.login(USERNAME, WRONG_PASSWORD).await.assert_line(401, "Invalid username or password.");
    client
        .login(&format!("{HASHING_EMAIL} {PASSWORD}"), PASSWORD)
        .await
        .assert_line(401, "Invalid username or password.");
    let (first, left) = (client.signed_in(USERNAME, PASSWORD).await, client.signed_in(USERNAME, PASSWORD).await);
    let second = client.refresh(&first.refresh).await.assert_pair();
    client.refresh(WRONG_TOKEN).await.assert_unauthorized();
    client.certificate(WRONG_TOKEN).await.assert_line(400, "Token is invalid or has expired.");
    client.forgot_password(HASHING_EMAIL).await.assert_done();
    handed_out.tokens.push(stack.outbox().reset_token_for(HASHING_EMAIL).await);
    client.change_password(&second.access, PASSWORD, NEW_PASSWORD).await.assert_done();
    assert_eq!(client.log_out(&left.access).await.status, 200);
    for pair in [first, second, left] {
        // The app's id before the dot is not a secret.
        handed_out.tokens.extend([pair.refresh.replacen("default.", "", 1), pair.access]);
    }
}

/// All that can go wrong on the way, with a secret or an address in each request.
async fn stumble(app: &App) {
    let impostor = app.claiming(&app.credentials().id, WRONG_SECRET);
    impostor.login(EMAIL, PASSWORD).await.assert_error(401, "Invalid app credentials");
    impostor.delete_account(WRONG_TOKEN).await.assert_error(401, "Invalid app credentials");
    app.register(EMAIL, PASSWORD).await.assert_error(400, "该邮箱已注册");
    app.register(&format!("{UNKNOWN_EMAIL} {PASSWORD}"), PASSWORD).await.assert_error(400, "邮箱格式不正确");
    app.register(UNKNOWN_EMAIL, &PASSWORD.repeat(2)).await.assert_error(400, "密码长度必须为6-16位");
    let wrong_type = json!({"email": UNKNOWN_EMAIL, "password": [PASSWORD]});
    app.post(REGISTER, &wrong_type).await.assert_error(400, "密码长度必须为6-16位");
    let truncated = format!(r#"{{"email": "{EMAIL}", "password": "{PASSWORD}", "token": "{WRONG_TOKEN}""#);
    for path in [REGISTER, LOGIN, FORGOT_PASSWORD, RESET_PASSWORD] {
        app.post_bytes(path, truncated.as_str()).await.assert_error(400, "请求格式错误");
    }
    app.login(UNKNOWN_EMAIL, WRONG_PASSWORD).await.assert_error(401, "邮箱或密码错误");
    app.forgot_password(UNKNOWN_EMAIL).await.assert_message("重置邮件已发送");
    app.reset_password(WRONG_TOKEN, NEW_PASSWORD).await.assert_error(400, "重置链接无效或已过期");
    app.delete_account(WRONG_TOKEN).await.assert_error(401, "Invalid token");
    app.send_code(PHONE).await.assert_error(400, "发送过于频繁,请60秒后再试");
    app.send_code(REJECTED_PHONE).await.assert_error(500, "验证码发送失败,请稍后重试");
    app.phone_login(REJECTED_PHONE, WRONG_TOKEN).await.assert_error(400, "请先获取验证码");
    let basic = app.request(Method::DELETE, ACCOUNT).basic_auth(EMAIL, Some(PASSWORD));
    send(basic).await.assert_error(401, "No token provided");
    for (email, status) in [(THROTTLED_EMAIL, 503), (REJECTED_EMAIL, 200)] {
        app.new_user_with(email, PASSWORD).await;
        assert_eq!(app.forgot_password(email).await.status, status);
    }
}

/// The link is used, and used up; then the account goes.
async fn finish(app: &App, handed_out: &mut HandedOut) {
    app.reset_password(&handed_out.reset_token, NEW_PASSWORD).await.assert_message("密码重置成功");
    app.reset_password(&handed_out.reset_token, NEW_PASSWORD).await.assert_error(400, "重置链接无效或已过期");
    app.delete_account(&handed_out.tokens[0]).await.assert_error(401, "Invalid token");
    let (_, token) = app.login(EMAIL, NEW_PASSWORD).await.assert_signed_in("登录成功", EMAIL);
    app.delete_account(&token).await.assert_message("账号已注销");
    handed_out.tokens.push(token);
}

#[tokio::test]
async fn no_secret_no_address_and_no_phone_is_in_a_log_line() {
    let stack = Stack::start(&Options { logs: true, ..Options::default() });
    let app = stack.demo();
    let given = given(&stack);
    // The demo apps' secrets are printed once, on start, for the developer. From here on they must not be.
    let _ = stack.demo_2().new_user().await;
    let greeting = stack.printed();

    let mut handed_out = fill_the_tables(&stack).await;
    stumble(&app).await;
    finish(&app, &mut handed_out).await;
    let printed = stack.stop();
    let printed = printed.get(greeting..).expect("an output that only grows");

    let log_lines = printed.lines().filter(|line| is_json_object(line)).count();
    assert!(log_lines >= LOG_LINES, "only {log_lines} log lines:\n{printed}");
    let sent = PASSWORDS.into_iter().chain(EMAILS).chain(PHONES);
    let digests = PASSWORDS.map(sha256_hex);
    let sent = sent.chain([USERNAME, WRONG_SECRET, WRONG_TOKEN]).chain(given.iter().map(String::as_str));
    let sent = sent.chain(digests.iter().map(String::as_str));
    for secret in sent.chain(handed_out.texts()) {
        assert!(!printed.contains(secret), "`{secret}` was printed:\n{printed}");
    }
    assert!(!handed_out.code_is_in(printed), "one of {:?} was printed:\n{printed}", handed_out.codes);
}

/// The secrets of the apps and of the clients, which are given once.
fn given(stack: &Stack) -> Vec<String> {
    let (apps, clients) = (&stack.info().apps, &stack.info().clients);
    assert!(apps.len() >= 2 && clients.len() >= 2);
    apps.iter().map(|app| app.secret.clone()).chain(clients.iter().filter_map(|client| client.secret.clone())).collect()
}

/// A line of a function's log, which may follow the name of the function.
fn is_json_object(line: &str) -> bool {
    let start = line.find('{').unwrap_or(line.len());
    serde_json::from_str::<Value>(&line[start..]).is_ok_and(|value| value.is_object())
}

#[tokio::test]
async fn no_secret_is_in_a_table() {
    let stack = Stack::start(&Options::default());
    let given = given(&stack);
    let mut handed_out = fill_the_tables(&stack).await;
    let with_everything = stored(&stack.dynamodb()).await;
    stumble(&stack.demo()).await;
    finish(&stack.demo(), &mut handed_out).await;
    let afterwards = stored(&stack.dynamodb()).await;

    let codes: Vec<_> = handed_out.codes.iter().map(|code| sha256_hex(code)).collect();
    for texts in [&with_everything, &afterwards] {
        let found =
            texts.iter().find(|text| handed_out.code_is_in(text) || codes.iter().any(|code| text.contains(code)));
        assert_eq!(found, None, "the code is stored");
    }
    let digests = PASSWORDS.map(sha256_hex);
    let secrets = PASSWORDS.into_iter().chain([WRONG_SECRET, WRONG_TOKEN]);
    let secrets = secrets.chain(digests.iter().map(String::as_str)).chain(given.iter().map(String::as_str));
    for secret in secrets.chain(handed_out.texts()) {
        for texts in [&with_everything, &afterwards] {
            let found = texts.iter().find(|text| text.contains(secret));
            assert_eq!(found, None, "`{secret}` is stored");
        }
    }
}

#[tokio::test]
async fn no_address_and_no_phone_is_in_a_key_of_a_table() {
    let stack = Stack::start(&Options::default());
    fill_the_tables(&stack).await;
    let keys: Vec<_> =
        stack.dynamodb().items().await.iter().map(|item| format!("{}/{}", item["pk"], item["sk"])).collect();
    assert!(keys.len() > 3, "{keys:?}");
    for key in keys {
        assert!(!key.contains("canary"), "{key}");
        assert!(PHONES.iter().all(|phone| !key.contains(phone)), "{key}");
        assert!(!key.contains("127.0.0.1"), "{key}");
    }
}

/// Every string and every binary value in the tables, the latter decoded.
async fn stored(dynamodb: &DynamoDb) -> Vec<String> {
    let items = dynamodb.items().await;
    assert!(items.len() > 3, "hardly anything is stored: {items:?}");
    let mut texts = Vec::new();
    for item in &items {
        texts.push(item.to_string());
        decode_binaries(item, &mut texts);
    }
    texts
}

fn decode_binaries(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            if let Some(Ok(bytes)) = members.get("B").and_then(Value::as_str).map(|text| STANDARD.decode(text)) {
                texts.push(hex(&bytes));
                texts.push(String::from_utf8_lossy(&bytes).into_owned());
            }
            members.values().for_each(|member| decode_binaries(member, texts));
        }
        Value::Array(elements) => elements.iter().for_each(|element| decode_binaries(element, texts)),
        _ => {}
    }
}
