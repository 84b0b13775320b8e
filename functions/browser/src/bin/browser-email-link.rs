#![expect(missing_docs, reason = "the handlers are browser::email_link::Show and Follow")]
#![recursion_limit = "256"]

fn main() -> std::process::ExitCode {
    runtime::serve::<(browser::email_link::Show, browser::email_link::Follow)>()
}
