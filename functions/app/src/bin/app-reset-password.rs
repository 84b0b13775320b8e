#![expect(missing_docs, reason = "the handler is app::ResetPassword")]

fn main() -> std::process::ExitCode {
    runtime::serve::<app::ResetPassword>()
}
