//! The functions that read the tables' streams, and the queue that one of them fills.
#![recursion_limit = "256"]

fn main() -> std::process::ExitCode {
    runtime::serve_handler(&[
        ("audit", runtime::consume::<streams::Audit>),
        ("webhooks", runtime::consume::<streams::Webhooks>),
        ("deliver", runtime::consume::<streams::Deliver>),
        ("tell", runtime::consume::<streams::Tell>),
    ])
}
