//! The pages in process, through the same `respond` that Lambda runs: one fresh deployment per test.

#![recursion_limit = "256"]
#![expect(clippy::expect_used, reason = "a test that cannot go on says why and stops")]

mod account;
mod authenticator;
mod brand;
mod change;
mod cookies;
mod delete;
mod download;
mod language;
mod no_password;
mod passkeys;
mod rights;
mod security;
mod sign_up;
mod world;
