//! Which certificates a connection to `DynamoDB` begins with: docs/decisions/0363-few-certificates-first.md.

#![expect(clippy::expect_used, reason = "a test ends where something is not as it should be")]

use std::fs;
use std::process::Command;
use std::sync::Arc;

use local::engine::Engine;
use local::meter::Meter;
use shared::aws::Aws;
use shared::config::{AwsConfig, Tables};
use shared::random::Random;
use shared::secret::Secret;
use shared::store::Store;
use shared::token::seal::Kek;

const AMAZON: &str = include_str!("amazon-root-ca-1.pem");

/// Where the child's certificates are. The TLS library reads the same variable by itself, so it is set before the child starts.
#[expect(clippy::disallowed_methods, reason = "what is tested is what the environment names")]
fn trusted() -> String {
    std::env::var("SSL_CERT_FILE").expect("the parent names the file")
}

/// How many attempts it takes to read from a `DynamoDB` whose authority stands behind that many others of eleven, by a process that trusts these alone.
async fn attempts(behind: usize) -> u32 {
    let engine = Engine::for_test().expect("an engine");
    let dynamodb = Meter::start(&engine.endpoint(), "http://127.0.0.1:9").expect("a DynamoDB over TLS");
    let bundle = format!("{}{}{}", AMAZON.repeat(behind), dynamodb.certificate(), AMAZON.repeat(10 - behind));
    let file = trusted();
    fs::write(&file, bundle).expect("a file");
    let aws = Aws::new(AwsConfig {
        region: "us-east-1".to_owned(),
        access_key_id: engine.access_key().to_owned(),
        secret_access_key: Arc::new(Secret::new("test".to_owned())),
        session_token: None,
        dynamodb_endpoint: Some(dynamodb.endpoint()),
        ses_endpoint: None,
        sns_endpoint: None,
        trusted: Some(file),
    });
    let tables = Tables { core: "core".to_owned(), live: "live".to_owned(), rate: "rate".to_owned() };
    let kek = Arc::new(Kek::new(&Secret::new("ab".repeat(32))));
    let store = Store::new(&aws, tables, kek, Random::system());
    let app = "shop".parse().expect("an app id");
    assert!(store.app(&app).await.expect("an answer").is_none());
    let first = aws.calls().count();
    assert!(store.app(&app).await.expect("an answer").is_none());
    assert_eq!(aws.calls().count(), first + 1, "what was learnt is kept");
    first
}

/// Runs a test below as a process that trusts the certificates of a file alone.
fn alone(test: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut child = Command::new(std::env::current_exe().expect("this program"));
    child.args(["--exact", test, "--ignored"]).env("SSL_CERT_FILE", folder.path().join("trusted.pem"));
    let output = child.output().expect("a process");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn an_authority_at_the_end_of_the_file_is_trusted_at_once() {
    alone("child_with_its_authority_last");
}

#[test]
fn an_authority_among_the_others_is_trusted_at_the_second_attempt() {
    alone("child_with_its_authority_among_the_others");
}

#[tokio::test]
#[ignore = "started by the test of the same rule"]
async fn child_with_its_authority_last() {
    assert_eq!(attempts(10).await, 1);
}

#[tokio::test]
#[ignore = "started by the test of the same rule"]
async fn child_with_its_authority_among_the_others() {
    assert_eq!(attempts(5).await, 2);
}
