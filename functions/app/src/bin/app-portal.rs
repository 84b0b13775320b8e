#![expect(missing_docs, reason = "the handlers are app::portal")]

fn main() -> std::process::ExitCode {
    runtime::serve::<app::portal::Portal>()
}
