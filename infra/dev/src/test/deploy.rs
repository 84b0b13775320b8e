//! `cargo dev test --deploy`: the template in an engine that speaks `CloudFormation`: made, called, changed, taken back, deleted.
//!
//! SAM deploys it as an operator does; ministack 1.5.33 transforms and makes it. What the engine lacks is in the tables of
//! [`copy`], and is not proven here.

mod copy;
mod stack;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use self::copy::{Adapted, CHANGES, LACKS, Route};
use self::stack::{NAME, REGION, Said, Stack};
use crate::out::say;
use crate::second_engine::SecondEngine;

const MAIL_FROM: &str = "MailFrom=no-reply@example.com";
const LANGUAGE: &str = "DefaultLanguage=en";

/// How long the secret is that the template has made.
const SECRET: usize = 64;

/// A run takes minutes, and a quarter of an hour on a busy machine; a run that hangs ends here.
const LIMIT: Duration = Duration::from_hours(1);

/// Deploys, and says what was proven.
///
/// # Errors
/// What went otherwise than AWS's documents say.
pub(super) fn run() -> Result<()> {
    let engine = SecondEngine::start()?;
    let stack = Stack::new(&engine)?;
    say!("the template on {}", engine.endpoint)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime
        .block_on(async { tokio::time::timeout(LIMIT, prove(&stack)).await })
        .context("the engine or SAM did not come to an end within the hour")??;
    say!("Not proven, because the engine lacks it:")?;
    for (what, why) in LACKS.iter().chain(&CHANGES) {
        say!("  {what}: {why}")?;
    }
    say!("  rights: the engine asks no role and no resource policy whether it allows a call")
        .context("the report cannot be printed")
}

async fn prove(stack: &Stack<'_>) -> Result<()> {
    let started = now();
    let proven = |what: String| say!("{:>4} s  {what}", started.elapsed().as_secs());
    let mut copy = Adapted::write()?;

    stack.deploy(&copy, &[MAIL_FROM]).await?;
    let resources = created(stack).await?;
    proven(format!("sam deploy with MailFrom alone: CREATE_COMPLETE, {resources} resources"))?;

    let gateway = Gateway::of(stack, &copy).await?;
    let functions = gateway.every_route_leads_to_its_function(stack).await?;
    proven(format!(
        "{} of {} routes lead to their {functions} functions; an unknown path is 404",
        gateway.routes.len(),
        copy.routes.len()
    ))?;
    gateway.functions_have_their_settings(stack).await?;
    proven("functions have the API's address as PUBLIC_URL, and the secret's value, where they name them".to_owned())?;

    copy::write_code("2")?;
    stack.deploy(&copy, &[MAIL_FROM]).await?;
    gateway.all_answer(stack, |said| said.build == "2" && said.version == "2").await?;
    proven("an update of the code: UPDATE_COMPLETE, and every alias serves version 2".to_owned())?;

    stack.deploy(&copy, &[MAIL_FROM, LANGUAGE]).await?;
    gateway.all_answer(stack, |said| said.version == "2" && !speaks(said, "en")).await?;
    proven("a parameter alone reaches no alias (docs/decisions/0077)".to_owned())?;

    copy.name_release("2")?;
    stack.deploy(&copy, &[MAIL_FROM, LANGUAGE]).await?;
    gateway.all_answer(stack, |said| said.version == "3" && !speaks(said, "zh")).await?;
    proven("with another release it does: every alias serves version 3".to_owned())?;

    stack.ops(&["rollback", "--stack", NAME, "--region", REGION]).await?;
    gateway.all_answer(stack, |said| said.version == "2" && !speaks(said, "en")).await?;
    proven("cargo ops rollback: every alias serves version 2".to_owned())?;

    copy::write_code("3")?;
    copy.break_it()?;
    stack.deploy_in_vain(&copy, &[MAIL_FROM]).await?;
    let status = stack.status().await?;
    ensure!(status == "UPDATE_ROLLBACK_COMPLETE", "a failed update ends in {status}");
    gateway.all_answer(stack, |said| said.build == "2").await?;
    proven("an update that fails: UPDATE_ROLLBACK_COMPLETE, and the build before answers".to_owned())?;

    let kept = deleted(stack).await?;
    proven(format!("deleted: what is left is {kept}"))?;
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "how long a step took is shown to a person; nothing depends on it")]
fn now() -> Instant {
    Instant::now()
}

fn speaks(said: &Said, language: &str) -> bool {
    said.environment.get("DEFAULT_LANGUAGE").is_some_and(|default| default == language)
}

/// How many resources there are, once all of them are made.
async fn created(stack: &Stack<'_>) -> Result<usize> {
    let status = stack.status().await?;
    ensure!(status == "CREATE_COMPLETE", "the stack is {status}");
    let resources = stack.resources().await?;
    let functions = resources.values().filter(|(of_type, _)| of_type == "AWS::Lambda::Function").count();
    let aliases = resources.values().filter(|(of_type, _)| of_type == "AWS::Lambda::Alias").count();
    ensure!(functions == aliases, "{functions} functions, and {aliases} aliases");
    Ok(resources.len())
}

