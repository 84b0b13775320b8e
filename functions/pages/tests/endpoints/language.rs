//! The language of the pages, and the way to the other one.

use pages::sign_up::ShowSignUp;
use runtime::Answer;

use crate::world::{Browser, Call, World};

#[tokio::test]
async fn somebody_chooses_the_other_language_and_it_stays() {
    let world = World::new().await;
    let browser = Browser::default();
    let page = world.call::<ShowSignUp>(browser.call().query("to", "page=%2Faccount")).await;
    assert!(page.body.contains("<html lang=\"en\">") && !keeps_a_language(&page), "{}", page.body);
    let link = "href=\"?to=page%3D%252Faccount&#38;lang=zh\" lang=\"zh\"";
    assert!(page.body.contains(link), "{}", page.body);
    let page = world.call::<ShowSignUp>(browser.call().query("lang", "zh")).await;
    browser.keep(&page);
    assert!(page.body.contains("<html lang=\"zh\">"), "{}", page.body);
    assert_eq!(page.header("content-language"), Some("zh"));
    let again = world.call::<ShowSignUp>(browser.call().header("accept-language", "en")).await;
    assert!(again.body.contains("<html lang=\"zh\">") && again.body.contains("lang=en"), "{}", again.body);
    let wrong = world.call::<ShowSignUp>(Call::empty().query("lang", "xx")).await;
    assert!(wrong.body.contains("<html lang=\"en\">") && !keeps_a_language(&wrong));
}

fn keeps_a_language(page: &Answer) -> bool {
    page.cookies.iter().any(|line| line.contains("lang="))
}

#[tokio::test]
async fn what_a_client_asks_for_is_weaker_than_what_somebody_chose() {
    let world = World::new().await;
    let to = "client_id=x&ui_locales=zh";
    let asked = world.call::<ShowSignUp>(Call::empty().query("to", to)).await;
    assert!(asked.body.contains("<html lang=\"zh\">"), "{}", asked.body);
    let chosen = world.call::<ShowSignUp>(Call::empty().query("to", to).cookie("lang", "en")).await;
    assert!(chosen.body.contains("<html lang=\"en\">"), "{}", chosen.body);
}
