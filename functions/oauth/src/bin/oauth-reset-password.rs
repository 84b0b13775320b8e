#![expect(missing_docs, reason = "the handlers are those of oauth::reset")]
#![recursion_limit = "256"]

use oauth::reset::{Set, Show};

fn main() -> std::process::ExitCode {
    runtime::serve::<(Show, Set)>()
}
