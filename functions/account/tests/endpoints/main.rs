//! The endpoints in process, through the same `respond` that Lambda runs: one fresh deployment per test.

#![recursion_limit = "256"]
#![expect(clippy::expect_used, reason = "a test that cannot go on says why and stops")]

mod apps;
mod bodies;
mod calls;
mod change_password;
mod faults;
mod login;
mod logout;
mod moved_in;
mod recovery;
mod refresh;
mod register;
mod rights;
mod second_factor;
mod shut_out;
mod world;
