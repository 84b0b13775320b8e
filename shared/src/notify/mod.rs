//! Speaking to people.

pub mod email;
pub mod letter;
pub mod sms;
pub mod text_message;
