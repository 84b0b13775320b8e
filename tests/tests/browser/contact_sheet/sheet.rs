//! A browser that looks at page after page: pictures for people, and what a machine can find.

use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::{Value, json};
use tests::browser::Browser;

const WIDTHS: [u32; 3] = [360, 768, 1280];
const BUDGET: u64 = 14 * 1024;
/// How often the address is looked at. Each look takes the driver some milliseconds.
const LOOKS: u32 = 2000;

/// The browser, and what it has seen.
pub(super) struct Sheet {
    pub(super) browser: Browser,
    pub(super) url: &'static str,
    tag: &'static str,
    /// The source of axe-core.
    axe: String,
    pub(super) seen: Vec<String>,
    found: Vec<String>,
}

impl Sheet {
    /// Starts a browser; `None` where there is none to start.
    pub(super) async fn start(language: &str, tag: &'static str, url: &'static str) -> Option<Self> {
        let browser = Browser::start(language).await?;
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../.dev/pages/node_modules/axe-core/axe.min.js");
        let axe = std::fs::read_to_string(path).expect("cargo dev test --pages installs axe-core");
        Some(Self { browser, url, tag, axe, seen: Vec::new(), found: Vec::new() })
    }

    pub(super) async fn open(&self, path: &str) {
        self.browser.open(&format!("{}{path}", self.url)).await;
    }

    /// Clicks on what changes the page itself.
    pub(super) async fn click(&self, selector: &str) {
        self.browser.click(selector).await;
    }

    /// Fills fields in, by their ids, clicks, and waits for what the next page has.
    pub(super) async fn send(&self, fields: &[(&str, &str)], button: &str, shows: &str) {
        for (id, text) in fields {
            self.browser.fill(&format!("#{id}"), text).await;
        }
        self.browser.click(button).await;
        self.browser.text(shows).await;
    }

    /// Waits until the browser is where a client would be.
    pub(super) async fn goes_to(&self, place: &str) {
        for _ in 0..LOOKS {
            if self.browser.address().await.starts_with(place) {
                return;
            }
            tokio::task::yield_now().await;
        }
        panic!("the browser was not sent to {place}: {}", self.browser.address().await)
    }

    /// Opens a page, waits for what it has, and looks at it.
    pub(super) async fn look_at(&mut self, name: &str, path: &str, shows: &str) {
        self.open(path).await;
        self.browser.text(shows).await;
        self.look(name).await;
    }

    /// Looks at the page as it is, in every width and theme. A page is to be mended by its picture, so what is found is told at the end.
    pub(super) async fn look(&mut self, name: &str) {
        let facts = self.browser.run(FACTS).await;
        self.expect(facts["requests"] == 0, name, "a page is one request");
        self.expect(facts["bytes"].as_u64().is_some_and(|bytes| bytes <= BUDGET), name, &format!("too large: {facts}"));
        self.expect(facts["unlabelled"] == 0, name, "a field without a label");
        self.expect(facts["shift"] == 0, name, &format!("something moves while the page loads: {facts}"));
        self.expect(facts["focused"] == true, name, &format!("the first error has not the focus: {facts}"));
        self.take(name, AXE).await;
    }

    /// Looks at a page that is not the service's own: a mail, or the page of all parts.
    pub(super) async fn look_elsewhere(&mut self, name: &str, address: &str) {
        self.browser.open(address).await;
        self.take(name, AXE_OF_MAILS).await;
    }

    /// Looks at a mail as it is read.
    pub(super) async fn look_at_mail(&mut self, name: &str, html: &str) {
        let file = folder().join(format!("{name}-{}.html", self.tag));
        std::fs::create_dir_all(folder()).expect("a folder");
        std::fs::write(&file, html).expect("a file");
        let file = file.canonicalize().expect("a path");
        self.look_elsewhere(name, &format!("file://{}", file.display())).await;
    }

