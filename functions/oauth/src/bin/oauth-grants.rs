#![expect(missing_docs, reason = "the handlers are those of oauth::grants and oauth::connected")]
#![recursion_limit = "256"]

use oauth::connected::{Act, Look};
use oauth::grants::{Choose, Disconnect, List};

fn main() -> std::process::ExitCode {
    runtime::serve::<((List, Choose, Disconnect), (Look, Act))>()
}
