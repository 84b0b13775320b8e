#![expect(missing_docs, reason = "the handler is oauth::Revoke")]
#![recursion_limit = "256"]

fn main() -> std::process::ExitCode {
    runtime::serve::<oauth::Revoke>()
}
