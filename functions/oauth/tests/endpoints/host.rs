//! A server of one document, as clients have them elsewhere.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::world::Known;

pub(crate) struct Host {
    /// Where the document is.
    pub(crate) url: String,
    asked: Arc<AtomicUsize>,
    answer: Arc<Mutex<String>>,
}

impl Host {
    /// Serves what `document` makes of the document's own address, with these headers.
    pub(crate) fn serve(headers: &str, document: impl FnOnce(&str) -> Value) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}/client.json", listener.local_addr().expect("an address"));
        let answer = Arc::new(Mutex::new(ok(headers, &document(&url))));
        let asked = Arc::new(AtomicUsize::new(0));
        let host = Self { url, asked: asked.clone(), answer: answer.clone() };
        std::thread::spawn(move || {
            for connection in listener.incoming() {
                let mut connection = connection.expect("a connection");
                asked.fetch_add(1, Ordering::SeqCst);
                let _ = connection.read(&mut [0; 2048]);
                let answer = answer.lock().expect("the answer").clone();
                let _ = connection.write_all(answer.as_bytes());
            }
        });
        host
    }

    /// What it answers from now on.
    pub(crate) fn answers(&self, answer: String) {
        *self.answer.lock().expect("the answer") = answer;
    }

    /// How often it was asked.
    pub(crate) fn times(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// The client whose id is the document's address.
    pub(crate) fn known(&self) -> Known {
        Known { id: self.url.clone(), secret: None, redirect_uri: "http://localhost/callback".to_owned() }
    }
}

/// An answer with that document.
pub(crate) fn ok(headers: &str, document: &Value) -> String {
    http("200 OK", &format!("Content-Type: application/json\r\n{headers}"), &document.to_string())
}

/// An answer.
pub(crate) fn http(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}Connection: close\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}
