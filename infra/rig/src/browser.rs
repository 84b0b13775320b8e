//! What a browser keeps between requests.

use std::collections::BTreeMap;
use std::sync::Mutex;

use runtime::Answer;

use crate::Call;

/// A browser with its cookies.
#[derive(Debug, Default)]
pub struct Browser(Mutex<BTreeMap<String, String>>);

impl Browser {
    /// Keeps what the answer sets, and forgets what it clears.
    pub fn keep(&self, answer: &Answer) {
        let mut jar = self.0.lock().expect("no panic");
        for line in &answer.cookies {
            let (name, value) = line.split(';').next().and_then(|pair| pair.split_once('=')).expect("a cookie");
            if line.ends_with("Max-Age=0") {
                jar.remove(name);
            } else {
                jar.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    /// The value of a cookie.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.0.lock().expect("no panic").get(name).cloned()
    }

    /// A request with all cookies and nothing else.
    #[must_use]
    pub fn call(&self) -> Call {
        let jar = self.0.lock().expect("no panic");
        jar.iter().fold(Call::empty(), |call, (name, value)| call.cookie(name, value))
    }
}
