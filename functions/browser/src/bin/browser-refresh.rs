#![expect(missing_docs, reason = "the handler is browser::Refresh")]
#![recursion_limit = "256"]

fn main() -> std::process::ExitCode {
    runtime::serve::<browser::Refresh>()
}