/// Deletes the stack: the table of users, the trail and the secret stay, and nothing else.
async fn deleted(stack: &Stack<'_>) -> Result<String> {
    let resources = stack.resources().await?;
    let physical =
        |id: &str| resources.get(id).map(|(_, physical)| physical.clone()).with_context(|| format!("no {id}"));
    let secret = physical("KeyRingKek")?;
    let mut kept = [physical("AuditTable")?, physical("CoreTable")?];
    kept.sort();
    stack.ask(&["cloudformation", "delete-stack", "--stack-name", NAME]).await?;
    stack.ask(&["cloudformation", "wait", "stack-delete-complete", "--stack-name", NAME]).await?;
    let names = |answer: &serde_json::Value, list: &str| -> Vec<String> {
        let listed = answer[list].as_array().cloned().unwrap_or_default();
        listed.iter().map(|one| one.as_str().or_else(|| one["Name"].as_str()).unwrap_or_default().to_owned()).collect()
    };
    let mut tables = names(&stack.ask(&["dynamodb", "list-tables"]).await?, "TableNames");
    tables.sort();
    ensure!(tables == kept, "tables that are left: {tables:?}");
    let secrets = names(&stack.ask(&["secretsmanager", "list-secrets"]).await?, "SecretList");
    ensure!(secrets.len() == 1 && secret.contains(&secrets[0]), "secrets that are left: {secrets:?}");
    for table in &kept {
        ensure!(
            stack.ask(&["dynamodb", "delete-table", "--table-name", table]).await.is_err(),
            "{table} was not protected against deletion"
        );
    }
    let functions = stack.ask(&["lambda", "list-functions"]).await?;
    ensure!(functions["Functions"].as_array().is_none_or(Vec::is_empty), "functions are left: {functions}");
    Ok(format!("{}, which cannot be deleted, and {}", kept.join(" and "), secrets[0]))
}

/// The deployed gateway, and the routes that can be called there.
struct Gateway {
    api: String,
    /// What the functions should hold for their address.
    public_url: String,
    routes: Vec<Route>,
}

impl Gateway {
    async fn of(stack: &Stack<'_>, copy: &Adapted) -> Result<Self> {
        let resources = stack.resources().await?;
        let callable = |route: &&Route| route.method != "OPTIONS" && !route.is_for_an_empty_rest(&copy.routes);
        let routes = copy.routes.iter().filter(callable).cloned().collect();
        let api = resources.values().find(|(of_type, _)| of_type == "AWS::ApiGatewayV2::Api");
        let (_, api) = api.context("the stack has no API")?;
        let outputs = stack.outputs().await?;
        let url = outputs.get("ServiceUrl").context("the stack has no output ServiceUrl")?;
        ensure!(url.contains(api), "the output ServiceUrl is {url}, and the API is {api}");
        // The engine puts its own address into the output. This is API Gateway's, of which the template makes PUBLIC_URL:
        // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-publish.html
        let public_url = format!("https://{api}.execute-api.{REGION}.amazonaws.com");
        Ok(Self { api: api.clone(), public_url, routes })
    }

    /// Calls every route, and counts the functions that answered.
    async fn every_route_leads_to_its_function(&self, stack: &Stack<'_>) -> Result<usize> {
        let mut functions = BTreeSet::new();
        for route in &self.routes {
            let path = route.sample();
            let method = if route.method == "ANY" { "GET" } else { &route.method };
            if method == "HEAD" {
                let (status, _) = stack.call(&self.api, method, &path).await?;
                ensure!(status == 200, "{} answers {status}", route.key());
                continue;
            }
            let said = stack.said(&self.api, method, &path).await?;
            let function = route.function(NAME)?;
            ensure!(said.function == function, "{} leads to {} in place of {function}", route.key(), said.function);
            ensure!(said.route == route.key(), "{} is told as {}", route.key(), said.route);
            functions.insert(function);
        }
        let (status, _) = stack.call(&self.api, "GET", "/no/such/path").await?;
        ensure!(status == 404, "an unknown path answers {status}");
        Ok(functions.len())
    }

    async fn functions_have_their_settings(&self, stack: &Stack<'_>) -> Result<()> {
        let (mut wrapped, mut speaking) = (0, 0);
        for route in self.one_of_each()? {
            let said = self.ask(stack, route).await?;
            if let Some(url) = said.environment.get("PUBLIC_URL") {
                ensure!(*url == self.public_url, "{} thinks that it is reached at {url}", said.function);
            }
            if let Some(kek) = said.environment.get("KEY_RING_KEK") {
                // A function that only describes the service has a sentence in its place.
                ensure!(!kek.contains("{{resolve"), "{} has no secret, but {kek}", said.function);
                wrapped += usize::from(kek.len() == SECRET);
            }
            speaking += usize::from(speaks(&said, "zh"));
        }
        ensure!(wrapped > 0, "no function was given the secret");
        ensure!(speaking > 0, "no function was given the language of mails");
        Ok(())
    }

    async fn all_answer(&self, stack: &Stack<'_>, right: impl Fn(&Said) -> bool) -> Result<()> {
        for route in self.one_of_each()? {
            let said = self.ask(stack, route).await?;
            ensure!(right(&said), "{} answers as version {}, build {}", said.function, said.version, said.build);
        }
        Ok(())
    }

    async fn ask(&self, stack: &Stack<'_>, route: &Route) -> Result<Said> {
        let method = if route.method == "ANY" { "GET" } else { &route.method };
        stack.said(&self.api, method, &route.sample()).await
    }

    /// A route for each function.
    fn one_of_each(&self) -> Result<Vec<&Route>> {
        let mut seen = BTreeSet::new();
        let mut routes = Vec::new();
        for route in self.routes.iter().filter(|route| route.method != "HEAD") {
            if seen.insert(route.function(NAME)?) {
                routes.push(route);
            }
        }
        Ok(routes)
    }
}
