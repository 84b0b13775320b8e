//! What is tried on a deployment after each release: by `cargo dev smoke`, and as ordinary journeys on this machine. It sends no mail and no
//! text message, and leaves nobody behind. A check that fails panics, as a test does.

pub mod anybody;
pub mod users;
