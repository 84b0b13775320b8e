//! A headless Chromium, driven by the `WebDriver` protocol: enough of it to read a page, fill a form and look at it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// How long an element may take to appear. The driver looks again and again until then.
const PATIENCE_MS: u32 = 20_000;

/// The key under which the protocol hands out elements.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A browser with a fresh profile; it ends when dropped.
pub struct Browser {
    http: reqwest::Client,
    session: String,
    // In this order: the driver ends its browser, which then lets go of the profile.
    _driver: Driver,
    _profile: TempDir,
}

struct Driver {
    process: Child,
    port: u16,
}

/// How long a driver may take to end its browsers.
const FAREWELL: Duration = Duration::from_secs(10);

/// How often a click is tried that something else takes. Each try takes the driver tens of milliseconds.
const CLICKS: u32 = 1000;

/// How often a driver is started that finds its port taken.
const STARTS: u32 = 10;

impl Driver {
    /// Starts a driver and waits until it listens; `None` where there is none to start.
    fn start() -> Option<Self> {
        for _ in 0..STARTS {
            let mut process = driver().spawn().ok()?;
            // It takes a free port of IPv4 and then the same of IPv6, which another test's driver may have: it ends.
            match port(&mut process) {
                Some(port) => return Some(Self { process, port }),
                None => process.wait().expect("a child can be waited for"),
            };
        }
        panic!("chromedriver does not listen")
    }

    /// Asks it to end its browsers and itself. Killed instead, it would leave each browser's ten processes behind.
    fn shut_down(&self) -> std::io::Result<()> {
        let mut connection = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        connection.set_read_timeout(Some(FAREWELL))?;
        write!(connection, "GET /shutdown HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\n\r\n", self.port)?;
        connection.read_to_end(&mut Vec::new()).map(drop)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        if self.shut_down().is_err() {
            let _ = self.process.kill();
        }
        let _ = self.process.wait();
    }
}

