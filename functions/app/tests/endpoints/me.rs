//! What a token is worth: `docs/api/app.md#ask-about-a-token`.

use app::{DeleteAccount, Me, ResetPassword};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use shared::app::Policy;
use shared::app::sms::SmsPolicy;
use shared::clock::Seconds;
use shared::token::Algorithm;

use crate::world::{World, body, refusal};

const ADA: &str = "ada@example.com";

fn invalid_token() -> (u16, String) {
    (401, "Invalid token".to_owned())
}

#[tokio::test]
async fn a_token_says_whose_it_is_and_until_when() {
    let world = World::new().await;
    let app = world.app("demo").await;
    let token = world.register(&app, ADA, "secret123").await;
    let id = body(&world.login(&app, ADA, "secret123").await)["user"]["id"].clone();
    let end = world.clock.now().plus(Seconds::days(7)).rfc3339();
    let answer = world.call::<Me>(app.get(&token)).await;
    assert_eq!(body(&answer), json!({"user": {"id": id, "email": ADA}, "expiresAt": end}));
    world.clock.advance(Seconds::days(1));
    assert_eq!(body(&world.call::<Me>(app.get(&token)).await)["expiresAt"], json!(end), "as it was issued");
}

#[tokio::test]
async fn somebody_with_a_phone_alone_is_named_by_it_as_the_app_shows_it() {
    let world = World::new().await;
    let shows_all = Policy { sms: SmsPolicy { show_full_phone: true, ..SmsPolicy::default() }, ..Policy::default() };
    for (id, policy, shown) in [("demo", Policy::default(), "138****5678"), ("demo-2", shows_all, "13812345678")] {
        let app = world.app_with(id, policy).await;
        let token = world.enter(&app, "13812345678").await["token"].as_str().expect("a token").to_owned();
        let user = &body(&world.call::<Me>(app.get(&token)).await)["user"];
        assert_eq!((&user["phone"], user.get("email")), (&json!(shown), None), "{id}");
    }
}

/// The order of P-256's group (SEC 2 §2.4.2).
const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa,
    0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

/// The token with the other signature that fits: s is taken from the order.
fn twin(token: &str) -> String {
    let (message, signature) = token.rsplit_once('.').expect("three parts");
    let mut signature = URL_SAFE_NO_PAD.decode(signature).expect("a signature");
    let mut borrowed = 0;
    for (digit, of_order) in signature[32..].iter_mut().zip(ORDER).rev() {
        let difference = i16::from(of_order) - i16::from(*digit) - borrowed;
        borrowed = i16::from(difference < 0);
        *digit = u8::try_from(difference.rem_euclid(256)).expect("a byte");
    }
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// `docs/decisions/0150-both-forms-of-an-es256-signature-are-accepted.md`
#[tokio::test]
async fn both_forms_of_an_es256_signature_end_with_their_session() {
    let world = World::new().await;
    let app = world.app_with("demo", Policy { algorithm: Algorithm::Es256, ..Policy::default() }).await;
    let token = world.register(&app, ADA, "secret123").await;
    let twin = twin(&token);
    assert_ne!(token, twin);
    let [one, other] = [&token, &twin].map(|token| world.call::<Me>(app.get(token)));
    assert_eq!(body(&one.await), body(&other.await));
    let reset = world.reset_token(&app, ADA).await;
    let reset = app.body(json!({"token": reset, "newPassword": "secret456"}));
    assert_eq!(world.call::<ResetPassword>(reset).await.status, 200);
    for token in [token, twin] {
        assert_eq!(refusal(&world.call::<Me>(app.get(&token)).await), invalid_token());
    }
}

#[tokio::test]
async fn a_token_that_is_expired_ended_deleted_or_of_another_app_is_refused() {
    let world = World::new().await;
    let (ours, theirs) = (world.app("demo").await, world.app("demo-2").await);
    let token = world.register(&ours, ADA, "secret123").await;
    assert_eq!(refusal(&world.call::<Me>(theirs.get(&token)).await), invalid_token());
    let reset = world.reset_token(&ours, ADA).await;
    let reset = ours.body(json!({"token": reset, "newPassword": "secret456"}));
    assert_eq!(world.call::<ResetPassword>(reset).await.status, 200);
    assert_eq!(refusal(&world.call::<Me>(ours.get(&token)).await), invalid_token(), "the session was ended");

    let token = body(&world.login(&ours, ADA, "secret456").await)["token"].as_str().expect("a token").to_owned();
    world.clock.advance(Seconds(7 * 86_400 - 1));
    assert_eq!(world.call::<Me>(ours.get(&token)).await.status, 200);
    world.clock.advance(Seconds(1));
    assert_eq!(refusal(&world.call::<Me>(ours.get(&token)).await), invalid_token(), "it expired");

    let token = body(&world.login(&ours, ADA, "secret456").await)["token"].as_str().expect("a token").to_owned();
    assert_eq!(world.call::<DeleteAccount>(ours.delete(&token)).await.status, 200);
    assert_eq!(refusal(&world.call::<Me>(ours.get(&token)).await), invalid_token(), "the user is gone");
}
