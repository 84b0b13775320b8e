#![expect(missing_docs, reason = "the function is preflight::Preflights")]
#![recursion_limit = "256"]

fn main() -> std::process::ExitCode {
    runtime::serve::<preflight::Preflights>()
}
