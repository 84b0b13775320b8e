//! What is said of apps and clients can be corrected, and what cannot work is refused with what to write.

#[path = "support/empty.rs"]
mod empty;

use anyhow::Result;
use empty::World;
use serde_json::{Value, json};

impl World {
    fn ops(&self, arguments: &[&str]) -> Result<Value> {
        Ok(serde_json::from_str(&self.done(arguments)?)?)
    }
}

#[test]
fn an_app_is_corrected_and_what_is_not_named_stays() -> Result<()> {
    let world = World::new()?;
    let create = ["app", "create", "shop", "--origin", "HTTPS://Shop.example:443/", "--sms-country", "CN"];
    world.ops(&[&create[..], &["--reset-page", "https://shop.example/#/reset", "--language", "zh"]].concat())?;
    let before = world.ops(&["app", "list"])?;
    assert_eq!(before["origins"], json!(["https://shop.example"]));

    let more = ["--origin", "https://a.example", "--origin", "http://localhost:5173", "--algorithm", "ES256"];
    let sms = ["--sms-country", "DE", "--sms-sender", "SHOP", "--show-full-phone", "true", "--language", "en"];
    let after = world.ops(&[&["app", "update", "shop"], &more[..], &sms[..]].concat())?;
    assert_eq!(after["origins"], json!(["https://a.example", "http://localhost:5173"]));
    assert_eq!((&after["algorithm"], &after["language"]), (&json!("ES256"), &json!("en")));
    assert_eq!((&after["sms_countries"], &after["sms_sender"]), (&json!(["DE"]), &json!("SHOP")));
    for kept in ["id", "name", "api_key", "reset_page", "secrets"] {
        assert_eq!(after[kept], before[kept], "{kept}");
    }

    let clear = ["--clear", "origins", "--clear", "reset-page", "--clear", "sms-sender"];
    let cleared = world.ops(&[&["app", "update", "shop"], &clear[..]].concat())?;
    assert_eq!((&cleared["origins"], &cleared["reset_page"]), (&json!([]), &Value::Null));
    assert_eq!((&cleared["sms_sender"], &cleared["language"]), (&Value::Null, &json!("en")));
    Ok(())
}

#[test]
fn an_apps_own_claims_are_replaced_together_and_bounded() -> Result<()> {
    let world = World::new()?;
    world.ops(&["app", "create", "shop", "--claim", "plan=gold"])?;
    assert_eq!(world.ops(&["app", "list"])?["claims"], json!({"plan": "gold"}));
    let two = ["app", "update", "shop", "--claim", "plan=silver", "--claim", "https://shop.example/tenant=a=b"];
    assert_eq!(world.ops(&two)?["claims"], json!({"plan": "silver", "https://shop.example/tenant": "a=b"}));
    let kept = world.ops(&["app", "update", "shop", "--name", "The Shop"])?;
    assert_eq!(kept["claims"], json!({"plan": "silver", "https://shop.example/tenant": "a=b"}));
    let reserved = world.refused(&["app", "update", "shop", "--claim", "sub=1"])?;
    assert!(reserved.contains("has a meaning in tokens already"), "{reserved}");
    let claims: Vec<_> = (0..5).map(|number| format!("--claim=n{number}={}", "x".repeat(128))).collect();
    let claims: Vec<_> = claims.iter().map(String::as_str).collect();
    let many = world.refused(&[&["app", "update", "shop"], &claims[..]].concat())?;
    assert!(many.contains("at most 512 bytes"), "{many}");
    assert_eq!(world.ops(&["app", "update", "shop", "--clear", "claims"])?["claims"], json!({}));
    Ok(())
}

#[test]
fn an_app_comes_to_want_two_factors_and_ceases_to() -> Result<()> {
    let world = World::new()?;
    world.ops(&["app", "create", "shop"])?;
    assert_eq!(world.ops(&["app", "list"])?["second_factor"], json!({"policy": "optional"}));
    let update = |more: &[&str]| world.ops(&[&["app", "update", "shop"], more].concat());
    let first = update(&["--second-factor", "required"])?["second_factor"].clone();
    assert_eq!((&first["policy"], &first["grace_days"]), (&json!("required"), &json!(14)));
    assert_eq!(update(&["--name", "Shop"])?["second_factor"], first);
    let shorter = update(&["--second-factor", "required", "--second-factor-grace-days", "7"])?;
    assert_eq!(shorter["second_factor"], json!({"policy": "required", "since": first["since"], "grace_days": 7}));
    for days in ["0", "91"] {
        world.refused(&["app", "update", "shop", "--second-factor", "required", "--second-factor-grace-days", days])?;
    }
    for policy in ["off", "optional"] {
        assert_eq!(update(&["--second-factor", policy])?["second_factor"], json!({"policy": policy}));
    }
    Ok(())
}

