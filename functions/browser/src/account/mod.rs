//! The caller's own account: `docs/api/browser.md#account`. The OAuth API shows it, at the same path: clients may ask there, too.

mod change;
mod change_password;
mod confirm_new_email;
mod confirm_new_phone;
mod delete;
mod export;
mod new_email;
mod new_phone;
mod view;

pub use change::Change;
pub use change_password::ChangePassword;
pub use confirm_new_email::ConfirmNewEmail;
pub use confirm_new_phone::ConfirmNewPhone;
pub use delete::Delete;
pub use export::Export;
pub use new_email::AskNewEmail;
pub use new_phone::AskNewPhone;
pub use view::AccountView;

use runtime::Fields;
use serde_json::{Value, json};
use shared::app::App;
use shared::code::digits::Code;
use shared::secret::Secret;
use shared::user::email::Email;
use shared::user::password::CanonicalPassword;
use shared::user::phone::{Phone, TypedPhone};

use crate::wire::{BrowserError, Field, Problem};

const PATH: &str = "/api/v1/account";
const FUNCTION: &str = "browser-account";

/// The password that confirms the caller. It may be missing within ten minutes after a sign-in.
pub(crate) fn read_password(fields: &Fields) -> Result<Option<CanonicalPassword>, Problem> {
    match fields.text("password") {
        Some(password) if !password.is_empty() => {
            Ok(Some(CanonicalPassword::from_plain(&Secret::new(password.to_owned()))))
        }
        _ if fields.given("password") => Err(Problem::NotText),
        _ => Ok(None),
    }
}

pub(crate) fn password_schema() -> Value {
    json!({"type": "string", "description": "the present password; not needed within 10 minutes after a sign-in"})
}

fn read_email(fields: &Fields) -> Result<Email, Problem> {
    match fields.text("email") {
        None | Some("") => Err(Problem::Missing),
        Some(text) => text.parse().map_err(|_| Problem::NotAnEmail),
    }
}

fn read_phone(fields: &Fields) -> Result<TypedPhone, Problem> {
    match fields.text("phone") {
        None | Some("") => Err(Problem::Missing),
        Some(text) => Phone::read_typed(text).map_err(|_| Problem::NotAPhone),
    }
}

/// The number, if this app texts to it.
fn admit_phone(typed: TypedPhone, app: &App) -> Result<Phone, BrowserError> {
    typed.admitted(&app.policy.sms.countries).ok_or_else(|| BrowserError::invalid(Field::Phone, Problem::NotAPhone))
}

/// A text that cannot be a code was mistyped. It costs no try.
fn read_code(fields: &Fields) -> Result<Code, Problem> {
    match fields.text("verification_code") {
        None | Some("") => Err(Problem::Missing),
        Some(text) => Code::read(text).map_err(|_| Problem::NotACode),
    }
}

fn phone_schema() -> Value {
    let description = "11 digits; E.164 for the other countries that the app texts to";
    json!({"type": "string", "pattern": r"^(1[3-9]\d{9}|\+[1-9]\d{6,14})$", "description": description})
}

fn code_schema() -> Value {
    json!({"type": "string", "pattern": "^[0-9]{6}$"})
}
