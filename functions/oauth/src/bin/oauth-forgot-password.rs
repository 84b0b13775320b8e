#![expect(missing_docs, reason = "the handlers are those of oauth::forgot")]
#![recursion_limit = "256"]

use oauth::forgot::{Ask, Mail};

fn main() -> std::process::ExitCode {
    runtime::serve::<(Ask, Mail)>()
}
