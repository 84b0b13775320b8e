//! The protocol: a client asks for access at [`authorize`], exchanges what it is given at [`token`], and asks or gives back
//! what a token is worth. A client that signs its users in asks who they are at [`userinfo`] and signs them out at [`logout`].
//! [`wire`] is RFC 6749's errors; the pages of [`authorize`] refuse in the words of `pages`.

pub mod authorize;
mod client;
mod details;
pub mod device;
mod document;
mod hidden;
mod introspect;
pub mod logout;
mod metadata;
mod params;
pub(crate) mod protected_resource;
pub mod register;
mod revoke;
mod targets;
pub mod token;
pub mod userinfo;
pub mod wire;

pub use client::KnownClient;
pub use introspect::Introspect;
pub use metadata::{AppMetadata, IssuerConfiguration, Jwks, Metadata};
pub use protected_resource::ProtectedResource;
pub use revoke::Revoke;
pub use token::Token;

/// Where authorization, tokens and the rest of the protocol are.
pub(crate) const BASE: &str = "/api/v1/auth/oauth2";
