//! The Browser API, as the web front ends that exist call it.

mod account;
mod accounts;
mod bodies;
mod cors;
mod credentials;
mod lines;
mod link;
pub(crate) mod passkeys;
mod paths;
mod races;
mod sessions;
