//! The phone forms.

use runtime::{Answer, Fields, Output};
use serde::Serialize;
use serde_json::{Value, json};
use shared::app::App;
use shared::id::UserId;
use shared::secret::Secret;
use shared::user::phone::{Phone, TypedPhone};

use super::{AppError, object_schema, token_schema, user_id_schema};

/// Reads the phone of a body.
///
/// # Errors
/// [`AppError::InvalidPhone`], also for a member that is missing or no string.
pub(crate) fn read_phone(fields: &Fields) -> Result<TypedPhone, AppError> {
    fields.text("phone").and_then(|text| Phone::read(text).ok()).ok_or(AppError::InvalidPhone)
}

/// The number, if this app texts to it.
///
/// # Errors
/// [`AppError::InvalidPhone`]
pub(crate) fn admit_phone(typed: &TypedPhone, app: &App) -> Result<Phone, AppError> {
    typed.clone().admitted(&app.policy.sms.countries).ok_or(AppError::InvalidPhone)
}

pub(crate) fn phone_schema() -> Value {
    let description = "11 digits; E.164 for the other countries that the app texts to";
    json!({"type": "string", "pattern": r"^(1[3-9]\d{9}|\+[1-9]\d{6,14})$", "description": description})
}

pub(crate) fn code_schema() -> Value {
    json!({"type": "string", "pattern": r"^\d{6}$"})
}

/// `{"message": …, "user": {"id": …, "phone": …}, "token": …, "isNewUser": …}`
#[derive(Debug)]
pub struct PhoneWelcome {
    /// The user.
    pub user: UserId,
    /// The number, as the app shows it.
    pub phone: String,
    /// The session's token.
    pub token: Secret<String>,
    /// Whether the code made the user.
    pub is_new: bool,
}

impl Output for PhoneWelcome {
    fn answer(self) -> Answer {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Body<'a> {
            message: &'a str,
            user: User<'a>,
            token: &'a str,
            is_new_user: bool,
        }
        #[derive(Serialize)]
        struct User<'a> {
            id: u64,
            phone: &'a str,
        }
        let message = if self.is_new { "注册成功" } else { "登录成功" };
        let user = User { id: self.user.number(), phone: &self.phone };
        Answer::json(200, &Body { message, user, token: self.token.expose(), is_new_user: self.is_new })
    }

    fn schema() -> Value {
        let user = object_schema(&[("id", user_id_schema()), ("phone", json!({"type": "string"}))]);
        object_schema(&[
            ("message", json!({"type": "string"})),
            ("user", user),
            ("token", token_schema()),
            ("isNewUser", json!({"type": "boolean"})),
        ])
    }
}
