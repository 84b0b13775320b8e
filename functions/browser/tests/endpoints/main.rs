//! The endpoints in process, through the same `respond` that Lambda runs: one fresh deployment per test.

#![recursion_limit = "256"]
#![expect(clippy::expect_used, reason = "a test that cannot go on says why and stops")]

mod account;
mod calls;
mod captcha;
mod export;
mod faults;
mod killed;
mod moved_in;
mod new_address;
mod origins;
mod passkeys;
mod refresh;
mod rights;
mod second_factor;
mod sessions;
mod shut_out;
mod sign_in;
mod sign_up;
mod undo_email;
mod user_pool;
mod verification;
mod world;
