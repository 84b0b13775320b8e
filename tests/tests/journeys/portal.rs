//! `docs/api/app.md#portal-and-guide`, without a browser.

use tests::routes::{DOCS, LLMS, MANUAL, OPENAPI, PORTAL, spellings};
use tests::{Answer, Method, Stack, send};

async fn get(path: &str, accept_language: Option<&str>) -> Answer {
    let mut request = Stack::shared().client().request(Method::GET, path);
    if let Some(languages) = accept_language {
        request = request.header("accept-language", languages);
    }
    send(request).await
}

#[tokio::test]
async fn the_page_has_every_string_that_is_documented() {
    let page = get(PORTAL, None).await;
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    for text in [
        "<html lang=\"zh\">",
        "<title>Auth API</title>",
        "通用认证服务 - 支持多应用隔离的用户注册登录系统",
        "下载完整文档 (Markdown)",
        "href=\"/docs.md\"",
        "未登录",
        "用户注册",
        "用户登录",
        "忘记密码",
        "重置密码",
        "注销账号",
        "警告:此操作不可逆!",
        "x-app-id",
        "YOUR_APP_ID",
        "JavaScript",
        "Flutter",
        "curl",
        "X-RateLimit-Remaining",
    ] {
        assert!(page.text().contains(text), "{text}");
    }
}

#[tokio::test]
async fn no_secret_and_nothing_inline_is_in_the_page() {
    let page = get(PORTAL, None).await;
    for app in &Stack::shared().info().apps {
        assert!(!page.text().contains(&app.secret) && !page.text().contains(&app.api_key), "{}", app.id);
    }
    assert!(page.text().contains("<code>demo</code>") && !page.text().contains("<code>default</code>"));
    for inline in ["<script>", "<style", " style=", " onclick=", "javascript:", "//cdn"] {
        assert!(!page.text().contains(inline), "{inline}");
    }
    let policy = page.header("content-security-policy").unwrap_or_default();
    assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self'"), "{policy}");
    assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"), "{policy}");
    assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
    // Its address may hold a reset token.
    assert_eq!(page.header("cache-control"), Some("no-store"));
}

#[tokio::test]
async fn page_and_guide_come_in_the_language_that_is_asked_for() {
    for path in [PORTAL, DOCS] {
        for (asked, tag) in [(None, "zh"), (Some("en-US,en;q=0.9"), "en"), (Some("zh-CN"), "zh"), (Some("fr"), "zh")] {
            let answer = get(path, asked).await;
            assert_eq!(answer.header("content-language"), Some(tag), "{path} {asked:?}");
            assert_eq!(answer.header("vary"), Some("accept-language"));
        }
        let chosen = get(&format!("{path}?lang=en"), Some("zh")).await;
        assert_eq!(chosen.header("content-language"), Some("en"));
    }
}

#[tokio::test]
async fn the_guide_is_a_markdown_attachment_in_both_spellings() {
    for path in spellings(DOCS) {
        let guide = get(&path, None).await;
        assert_eq!((guide.status, guide.header("content-type")), (200, Some("text/markdown; charset=utf-8")));
        assert_eq!(guide.header("content-disposition"), Some("attachment; filename=\"auth-api.md\""));
        assert!(guide.text().starts_with("# Auth API"));
        assert!(guide.text().contains("`POST /api/v1/auth/register`"));
        assert!(guide.text().contains(&Stack::shared().info().url), "samples work as they are");
        assert!(!guide.text().contains("{{"));
    }
}

#[tokio::test]
async fn the_documentation_comes_in_both_spellings_and_packed_for_who_takes_that() {
    for path in [MANUAL, OPENAPI, LLMS].into_iter().flat_map(spellings) {
        let plain = get(&path, None).await;
        assert_eq!((plain.status, plain.header("content-encoding")), (200, None), "{path}");
        let request = Stack::shared().client().request(Method::GET, &path).header("accept-encoding", "gzip");
        let packed = send(request).await;
        assert_eq!(packed.header("content-encoding"), Some("gzip"), "{path}");
        assert!(packed.body.starts_with(&[0x1f, 0x8b]) && packed.body.len() < plain.body.len(), "{path}");
        let tag = plain.header("etag").unwrap_or_default();
        let again = Stack::shared().client().request(Method::GET, &path).header("if-none-match", tag);
        assert_eq!(send(again).await.status, 304, "{path}");
    }
}
