#![expect(missing_docs, reason = "the handler is app::DeleteAccount")]
#![recursion_limit = "256"]

fn main() -> std::process::ExitCode {
    runtime::serve::<app::DeleteAccount>()
}
