//! The functions that read the tables' streams.
#![recursion_limit = "256"]

fn main() -> std::process::ExitCode {
    runtime::serve_handler(&[("audit", runtime::consume::<streams::Audit>)])
}
