#![expect(missing_docs, reason = "the handler is oauth::SendCode")]
#![recursion_limit = "256"]

fn main() -> std::process::ExitCode {
    runtime::serve::<oauth::SendCode>()
}
