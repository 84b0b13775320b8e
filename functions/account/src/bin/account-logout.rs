#![expect(missing_docs, reason = "the handler is account::Logout")]
#![recursion_limit = "256"]

fn main() -> std::process::ExitCode {
    runtime::serve::<account::Logout>()
}
