#![expect(missing_docs, reason = "the handler is app::Health")]

fn main() -> std::process::ExitCode {
    runtime::serve::<app::Health>()
}
