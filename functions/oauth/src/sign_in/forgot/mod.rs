//! Forgot the password: the page that asks for the address, and the mail with the link.

mod ask;
mod mail;
mod page;

pub use ask::Ask;
pub use mail::{AddressForm, Mail};
pub use page::ForgotPage;

pub(crate) const PATH: &str = "/account/forgot-password";
const FUNCTION: &str = "oauth-forgot-password";
