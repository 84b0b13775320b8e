//! The language of the pages, and the way to the other one.

use pages::sign_up::{ShowSignUp, SignUp};
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

#[tokio::test]
async fn a_page_that_refuses_speaks_the_chosen_language() {
    let world = World::configured(&[("DEFAULT_LANGUAGE", "en"), ("RATE_LIMIT_DEFAULT", "2")]).await;
    let chinese = || Call::empty().header("accept-language", "zh-CN");
    let foreign = || chinese().header("origin", "https://evil.example").from("192.0.2.7");
    for (what, call) in [("now", foreign().query("lang", "en")), ("before", foreign().cookie("lang", "en"))] {
        let refused = world.call::<SignUp>(call).await;
        assert_eq!((refused.status, refused.header("content-language")), (403, Some("en")), "{what}");
        assert!(refused.body.contains("<html lang=\"en\">"), "{what}: {}", refused.body);
    }
    for status in [200, 200, 429, 429] {
        let page = world.call::<ShowSignUp>(chinese().query("lang", "en")).await;
        assert!(page.status == status && page.body.contains("<html lang=\"en\">"), "{}", page.body);
    }
    let unchosen = world.call::<ShowSignUp>(chinese()).await;
    assert!(unchosen.status == 429 && unchosen.body.contains("<html lang=\"zh\">"), "{}", unchosen.body);
}
