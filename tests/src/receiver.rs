use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// Thirty seconds: a message is sent some seconds after what it tells.
const LOOKS: u32 = 300;
const PAUSE: Duration = Duration::from_millis(100);

/// An app's own server that takes every message of a webhook.
pub struct Receiver {
    url: String,
    received: Arc<Mutex<Vec<Received>>>,
}

/// A message as it arrived.
#[derive(Debug, Clone)]
pub struct Received {
    headers: BTreeMap<String, String>,
    body: String,
}

impl Receiver {
    /// Starts it; it answers until the process ends.
    #[must_use]
    pub fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let url = format!("http://{}/hooks", listener.local_addr().expect("an address"));
        let received = Arc::<Mutex<Vec<_>>>::default();
        let arriving = Arc::clone(&received);
        thread::spawn(move || {
            for mut connection in listener.incoming().flatten() {
                let Some(message) = Received::read(&connection) else { continue };
                arriving.lock().expect("no panic").push(message);
                let _ = connection.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n");
            }
        });
        Self { url, received }
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// All that arrived.
    #[must_use]
    pub fn received(&self) -> Vec<Received> {
        self.received.lock().expect("no panic").clone()
    }

    /// The first message of that type, once it is there.
    pub async fn message(&self, kind: &str) -> Received {
        for _ in 0..LOOKS {
            if let Some(message) = self.received().into_iter().find(|message| message.json()["type"] == kind) {
                return message;
            }
            tokio::time::sleep(PAUSE).await;
        }
        panic!("no message of the type {kind} came, but {:?}", self.received());
    }
}

impl Received {
    fn read(connection: &TcpStream) -> Option<Self> {
        let mut reader = BufReader::new(connection);
        let mut headers = BTreeMap::new();
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).ok()? == 0 {
                return None;
            }
            if line.trim().is_empty() {
                break;
            }
            let field = line.trim().split_once(": ");
            headers.extend(field.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())));
        }
        let length = headers.get("content-length")?.parse().ok()?;
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        Some(Self { headers, body: String::from_utf8(body).ok()? })
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        self.header("webhook-id")
    }

    /// What it says.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }

    /// Whether it is signed with that secret, as Standard Webhooks has it.
    #[must_use]
    pub fn is_signed_with(&self, secret: &str) -> bool {
        let key = STANDARD.decode(secret.strip_prefix("whsec_").expect("a secret of a webhook")).expect("base64");
        let signed = format!("{}.{}.{}", self.id(), self.header("webhook-timestamp"), self.body);
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), signed.as_bytes());
        self.header("webhook-signature") == format!("v1,{}", STANDARD.encode(tag))
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(String::as_str).unwrap_or_default()
    }
}
