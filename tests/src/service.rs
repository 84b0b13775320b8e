//! A deployment from outside, knowing no more than a client does: the one that `cargo dev smoke` names, or the local stack.

use crate::{App, AppCredentials, Client, Stack};

/// A running service, wherever it is.
pub struct Service {
    client: Client,
    app: Option<App>,
}

impl Service {
    /// The deployment of `SMOKE_URL`, with the app of `SMOKE_APP_ID` and `SMOKE_APP_SECRET` if they name one; the local stack
    /// otherwise.
    #[must_use]
    pub fn under_test() -> Self {
        let Some(url) = variable("SMOKE_URL") else {
            return Self { client: Stack::shared().client(), app: Some(Stack::shared().demo()) };
        };
        let client = Client::of(url.trim_end_matches('/'));
        let credentials = variable("SMOKE_APP_ID").zip(variable("SMOKE_APP_SECRET"));
        let app = credentials
            .map(|(id, secret)| App::new(client.clone(), &AppCredentials { id, secret, api_key: String::new() }));
        Self { client, app }
    }

    /// A client that knows no app.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Whether there is an app to try things with.
    #[must_use]
    pub fn has_app(&self) -> bool {
        self.app.is_some()
    }

    /// The app to try things with.
    #[must_use]
    pub fn app(&self) -> &App {
        self.app.as_ref().expect("SMOKE_APP_ID and SMOKE_APP_SECRET")
    }
}

/// Whether another service than the local stack is tested.
pub(crate) fn is_elsewhere() -> bool {
    variable("SMOKE_URL").is_some()
}

#[expect(clippy::disallowed_methods, reason = "a test is told from outside what to test")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
