//! One-time proofs that reach a person by mail or text message.

pub mod reset;
pub mod sms;
