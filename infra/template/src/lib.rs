//! `template.yaml`, as far as a local run and the operator's commands need it: functions with their routes and environment,
//! tables, and rights.
//!
//! The template is the one description of the deployment. The local run reads the same file, so that a route, a memory
//! size or a key schema cannot differ between the two.

mod functions;
mod intrinsics;
mod rights;
mod routes;
mod tables;
mod yaml;

use std::{collections::BTreeMap, path::Path, time::Duration};

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value};

use self::intrinsics::Scope;
pub use self::rights::Right;

/// What is deployed.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    /// The Lambda functions, in the order of the file.
    pub functions: Vec<Function>,
    /// The `DynamoDB` tables, in the order of the file.
    pub tables: Vec<Table>,
    /// What the functions may do with them.
    pub rights: Vec<Right>,
}

/// One `AWS::Serverless::Function`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Its name in the template.
    pub logical_id: String,
    /// Its short name, which is its `Handler`: the program is told which of its functions it is by this.
    pub name: String,
    /// The program that it runs, as its metadata names it to SAM's build.
    pub program: String,
    /// Its memory in MB.
    pub memory_mb: u32,
    /// How long one invocation may take.
    pub timeout: Duration,
    /// The variables that the template gives it, those of `Globals` included.
    pub environment: BTreeMap<String, String>,
    /// The routes that lead to it.
    pub routes: Vec<Route>,
    /// The tables whose streams it reads, by their names in the template.
    pub streams: Vec<String>,
    /// The queues whose messages it is handed, by their names in the template.
    pub queues: Vec<String>,
}

/// One route of the HTTP API.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Route {
    /// `GET`, `POST`, …, or `ANY`.
    pub method: String,
    /// The path with its parameters, such as `/mementos/{id}`, or `$default`.
    pub path: String,
}

/// One `AWS::DynamoDB::Table`.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// Its name in the template, such as `CoreTable`.
    pub logical_id: String,
    /// What it is called among the tables, such as `core`.
    pub key: String,
    /// Its name here, such as `latchet-core`.
    pub name: String,
    /// The body of a `CreateTable` request.
    pub create: Value,
    /// The attribute that holds an item's time to live.
    pub ttl_attribute: Option<String>,
}

/// Values for a template's parameters, over their defaults.
pub type Parameters = BTreeMap<String, String>;

impl Template {
    /// Reads a template file, with values for the parameters that have no default.
    ///
    /// # Errors
    /// When the file is missing or is not a template that can be run: says where, and what to do.
    pub fn read(path: &Path, parameters: &Parameters) -> Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| {
            format!("cannot read {}: the template is part of the repository, restore it with git", path.display())
        })?;
        Self::parse(&text, parameters).with_context(|| format!("{} cannot be used", path.display()))
    }

    /// Parses the text of a template, with values for the parameters that have no default.
    ///
    /// # Errors
    /// When the text is not a template that can be run: says where, and what to do.
    pub fn parse(text: &str, parameters: &Parameters) -> Result<Self> {
        let document = yaml::to_json(text)?;
        let Some(resources) = document.get("Resources").and_then(Value::as_object) else {
            bail!("it has no Resources: add the functions and tables under that key");
        };
        let scope = Scope::new(&document, resources, parameters);
        let mut functions: Vec<_> = of_type(resources, "AWS::Serverless::Function")
            .map(|(id, resource)| functions::parse(id, resource, &document, &scope))
            .collect::<Result<_>>()?;
        routes::assign(&mut functions, resources, &scope)?;
        let tables: Vec<_> = of_type(resources, "AWS::DynamoDB::Table")
            .map(|(id, resource)| tables::parse(id, resource, &scope))
            .collect::<Result<_>>()?;
        let rights = rights::parse(&functions, &tables, resources)?;
        Ok(Self { functions, tables, rights })
    }
}

/// A template's text as JSON, with the long form of `CloudFormation`'s functions: for those who look at all of it.
///
/// # Errors
/// When it is not YAML.
pub fn document(text: &str) -> Result<Value> {
    yaml::to_json(text)
}

fn of_type<'a>(resources: &'a Map<String, Value>, of: &'static str) -> impl Iterator<Item = (&'a str, &'a Value)> {
    resources.iter().filter(move |(_, resource)| resource["Type"] == of).map(|(id, resource)| (id.as_str(), resource))
}
