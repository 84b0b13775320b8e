//! One-time proofs that reach a person by mail or text message.

pub mod digits;
pub mod email;
pub mod mailed;
pub mod new_email;
pub mod reset;
pub mod sms;
pub mod undo;
