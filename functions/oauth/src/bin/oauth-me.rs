#![expect(missing_docs, reason = "the handlers are oauth::me::Me, twice, and Account")]
#![recursion_limit = "256"]

fn main() -> std::process::ExitCode {
    runtime::serve::<(oauth::me::Me<false>, oauth::me::Me<true>, oauth::me::Account)>()
}