impl Browser {
    /// Starts a browser that asks for pages in `language`; `None`, with a word why, where there is none to start.
    pub async fn start(language: &str) -> Option<Self> {
        let Some(driver) = Driver::start() else {
            assert!(!in_ci(), "CI needs a browser: .ci/setup installs one");
            eprintln!(
                "skipped: no chromedriver; on Debian, apt-get install -y chromium chromium-driver fonts-noto-cjk"
            );
            return None;
        };
        let url = format!("http://127.0.0.1:{}", driver.port);
        let profile = tempfile::tempdir().expect("a temporary directory");
        let http = reqwest::Client::builder().no_proxy().build().expect("an HTTP client");
        let capabilities = json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "goog:loggingPrefs": {"browser": "ALL"},
            "goog:chromeOptions": {
                "args": arguments(&profile),
                "prefs": {"intl.accept_languages": language},
            },
            "timeouts": {"implicit": PATIENCE_MS},
        }}});
        let request = http.post(format!("{url}/session")).json(&capabilities);
        let created: Value = request.send().await.expect("an answer").json().await.expect("JSON");
        let id = created["value"]["sessionId"].as_str().unwrap_or_else(|| panic!("no session: {created}"));
        Some(Self { session: format!("{url}/session/{id}"), http, _driver: driver, _profile: profile })
    }

    async fn command(&self, method: Method, path: &str, body: Value) -> Value {
        let mut answer = self.ask(&method, path, &body).await;
        assert!(answer["value"]["error"].is_null(), "{method} {path} {body}: {}", answer["value"]);
        answer["value"].take()
    }

    async fn ask(&self, method: &Method, path: &str, body: &Value) -> Value {
        let request = self.http.request(method.clone(), format!("{}{path}", self.session));
        let request = if *method == Method::POST { request.json(body) } else { request };
        request.send().await.expect("an answer").json().await.expect("JSON")
    }

    /// Opens a page and waits until it is loaded.
    pub async fn open(&self, url: &str) {
        self.command(Method::POST, "/url", json!({ "url": url })).await;
    }

    /// What the address bar says.
    pub async fn address(&self) -> String {
        self.command(Method::GET, "/url", Value::Null).await.as_str().unwrap_or_default().to_owned()
    }

    /// The page's title.
    pub async fn title(&self) -> String {
        self.command(Method::GET, "/title", Value::Null).await.as_str().unwrap_or_default().to_owned()
    }

    /// The names and values of the page's cookies, also of those that no script reads, in the order of their names.
    pub async fn cookies(&self) -> Vec<String> {
        let cookies = self.command(Method::GET, "/cookie", Value::Null).await;
        let cookies = cookies.as_array().expect("cookies").iter();
        let mut cookies: Vec<_> = cookies.map(|cookie| format!("{}={}", cookie["name"], cookie["value"])).collect();
        cookies.sort_unstable();
        cookies
    }

    /// Forgets a cookie, as the browser does when its time is over.
    pub async fn delete_cookie(&self, name: &str) {
        self.command(Method::DELETE, &format!("/cookie/{name}"), Value::Null).await;
    }

    /// Opens an empty tab beside the others and goes on there.
    pub async fn new_tab(&self) {
        let tab = self.command(Method::POST, "/window/new", json!({"type": "tab"})).await;
        self.command(Method::POST, "/window", json!({ "handle": tab["handle"] })).await;
    }

    /// Runs a script's body in the page; a promise is waited for.
    pub async fn run(&self, script: &str) -> Value {
        self.command(Method::POST, "/execute/sync", json!({"script": script, "args": []})).await
    }

    /// The element of a CSS selector, once it is there.
    async fn find(&self, using: &str, value: &str) -> String {
        let found = self.ask(&Method::POST, "/element", &json!({"using": using, "value": value})).await;
        let Some(element) = found["value"][ELEMENT].as_str() else {
            let source = self.command(Method::GET, "/source", Value::Null).await;
            panic!("{value} is not at {}: {}: {source}", self.address().await, found["value"]["message"])
        };
        element.to_owned()
    }

    /// The text that people see in the element of a CSS selector.
    pub async fn text(&self, selector: &str) -> String {
        let element = self.find("css selector", selector).await;
        let text = self.command(Method::GET, &format!("/element/{element}/text"), Value::Null).await;
        text.as_str().unwrap_or_default().to_owned()
    }

    /// Waits until the element of this id says `text` somewhere.
    pub async fn sees(&self, id: &str, text: &str) {
        self.find("xpath", &format!("//*[@id='{id}' and contains(., '{text}')]")).await;
    }

    /// What an input holds.
    pub async fn value(&self, selector: &str) -> String {
        let element = self.find("css selector", selector).await;
        let value = self.command(Method::GET, &format!("/element/{element}/property/value"), Value::Null).await;
        value.as_str().unwrap_or_default().to_owned()
    }

    /// Empties an input and types into it.
    pub async fn fill(&self, selector: &str, text: &str) {
        let element = self.find("css selector", selector).await;
        self.command(Method::POST, &format!("/element/{element}/clear"), json!({})).await;
        self.command(Method::POST, &format!("/element/{element}/value"), json!({ "text": text })).await;
    }

    /// Clicks on an element, once it takes a click: some buttons take none just after the page was shown.
    pub async fn click(&self, selector: &str) {
        let element = self.find("css selector", selector).await;
        let path = format!("/element/{element}/click");
        for _ in 0..CLICKS {
            let answer = self.ask(&Method::POST, &path, &json!({})).await;
            if answer["value"]["error"] != "element click intercepted" {
                assert!(answer["value"]["error"].is_null(), "{selector}: {}", answer["value"]);
                return;
            }
        }
        panic!("{selector} takes no click")
    }

    /// Types keys to whatever has the focus.
    pub async fn type_keys(&self, keys: &str) {
        let strokes: Vec<_> = keys
            .chars()
            .flat_map(|key| ["keyDown", "keyUp"].map(|what| json!({"type": what, "value": key.to_string()})))
            .collect();
        let body = json!({"actions": [{"type": "key", "id": "keyboard", "actions": strokes}]});
        self.command(Method::POST, "/actions", body).await;
    }

    /// What the page said on its console, and the browser about it, since the last time.
    pub async fn console(&self) -> Vec<String> {
        let entries = self.command(Method::POST, "/se/log", json!({"type": "browser"})).await;
        let entries = entries.as_array().expect("a log").iter();
        entries.map(|entry| format!("{} {}", entry["source"], entry["message"])).collect()
    }

    /// Makes the page so many CSS pixels wide, as a phone is: no window can be that narrow.
    pub async fn resize(&self, width: u32, height: u32) {
        let metrics = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
    }

    /// Keeps a picture of the whole page as `target/screenshots/<name>.png`.
    pub async fn screenshot(&self, name: &str) {
        let shot = self.devtools("Page.captureScreenshot", json!({"captureBeyondViewport": true})).await;
        let bytes = STANDARD.decode(shot["data"].as_str().expect("a picture")).expect("base64");
        let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../target/screenshots"));
        let file = folder.join(format!("{name}.png"));
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        std::fs::write(file, bytes).expect("a file");
    }

    /// Gives the browser an authenticator that keeps passkeys and knows its user (WebAuthn level 3 §11.2).
    pub async fn add_authenticator(&self) {
        let options = json!({
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": true,
            "hasUserVerification": true,
            "isUserConsenting": true,
            "isUserVerified": true,
        });
        self.command(Method::POST, "/webauthn/authenticator", options).await;
    }

    /// Sends a command of Chromium's own protocol.
    pub async fn devtools(&self, command: &str, parameters: Value) -> Value {
        self.command(Method::POST, "/goog/cdp/execute", json!({"cmd": command, "params": parameters})).await
    }
}

fn driver() -> Command {
    let mut command = Command::new("chromedriver");
    command.arg("--port=0").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

/// The port that the driver chose, which it prints when it listens.
fn port(driver: &mut Child) -> Option<u16> {
    let output = BufReader::new(driver.stdout.take().expect("a pipe"));
    let lines = output.lines().map_while(Result::ok);
    let mut ports = lines.filter_map(|line| line.split_once("on port ")?.1.trim_end_matches('.').parse().ok());
    ports.find(|port| *port != 0)
}

fn arguments(profile: &TempDir) -> Vec<String> {
    let profile = format!("--user-data-dir={}", profile.path().display());
    let fixed = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        "--disable-quic",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--window-size=1280,900",
    ];
    fixed.into_iter().map(str::to_owned).chain([profile]).collect()
}

#[expect(clippy::disallowed_methods, reason = "a test's own question, not the product's configuration")]
fn in_ci() -> bool {
    std::env::var_os("CI").is_some()
}
