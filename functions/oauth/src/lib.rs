//! The OAuth 2.0 API: third-party apps act for a user who agreed, and who chose which mementos they may use.
//!
//! [`wire`] is what machines are told, RFC 6749's errors; [`pages`] is what people see; [`resource`] is what belongs to a
//! user. Who is signed in is for the Browser API to say, whose cookies and callers these use: docs/decisions/0060.

pub mod authorize;
mod client;
pub mod connected;
mod details;
pub mod forgot;
pub mod grants;
mod introspect;
pub mod me;
pub mod mementos;
mod metadata;
pub mod pages;
mod params;
mod picker;
pub mod reset;
pub mod resource;
mod revoke;
mod sign_in;
pub mod token;
pub mod wire;

pub use client::KnownClient;
pub use introspect::Introspect;
pub use metadata::{AppMetadata, Jwks, Metadata};
pub use picker::{Picked, Picker, Told};
pub use revoke::Revoke;
pub use sign_in::{PhonePage, SendCode, SignIn, SignInPage, Traveller};
pub use token::Token;

/// Where authorization, tokens and the rest of the protocol are.
pub(crate) const BASE: &str = "/api/v1/auth/oauth2";

// In the order of the reference.
runtime::endpoints! {
    authorize::Ask,
    authorize::Decide,
    SignIn,
    SendCode,
    Token,
    Introspect,
    Revoke,
    Metadata,
    AppMetadata,
    Jwks,
    me::Me::<false>,
    me::Me::<true>,
    me::Account,
    mementos::List,
    mementos::Create,
    mementos::Show,
    mementos::Delete,
    mementos::Edit,
    grants::List,
    grants::Choose,
    grants::Disconnect,
    connected::Look,
    connected::Act,
    forgot::Ask,
    forgot::Mail,
    reset::Show,
    reset::Set,
}
