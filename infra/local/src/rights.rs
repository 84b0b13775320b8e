//! What a function did with the tables against what its role in `template.yaml` allows, and what it read of the
//! configuration against the variables that it is given there: the one is the other.

use std::collections::BTreeSet;
use std::path::Path;

use crate::faults::Access;
use crate::template::{Parameters, Right, Template};

/// What the first request of a deployment's first process does besides: it makes the ring and reads the app.
#[must_use]
pub fn of_the_first_request(app: &str) -> Vec<Access> {
    let core = |action: &str, partition: &str| Access {
        action: action.to_owned(),
        table: "core".to_owned(),
        partition: partition.to_owned(),
    };
    vec![core("GetItem", "KEYS"), core("PutItem", "KEYS"), core("GetItem", &format!("A#{app}"))]
}

/// Variables that every function has: `Globals` of the template.
const OF_ALL: [&str; 3] = ["EDGE_SECRET", "METRIC_NAMESPACE", "RELEASE"];

/// What is wrong with a function's role: an access that it does not allow, or an action on a table, or a partition of it,
/// that is not used. And with its variables: one that it reads and is not given, or the other way round.
#[must_use]
pub fn complaints(
    template: &Path,
    function: &str,
    touched: &BTreeSet<Access>,
    variables: &BTreeSet<&'static str>,
) -> Vec<String> {
    let given = [("PublicUrl", "https://auth.example"), ("MailFrom", "auth@example.com")];
    let parameters: Parameters = given.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    let template = match Template::read(template, &parameters) {
        Ok(template) => template,
        Err(error) => return vec![error.to_string()],
    };
    let rights: Vec<_> = template.rights.into_iter().filter(|right| right.name == function).collect();
    let allows = |right: &Right, access: &Access| right.allows(&access.action, &access.table, &access.partition);
    let refused = touched.iter().filter(|access| !rights.iter().any(|right| allows(right, access)));
    let mut complaints: Vec<_> = refused.map(|access| format!("{function} may not {access:?}")).collect();
    for right in &rights {
        for action in &right.actions {
            if !touched.iter().any(|access| access.action == *action && allows(right, access)) {
                complaints.push(format!("{function} never needs {action} of {right:?}"));
            }
        }
        for pattern in right.partitions.iter().flatten() {
            let of_it = Right { partitions: Some(vec![pattern.clone()]), ..right.clone() };
            if !touched.iter().any(|access| allows(&of_it, access)) {
                complaints.push(format!("{function} never needs {pattern} of {right:?}"));
            }
        }
    }
    let given = template.functions.iter().filter(|given| given.name == function);
    let given: BTreeSet<_> = given.flat_map(|function| function.environment.keys().map(String::as_str)).collect();
    let missing = variables.iter().filter(|name| !given.contains(**name));
    complaints.extend(missing.map(|name| format!("{function} reads {name} and is not given it")));
    let spare = given.iter().filter(|name| !variables.contains(**name) && !OF_ALL.contains(name));
    complaints.extend(spare.map(|name| format!("{function} is given {name} and never reads it")));
    complaints
}
