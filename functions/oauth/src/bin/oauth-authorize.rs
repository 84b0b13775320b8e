#![expect(missing_docs, reason = "the handlers are oauth::authorize::Ask and Decide")]
#![recursion_limit = "256"]

fn main() -> std::process::ExitCode {
    runtime::serve::<(oauth::authorize::Ask, oauth::authorize::Decide)>()
}
