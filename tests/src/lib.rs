//! The harness of the black-box tests: it starts the whole service as `cargo dev up` does, and speaks HTTP to it.
//!
//! Nothing here links the product. What a test knows of it is the wire contract and the file that
//! `cargo dev up --info` writes.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a harness that cannot do its work fails the test, loudly and on the spot"
)]

mod answer;
pub mod browser;
mod client;
mod clock;
mod dynamodb;
mod hex;
mod info;
pub mod jwt;
pub mod openapi;
mod outbox;
mod output;
mod parallel;
pub mod routes;
mod stack;
mod unique;

pub use answer::{Answer, Fingerprint};
pub use client::{App, Client, User, send};
pub use clock::unix_now;
pub use dynamodb::DynamoDb;
pub use hex::{hex, sha256_hex};
pub use info::{AppCredentials, ClientCredentials, Info, Tables};
pub use outbox::{Mail, Outbox, Text};
pub use parallel::at_once;
pub use reqwest::Method;
pub use stack::{Options, Stack};
pub use unique::{unique, unique_email, unique_phone};
