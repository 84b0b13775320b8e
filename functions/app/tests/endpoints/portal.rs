use std::collections::BTreeSet;

use app::portal::{MANUAL, Portal, PortalContext};
use local::faults::{Fault, On, Times};
use runtime::{Answer, Event, Function as _};
use serde_json::{Value, json};
use shared::app::Policy;
use shared::clock::Seconds;

use crate::world::World;

async fn get(portal: &PortalContext, route: &str, more: Value) -> Answer {
    let mut event = json!({
        "routeKey": format!("GET {route}"),
        "requestContext": {"requestId": "test", "http": {"method": "GET", "sourceIp": "192.0.2.1"}},
    });
    event.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    Portal::respond(portal, serde_json::from_value::<Event>(event).expect("an event")).await
}

pub(crate) async fn page(portal: &PortalContext) -> Answer {
    get(portal, "/", json!({})).await
}

/// A text that is part of the binary, for somebody who takes no gzip.
async fn text(portal: &PortalContext, route: &str) -> String {
    let answer = get(portal, route, json!({})).await;
    assert_eq!((answer.status, answer.header("content-encoding"), answer.is_base64), (200, None, false), "{route}");
    answer.body
}

async fn manual(portal: &PortalContext, page: &str, language: &str) -> Answer {
    let query = format!("lang={language}");
    get(portal, "/docs/{page}", json!({"pathParameters": {"page": page}, "rawQueryString": query})).await
}

pub(crate) async fn guide(portal: &PortalContext) -> Answer {
    get(portal, "/docs.md", json!({})).await
}

fn listed() -> Policy {
    Policy { listed: true, ..Policy::default() }
}

#[tokio::test]
async fn the_page_shows_the_apps_that_chose_it_and_no_secret() {
    let world = World::new().await;
    let shown = world.app_with("shown", listed()).await;
    world.app("shy").await;
    let html = page(&world.portal()).await.body;
    assert!(html.contains("<code>shown</code>") && !html.contains("shy"), "{html}");
    assert!(!html.contains(&shown.secret));
}

