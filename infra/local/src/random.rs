//! Random names and keys for a local run.

use std::fmt::Write;

/// `bytes` random bytes from the operating system, in lower-case hex.
///
/// # Errors
/// When the operating system has no randomness to give.
pub fn hex(bytes: usize) -> anyhow::Result<String> {
    let mut random = vec![0; bytes];
    getrandom::fill(&mut random)
        .map_err(|error| anyhow::anyhow!("the operating system gave no randomness: {error}"))?;
    Ok(random.iter().fold(String::with_capacity(bytes * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_draws_of_the_asked_length_differ() {
        let (first, second) = (hex(32).unwrap(), hex(32).unwrap());
        assert_eq!(first.len(), 64);
        assert_ne!(first, second);
    }
}
