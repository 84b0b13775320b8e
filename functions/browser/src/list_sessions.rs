//! `GET /api/v1/sessions`: list the caller's sessions.

use runtime::{Admitted, Answer, Ctx, Endpoint, Gate, Moment, NoInput, Output, Route};
use serde_json::{Value, json};
use shared::id::SessionId;
use shared::session::Session;
use shared::token::InvalidToken;
use web::SignedIn;

use crate::wire::{BrowserApi, BrowserError, object_schema};

/// `GET /api/v1/sessions`: the caller's live sessions, of every API, the one used last first.
#[derive(Clone, Copy, Debug)]
pub struct ListSessions;

/// A list: `docs/api/browser.md#sessions`.
#[derive(Debug)]
pub struct Sessions {
    sessions: Vec<Session>,
    current: SessionId,
}

impl Endpoint for ListSessions {
    const ROUTE: Route = Route::get("browser-list-sessions", "/api/v1/sessions").of("browser-sessions");
    const SUMMARY: &'static str = "List where the caller is signed in: when, from where, with which device.";
    const ERRORS: &'static [BrowserError] = &[BrowserError::NoToken, BrowserError::InvalidToken(InvalidToken::Unknown)];
    type Dialect = BrowserApi;
    type Ctx = Ctx;
    type Caller = SignedIn;
    type Input = NoInput;
    type Output = Sessions;

    async fn call(
        at: &Moment,
        caller: SignedIn,
        _: NoInput,
        gate: Gate<'_>,
    ) -> Result<Admitted<Sessions>, BrowserError> {
        let sessions = at.store.sessions(&caller.app.id, &caller.user, at.now).await?;
        Ok(gate.pass().await?.give(Sessions { sessions, current: caller.session }))
    }
}

impl Output for Sessions {
    fn answer(self) -> Answer {
        let show = |session: &Session| {
            json!({
                "id": session.id.to_string(),
                "current": session.id == self.current,
                "api": session.transport.name(),
                "created": session.created.rfc3339(),
                "last_used": session.used.rfc3339(),
                "expires": session.end().rfc3339(),
                "ip": session.device.address(),
                "device": session.device.name(),
                "user_agent": session.device.agent(),
            })
        };
        Answer::json(200, &self.sessions.iter().map(show).collect::<Value>())
    }

    fn schema() -> Value {
        let (text, moment) = (|| json!({"type": "string"}), || json!({"type": "string", "format": "date-time"}));
        let session = object_schema(&[
            ("id", json!({"type": "string", "pattern": "^[0-9a-f]{32}$"})),
            ("current", json!({"type": "boolean"})),
            ("api", text()),
            ("created", moment()),
            ("last_used", moment()),
            ("expires", moment()),
            ("ip", text()),
            ("device", json!({"type": ["string", "null"]})),
            ("user_agent", text()),
        ]);
        json!({"type": "array", "items": session})
    }
}
