//! The page to download one's own data from.

use pages::download::{Download, ShowDownload};
use shared::clock::Seconds;

use crate::world::{ADA, PASSWORD, World, next};

#[tokio::test]
async fn a_button_gives_the_file_to_whom_it_is_about() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let page = world.call::<ShowDownload>(browser.call()).await;
    assert!(page.status == 200 && page.body.contains("<button>Download"), "{}", page.body);
    let file = world.fill::<Download>(&browser, &page, &[]).await;
    assert_eq!(file.status, 200, "{}", file.body);
    assert_eq!(file.header("content-disposition"), Some("attachment; filename=\"my-data.json\""));
    assert_eq!(file.header("content-type"), Some("application/json; charset=utf-8"));
    assert_eq!(file.header("cache-control"), Some("no-store"));
    assert!(file.body.contains(ADA) && !file.body.contains(PASSWORD), "{}", file.body);
}

#[tokio::test]
async fn after_ten_minutes_the_page_asks_for_another_sign_in_and_gives_no_file() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let page = world.call::<ShowDownload>(browser.call()).await;
    world.clock.advance(Seconds(599));
    assert_eq!(world.fill::<Download>(&browser, &page, &[]).await.status, 200);
    world.clock.advance(Seconds(1));
    assert_eq!(next(&world.fill::<Download>(&browser, &page, &[]).await), (303, "/account/download"));
    let page = world.call::<ShowDownload>(browser.call()).await;
    assert!(!page.body.contains("<button>Download"), "{}", page.body);
    assert!(page.body.contains("/account/sign-in?to=page%3D%252Faccount%252Fdownload"), "{}", page.body);
}

#[tokio::test]
async fn a_form_that_was_shown_to_somebody_else_and_one_of_another_site_give_nothing() {
    let world = World::new().await;
    let (ada, bob) = (world.sign_up(ADA).await, world.sign_up("bob@example.com").await);
    let page = world.call::<ShowDownload>(ada.call()).await;
    assert_eq!(next(&world.fill::<Download>(&bob, &page, &[]).await), (303, "/account/download"));
    let foreign = ada.call().header("origin", "https://evil.example");
    assert_eq!(world.call::<Download>(foreign).await.status, 403);
}

#[tokio::test]
async fn somebody_who_is_not_signed_in_signs_in_first() {
    let world = World::new().await;
    let away = world.call::<ShowDownload>(rig::Call::empty()).await;
    assert_eq!(next(&away), (303, "/account/sign-in?to=page%3D%252Faccount%252Fdownload%26app%3Ddefault"));
    let away = world.call::<Download>(rig::Call::empty()).await;
    assert_eq!(next(&away), (303, "/account/sign-in?to=page%3D%252Faccount%252Fdownload%26app%3Ddefault"));
}
