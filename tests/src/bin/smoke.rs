//! What `cargo dev smoke` runs: the checks of [`tests::smoke`], one after the other, each with a line of its own.

use std::panic::{self, AssertUnwindSafe};
use std::pin::Pin;
use std::process::ExitCode;

use tests::Service;
use tests::smoke::{anybody, users};

/// What is tried, and how.
type Check = (&'static str, fn() -> Pin<Box<dyn Future<Output = ()>>>);

const ANYBODY: &[Check] = &[
    ("every function starts and answers", || Box::pin(anybody::every_function_starts_and_answers())),
    ("every path answers a preflight", || Box::pin(anybody::every_path_answers_a_preflight())),
    ("the open pages are served", || Box::pin(anybody::the_open_pages_are_served())),
    ("nobody without credentials is let in", || Box::pin(anybody::nobody_without_credentials_is_let_in())),
    ("a page without cookies is not signed in", || Box::pin(anybody::a_page_without_cookies_is_not_signed_in())),
];

const USERS: &[Check] = &[
    ("a stranger is not signed in", || Box::pin(users::a_stranger_is_not_signed_in())),
    ("somebody registers signs in and leaves", || Box::pin(users::somebody_registers_signs_in_and_leaves())),
    ("what is nobody's is answered and not sent", || Box::pin(users::what_is_nobodys_is_answered_and_not_sent())),
];

fn main() -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("the checks cannot be started: {error}");
            return ExitCode::FAILURE;
        }
    };
    // What a check missed, without the line of code that noticed it.
    panic::set_hook(Box::new(|info| eprintln!("{}", info.payload_as_str().unwrap_or("a check broke off"))));
    let with_users = runtime.block_on(async { Service::under_test().has_app() });
    let checks = ANYBODY.iter().chain(if with_users { USERS } else { &[] });
    let mut failed = 0_u32;
    for (what, run) in checks {
        let outcome = panic::catch_unwind(AssertUnwindSafe(|| runtime.block_on(run())));
        println!("{}: {what}", if outcome.is_ok() { "ok" } else { "FAILED" });
        failed += u32::from(outcome.is_err());
    }
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
