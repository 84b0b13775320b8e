//! The tables: there, and kept as the template has them.

use shared::store::Upkeep;
use shared::store::keys::Table;

use super::finding::Finding;
use super::unasked;
use crate::deployment::OperatorContext;

pub(super) async fn of(context: &OperatorContext, on_aws: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    for table in [Table::Core, Table::Live, Table::Rate] {
        match context.store.upkeep(table).await {
            Ok(upkeep) => findings.extend(judge(table, &upkeep, on_aws)),
            Err(error) => findings.push(unasked(&format!("The table of {}", name(table)), &error)),
        }
    }
    findings
}

const fn name(table: Table) -> &'static str {
    match table {
        Table::Core => "users and keys (core)",
        Table::Live => "sessions (live)",
        Table::Rate => "counters (rate)",
    }
}

fn judge(table: Table, upkeep: &Upkeep, on_aws: bool) -> Vec<Finding> {
    let Upkeep { name, ttl, deletion_protection, recovery } = upkeep;
    let mut wrong = Vec::new();
    match (table, ttl.as_deref()) {
        (Table::Core, Some(attribute)) => wrong.push(format!(
            "{name} removes items by their `{attribute}`: nothing of it may go. Turn its time to live off."
        )),
        (Table::Live | Table::Rate, None) => {
            wrong.push(format!(
                "{name} does not remove what has expired, and keeps growing: turn on its time to live, by `ttl`."
            ));
        }
        (Table::Live | Table::Rate, Some(attribute)) if attribute != "ttl" => {
            wrong.push(format!("{name} removes items by `{attribute}`, which is not `ttl`: nothing expires."));
        }
        _ => {}
    }
    if table == Table::Core && on_aws {
        if !deletion_protection {
            wrong.push(format!("{name} can be deleted by a slip: turn on its deletion protection."));
        }
        if *recovery != Some(true) {
            wrong.push(format!("{name} cannot be brought back to a point in time: turn on its recovery."));
        }
    }
    if wrong.is_empty() {
        return vec![Finding::Fine(format!("{name} is kept as it should be."))];
    }
    wrong.into_iter().map(Finding::Wrong).collect()
}

#[cfg(test)]
mod tests {
    use shared::store::Upkeep;
    use shared::store::keys::Table;

    use super::judge;

    fn upkeep(ttl: Option<&str>) -> Upkeep {
        Upkeep { name: "t".to_owned(), ttl: ttl.map(str::to_owned), deletion_protection: true, recovery: Some(true) }
    }

    fn wrong(table: Table, upkeep: &Upkeep, on_aws: bool) -> usize {
        judge(table, upkeep, on_aws).iter().filter(|finding| finding.is_wrong()).count()
    }

    #[test]
    fn what_expires_is_removed_and_what_is_kept_is_not() {
        assert_eq!(wrong(Table::Live, &upkeep(Some("ttl")), true), 0);
        assert_eq!(wrong(Table::Live, &upkeep(None), true), 1);
        assert_eq!(wrong(Table::Rate, &upkeep(Some("expires")), true), 1);
        assert_eq!(wrong(Table::Core, &upkeep(None), true), 0);
        assert_eq!(wrong(Table::Core, &upkeep(Some("ttl")), true), 1);
    }

    #[test]
    fn users_can_be_brought_back_on_aws() {
        let careless = Upkeep { deletion_protection: false, recovery: Some(false), ..upkeep(None) };
        assert_eq!(wrong(Table::Core, &careless, true), 2);
        assert_eq!(wrong(Table::Core, &Upkeep { recovery: None, ..upkeep(None) }, true), 1);
        assert_eq!(wrong(Table::Core, &careless, false), 0);
    }
}
