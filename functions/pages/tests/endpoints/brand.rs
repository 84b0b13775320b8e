//! What an app's pages wear.

use browser::undo_email;
use pages::sign_up::{ShowSignUp, SignUp};
use pages::{ChangeAccount, ShowAccount, ShowLogo};
use shared::app::brand::{Brand, Logo};
use shared::app::{App, Policy};

use crate::world::{ADA, Browser, Call, PASSWORD, World};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and what follows";

/// The app `default` in a brand.
async fn wear(world: &World, name: &str, brand: Brand) {
    let change = |app: App| {
        let policy = Policy { brand, ..app.policy };
        Ok::<_, shared::store::AppConflict>(App { name: name.to_owned(), policy, ..app })
    };
    let default = "default".parse().expect("an app id");
    world.ctx.store.change_app(&default, change).await.expect("answers").expect("an app");
    // What is known of the app is known for a minute.
    world.clock.advance(shared::clock::Seconds::minutes(2));
}

#[tokio::test]
async fn a_page_has_the_logo_the_colour_and_the_links_of_its_app() {
    let world = World::new().await;
    let logo = Logo::read(PNG.to_vec()).expect("a picture");
    world.ctx.store.put_logo(&"default".parse().expect("an app id"), &logo).await.expect("stored");
    let brand = Brand {
        logo: Some(logo.name()),
        accent: Some("#6b21a8".parse().expect("a colour")),
        terms: Some("https://shop.example/terms".parse().expect("a link")),
        privacy: None,
        support: Some("https://shop.example/help".parse().expect("a link")),
    };
    wear(&world, "Shop <b>", brand).await;
    let page = world.call::<ShowSignUp>(Call::empty()).await;
    assert!(page.body.contains("Shop &#60;b&#62;") && !page.body.contains("Shop <b>"), "{}", page.body);
    assert!(
        page.body.contains("href=\"https://shop.example/terms\"") && page.body.contains(">Help</a>"),
        "{}",
        page.body
    );
    assert!(page.body.contains(":root{--accent:#6b21a8}"), "{}", page.body);
    let policy = page.header("content-security-policy").expect("a policy");
    assert_eq!(
        policy.split("style-src").nth(1).expect("styles").split(';').next().expect("them").matches("sha256-").count(),
        2
    );
    let (_, rest) = page.body.split_once("<img src=\"/account/logo/").expect("a logo");
    let (name, _) = rest.split_once('"').expect("its end");
    let picture = world.call::<ShowLogo>(Call::empty().path("name", name)).await;
    assert_eq!((picture.status, picture.header("content-type")), (200, Some("image/png")));
    assert!(picture.is_base64 && picture.header("cache-control").is_some_and(|value| value.contains("immutable")));
    assert!(picture.header("content-security-policy").is_some_and(|policy| policy.contains("sandbox")));
}

#[tokio::test]
async fn a_picture_that_the_app_does_not_wear_is_not_served() {
    let world = World::new().await;
    let logo = Logo::read(PNG.to_vec()).expect("a picture");
    world.ctx.store.put_logo(&"default".parse().expect("an app id"), &logo).await.expect("stored");
    let name = format!("default.{}", logo.name().as_str());
    for name in [name.as_str(), "default.0123456789abcdef.png", "nobody.0123456789abcdef.png", "default", "..", ""] {
        assert_eq!(world.call::<ShowLogo>(Call::empty().path("name", name)).await.status, 404, "{name}");
    }
}

#[tokio::test]
async fn the_page_that_undoes_a_change_wears_the_brand_of_the_app_that_its_link_is_of() {
    let world = World::new().await;
    let brand = Brand { accent: Some("#6b21a8".parse().expect("a colour")), ..Brand::default() };
    world.make_app_with("shop", Policy { brand, ..Policy::default() }).await;
    let browser = Browser::default();
    let page = world.call::<ShowSignUp>(browser.call().query("app", "shop")).await;
    let signed_up = world.fill::<SignUp>(&browser, &page, &[("email", ADA), ("password", PASSWORD)]).await;
    assert_eq!(signed_up.status, 303, "{}", signed_up.body);
    let page = world.call::<ShowAccount>(browser.call().query("edit", "verify")).await;
    let send = async |filled: &[(&str, &str)]| {
        let answer = world.fill::<ChangeAccount>(&browser, &page, filled).await;
        assert_eq!(answer.status, 303, "{filled:?}: {}", answer.body);
    };
    let new = "countess@example.com";
    send(&[("action", "verify"), ("code", &world.code(ADA))]).await;
    send(&[("action", "email"), ("email", new)]).await;
    send(&[("action", "email"), ("email", new), ("code", &world.code(new))]).await;
    let text = world.mails(ADA).pop().expect("a mail").text.expect("a text");
    let (_, rest) = text.split_once("/account/undo-email?token=").expect("a link");
    let token = rest.split_whitespace().next().expect("a token");
    // In a browser that has no session, and once it is done.
    let shown = world.call::<undo_email::ShowUndo>(Call::empty().query("token", token)).await;
    let form = [("token", token), ("not_me", "yes")];
    let done = world.call::<undo_email::Undo>(Call::empty().form(&form)).await;
    let again = world.call::<undo_email::ShowUndo>(Call::empty().query("token", token)).await;
    for page in [&shown, &done, &again] {
        assert_eq!(page.status, 200, "{}", page.body);
        assert!(
            page.body.contains("<bdi>shop</bdi>") && page.body.contains(":root{--accent:#6b21a8}"),
            "{}",
            page.body
        );
    }
    assert!(
        shown.body.contains(&format!("?token={token}&#38;lang=zh")),
        "the language can be switched: {}",
        shown.body
    );
    let dead = world.call::<undo_email::ShowUndo>(Call::empty().query("token", "none")).await;
    assert!(dead.status == 400 && !dead.body.contains("<bdi>shop</bdi>"), "{}", dead.body);
}
