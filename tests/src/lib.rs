//! The harness of the black-box tests: it starts the whole service as `cargo dev up` does, and speaks HTTP to it.
//!
//! Nothing here links the product. What a test knows of it is `docs/api` and the file that
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
mod cookies;
mod dynamodb;
mod foreign;
mod front_end;
mod hashing_client;
mod hex;
mod info;
pub mod jwt;
pub mod openapi;
mod operator;
mod outbox;
mod output;
mod parallel;
mod receiver;
pub mod routes;
mod service;
pub mod smoke;
mod stack;
mod tunnel;
mod unique;

pub use answer::{Answer, Fingerprint};
pub use client::{App, Client, User, send};
pub use clock::unix_now;
pub use cookies::CLEARED;
pub use dynamodb::DynamoDb;
pub use foreign::ForeignSite;
pub use front_end::{CAPTCHA, FrontEnd, PASSWORD};
pub use hashing_client::{HashingClient, Pair};
pub use hex::{hex, sha256_hex};
pub use info::{AppCredentials, ClientCredentials, Info, Tables};
pub use operator::Operator;
pub use outbox::{Mail, Outbox, Text};
pub use parallel::at_once;
pub use receiver::{Received, Receiver};
pub use reqwest::Method;
pub use service::Service;
pub use stack::{Options, Stack};
pub use unique::{unique, unique_email, unique_phone, unique_username};
