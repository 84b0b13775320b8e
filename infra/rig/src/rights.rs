//! What a function does with the tables, and what its role in `template.yaml` allows: the one is the other.

use std::collections::BTreeSet;
use std::path::Path;

use local::faults::Access;
use local::template::{Parameters, Right, Template};

/// Every access is allowed, and every right is for an access: an action on a table that is not used is one too many.
///
/// # Panics
/// When it is not so.
pub fn assert_role_is_exact(bin: &str, touched: &BTreeSet<Access>) {
    let rights = rights_of(bin);
    let allows = |right: &Right, access: &Access| right.allows(&access.action, &access.table, &access.partition);
    for access in touched {
        assert!(rights.iter().any(|right| allows(right, access)), "{bin} may not {access:?}");
    }
    for right in &rights {
        for action in &right.actions {
            let used = touched.iter().any(|access| access.action == *action && allows(right, access));
            assert!(used, "{bin} never needs {action} of {right:?}");
        }
    }
}

fn rights_of(bin: &str) -> Vec<Right> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../template.yaml");
    let given = [("PublicUrl", "https://auth.example"), ("MailFrom", "auth@example.com")];
    let parameters: Parameters = given.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    let rights = Template::read(&path, &parameters).expect("a template").rights;
    rights.into_iter().filter(|right| right.bin == bin).collect()
}

/// What the first request of a deployment does besides: makes the key ring.
#[must_use]
pub fn making_the_ring() -> [Access; 2] {
    ["GetItem", "PutItem"].map(|action| Access {
        action: action.to_owned(),
        table: "core".to_owned(),
        partition: "KEYS".to_owned(),
    })
}