#[test]
fn a_client_is_corrected_and_keeps_its_id_and_secret() -> Result<()> {
    let world = World::new()?;
    world.ops(&["app", "create", "shop"])?;
    let create = ["client", "create", "--app", "shop", "--id", "reader", "--name", "Reader"];
    world.ops(
        &[&create[..], &["--redirect-uri", "https://reader.example/cb", "--logo", "https://reader.example/a.png"]]
            .concat(),
    )?;
    let before = world.ops(&["client", "list"])?;

    let update = ["client", "update", "reader", "--name", "Reader 2", "--redirect-uri", "https://reader.example/cb2"];
    let after = world.ops(&[&update[..], &["--origin", "https://reader.example", "--clear", "logo"]].concat())?;
    assert_eq!((&after["name"], &after["logo"]), (&json!("Reader 2"), &Value::Null));
    assert_eq!(after["redirect_uris"], json!(["https://reader.example/cb2"]));
    assert_eq!(after["origins"], json!(["https://reader.example"]));
    for kept in ["id", "app", "public", "secrets", "scope"] {
        assert_eq!(after[kept], before[kept], "{kept}");
    }
    let said = world.refused(&["client", "update", "reader", "--redirect-uri", "http://reader.example/cb"])?;
    assert!(said.contains("a code is not sent in clear"), "{said}");
    assert!(world.refused(&["client", "update", "nobody", "--name", "x"])?.contains("there is no client nobody"));
    Ok(())
}

#[test]
fn a_client_chooses_of_openid_connect_and_chooses_again() -> Result<()> {
    let world = World::new()?;
    world.ops(&["app", "create", "shop"])?;
    let create = ["client", "create", "--app", "shop", "--id", "reader", "--name", "Reader"];
    let uri = ["--redirect-uri", "https://reader.example/cb"];
    world.ops(&[&create[..], &uri[..]].concat())?;
    let before = world.ops(&["client", "list"])?;
    assert_eq!((&before["id_token_algorithm"], &before["first_party"]), (&json!("RS256"), &json!(false)));
    assert_eq!(before["post_logout_redirect_uris"], json!([]));

    let chosen = ["--id-token-algorithm", "EdDSA", "--post-logout-redirect-uri", "https://reader.example/out"];
    let after = world.ops(&[&["client", "update", "reader", "--first-party"], &chosen[..]].concat())?;
    assert_eq!((&after["id_token_algorithm"], &after["first_party"]), (&json!("EdDSA"), &json!(true)));
    assert_eq!(after["post_logout_redirect_uris"], json!(["https://reader.example/out"]));
    let kept = world.ops(&["client", "update", "reader", "--name", "Reader 2"])?;
    assert_eq!((&kept["id_token_algorithm"], &kept["first_party"]), (&json!("EdDSA"), &json!(true)));
    let again = ["--first-party", "false", "--clear", "post-logout-redirect-uris"];
    let cleared = world.ops(&[&["client", "update", "reader"], &again[..]].concat())?;
    assert_eq!((&cleared["first_party"], &cleared["post_logout_redirect_uris"]), (&json!(false), &json!([])));

    for begin in [&["client", "update", "reader"][..], &[&create[..], &uri[..]].concat()] {
        let said = world.refused(&[begin, &["--id-token-algorithm", "HS256"]].concat())?;
        assert!(said.contains("RS256, ES256 or EdDSA"), "{said}");
        let said = world.refused(&[begin, &["--post-logout-redirect-uri", "http://reader.example/out"]].concat())?;
        assert!(said.contains("write https"), "{said}");
    }
    Ok(())
}

/// A token of one would have the audience of the other.
#[test]
fn no_client_has_the_id_of_an_app_and_no_app_that_of_a_client() -> Result<()> {
    let world = World::new()?;
    world.ops(&["app", "create", "shop"])?;
    let create =
        |id| ["client", "create", "--app", "shop", "--name", "x", "--redirect-uri", "https://a.example/cb", "--id", id];
    assert!(world.refused(&create("shop"))?.contains("is the id of an app"));
    world.ops(&create("reader"))?;
    assert!(world.refused(&["app", "create", "reader"])?.contains("is the id of a client"));
    Ok(())
}

#[test]
fn what_cannot_work_is_refused_at_creation_and_later_with_what_to_write() -> Result<()> {
    let world = World::new()?;
    world.ops(&["app", "create", "shop"])?;
    let client = ["client", "create", "--app", "shop", "--name", "x", "--redirect-uri", "https://a.example/cb"];
    for begin in [&["app", "create", "other"][..], &["app", "update", "shop"], &client] {
        let said = world.refused(&[begin, &["--origin", "https://spa.example/app"]].concat())?;
        assert!(said.contains("write https://spa.example"), "{said}");
        assert!(world.refused(&[begin, &["--origin", "*"]].concat())?.contains("* is none"));
    }
    for begin in [["app", "create", "other"], ["app", "update", "shop"]] {
        for page in ["shop.example/reset", "javascript:alert(1)", "https://shop.example/a b"] {
            let said = world.refused(&[&begin[..], &["--reset-page", page]].concat())?;
            assert!(said.contains("write https://shop.example/reset"), "{said}");
        }
        assert!(world.refused(&[&begin[..], &["--name", "a\nb"]].concat())?.contains("a name is one line"));
    }
    let both =
        world.refused(&["app", "update", "shop", "--reset-page", "https://a.example", "--clear", "reset-page"])?;
    assert!(both.contains("given and cleared"), "{both}");
    Ok(())
}
