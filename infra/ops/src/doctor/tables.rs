//! The tables: there, and kept as the template has them.

use serde_json::Value;
use shared::store::Upkeep;
use shared::store::keys::Table;

use super::aws::{AwsApi, AwsError};
use super::finding::Finding;
use super::stack::text;
use super::unasked;
use crate::deployment::OperatorContext;

/// How a table should be kept.
#[derive(Clone, Copy)]
struct Care {
    what: &'static str,
    /// Whether its items are removed by `ttl`.
    expires: bool,
    /// Whether it is protected, and can be brought back.
    is_kept: bool,
}

const CORE: Care = Care { what: "users and keys (core)", expires: false, is_kept: true };
const LIVE: Care = Care { what: "sessions (live)", expires: true, is_kept: false };
const RATE: Care = Care { what: "counters (rate)", expires: true, is_kept: false };
const AUDIT: Care = Care { what: "the audit trail (audit)", expires: true, is_kept: true };

pub(super) async fn of(context: &OperatorContext, on_aws: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (table, care) in [(Table::Core, CORE), (Table::Live, LIVE), (Table::Rate, RATE)] {
        match context.store.upkeep(table).await {
            Ok(upkeep) => findings.extend(judge(care, &upkeep, on_aws)),
            Err(error) => findings.push(unasked(&format!("The table of {}", care.what), &error)),
        }
    }
    findings
}

/// The table of the audit trail on AWS, which is no table of the store's.
pub(super) fn audit(aws: &dyn AwsApi, name: &str) -> Vec<Finding> {
    match ask(aws, name) {
        Ok(upkeep) => judge(AUDIT, &upkeep, true),
        Err(error) => vec![unasked(&format!("The table of {}", AUDIT.what), &error)],
    }
}

fn ask(aws: &dyn AwsApi, name: &str) -> Result<Upkeep, AwsError> {
    let say = |call: &str| aws.ask(&["dynamodb", call, "--table-name", name]);
    let (table, ttl) = (say("describe-table")?, say("describe-time-to-live")?);
    let (ttl, backups) = (&ttl["TimeToLiveDescription"], say("describe-continuous-backups")?);
    let recovery = &backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"];
    Ok(Upkeep {
        name: name.to_owned(),
        ttl: text(&ttl["AttributeName"]).filter(|_| ttl["TimeToLiveStatus"] == "ENABLED"),
        deletion_protection: table["Table"]["DeletionProtectionEnabled"] == Value::Bool(true),
        recovery: Some(recovery["PointInTimeRecoveryStatus"] == "ENABLED"),
    })
}

fn judge(care: Care, upkeep: &Upkeep, on_aws: bool) -> Vec<Finding> {
    let Upkeep { name, ttl, deletion_protection, recovery } = upkeep;
    let mut wrong = Vec::new();
    match (care.expires, ttl.as_deref()) {
        (false, Some(attribute)) => wrong.push(format!(
            "{name} removes items by their `{attribute}`: nothing of it may go. Turn its time to live off."
        )),
        (true, None) => {
            wrong.push(format!(
                "{name} does not remove what has expired, and keeps growing: turn on its time to live, by `ttl`."
            ));
        }
        (true, Some(attribute)) if attribute != "ttl" => {
            wrong.push(format!("{name} removes items by `{attribute}`, which is not `ttl`: nothing expires."));
        }
        _ => {}
    }
    if care.is_kept && on_aws {
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
    use serde_json::{Value, json};
    use shared::store::Upkeep;

    use super::{AUDIT, CORE, Care, Finding, LIVE, RATE, audit, judge};
    use crate::doctor::aws::{AwsApi, AwsError};

    fn upkeep(ttl: Option<&str>) -> Upkeep {
        Upkeep { name: "t".to_owned(), ttl: ttl.map(str::to_owned), deletion_protection: true, recovery: Some(true) }
    }

    fn wrong(care: Care, upkeep: &Upkeep, on_aws: bool) -> usize {
        judge(care, upkeep, on_aws).iter().filter(|finding| finding.is_wrong()).count()
    }

    #[test]
    fn what_expires_is_removed_and_what_is_kept_is_not() {
        assert_eq!(wrong(LIVE, &upkeep(Some("ttl")), true), 0);
        assert_eq!(wrong(LIVE, &upkeep(None), true), 1);
        assert_eq!(wrong(RATE, &upkeep(Some("expires")), true), 1);
        assert_eq!(wrong(CORE, &upkeep(None), true), 0);
        assert_eq!(wrong(CORE, &upkeep(Some("ttl")), true), 1);
    }

    #[test]
    fn users_can_be_brought_back_on_aws() {
        let careless = Upkeep { deletion_protection: false, recovery: Some(false), ..upkeep(None) };
        assert_eq!(wrong(CORE, &careless, true), 2);
        assert_eq!(wrong(CORE, &Upkeep { recovery: None, ..upkeep(None) }, true), 1);
        assert_eq!(wrong(CORE, &careless, false), 0);
    }

    /// The table of the trail: its time to live, its protection and its recovery, as the CLI tells of them.
    struct Answers(&'static str, bool, &'static str);

    impl AwsApi for Answers {
        fn ask(&self, call: &[&str]) -> Result<Value, AwsError> {
            let Self(ttl, protected, recovery) = self;
            match call {
                ["dynamodb", "describe-table", "--table-name", "audit"] => {
                    Ok(json!({"Table": {"DeletionProtectionEnabled": protected}}))
                }
                ["dynamodb", "describe-time-to-live", ..] => {
                    Ok(json!({"TimeToLiveDescription": {"TimeToLiveStatus": ttl, "AttributeName": "ttl"}}))
                }
                ["dynamodb", "describe-continuous-backups", ..] => Ok(json!({"ContinuousBackupsDescription": {
                    "PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": recovery},
                }})),
                _ => Err(AwsError::new("aws: not asked for")),
            }
        }
    }

    #[test]
    fn the_trail_expires_is_protected_and_can_be_brought_back() {
        let found = |answers: Answers| audit(&answers, "audit").iter().filter(|finding| finding.is_wrong()).count();
        assert_eq!(
            audit(&Answers("ENABLED", true, "ENABLED"), "audit"),
            [Finding::Fine("audit is kept as it should be.".to_owned())]
        );
        assert_eq!(found(Answers("DISABLED", true, "ENABLED")), 1);
        assert_eq!(found(Answers("ENABLED", false, "DISABLED")), 2);
        assert_eq!(found(Answers("DISABLED", false, "DISABLED")), 3);
    }

    #[test]
    fn each_table_is_kept_as_the_template_has_it() -> anyhow::Result<()> {
        let document = include_str!("../../../../template.yaml");
        for (id, care) in [("CoreTable", CORE), ("LiveTable", LIVE), ("RateTable", RATE), ("AuditTable", AUDIT)] {
            let (_, resource) =
                document.split_once(&format!("\n  {id}:\n")).ok_or_else(|| anyhow::anyhow!("no {id}"))?;
            let resource = resource.split("\n\n").next().unwrap_or_default();
            assert_eq!(resource.contains("TimeToLiveSpecification"), care.expires, "{id}");
            assert_eq!(resource.contains("DeletionProtectionEnabled: true"), care.is_kept, "{id}");
            assert_eq!(resource.contains("PointInTimeRecoveryEnabled: true"), care.is_kept, "{id}");
        }
        Ok(())
    }
}
