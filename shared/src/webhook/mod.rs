//! Webhooks: the events that an app's own server receives, and their signature.
//!
//! The form is that of Standard Webhooks (<https://www.standardwebhooks.com>). What is told follows from the audit trail, after
//! the request is answered (docs/decisions/0269-webhooks-follow-the-trail.md).

pub mod delivery;
pub mod endpoint;
pub mod event;
pub mod pace;
pub mod secret;
