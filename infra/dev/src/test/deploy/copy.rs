//! The templates as the engine can take them: in the place of what it lacks stands something that it has.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Map, Value, json};

/// What ministack 1.5.33 lacks: a handle, which does nothing, stands in the place of a resource of such a type.
pub(super) const LACKS: [(&str, &str); 3] = [
    ("AWS::Budgets::Budget", "the engine has no such type"),
    ("AWS::SMSVOICE::ProtectConfiguration", "the engine has no such type"),
    (
        "Custom::AccountTexts",
        "its function answers by cfnresponse, which Lambda adds to inline code and the engine does not",
    ),
];

/// What else is changed, for the report.
pub(super) const CHANGES: [(&str, &str); 7] = [
    ("OPTIONS routes", "the engine's gateway answers preflights itself, so no function is asked"),
    ("X/{proxy+} where X/{id}/{proxy+} is a route", "only an empty rest leads there, and the engine matches none"),
    (
        "LogRetentionDays and other parameters of nested parts",
        "the engine fails to update a nested part that names a role's Arn: the parameter that is changed is DefaultLanguage",
    ),
    ("AWS::CodeDeploy (DeploymentPreference)", "the engine has no such type: aliases move at once"),
    ("AWS::SES::EmailIdentity, DkimDNSToken*", "the engine makes no tokens: a constant is put out"),
    ("AWS::Serverless::HttpApi, DefinitionBody", "the engine makes no routes of it: a nested part has them one by one"),
    ("AWS::Serverless::Function, CodeUri", "a program of a few lines that says which function it is"),
];

const HANDLE: &str = "AWS::CloudFormation::WaitConditionHandle";
const CONSTANT: &str = "stand-in";

/// Where the copy lies, relative to the repository's root.
pub(super) const FOLDER: &str = ".dev/deploy";
const CODE: &str = "code";
const ROUTES: &str = "routes.json";
const STANDIN: &str = include_str!("standin.py");

/// One route of the gateway's definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Route {
    pub(super) method: String,
    pub(super) path: String,
    /// The integration's URI, as the template has it.
    pub(super) uri: Value,
}

impl Route {
    pub(super) fn key(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// A path that the route is for.
    pub(super) fn sample(&self) -> String {
        let segments = self.path.split('/').map(|segment| match segment {
            greedy if greedy.ends_with("+}") => "more/than/one",
            parameter if parameter.starts_with('{') => "any",
            literal => literal,
        });
        segments.collect::<Vec<_>>().join("/")
    }

    /// Whether nothing but an empty rest leads there, because a second greedy route takes every other.
    pub(super) fn is_for_an_empty_rest(&self, routes: &[Self]) -> bool {
        let Some(prefix) = self.path.strip_suffix("{proxy+}") else { return false };
        let takes_the_rest = |other: &Self| {
            let below = other.path.strip_prefix(prefix).and_then(|rest| rest.split_once('/'));
            other.method == self.method && below.is_some_and(|(one, rest)| one.starts_with('{') && rest == "{proxy+}")
        };
        routes.iter().any(takes_the_rest)
    }

    /// The name of the function behind it, in that stack.
    pub(super) fn function(&self, stack: &str) -> Result<String> {
        let uri = self.uri["Fn::Sub"].as_str().with_context(|| format!("{} has no URI in one text", self.key()))?;
        let name = uri.split_once(":function:").and_then(|(_, rest)| rest.split_once(":live/"));
        let (name, _) = name.with_context(|| format!("{} calls no alias live: {uri}", self.key()))?;
        Ok(name.replace("${AWS::StackName}", stack))
    }
}

/// The copied template.
pub(super) struct Adapted {
    pub(super) template: PathBuf,
    pub(super) routes: Vec<Route>,
    document: Value,
}

impl Adapted {
    /// Writes the copy.
    ///
    /// # Errors
    /// What cannot be read or written.
    pub(super) fn write() -> Result<Self> {
        let folder = Path::new(FOLDER);
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        fs::create_dir_all(folder.join(CODE))?;
        write_code("1")?;
        let mut document = adapted(Path::new("template.yaml"), folder)?;
        let routes = routes(&document)?;
        use_code(&mut document)?;
        add_routes(&mut document, folder, &routes)?;
        let copy = Self { template: folder.join("template.json"), routes, document };
        copy.save()?;
        Ok(copy)
    }