#[tokio::test]
async fn the_page_has_the_headers_of_every_page() {
    let answer = page(&World::new().await.portal()).await;
    for (name, value) in [
        ("x-frame-options", "DENY"),
        ("cross-origin-opener-policy", "same-origin"),
        ("referrer-policy", "no-referrer"),
        ("strict-transport-security", "max-age=31536000"),
        ("cache-control", "no-store"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{name}");
    }
    assert!(answer.header("permissions-policy").is_some_and(|policy| policy.contains("camera=()")));
    assert!(answer.header("content-security-policy").is_some_and(|policy| policy.contains("frame-ancestors 'none'")));
}

#[tokio::test]
async fn an_apps_name_is_text_and_never_markup() {
    let world = World::new().await;
    world.app_with("hostile", listed()).await;
    let rename =
        |app| Ok::<_, shared::store::AppConflict>(shared::app::App { name: "<script>x</script>".into(), ..app });
    world.ctx.store.change_app(&"hostile".parse().expect("an app id"), rename).await.expect("renames");
    let html = page(&world.portal()).await.body;
    assert!(!html.contains("<script>x") && html.contains("script&#62;"), "{html}");
}

#[tokio::test]
async fn a_page_costs_one_query_a_minute_and_counts_nobody() {
    let world = World::new().await;
    let portal = world.portal();
    world.dynamodb.reset_calls();
    for after in [0, 59, 1] {
        world.clock.advance(Seconds(after));
        let answer = page(&portal).await;
        assert_eq!((answer.status, answer.header("x-ratelimit-limit")), (200, None));
    }
    let calls: Vec<_> = world.dynamodb.calls().into_iter().filter(|(_, count)| *count > 0).collect();
    assert_eq!(calls, [("Query".to_owned(), 2)]);
}

#[tokio::test]
async fn the_page_comes_without_its_list_while_the_store_is_down() {
    let world = World::new().await;
    world.dynamodb.inject(Fault::InternalError, On::any(), Times::Forever);
    let answer = page(&world.portal()).await;
    assert_eq!(answer.status, 200);
    assert!(answer.body.contains("应用列表暂时无法读取"), "{}", answer.body);
}

#[tokio::test]
async fn each_asset_on_the_page_is_there_for_good_and_no_other_name_is() {
    let world = World::new().await;
    let portal = world.portal();
    let html = page(&portal).await.body;
    let names: Vec<_> = html.split("\"/assets/").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(names.len(), 4);
    for name in names {
        let asset = get(&portal, "/assets/{name}", json!({"pathParameters": {"name": name}})).await;
        assert_eq!((asset.status, asset.header("cache-control")), (200, Some("public, max-age=31536000, immutable")));
    }
    let gone = get(&portal, "/assets/{name}", json!({"pathParameters": {"name": "portal-0.js"}})).await;
    assert_eq!((gone.status, gone.header("cache-control")), (404, Some("no-store")));
}

/// Every error that the code declares stands in both guides; every error that a field waits for is one that the guide
/// explains, so that none waits for words that nobody says.
#[tokio::test]
async fn fields_wait_for_errors_that_the_guide_explains() {
    let world = World::new().await;
    let portal = world.portal();
    for language in ["zh", "en"] {
        let query = json!({"rawQueryString": format!("lang={language}")});
        let guide = get(&portal, "/docs.md", query.clone()).await.body;
        for operation in app::operations() {
            for refusal in operation.refusals.iter().filter(|_| !operation.security.is_empty()) {
                let body: Value = serde_json::from_str(&refusal.body).expect("JSON");
                let error = body["error"].as_str().expect("an error");
                assert!(guide.contains(&format!("| `{error}` |")), "{language}: {error}");
            }
        }
        let html = get(&portal, "/", query).await.body;
        let awaited = html.split("data-errors=\"").skip(1).filter_map(|rest| rest.split('"').next());
        // A box to tick waits for no error of the API.
        let awaited: BTreeSet<_> =
            awaited.flat_map(|errors| errors.split('|')).filter(|error| !error.is_empty()).collect();
        let words: Value = serde_json::from_str(include_str!("../../guide/words.en.json")).expect("JSON");
        for error in awaited {
            assert!(words["errors"][error].is_string(), "{error}");
        }
    }
}

#[tokio::test]
async fn every_page_of_the_documentation_has_its_look_its_navigation_and_the_headers_of_the_portal() {
    let world = World::new().await;
    let portal = world.portal();
    for (page, language) in MANUAL.iter().flat_map(|page| [(page, "zh"), (page, "en")]) {
        let answer = manual(&portal, page.name, language).await;
        assert_eq!((answer.status, answer.header("content-language")), (200, Some(language)), "{}", page.name);
        assert!(answer.body.contains(&format!("<html lang=\"{language}\">")), "{}", page.name);
        let policy = answer.header("content-security-policy").unwrap_or_default();
        assert!(policy.starts_with("default-src 'none'; script-src 'self'") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(answer.header("x-frame-options"), Some("DENY"));
        for other in MANUAL {
            assert!(
                answer.body.contains(&format!("href=\"/docs/{}?lang={language}\"", other.name)),
                "{} has no {}",
                page.name,
                other.name
            );
        }
        let names: Vec<_> = answer.body.split("\"/assets/").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert_eq!(names.len(), 3, "{}", page.name);
        for name in names {
            let asset = get(&portal, "/assets/{name}", json!({"pathParameters": {"name": name}})).await;
            assert_eq!(asset.status, 200, "{} names {name}: run cargo dev gen", page.name);
        }
    }
    assert_eq!(manual(&portal, "nothing", "en").await.status, 404);
}

#[tokio::test]
async fn a_page_that_nobody_translated_says_so_in_chinese_and_the_others_are_chinese() {
    let world = World::new().await;
    let portal = world.portal();
    for page in MANUAL {
        let html = manual(&portal, page.name, "zh").await.body;
        let (says_so, is_english) = (html.contains("本页只有英文版。"), html.contains("<article lang=\"en\">"));
        assert_eq!((says_so, is_english), (page.chinese.is_none(), page.chinese.is_none()), "{}", page.name);
        let html = manual(&portal, page.name, "en").await.body;
        assert!(!html.contains("本页只有英文版。") && html.contains("<article lang=\"en\">"), "{}", page.name);
    }
}

#[tokio::test]
async fn a_page_of_the_documentation_comes_in_the_language_that_the_reader_chose_or_else_prefers() {
    let world = World::new().await;
    let portal = world.portal();
    for (accepts, query, expected) in [
        ("en-GB,en;q=0.9", "", "en"),
        ("zh-CN", "", "zh"),
        ("zh-CN", "lang=en", "en"),
        ("en", "lang=zh", "zh"),
        ("en", "lang=fr", "en"),
    ] {
        let event = json!({
            "pathParameters": {"page": "errors"}, "rawQueryString": query, "headers": {"accept-language": accepts},
        });
        let answer = get(&portal, "/docs/{page}", event).await;
        assert_eq!(answer.header("content-language"), Some(expected), "{accepts} {query}");
        // A cache between them keeps one for each.
        assert_eq!(answer.header("vary"), Some("accept-encoding, accept-language"));
    }
}

#[tokio::test]
async fn every_operation_for_programs_can_be_tried_on_the_page_of_its_api() {
    let world = World::new().await;
    let portal = world.portal();
    for page in ["app", "browser", "account", "oauth"] {
        let html = manual(&portal, page, "en").await.body;
        assert!(html.contains("id=\"try-it\"") && html.contains("<form class=\"card operation"), "{page}");
    }
    let html = manual(&portal, "app", "zh").await.body;
    assert!(html.contains(">发送</span>") && html.contains("用邮箱和密码注册"), "{html}");
    for operation in app::operations().iter().filter(|operation| operation.response.1 == "application/json") {
        let form = format!("data-method=\"{}\" data-path=\"{}\"", operation.route.method, operation.route.path);
        assert!(html.contains(&form), "{form}");
    }
}

#[tokio::test]
async fn no_page_of_the_documentation_has_anything_inline_or_from_elsewhere() {
    let world = World::new().await;
    let portal = world.portal();
    for (page, language) in MANUAL.iter().flat_map(|page| [(page, "zh"), (page, "en")]) {
        let html = manual(&portal, page.name, language).await.body;
        for foreign in ["<script>", "<style", " style=", " onclick=", "src=\"http", "javascript:"] {
            assert!(!html.contains(foreign), "{}: {foreign}", page.name);
        }
    }
}

#[tokio::test]
async fn the_openapi_document_and_the_index_lead_to_this_deployment() {
    let world = World::new().await;
    let portal = world.portal();
    let document: Value = serde_json::from_str(&text(&portal, "/openapi.json").await).expect("JSON");
    assert_eq!(document["servers"][0]["url"], "/");
    for operation in app::operations() {
        let method = operation.route.method.to_ascii_lowercase();
        assert!(document["paths"][operation.route.path][method].is_object(), "{}", operation.route.path);
    }
    let index = text(&portal, "/llms.txt").await;
    assert!(index.starts_with("# Latchet\n") && index.contains("](/openapi.json)"), "{index}");
    for page in MANUAL {
        assert!(index.contains(&format!("](/docs/{}?lang=en)", page.name)), "{index}");
    }
}

#[tokio::test]
async fn who_takes_gzip_is_sent_it_and_who_has_the_text_is_not_sent_it_again() {
    let world = World::new().await;
    let portal = world.portal();
    world.dynamodb.reset_calls();
    let plain = get(&portal, "/openapi.json", json!({})).await;
    let packed = get(&portal, "/openapi.json", json!({"headers": {"accept-encoding": "br, gzip"}})).await;
    assert_eq!((packed.header("content-encoding"), packed.is_base64), (Some("gzip"), true));
    assert!(packed.body.len() * 8 < plain.body.len(), "{} and {}", packed.body.len(), plain.body.len());
    let tag = plain.header("etag").expect("a tag").to_owned();
    assert_eq!((packed.header("etag"), packed.header("vary")), (Some(tag.as_str()), Some("accept-encoding")));
    for known in [tag.clone(), format!("\"x\", {tag}"), tag.trim_start_matches("W/").to_owned()] {
        let again = get(&portal, "/openapi.json", json!({"headers": {"if-none-match": known}})).await;
        assert_eq!((again.status, again.body.as_str(), again.header("etag")), (304, "", Some(tag.as_str())));
    }
    let calls: usize = world.dynamodb.calls().into_values().sum();
    assert_eq!(calls, 0, "a document of the binary asks no store");
}
