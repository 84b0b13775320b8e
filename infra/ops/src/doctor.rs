//! `cargo ops doctor`: looks at a deployment, on AWS or on this machine, and says in sentences what is wrong with it.
//!
//! What AWS says is asked for through its CLI, which is where an operator's credentials are anyway; what each check makes
//! of the answer is a function of that answer alone.

mod alarms;
pub(crate) mod aws;
mod copies;
mod drift;
mod finding;
mod gateway;
mod health;
mod keys;
mod messages;
mod served;
pub(crate) mod stack;
mod streams;
mod tables;

use anyhow::{Result, ensure};
use clap::Args;

use self::aws::Aws;
use self::finding::Finding;
use crate::deployment::OperatorContext;
use crate::keyed::KeyedDeployment;
use crate::out::say;

/// Which deployment.
#[derive(Args, Debug)]
pub struct Command {
    #[command(flatten)]
    at: KeyedDeployment,
    /// The stack of a deployment on AWS; its outputs name the tables
    #[arg(long, value_name = "NAME", conflicts_with = "info")]
    stack: Option<String>,
    /// Leave out what takes minutes: whether callers get what was deployed, and whether somebody changed it by hand
    #[arg(long)]
    no_drift: bool,
}

impl Command {
    /// Prints what was found, the worst last.
    ///
    /// # Errors
    /// When something is wrong, or the deployment cannot be looked at.
    pub(crate) async fn run(mut self) -> Result<()> {
        let (mut findings, mut audit) = (Vec::new(), None);
        if let Some(name) = self.stack.clone() {
            let aws = Aws::new(self.at.deployment.region())?;
            let stack = stack::Stack::describe(&aws, &name)?;
            self.at.deployment.use_tables(&stack.tables()?);
            findings.extend(stack.findings());
            findings.extend(health::of(&stack.output("ServiceUrl")?));
            let resources = stack::Resources::of(&aws, &name)?;
            findings.extend(alarms::alarms(&aws, &resources));
            findings.extend(stack::secret(&aws, &stack.output("KeyRingKekArn")?));
            findings.extend(streams::of(&aws, &resources, &name));
            findings.extend(gateway::limits(&aws, &stack));
            findings.extend(messages::mail(&aws, &stack));
            findings.extend(messages::texts(&aws, &stack));
            if !self.no_drift {
                findings.extend(served::of(&aws, &stack, &resources));
                findings.extend(drift::drift(&aws, &resources));
            }
            audit = Some((aws, stack.output("AuditTableName")?));
        } else if let Some(url) = self.at.deployment.local_url()? {
            findings.extend(health::of(&url));
        }
        let kek = self.at.key()?;
        let can_open = kek.is_some();
        let context = self.at.deployment.open(kek)?;
        findings.extend(audit.iter().flat_map(|(aws, table)| tables::audit(aws, table)));
        findings.extend(audit.iter().flat_map(|(aws, table)| copies::of(aws, table, context.clock.now())));
        findings.extend(tables::of(&context, self.stack.is_some()).await);
        findings.extend(keys::ring(&context, can_open).await);
        findings.extend(keys::apps(&context).await);
        report(findings)
    }
}

fn report(mut findings: Vec<Finding>) -> Result<()> {
    findings.sort_by_key(Finding::severity);
    for finding in &findings {
        say!("{finding}")?;
    }
    let wrong = findings.iter().filter(|finding| finding.is_wrong()).count();
    ensure!(wrong == 0, "{wrong} of {} things are wrong: docs/operations.md says what to do", findings.len());
    say!("Nothing is wrong.")?;
    Ok(())
}

/// A context whose store could not be asked.
fn unasked(what: &str, error: &dyn std::fmt::Display) -> Finding {
    Finding::Wrong(format!("{what} cannot be looked at: {error}."))
}

/// The age of something, in whole days.
fn days(context: &OperatorContext, since: shared::clock::Timestamp) -> i64 {
    context.clock.now().since(since).0 / 86_400
}
