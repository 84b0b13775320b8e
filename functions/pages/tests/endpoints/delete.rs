//! The page to delete the account on.

use pages::delete::{Delete, Show};

use crate::world::{ADA, PASSWORD, World, next};

#[tokio::test]
async fn an_account_is_deleted_with_its_password_and_not_without() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let page = world.call::<Show>(browser.call()).await;
    assert!(page.status == 200 && page.body.contains("name=\"password\""), "{}", page.body);
    for wrong in ["", "wrong-one-22"] {
        let answer = world.fill::<Delete>(&browser, &page, &[("password", wrong)]).await;
        assert!(answer.status == 400 && answer.body.contains("The password is wrong"), "{}", answer.body);
    }
    // Twice, as somebody does who clicks twice: the second finds the account gone, and says the same.
    let twin = rig::Browser::default();
    for (name, value) in ["access_token", "refresh_token"].map(|name| (name, browser.cookie(name).expect("a cookie"))) {
        twin.keep(&runtime::Answer::empty(200).with_cookies([format!("{name}={value}; Path=/")]));
    }
    for sender in [&browser, &twin] {
        let answer = world.fill::<Delete>(sender, &page, &[("password", PASSWORD)]).await;
        assert!(answer.status == 200 && answer.body.contains("Your account is deleted"), "{}", answer.body);
        assert_eq!(sender.cookie("access_token"), None);
    }
    assert_eq!(world.sign_in(ADA, PASSWORD).await.1.status, 401);
}

#[tokio::test]
async fn guesses_of_the_password_are_counted() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let page = world.call::<Show>(browser.call()).await;
    let mut last = 0;
    for _ in 0..12 {
        last = world.fill::<Delete>(&browser, &page, &[("password", "wrong-one-22")]).await.status;
    }
    assert_eq!(last, 429);
}

#[tokio::test]
async fn a_form_that_was_shown_to_somebody_else_deletes_nobody() {
    let world = World::new().await;
    let (ada, bob) = (world.sign_up(ADA).await, world.sign_up("bob@example.com").await);
    let page = world.call::<Show>(ada.call()).await;
    let answer = world.fill::<Delete>(&bob, &page, &[("password", PASSWORD)]).await;
    assert_eq!(answer.status, 409);
    assert_eq!(world.sign_in("bob@example.com", PASSWORD).await.1.status, 303);
    assert_eq!(world.sign_in(ADA, PASSWORD).await.1.status, 303);
    let foreign = ada.call().header("origin", "https://evil.example");
    assert_eq!(world.call::<Delete>(foreign).await.status, 403);
}

#[tokio::test]
async fn somebody_who_is_not_signed_in_signs_in_first() {
    let world = World::new().await;
    let away = world.call::<Show>(rig::Call::empty()).await;
    assert_eq!(next(&away), (303, "/account/sign-in?to=page%3D%252Faccount%252Fdelete%26app%3Ddefault"));
}
