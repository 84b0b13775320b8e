#![expect(missing_docs, reason = "the handler is app::Register")]

fn main() -> std::process::ExitCode {
    runtime::serve::<app::Register>()
}
