#![expect(missing_docs, reason = "the handlers are oauth::Metadata, AppMetadata and Jwks")]
#![recursion_limit = "256"]

fn main() -> std::process::ExitCode {
    runtime::serve::<(oauth::Metadata, oauth::AppMetadata, oauth::Jwks)>()
}
