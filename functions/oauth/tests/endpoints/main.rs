//! The endpoints in process, through the same `respond` that Lambda runs: one fresh deployment per test.

#![recursion_limit = "256"]
#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot go on says why and stops")]

mod authorize;
mod bodies;
mod calls;
mod client_documents;
mod clients;
mod connected;
mod cors;
mod faults;
mod faults_exchange;
mod forgot;
mod grants;
mod host;
mod introspection;
mod jwks_uri;
mod key_rotation;
mod keys;
mod killed;
mod machines;
mod mail_code;
mod mail_code_faults;
mod many_mementos;
mod mementos;
mod metadata;
mod openid;
mod other_app;
mod passkey;
mod phone;
mod picker;
mod presence;
mod reset;
mod reset_faults;
mod rfc6749;
mod rfc6749_refresh;
mod rfc6749_token;
mod rfc7009;
mod rfc7523;
mod rfc7591;
mod rfc7636;
mod rfc7662;
mod rfc8628;
mod rfc9207;
mod rfc9396;
mod rfc9700;
mod rights;
mod rotations;
mod second_factor;
mod shut_out;
mod sign_in;
mod sms_faults;
mod targets;
mod token;
mod world;
