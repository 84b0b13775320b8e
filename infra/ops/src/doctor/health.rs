//! Whether the service answers.

use std::process::Command;

use super::finding::Finding;

/// Asks `/health`, by curl: it knows the machine's certificates and proxies.
pub(super) fn of(url: &str) -> Vec<Finding> {
    let health = format!("{}/health", url.trim_end_matches('/'));
    let asked = Command::new("curl").args(["--silent", "--show-error", "--fail", "--max-time", "10", &health]).output();
    vec![match asked {
        Ok(output) if output.status.success() => Finding::Fine(format!("{health} answers.")),
        Ok(output) => {
            Finding::Wrong(format!("{health} does not answer: {}.", String::from_utf8_lossy(&output.stderr).trim()))
        }
        Err(error) => Finding::Advice(format!("{health} was not asked, for curl does not start: {error}.")),
    }]
}
