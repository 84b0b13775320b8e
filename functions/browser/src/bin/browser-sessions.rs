#![expect(missing_docs, reason = "the handlers are browser::ListSessions, EndSession and EndSessions")]
#![recursion_limit = "256"]

fn main() -> std::process::ExitCode {
    runtime::serve::<(browser::ListSessions, browser::EndSession, browser::EndSessions)>()
}
