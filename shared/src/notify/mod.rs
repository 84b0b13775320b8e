//! Mail and text messages.

pub mod email;
pub mod letter;
pub mod sms;
pub mod text_message;
