#![expect(missing_docs, reason = "the handler is app::SendCode")]

fn main() -> std::process::ExitCode {
    runtime::serve::<app::SendCode>()
}
