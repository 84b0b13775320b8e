#![expect(missing_docs, reason = "the handler is app::DeleteAccount")]

fn main() -> std::process::ExitCode {
    runtime::serve::<app::DeleteAccount>()
}
