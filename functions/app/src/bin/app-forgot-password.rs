#![expect(missing_docs, reason = "the handler is app::ForgotPassword")]

fn main() -> std::process::ExitCode {
    runtime::serve::<app::ForgotPassword>()
}
