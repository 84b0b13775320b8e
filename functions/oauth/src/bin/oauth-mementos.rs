#![expect(missing_docs, reason = "the handlers are those of oauth::mementos")]
#![recursion_limit = "256"]

use oauth::mementos::{Create, Delete, Edit, List, Show};

fn main() -> std::process::ExitCode {
    runtime::serve::<((List, Create), (Show, Delete, Edit))>()
}
