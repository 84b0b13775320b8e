//! OAuth 2.0: third-party clients that act for a user who agreed, and who chose which mementos they may use.
//!
//! A [`client::Client`] asks; a [`grant::Grant`] is what a user lets it have; a [`code::Code`] carries the decision to the client,
//! which exchanges it for a session of its own. Every token of a client is alive only as long as the grant that it was
//! given under: taking back the grant, one item, is taking back them all.

pub mod access_token;
pub mod claims;
pub mod client;
pub mod code;
pub mod device;
pub mod document;
pub mod grant;
pub mod id_token;
pub mod memento;
pub mod openid;
pub mod redirect;
pub mod registration;
pub mod session;

pub use crate::scope;
