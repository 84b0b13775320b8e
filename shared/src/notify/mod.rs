//! Speaking to people.

pub mod email;
pub mod letter;
