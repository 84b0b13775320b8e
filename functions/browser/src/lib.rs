//! The Browser API: sessions in cookies, for first-party web front ends.
//!
//! One operation per file; [`wire`] is the dialect. Who calls, and what browsers keep, is in `web`.

pub mod account;
mod caller;
pub mod email_link;
mod end_session;
mod end_sessions;
pub mod factor;
mod list_sessions;
mod logout;
pub mod passkeys;
mod refresh;
mod sign_in;
mod sign_up;
pub mod undo_email;
mod verify_email;
pub mod wire;

pub use caller::{LogoutCaller, RefreshCaller};
pub use end_session::EndSession;
pub use end_sessions::EndSessions;
pub use list_sessions::ListSessions;
pub use logout::Logout;
pub use refresh::Refresh;
pub use sign_in::SignIn;
pub use sign_up::SignUp;
pub use verify_email::VerifyEmail;

// In the order of the reference.
runtime::endpoints! {
    SignUp,
    SignIn,
    VerifyEmail,
    email_link::ShowEmailLink,
    email_link::Follow,
    Refresh,
    Logout,
    ListSessions,
    EndSession,
    EndSessions,
    passkeys::RegistrationOptions,
    passkeys::Register,
    passkeys::AuthenticationOptions,
    passkeys::Authenticate,
    passkeys::List,
    passkeys::Rename,
    passkeys::Remove,
    factor::Look,
    factor::Begin,
    factor::Confirm,
    factor::Remove,
    factor::Renew,
    account::Change,
    account::Delete,
    account::Export,
    account::ChangePassword,
    account::AskNewEmail,
    account::ConfirmNewEmail,
    account::AskNewPhone,
    account::ConfirmNewPhone,
    undo_email::ShowUndo,
    undo_email::Undo,
}
