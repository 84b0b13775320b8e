#![expect(missing_docs, reason = "the handlers are those of oauth::grants and oauth::account_page")]
#![recursion_limit = "256"]

use oauth::account_page::{Act, Look};
use oauth::grants::{Choose, Disconnect, List};

fn main() -> std::process::ExitCode {
    runtime::serve::<((List, Choose, Disconnect), (Look, Act))>()
}
