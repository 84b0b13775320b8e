#![expect(missing_docs, reason = "the handler is app::Login")]

fn main() -> std::process::ExitCode {
    runtime::serve::<app::Login>()
}
