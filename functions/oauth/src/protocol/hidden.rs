//! The parameters of a client's request, as a form of ours repeats them.

use std::fmt;

use shared::secret::Secret;

/// Names and values, for the hidden fields of a form.
#[derive(Clone, Default)]
pub(crate) struct Hidden(Vec<(&'static str, String)>);

/// The names alone: among the values are ID tokens, what clients keep in `state`, and the ticket of the form.
impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

impl Hidden {
    /// The same with the ticket that the form has to bring back.
    pub(crate) fn with_ticket(mut self, ticket: Secret<String>) -> Self {
        self.0.push(("ticket", ticket.reveal()));
        self
    }

    /// Each name with its value.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(name, value)| (*name, value.as_str()))
    }

    /// The parameters as a query.
    pub(crate) fn query(&self) -> String {
        runtime::query(&self.iter().collect::<Vec<_>>())
    }
}

impl FromIterator<(&'static str, String)> for Hidden {
    fn from_iter<I: IntoIterator<Item = (&'static str, String)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use shared::secret::Secret;

    use super::Hidden;

    #[test]
    fn parameters_print_their_names_and_no_value() {
        let hidden: Hidden = [("id_token_hint", "hunter2".to_owned())].into_iter().collect();
        let hidden = hidden.with_ticket(Secret::new("hunter2".to_owned()));
        assert_eq!(format!("{hidden:?}"), r#"["id_token_hint", "ticket"]"#);
        assert_eq!(hidden.query(), "id_token_hint=hunter2&ticket=hunter2");
    }
}
