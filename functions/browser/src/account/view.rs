//! The account as its owner sees it, as an answer.

use runtime::{Answer, Output};
use serde_json::Value;
use shared::user::User;

/// A user as they see themselves: `docs/api/browser.md#account`.
#[derive(Debug)]
pub struct AccountView(pub User);

impl Output for AccountView {
    fn answer(self) -> Answer {
        Answer::json(200, &web::account(&self.0))
    }

    fn schema() -> Value {
        web::account_schema()
    }
}
