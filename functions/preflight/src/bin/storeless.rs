//! The functions that have no store, in one program: a zip of a fifth of the others' size.
#![recursion_limit = "256"]

use runtime::serve;

fn main() -> std::process::ExitCode {
    runtime::serve_handler(&[("app-health", serve::<app::Health>), ("preflight", serve::<preflight::Preflights>)])
}
