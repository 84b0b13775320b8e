//! The product: what Latchet knows about apps, users, passwords, tokens, sessions and limits.
//!
//! Nothing here knows HTTP or Lambda. Rules live on the domain types ([`app`], [`user`], [`session`], [`code`],
//! [`passkey`], [`token`], [`webhook`], [`limit`], [`budget`]); [`store`] holds the guarantees that need DynamoDB; [`notify`] speaks to people,
//! [`captcha`] asks others about them.
//! Time and randomness come in as [`clock::Clock`] and [`random::Entropy`].

pub mod app;
pub mod audit;
pub mod aws;
pub mod budget;
pub mod cache;
pub mod captcha;
pub mod clock;
pub mod code;
pub mod config;
pub mod edge;
pub mod factor;
pub mod foreign;
pub mod hex;
pub mod id;
pub mod language;
pub mod limit;
pub mod network;
pub mod notify;
pub mod oauth;
pub mod origin;
pub mod outbound;
pub mod passkey;
pub mod random;
pub mod refill;
pub mod scope;
pub mod secret;
pub mod service;
pub mod session;
pub mod store;
pub mod token;
mod typed;
pub mod user;
pub mod user_pool;
pub mod webhook;
pub mod when;
