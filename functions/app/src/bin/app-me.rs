#![expect(missing_docs, reason = "the handler is app::Me")]
#![recursion_limit = "256"]

fn main() -> std::process::ExitCode {
    runtime::serve::<app::Me>()
}
