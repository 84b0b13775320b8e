//! The second factor: an authenticator app, and recovery codes in its place.
//!
//! * [`totp`]: the codes of an authenticator app; [`sealed`]: its secret at rest; [`qr`]: how the app is shown it
//! * [`recovery`]: recovery codes; [`otp`]: what a person types, which is one or the other
//! * [`setup`]: a secret that is not anybody's yet; [`ticket`]: the way from the password's page to the code's

pub mod otp;
pub mod qr;
pub mod recovery;
pub mod sealed;
pub mod setup;
pub mod ticket;
pub mod totp;
