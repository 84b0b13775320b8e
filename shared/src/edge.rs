//! The edge that a deployment may have in front of it, known by a secret that it adds to every request.

use aws_lc_rs::constant_time::verify_slices_are_equal;

use crate::secret::Secret;

/// What the edge proves itself by: one secret, or two while one replaces the other.
#[derive(Debug)]
pub struct Edge(Vec<Secret<String>>);

impl Edge {
    /// An edge that sends one of these.
    #[must_use]
    pub const fn new(secrets: Vec<Secret<String>>) -> Self {
        Self(secrets)
    }

    /// Whether the edge sent a request that brings `secret`. Compared in constant time, with each of them.
    #[must_use]
    pub fn sent(&self, secret: &str) -> bool {
        let is = |own: &Secret<String>| verify_slices_are_equal(own.expose().as_bytes(), secret.as_bytes()).is_ok();
        self.0.iter().fold(false, |known, own| is(own) | known)
    }
}

#[cfg(test)]
mod tests {
    use super::Edge;
    use crate::secret::Secret;

    #[test]
    fn either_secret_is_the_edges_and_nothing_else_is() {
        let edge = Edge::new(["new".repeat(12), "old".repeat(12)].map(Secret::new).into());
        assert!(edge.sent(&"new".repeat(12)) && edge.sent(&"old".repeat(12)));
        for other in ["", "new", "new,old", &"New".repeat(12), &format!("{},{}", "new".repeat(12), "old".repeat(12))] {
            assert!(!edge.sent(other), "{other}");
        }
        assert!(!Edge::new(Vec::new()).sent(""));
    }
}
