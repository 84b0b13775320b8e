//! `cargo ops resource`: the operator's work on an app's resource servers, straight to the table. IAM is the authorization.

use anyhow::{Result, bail, ensure};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use shared::app::resource::{Identifier, ResourceServer};
use shared::app::{App, Policy};
use shared::id::AppId;
use shared::oauth::scope::Scope;
use shared::token::Algorithm;

use crate::app::change;
use crate::deployment::{Deployment, OperatorContext};
use crate::out::say;

/// Its scopes stand in codes, which go through the browser's address bar, and in tokens.
const LONGEST_SCOPE: usize = 256;

/// What is done, and where.
#[derive(Args, Debug)]
pub struct Command {
    #[command(flatten)]
    deployment: Deployment,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Register a resource server, so that clients can ask for tokens for it, within a minute
    Create {
        #[command(flatten)]
        which: Which,
        /// What its tokens may allow, separated by spaces. May be repeated
        #[arg(long = "scope", value_name = "WORDS", required = true)]
        scopes: Vec<String>,
        /// How its tokens are signed: RS256, which API Gateway's own authorizers read, ES256 or EdDSA
        #[arg(long, default_value = "RS256", value_parser = verifiable)]
        algorithm: Algorithm,
    },
    /// List every resource server of an app
    List {
        /// The app
        #[arg(long)]
        app: AppId,
    },
    /// Change a resource server. Tokens that were issued stay as they are until they expire
    Update {
        #[command(flatten)]
        which: Which,
        /// What its tokens may allow, in place of the former scopes: give all. May be repeated
        #[arg(long = "scope", value_name = "WORDS")]
        scopes: Vec<String>,
        /// How its tokens are signed
        #[arg(long, value_parser = verifiable)]
        algorithm: Option<Algorithm>,
    },
    /// Issue no more tokens for a resource server, within a minute
    Delete {
        #[command(flatten)]
        which: Which,
    },
}

/// Which resource server.
#[derive(Args, Debug)]
struct Which {
    /// The app whose clients may ask for its tokens
    #[arg(long)]
    app: AppId,
    /// Its address, which is the audience of its tokens
    #[arg(long, value_name = "URL")]
    identifier: Identifier,
}

/// Another party's server has no key of ours that it could verify HS256 with.
fn verifiable(name: &str) -> Result<Algorithm, String> {
    let algorithm = name.parse().ok().filter(|algorithm| Algorithm::ASYMMETRIC.contains(algorithm));
    algorithm.ok_or_else(|| "an algorithm is RS256, ES256 or EdDSA".to_owned())
}

impl Command {
    pub(crate) async fn run(self) -> Result<()> {
        let context = self.deployment.open(None)?;
        let json = self.deployment.json;
        let (id, changed) = match self.action {
            Action::List { app } => return list(&context, &app, json).await,
            Action::Create { which: Which { app, identifier }, scopes, algorithm } => {
                let server = ResourceServer { identifier: identifier.clone(), scopes: read(&scopes), algorithm };
                make(&context, &app, server).await?;
                (identifier, "tokens are issued for it")
            }
            Action::Update { which: Which { app, identifier }, scopes, algorithm } => {
                let update = |server: &mut ResourceServer| {
                    if !scopes.is_empty() {
                        server.scopes = read(&scopes);
                    }
                    server.algorithm = algorithm.unwrap_or(server.algorithm);
                    check(server)
                };
                update_server(&context, &app, &identifier, update).await?;
                (identifier, "it is changed")
            }
            Action::Delete { which: Which { app, identifier } } => {
                delete(&context, &app, &identifier).await?;
                (identifier, "no tokens are issued for it")
            }
        };
        say!("{id}: {changed} within a minute")?;
        Ok(())
    }
}

/// Registers a resource server.
///
/// # Errors
/// What it cannot be registered with; when the app is not there or has one of that identifier, or the store fails.
pub async fn make(context: &OperatorContext, app: &AppId, server: ResourceServer) -> Result<()> {
    check(&server)?;
    let add = |app: App| {
        let mut resources = app.policy.resources;
        let is_known = |known: &ResourceServer| known.identifier.is(server.identifier.as_str());
        if let Some(known) = resources.iter().find(|known| is_known(known)) {
            bail!("{} is registered: change it with cargo ops resource update", known.identifier);
        }
        ensure!(resources.len() < ResourceServer::MOST, "an app has at most {} of them", ResourceServer::MOST);
        resources.push(server);
        Ok(App { policy: Policy { resources, ..app.policy }, ..app })
    };
    change(context, app, add).await.map(drop)
}

async fn update_server(
    context: &OperatorContext,
    app: &AppId,
    identifier: &Identifier,
    update: impl FnOnce(&mut ResourceServer) -> Result<()>,
) -> Result<()> {
    let update = |mut app: App| {
        let server = app.policy.resources.iter_mut().find(|server| server.identifier.is(identifier.as_str()));
        let Some(server) = server else { bail!("{} has no resource server {identifier}", app.id) };
        update(server)?;
        Ok(app)
    };
    change(context, app, update).await.map(drop)
}

async fn delete(context: &OperatorContext, app: &AppId, identifier: &Identifier) -> Result<()> {
    let remove = |mut app: App| {
        let before = app.policy.resources.len();
        app.policy.resources.retain(|server| !server.identifier.is(identifier.as_str()));
        ensure!(app.policy.resources.len() < before, "{} has no resource server {identifier}", app.id);
        Ok(app)
    };
    change(context, app, remove).await.map(drop)
}

async fn list(context: &OperatorContext, app: &AppId, json: bool) -> Result<()> {
    let Some(app) = context.store.app(app).await? else { bail!("there is no app {app}") };
    for server in &app.policy.resources {
        if json {
            say!("{}", describe(server))?;
        } else {
            say!("{}  {}  {}", server.identifier, server.algorithm, server.scopes)?;
        }
    }
    Ok(())
}

fn describe(server: &ResourceServer) -> Value {
    json!({
        "identifier": server.identifier.as_str(),
        "algorithm": server.algorithm.name(),
        "scopes": server.scopes.tokens().collect::<Vec<_>>(),
    })
}

fn read(scopes: &[String]) -> Scope {
    Scope::read(&scopes.join(" "))
}

fn check(server: &ResourceServer) -> Result<()> {
    ensure!(!server.scopes.is_empty(), "the scope is a list of words");
    let length = server.scopes.to_string().len();
    ensure!(
        length <= LONGEST_SCOPE,
        "the scopes have at most {LONGEST_SCOPE} characters together: they stand in codes"
    );
    Ok(())
}
