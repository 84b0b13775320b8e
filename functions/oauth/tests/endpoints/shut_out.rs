//! A user whom the operator shut out.

use oauth::SignIn;
use oauth::me::Me;

use crate::world::{ADA, Call, PASSWORD, World, text, unmarked};

#[tokio::test]
async fn who_is_shut_out_cannot_sign_in_on_the_page_and_no_clients_token_of_theirs_is_good() {
    let world = World::new().await;
    let (browser, client) = (world.sign_up(ADA).await, world.client().await);
    let tokens = world.tokens(&browser, &client, &[]).await;
    world.shut_out("default", ADA).await;
    let sign_in = |password: &str| Call::empty().form(&[("login", ADA), ("password", password)]);
    let (right, wrong) =
        (world.call::<SignIn>(sign_in(PASSWORD)).await, world.call::<SignIn>(sign_in("wrong-one")).await);
    assert_eq!((right.status, unmarked(&right.body)), (wrong.status, unmarked(&wrong.body)));
    assert!(right.cookies.iter().all(|cookie| cookie.starts_with("form_browser=")), "{:?}", right.cookies);
    let answer = world.call::<Me<false>>(Call::empty().bearer(text(&tokens, "access_token"))).await;
    assert_eq!(answer.status, 401);
    assert_eq!(world.refresh(&client, &tokens).await.status, 400);
    assert_eq!(world.introspect(&client, text(&tokens, "access_token")).await, serde_json::json!({"active": false}));
}