    async fn take(&mut self, name: &str, axe: &str) {
        for theme in ["light", "dark"] {
            let media = json!({"features": [{"name": "prefers-color-scheme", "value": theme}]});
            self.browser.devtools("Emulation.setEmulatedMedia", media).await;
            for width in WIDTHS {
                self.browser.resize(width, 800).await;
                let over = self.browser.run(OVER).await;
                self.expect(over == 0, name, &format!("wider than a window of {width} by {over}"));
                let picture = format!("{name}-{}-{width}-{theme}", self.tag);
                self.browser.screenshot(&format!("pages/{picture}")).await;
                self.seen.push(picture);
            }
            let violations = self.browser.run(&format!("{}\n{axe}", self.axe)).await;
            self.expect(violations == json!([]), name, &format!("axe, {theme}: {violations:#}"));
        }
        for width in WIDTHS {
            self.browser.resize(width, 800).await;
            let over = self.browser.run(TWICE).await;
            self.expect(over == 0, name, &format!("with text of twice the size wider than {width} by {over}"));
        }
        self.browser.resize(768, 800).await;
    }

    fn expect(&mut self, holds: bool, name: &str, otherwise: &str) {
        if !holds {
            let found = format!("{name} ({}): {otherwise}", self.tag);
            eprintln!("{found}");
            self.found.push(found);
        }
    }

    /// What was found.
    pub(super) fn found(&mut self) -> Vec<String> {
        std::mem::take(&mut self.found)
    }
}

/// What can be counted of a page. A layout shift that follows an input is none, and a challenge for a passkey is asked for when it is used.
const FACTS: &str = "const page = performance.getEntriesByType('navigation')[0];\
    let shift = 0;\
    const watch = new PerformanceObserver((list) => {\
        for (const entry of list.getEntries()) if (!entry.hadRecentInput) shift += entry.value\
    });\
    watch.observe({type: 'layout-shift', buffered: true});\
    const asked = performance.getEntriesByType('resource').filter((one) => !one.name.endsWith('/passkey-options'));\
    return new Promise((done) => requestAnimationFrame(() => setTimeout(() => done({shift,\
        requests: asked.length, bytes: page.encodedBodySize,\
        focused: !document.querySelector('[aria-invalid=true]') || document.activeElement.matches('[aria-invalid=true]'),\
        unlabelled: [...document.querySelectorAll('input:not([type=hidden])')].filter((i) => !i.labels.length).length\
    }))))";

/// By how much the page is wider than the window.
const OVER: &str = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";

/// The same with text of twice the size.
const TWICE: &str = "document.documentElement.style.fontSize = '200%';\
    const over = document.documentElement.scrollWidth - document.documentElement.clientWidth;\
    document.documentElement.style.fontSize = ''; return over";

/// What axe finds, a line for each element.
const AXE: &str = "return axe.run(document, {resultTypes: ['violations']}).then((found) => found.violations.flatMap((rule) =>\
    rule.nodes.map((node) => `${rule.id}: ${node.html} ${node.failureSummary}`)))";

/// The same without what belongs to pages alone: landmarks and a heading of the first order.
const AXE_OF_MAILS: &str = "return axe.run(document, {resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa']})\
    .then((found) => found.violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.html}`)))";

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../target/screenshots/pages"))
}

/// Writes the page with all pictures, and says where it is.
pub(super) fn write_index(seen: &[String]) -> PathBuf {
    let mut index = "<!doctype html><meta charset=\"utf-8\"><title>Pages</title>".to_owned();
    for picture in seen {
        write!(
            index,
            "<figure><img src=\"{picture}.png\" loading=\"lazy\" alt=\"\"><figcaption>{picture}</figcaption></figure>"
        )
        .expect("a string grows");
    }
    let file = folder().join("index.html");
    std::fs::write(&file, index).expect("a file");
    file
}

/// The secret that an authenticator app is shown, without the spaces that people read it by.
pub(super) fn bare(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_whitespace()).collect()
}

/// The part of an address after the host.
pub(super) fn path_of<'a>(url: &str, address: &'a str) -> &'a str {
    address.strip_prefix(url).unwrap_or_else(|| panic!("{address} is not at {url}"))
}

/// A text of a JSON answer.
pub(super) fn text(answer: &Value, name: &str) -> String {
    answer[name].as_str().unwrap_or_else(|| panic!("no {name}: {answer}")).to_owned()
}
