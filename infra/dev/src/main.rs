//! `cargo dev`: the developer's and operator's command.
fn main() {}
