#![expect(missing_docs, reason = "the handlers are app::portal")]
#![recursion_limit = "256"]

fn main() -> std::process::ExitCode {
    runtime::serve::<app::portal::Portal>()
}
