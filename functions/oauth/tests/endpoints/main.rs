//! The endpoints in process, through the same `respond` that Lambda runs: one fresh deployment per test.

#![recursion_limit = "256"]
#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot go on says why and stops")]

mod authorize;
mod calls;
mod clients;
mod connected;
mod faults;
mod grants;
mod introspection;
mod mementos;
mod metadata;
mod phone;
mod picker;
mod rights;
mod sign_in;
mod sms_faults;
mod token;
mod world;
