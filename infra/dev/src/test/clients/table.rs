//! What ran and what did not. A script says each in a line of its own, and the lines are shown once more, together, at the end.

use anyhow::Result;
use ops::out::say;

/// The rows, in the order in which they were said.
#[derive(Debug, Default)]
pub(super) struct Table(Vec<Row>);

#[derive(Debug, PartialEq, Eq)]
struct Row {
    group: &'static str,
    ran: bool,
    /// What ran, or what did not and why.
    what: String,
}

impl Table {
    /// Takes a line that a script printed: a row, if it begins as one.
    pub(super) fn read(&mut self, group: &'static str, line: &str) {
        let said = [("ok  ", true), ("not run  ", false)]
            .into_iter()
            .find_map(|(word, ran)| Some((line.strip_prefix(word)?, ran)));
        if let Some((what, ran)) = said {
            self.0.push(Row { group, ran, what: what.to_owned() });
        }
    }

    /// Shows the rows, by their groups.
    pub(super) fn show(&self) -> Result<()> {
        let mut groups: Vec<_> = self.0.iter().map(|row| row.group).collect();
        groups.dedup();
        for group in groups {
            say!("\n{group}")?;
            for row in self.0.iter().filter(|row| row.group == group) {
                say!("  {:<8} {}", if row.ran { "ran" } else { "not run" }, row.what)?;
            }
        }
        let ran = self.0.iter().filter(|row| row.ran).count();
        Ok(say!("\n{ran} ran, {} did not", self.0.len() - ran)?)
    }
}

#[cfg(test)]
mod tests {
    use super::{Row, Table};

    #[test]
    fn a_line_of_a_script_is_a_row_if_it_says_what_ran_or_what_did_not() {
        let mut table = Table::default();
        for line in ["ok  jose: 9 verifiers", "added 3 packages", "not run  go-oidc: not installed", "okay"] {
            table.read("Verifiers", line);
        }
        let row = |ran, what: &str| Row { group: "Verifiers", ran, what: what.to_owned() };
        assert_eq!(table.0, [row(true, "jose: 9 verifiers"), row(false, "go-oidc: not installed")]);
    }
}