    /// Names the release, as `cargo ops release` does.
    pub(super) fn name_release(&mut self, name: &str) -> Result<()> {
        let release = &mut self.document["Globals"]["Function"]["Environment"]["Variables"]["RELEASE"];
        ensure!(release.is_string(), "the template has no variable RELEASE for every function");
        *release = json!(name);
        self.save()
    }

    /// Adds what cannot be made, once all functions are updated: a second alias of the same name.
    pub(super) fn break_it(&mut self) -> Result<()> {
        let resources = self.document["Resources"].as_object_mut().context("no Resources")?;
        let functions: Vec<_> =
            resources.iter().filter(|(_, resource)| is_function(resource)).map(|(id, _)| id.clone()).collect();
        let function = functions.first().context("the template has no functions")?;
        // As SAM calls an alias that it adds.
        let aliases: Vec<_> = functions.iter().map(|id| format!("{id}Aliaslive")).collect();
        let properties = json!({"FunctionName": {"Ref": function}, "FunctionVersion": "1", "Name": "live"});
        resources.insert(
            "MadeTwice".to_owned(),
            json!({"Type": "AWS::Lambda::Alias", "DependsOn": aliases, "Properties": properties}),
        );
        self.save()
    }

    fn save(&self) -> Result<()> {
        Ok(fs::write(&self.template, serde_json::to_vec_pretty(&self.document)?)?)
    }
}

/// Writes the program that the functions run, as the build of that name.
pub(super) fn write_code(build: &str) -> Result<()> {
    let path = Path::new(FOLDER).join(CODE).join("bootstrap");
    fs::write(&path, STANDIN.replace("BUILD = \"1\"", &format!("BUILD = \"{build}\"")))?;
    make_executable(&path)
}

#[cfg(unix)]
fn make_executable(path: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(fs::set_permissions(path, fs::Permissions::from_mode(0o755))?)
}

/// A template and its nested parts, without what the engine lacks.
fn adapted(path: &Path, folder: &Path) -> Result<Value> {
    let text = fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let mut document = local::template::document(&text)?;
    let resources = document["Resources"].as_object_mut().context("a template without Resources")?;
    let mut lacking = BTreeSet::new();
    for (id, resource) in resources.iter_mut() {
        let of_type = resource["Type"].as_str().unwrap_or_default();
        if LACKS.iter().any(|(lacks, _)| of_type == *lacks) {
            lacking.insert(id.clone());
            let mut handle = Map::from_iter([("Type".to_owned(), json!(HANDLE))]);
            handle.extend(resource.get("Condition").map(|condition| ("Condition".to_owned(), condition.clone())));
            *resource = Value::Object(handle);
        }
        if let Some(properties) = resource.get_mut("Properties").and_then(Value::as_object_mut) {
            properties.remove("DeploymentPreference");
        }
        let location = resource["Properties"]["Location"].as_str().map(PathBuf::from);
        if let Some(part) = location {
            let nested = adapted(&path.with_file_name("").join(&part), folder)?;
            let name = part.file_stem().context("a part without a name")?.to_string_lossy().into_owned() + ".json";
            fs::write(folder.join(&name), serde_json::to_vec_pretty(&nested)?)?;
            resource["Properties"]["Location"] = json!(name);
        }
    }
    if let Some(globals) = document.pointer_mut("/Globals/Function").and_then(Value::as_object_mut) {
        globals.remove("DeploymentPreference");
    }
    without_attributes(&mut document, &lacking);
    Ok(document)
}

/// Puts the constant in the place of an attribute that the engine does not give.
fn without_attributes(value: &mut Value, lacking: &BTreeSet<String>) {
    let gives = |reference: &str| {
        let (id, attribute) = reference.split_once('.').unwrap_or((reference, ""));
        !lacking.contains(id) && !attribute.starts_with("DkimDNSToken")
    };
    if let Some([id, attribute]) = value.get("Fn::GetAtt").and_then(Value::as_array).map(Vec::as_slice) {
        let reference = format!("{}.{}", id.as_str().unwrap_or_default(), attribute.as_str().unwrap_or_default());
        if !gives(&reference) {
            *value = json!(CONSTANT);
            return;
        }
    }
    if let Some(Value::String(text)) = value.get_mut("Fn::Sub") {
        let mut substituted = String::new();
        let mut parts = text.split("${");
        substituted.push_str(parts.next().unwrap_or_default());
        for part in parts {
            match part.split_once('}') {
                Some((reference, rest)) if reference.contains('.') && !gives(reference) => {
                    substituted.push_str(CONSTANT);
                    substituted.push_str(rest);
                }
                _ => {
                    substituted.push_str("${");
                    substituted.push_str(part);
                }
            }
        }
        *text = substituted;
        return;
    }
    match value {
        Value::Object(fields) => fields.values_mut().for_each(|field| without_attributes(field, lacking)),
        Value::Array(items) => items.iter_mut().for_each(|item| without_attributes(item, lacking)),
        _ => {}
    }
}

fn is_function(resource: &Value) -> bool {
    resource["Type"] == "AWS::Serverless::Function"
}

/// Has every function run the stand-in.
fn use_code(document: &mut Value) -> Result<()> {
    let resources = document["Resources"].as_object_mut().context("no Resources")?;
    for resource in resources.values_mut().filter(|resource| is_function(resource)) {
        resource["Properties"]["CodeUri"] = json!(CODE);
        if let Some(fields) = resource.as_object_mut() {
            fields.remove("Metadata");
        }
    }
    Ok(())
}

fn api(document: &Value) -> Result<(&String, &Value)> {
    let resources = document["Resources"].as_object().context("no Resources")?;
    resources
        .iter()
        .find(|(_, resource)| resource["Type"] == "AWS::Serverless::HttpApi")
        .context("the template has no HttpApi")
}

/// The routes of the gateway's definition.
fn routes(document: &Value) -> Result<Vec<Route>> {
    let (_, api) = api(document)?;
    let paths =
        api["Properties"]["DefinitionBody"]["paths"].as_object().context("the gateway's definition has no paths")?;
    let mut routes = Vec::new();
    for (path, methods) in paths {
        for (method, operation) in methods.as_object().context("a path without methods")? {
            let uri = operation["x-amazon-apigateway-integration"]["uri"].clone();
            ensure!(!uri.is_null(), "{method} {path} has no integration");
            let method =
                if method == "x-amazon-apigateway-any-method" { "ANY".to_owned() } else { method.to_uppercase() };
            routes.push(Route { method, path: path.clone(), uri });
        }
    }
    ensure!(!routes.is_empty(), "the gateway's definition has no routes");
    Ok(routes)
}

/// A nested part with the routes, since the engine makes none of the definition.
fn add_routes(document: &mut Value, folder: &Path, routes: &[Route]) -> Result<()> {
    let mut uris: Vec<&Value> = Vec::new();
    for route in routes {
        if !uris.contains(&&route.uri) {
            uris.push(&route.uri);
        }
    }
    let mut resources = Map::new();
    for (number, uri) in uris.iter().enumerate() {
        let properties = json!({
            "ApiId": {"Ref": "ApiId"}, "IntegrationType": "AWS_PROXY", "IntegrationUri": uri, "PayloadFormatVersion": "2.0",
        });
        resources.insert(
            format!("Integration{number}"),
            json!({"Type": "AWS::ApiGatewayV2::Integration", "Properties": properties}),
        );
    }
    for (number, route) in routes.iter().enumerate() {
        let integration = uris.iter().position(|uri| **uri == route.uri).context("a route without an integration")?;
        let target = json!({"Fn::Sub": format!("integrations/${{Integration{integration}}}")});
        let properties = json!({"ApiId": {"Ref": "ApiId"}, "RouteKey": route.key(), "Target": target});
        resources
            .insert(format!("Route{number}"), json!({"Type": "AWS::ApiGatewayV2::Route", "Properties": properties}));
    }
    let part = json!({
        "AWSTemplateFormatVersion": "2010-09-09",
        "Parameters": {"ApiId": {"Type": "String"}, "Service": {"Type": "String"}},
        "Resources": resources,
    });
    // The functions' names begin with the main stack's.
    let text = serde_json::to_string_pretty(&part)?.replace("${AWS::StackName}", "${Service}");
    fs::write(folder.join(ROUTES), text)?;
    let id = api(document)?.0.clone();
    document["Resources"]["RoutesOfTheEngine"] = json!({
        "Type": "AWS::Serverless::Application",
        "Properties": {"Location": ROUTES, "Parameters": {"ApiId": {"Ref": id}, "Service": {"Ref": "AWS::StackName"}}},
    });
    Ok(())
}
