use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::thread;

const PAGE: &str = "<!doctype html><title>Another site</title><body></body>";

/// A site of somebody else's, with a page on which any script may run. `localhost` and `127.0.0.1` are two sites.
pub struct ForeignSite(String);

impl ForeignSite {
    /// Starts it; it answers until the process ends.
    #[must_use]
    pub fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        thread::spawn(move || {
            for mut connection in listener.incoming().flatten() {
                // Whatever is asked for is this page, so what is asked need not be read to its end.
                let _ = connection.read(&mut [0; 4096]);
                let head = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nconnection: close\r\n";
                let _ = write!(connection, "{head}content-length: {}\r\n\r\n{PAGE}", PAGE.len());
            }
        });
        Self(format!("http://localhost:{port}/"))
    }

    /// Its page.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.0
    }
}
