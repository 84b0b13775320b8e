#![expect(missing_docs, reason = "the handler is browser::VerifyEmail")]
#![recursion_limit = "256"]

fn main() -> std::process::ExitCode {
    runtime::serve::<browser::VerifyEmail>()
}
