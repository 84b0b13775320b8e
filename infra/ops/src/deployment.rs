//! Which deployment an operator's command works on: the local run, or one on AWS.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use clap::Args;
use serde::Deserialize;
use shared::audit::Author;
use shared::aws::Aws;
use shared::clock::Clock;
use shared::config::{AwsConfig, Tables};
use shared::random::Random;
use shared::secret::Secret;
use shared::store::{Store, Trail};
use shared::token::seal::Kek;

/// What `--help` groups the options by that every command has.
pub(crate) const WHICH: &str = "Which deployment";

/// Where the work is done.
#[derive(Args, Debug)]
pub(crate) struct Deployment {
    /// The file that `cargo dev up --info FILE` wrote: work on that local run
    #[arg(long, value_name = "FILE", global = true, help_heading = WHICH)]
    info: Option<PathBuf>,
    /// The core table of a deployment on AWS, as the stack's outputs name it
    #[arg(long, value_name = "NAME", env = "CORE_TABLE", global = true, help_heading = WHICH)]
    core_table: Option<String>,
    /// Its live table, for commands that look at codes
    #[arg(long, value_name = "NAME", env = "LIVE_TABLE", global = true, help_heading = WHICH)]
    live_table: Option<String>,
    /// Its rate table, for commands that look at counters
    #[arg(long, value_name = "NAME", env = "RATE_TABLE", global = true, help_heading = WHICH)]
    rate_table: Option<String>,
    /// Its audit table, for `cargo ops audit`
    #[arg(long, value_name = "NAME", env = "AUDIT_TABLE", global = true, help_heading = WHICH)]
    audit_table: Option<String>,
    /// The region of that deployment
    #[arg(long, env = "AWS_REGION", global = true, help_heading = WHICH)]
    region: Option<String>,
    /// Print JSON
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

/// What an operator's command needs.
pub struct OperatorContext {
    /// The deployment's data.
    pub store: Store,
    /// How AWS is reached.
    pub aws: Aws,
    /// What wraps its key ring.
    pub kek: Arc<Kek>,
    /// Where new secrets come from.
    pub random: Random,
    /// What time it is.
    pub clock: Clock,
}

#[derive(Deserialize)]
struct Info {
    url: String,
    dynamodb: String,
    /// The page of the mails that nobody is sent.
    #[serde(default)]
    outbox: Option<String>,
    tables: LocalTables,
    kek: Option<String>,
    /// The budgets of messages, by the functions' variables.
    #[serde(default)]
    budgets: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct LocalTables {
    core: String,
    live: String,
    rate: String,
    #[serde(default)]
    audit: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CliCredentials {
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
}

impl Deployment {
    /// The region that was given.
    pub(crate) fn region(&self) -> Option<&str> {
        self.region.as_deref()
    }

    /// Takes the tables of a stack for those that were not named.
    pub(crate) fn use_tables(&mut self, Tables { core, live, rate }: &Tables) {
        for (option, name) in [(&mut self.core_table, core), (&mut self.live_table, live), (&mut self.rate_table, rate)]
        {
            option.get_or_insert_with(|| name.clone());
        }
    }

    /// Where the local run that was named answers; none where none was.
    pub(crate) fn local_url(&self) -> Result<Option<String>> {
        self.info.as_ref().map(|info| Ok(read_info(info)?.url)).transpose()
    }

    /// The budgets of the local run that was named, by the functions' variables; none where none was.
    pub(crate) fn local_budgets(&self) -> Result<BTreeMap<String, String>> {
        self.info.as_ref().map_or_else(|| Ok(BTreeMap::new()), |info| Ok(read_info(info)?.budgets))
    }

    /// The key that wraps the key ring of the local run that was named; none where none was.
    pub(crate) fn local_kek(&self) -> Result<Option<Secret<String>>> {
        let info = self.info.as_deref().map(read_info).transpose()?;
        Ok(info.and_then(|info| info.kek).map(Secret::new))
    }

    /// The store of the deployment that the options name. Commands that open the key ring give its `kek`.
    pub(crate) fn open(&self, kek: Option<Secret<String>>) -> Result<OperatorContext> {
        let (aws, tables) = match (&self.info, &self.core_table) {
            (Some(info), _) => local_run(info)?,
            (None, Some(core)) => {
                // A command that needs a table that is not named is told so by DynamoDB.
                let name = |table: &Option<String>| table.clone().unwrap_or_default();
                let tables = Tables { core: core.clone(), live: name(&self.live_table), rate: name(&self.rate_table) };
                (on_aws(self.region.as_deref())?, tables)
            }
            (None, None) => bail!(
                "say which deployment: --info FILE for the local run that wrote FILE (cargo dev up --info FILE), \
                 or --core-table NAME and --region for one on AWS"
            ),
        };
        let author = Author::operator(&self.operator(&aws));
        // Commands that give no key never open the ring; one that would by mistake finds that this opens nothing.
        let context = OperatorContext::new(aws, tables, &kek.unwrap_or_else(|| Secret::new(String::new())));
        Ok(OperatorContext { store: context.store.on_behalf_of(author), ..context })
    }

    /// The audit trail of the deployment that the options name.
    pub(crate) fn trail(&self) -> Result<Trail> {
        if let Some(info) = &self.info {
            let (aws, Tables { live, .. }) = local_run(info)?;
            return Ok(Trail::new(&Aws::new(aws), read_info(info)?.tables.audit, live));
        }
        let table =
            self.audit_table.clone().context("name the table: --audit-table, as the stack's outputs name it")?;
        let live = self.live_table.clone().unwrap_or_default();
        Ok(Trail::new(&Aws::new(on_aws(self.region.as_deref())?), table, live))
    }

    /// Who gives the command: the name in IAM, or else the access key's id, by which `CloudTrail` knows them; on the local run, the
    /// name of the account on this machine.
    fn operator(&self, aws: &AwsConfig) -> String {
        if self.info.is_some() {
            return variable("USER").unwrap_or_else(|| "local".to_owned());
        }
        let asked =
            Command::new("aws").args(["sts", "get-caller-identity", "--query", "Arn", "--output", "text"]).output();
        let named = asked.ok().filter(|answer| answer.status.success());
        let named = named.map(|answer| String::from_utf8_lossy(&answer.stdout).trim().to_owned());
        named.filter(|name| name.starts_with("arn:")).unwrap_or_else(|| aws.access_key_id.clone())
    }
}

impl OperatorContext {
    /// The store behind `aws`, whose key ring `kek` opens.
    #[must_use]
    pub fn new(aws: AwsConfig, tables: Tables, kek: &Secret<String>) -> Self {
        let (random, kek) = (Random::system(), Arc::new(Kek::new(kek)));
        let aws = Aws::new(aws);
        let store = Store::new(&aws, tables, kek.clone(), random.clone());
        Self { store, aws, kek, random, clock: Clock::System }
    }

    /// The store of the local run that wrote `info`.
    ///
    /// # Errors
    /// When the file cannot be read, or is not one of `cargo dev up`.
    pub fn of_local_run(info: &Path) -> Result<Self> {
        let (aws, tables) = local_run(info)?;
        Ok(Self::new(aws, tables, &Secret::new(read_info(info)?.kek.unwrap_or_default())))
    }
}

fn read_info(info: &Path) -> Result<Info> {
    let file = info.display();
    let text = match std::fs::read(info) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            bail!("there is no {file}: start the local run with cargo dev up --info {file}")
        }
        read => read.with_context(|| format!("{file} cannot be read"))?,
    };
    serde_json::from_slice(&text).context("the info file is not one of cargo dev up")
}

fn local_run(file: &Path) -> Result<(AwsConfig, Tables)> {
    let info = read_info(file)?;
    if !answers(&info.dynamodb) {
        bail!(
            "the local run that wrote {file} has ended: start it again with cargo dev up --info {file}",
            file = file.display()
        );
    }
    let ses_endpoint = info.outbox.and_then(|page| Some(page.strip_suffix("/outbox")?.to_owned()));
    Ok((
        AwsConfig { ses_endpoint, ..local_aws(info.dynamodb) },
        Tables { core: info.tables.core, live: info.tables.live, rate: info.tables.rate },
    ))
}

/// Whether something listens at that URL of this machine.
fn answers(url: &str) -> bool {
    TcpStream::connect(url.trim_start_matches("http://").trim_end_matches('/')).is_ok()
}

/// How the embedded engine is reached; it takes any credentials.
#[must_use]
pub fn local_aws(dynamodb: String) -> AwsConfig {
    AwsConfig {
        region: "us-east-1".to_owned(),
        access_key_id: "local".to_owned(),
        secret_access_key: Arc::new(Secret::new("local".to_owned())),
        session_token: None,
        dynamodb_endpoint: Some(dynamodb),
        ses_endpoint: None,
        sns_endpoint: None,
        trusted: None,
    }
}

fn on_aws(region: Option<&str>) -> Result<AwsConfig> {
    let region = region.context("give the deployment's region: --region, or AWS_REGION")?;
    let credentials = credentials_from_env().map_or_else(credentials_from_cli, Ok)?;
    Ok(AwsConfig {
        region: region.to_owned(),
        access_key_id: credentials.access_key_id,
        secret_access_key: Arc::new(Secret::new(credentials.secret_access_key)),
        session_token: credentials.session_token.map(|token| Arc::new(Secret::new(token))),
        dynamodb_endpoint: variable("AWS_ENDPOINT_URL_DYNAMODB"),
        ses_endpoint: variable("AWS_ENDPOINT_URL_SESV2"),
        sns_endpoint: None,
        trusted: variable("SSL_CERT_FILE"),
    })
}

fn credentials_from_env() -> Option<CliCredentials> {
    Some(CliCredentials {
        access_key_id: variable("AWS_ACCESS_KEY_ID")?,
        secret_access_key: variable("AWS_SECRET_ACCESS_KEY")?,
        session_token: variable("AWS_SESSION_TOKEN"),
    })
}

#[expect(clippy::disallowed_methods, reason = "an operator's credentials are where the SDKs put them")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Profiles, SSO and roles are the AWS CLI's business: it exports what it finds.
fn credentials_from_cli() -> Result<CliCredentials> {
    let exported = Command::new("aws").args(["configure", "export-credentials", "--format", "process"]).output();
    let advice = "no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or sign in with the AWS CLI";
    let exported = exported.context(advice)?;
    if !exported.status.success() {
        bail!("{advice}: {}", String::from_utf8_lossy(&exported.stderr).trim());
    }
    serde_json::from_slice(&exported.stdout).context(advice)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use serde_json::json;

    use super::OperatorContext;

    #[tokio::test]
    async fn a_local_run_that_has_ended_is_said_in_a_sentence() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("info.json");
        let error = OperatorContext::of_local_run(&file).err().expect("no file").to_string();
        assert!(error.contains("start the local run with cargo dev up --info"), "{error}");

        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let dynamodb = format!("http://{}", listener.local_addr().expect("an address"));
        let info = json!({"url": "", "dynamodb": dynamodb, "tables": {"core": "c", "live": "l", "rate": "r"}});
        std::fs::write(&file, info.to_string()).expect("a file can be written");
        assert!(OperatorContext::of_local_run(&file).is_ok());
        drop(listener);
        let error = OperatorContext::of_local_run(&file).err().expect("nothing listens").to_string();
        assert!(error.starts_with("the local run that wrote ") && error.contains(" has ended"), "{error}");
    }
}
