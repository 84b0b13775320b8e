//! The page that a reset link opens, for apps that have none of their own.
//!
//! Mail scanners follow links; they press no buttons. So `GET` changes nothing and `POST` spends the link. The link says
//! of which app it is, and no cookie is asked for: the mail may be read on another device.

mod page;
mod set;
mod show;

pub use page::{ResetPage, Visitor};
pub use set::{NewPasswordForm, Set};
pub use show::{Show, Shown};

pub(crate) const PATH: &str = "/account/reset-password";
const FUNCTION: &str = "oauth-reset-password";
const METHODS: &str = "GET, POST";
