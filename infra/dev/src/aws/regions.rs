//! That docs/operations.md says of every region what AWS says of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::{Schemas, document, types};

const HANDBOOK: &str = "docs/operations.md";

/// The one type that a region may lack without anybody doing anything: the template leaves it out there.
const LEFT_OUT: &str = "AWS::Budgets::Budget";

/// Compares the handbook's table of regions, and the template's own list, with the schemas.
///
/// # Errors
/// The regions of which they say something else.
pub(crate) fn check(schemas: &Schemas) -> Result<()> {
    let types = types()?;
    let handbook = fs::read_to_string(HANDBOOK).with_context(|| format!("{HANDBOOK} cannot be read"))?;
    let documented = table(&handbook);
    ensure!(documented.len() > 20, "{HANDBOOK} has no table of regions");
    let mut wrong = Vec::new();
    let mut without_budgets = BTreeSet::new();
    for (region, said) in documented {
        let missing = schemas.missing(&region, &types)?;
        if missing != said {
            wrong.push(format!("{region} lacks {missing:?}, and {HANDBOOK} says {said:?}"));
        }
        if missing == BTreeSet::from([LEFT_OUT.to_owned()]) {
            without_budgets.insert(region);
        }
    }
    let left_out = listed(&document("template.yaml")?["Conditions"]["LacksBudgets"]);
    if left_out != without_budgets {
        wrong.push(format!("template.yaml's LacksBudgets lists {left_out:?} and not {without_budgets:?}"));
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

/// The rows `| regions | types that they lack | … |`: each name is in backquotes.
fn table(handbook: &str) -> BTreeMap<String, BTreeSet<String>> {
    let section = handbook.split("\n## Regions\n").nth(1).unwrap_or_default();
    let section = section.split("\n## ").next().unwrap_or_default();
    let mut regions = BTreeMap::new();
    for row in section.lines().filter(|line| line.starts_with("| `")) {
        let mut cells = row.trim_matches('|').split('|').map(quoted);
        let (Some(names), Some(lacks)) = (cells.next(), cells.next()) else { continue };
        regions.extend(names.into_iter().map(|region| (region, lacks.clone())));
    }
    regions
}

fn quoted(cell: &str) -> BTreeSet<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The regions that a condition compares `AWS::Region` with.
fn listed(condition: &Value) -> BTreeSet<String> {
    let each = condition["Fn::Or"].as_array().into_iter().flatten();
    each.filter_map(|equals| equals["Fn::Equals"][1].as_str()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{listed, table};

    #[test]
    fn a_row_says_of_each_of_its_regions_what_it_lacks() {
        let handbook = "\n## Regions\n\n| region | lacks |\n|---|---|\n| `a-1` `b-1` | `X::Y` |\n| `c-1` | nothing |\n\n## Alarms\n| `d-1` | |\n";
        let regions = table(handbook);
        assert_eq!(regions.keys().collect::<Vec<_>>(), ["a-1", "b-1", "c-1"]);
        assert_eq!(regions["b-1"].iter().collect::<Vec<_>>(), ["X::Y"]);
        assert!(regions["c-1"].is_empty());
    }

    #[test]
    fn a_condition_lists_its_regions() {
        let condition = json!({"Fn::Or": [{"Fn::Equals": [{"Ref": "AWS::Region"}, "a-1"]}]});
        assert_eq!(listed(&condition).into_iter().collect::<Vec<_>>(), ["a-1"]);
    }
}
