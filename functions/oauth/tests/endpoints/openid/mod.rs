//! OpenID Connect: `docs/api/oidc.md`.

mod authorize;
mod conformance;
mod discovery;
mod faults;
mod id_token;
mod logout;
mod phishing;
mod roles;
pub(crate) mod suite;
mod userinfo;
