#![expect(missing_docs, reason = "the handler is account::Certificate")]
#![recursion_limit = "256"]

fn main() -> std::process::ExitCode {
    runtime::serve::<account::Certificate>()
}
