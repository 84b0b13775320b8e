//! Whether AWS takes the template, as far as AWS says so in files: in which regions a resource type exists, and which actions
//! `CloudFormation` calls to make one.
//!
//! Both are in the resource schemas that AWS publishes for each region and that cfn-lint ships: a folder with a file per region,
//! which names a schema for each type, and the schemas with their `handlers`
//! (<https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html>).

mod regions;
mod rights;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

pub(crate) use self::regions::check as check_regions;
pub(crate) use self::rights::check as check_rights;

/// The parts that `template.yaml` nests; what else is under `infra/` an administrator deploys with rights of their own.
const PARTS: [&str; 5] =
    ["infra/alarms.yaml", "infra/budget.yaml", "infra/domain.yaml", "infra/mail.yaml", "infra/texts.yaml"];

/// What SAM makes of its own types (aws-sam-translator).
const MADE_BY_SAM: [(&str, &[&str]); 3] = [
    ("AWS::Serverless::Application", &["AWS::CloudFormation::Stack"]),
    (
        "AWS::Serverless::Function",
        &[
            "AWS::Lambda::Function",
            "AWS::Lambda::Version",
            "AWS::Lambda::Alias",
            "AWS::Lambda::EventSourceMapping",
            "AWS::Lambda::Permission",
            "AWS::CodeDeploy::Application",
            "AWS::CodeDeploy::DeploymentGroup",
        ],
    ),
    ("AWS::Serverless::HttpApi", &["AWS::ApiGatewayV2::Api", "AWS::ApiGatewayV2::Stage"]),
];

/// The types that a deploy makes.
fn types() -> Result<BTreeSet<String>> {
    let template = document("template.yaml")?;
    let mut types = BTreeSet::new();
    for resource in resources(&template)? {
        let location = resource["Properties"]["Location"].as_str();
        ensure!(
            location.is_none_or(|part| PARTS.contains(&part)),
            "{location:?} is a part that infra/dev/src/aws.rs does not know: add it to PARTS"
        );
    }
    let parts = PARTS.into_iter().map(document).collect::<Result<Vec<_>>>()?;
    for document in parts.iter().chain([&template]) {
        for resource in resources(document)? {
            let name = resource["Type"].as_str().context("a resource without a type")?;
            let made = MADE_BY_SAM.iter().find(|(sams, _)| *sams == name);
            match made {
                Some((_, made)) => types.extend(made.iter().map(|name| (*name).to_owned())),
                None if name.starts_with("Custom::") => {}
                None => {
                    types.insert(name.to_owned());
                }
            }
        }
    }
    Ok(types)
}

fn document(path: &str) -> Result<Value> {
    let text = fs::read_to_string(path).with_context(|| format!("{path} cannot be read"))?;
    local::template::document(&text)
}

fn resources(document: &Value) -> Result<impl Iterator<Item = &Value>> {
    Ok(document["Resources"].as_object().context("a template without Resources")?.values())
}

/// The schemas in an environment of cfn-lint.
#[derive(Debug)]
pub(crate) struct Schemas(PathBuf);

impl Schemas {
    /// Those of the Python environment whose programs are in `programs`.
    pub(crate) fn of(programs: &Path) -> Result<Self> {
        let library = programs.parent().context("a folder")?.join("lib");
        for python in fs::read_dir(&library)? {
            let folder = python?.path().join("site-packages/cfnlint/data/schemas");
            if folder.is_dir() {
                return Ok(Self(folder));
            }
        }
        anyhow::bail!("cfn-lint's schemas are not under {}", library.display())
    }

    fn read(&self, path: &str) -> Result<Value> {
        let path = self.0.join(path);
        let text = fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
        Ok(serde_json::from_str(&text)?)
    }

    /// Those of the types that a region does not have.
    fn missing(&self, region: &str, types: &BTreeSet<String>) -> Result<BTreeSet<String>> {
        let there = self.read(&format!("providers/{region}.json"))?;
        Ok(types.iter().filter(|name| there.get(name).is_none()).cloned().collect())
    }

    /// The actions that `CloudFormation` may call to make, read, change and remove a resource of the type.
    fn actions(&self, of: &str) -> Result<BTreeSet<String>> {
        let types = self.read("providers/us-east-1.json")?;
        let file = types[of].as_str().with_context(|| format!("{of} is not in us-east-1"))?;
        let schema = self.read(&format!("resources/{file}.json"))?;
        let handlers = schema["handlers"].as_object().with_context(|| format!("AWS does not say what {of} needs"))?;
        let called = handlers.iter().filter(|(name, _)| *name != "list");
        let actions = called.flat_map(|(_, handler)| handler["permissions"].as_array().into_iter().flatten());
        Ok(actions.filter_map(Value::as_str).map(str::to_owned).collect())
    }
}
