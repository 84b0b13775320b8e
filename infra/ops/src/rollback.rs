//! `cargo ops rollback`: has every function serve the release before, within a minute.
//!
//! Lambda keeps every version that was published, and callers are answered by the one that the alias `live` names. So nothing is
//! built or deployed: the alias is set, in all functions, a few at a time.

mod pace;
mod version;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use clap::Args;

use self::pace::Pace;
use self::version::{Function, Undone, Version};
use crate::doctor::aws::{Aws, AwsApi};
use crate::doctor::stack::{Resources, Stack};
use crate::out::say;

/// What goes back.
#[derive(Args, Debug)]
pub struct Options {
    /// The stack
    #[arg(long, value_name = "NAME")]
    stack: String,
    /// Its region
    #[arg(long, env = "AWS_REGION")]
    region: String,
    /// The release to serve, older or newer, as the functions' variable RELEASE names it; the one before when absent
    #[arg(long, value_name = "RELEASE")]
    to: Option<String>,
}

/// Programs of the CLI at a time. Each function takes three, each of which needs half a second of CPU to start.
const AT_A_TIME: usize = 8;

/// Sets the alias of every function of a stack.
///
/// # Errors
/// When the stack cannot be looked at or is being deployed, or a function was not set.
pub(crate) fn run(options: &Options) -> Result<()> {
    let aws = Aws::new(Some(&options.region))?;
    let stack = Stack::describe(&aws, &options.stack)?;
    ensure!(
        !stack.is_busy(),
        "{0} is being deployed ({1}). Wait for the end, or stop it: aws cloudformation cancel-update-stack --stack-name {0}. \
         Then the stack goes back by itself",
        options.stack,
        stack.status()
    );
    let resources = Resources::of(&aws, &options.stack)?;
    let (functions, deployed) = (functions(&resources), deployed(&resources));
    ensure!(!functions.is_empty(), "no function of {} has the alias live: is it Latchet's stack?", options.stack);
    let undone = Undone::new(&aws, &options.stack);
    let (to, pace) = (options.to.as_deref(), Pace::new(clock(), thread::sleep));
    let rollback = Rollback { aws: &aws, to, deployed, undone: &undone, pace };
    let (mut failed, mut served) = (0, BTreeSet::new());
    let all = functions.len();
    rollback.each(functions, |function, done| {
        match &done {
            Ok(outcome) => served.extend([outcome.release().to_owned()]),
            Err(_) => failed += 1,
        }
        match done {
            Ok(outcome) => say!("{function:<40} {outcome}"),
            Err(error) => say!("{function:<40} FAILED: {error:#}"),
        }
    })?;
    ensure!(failed == 0, "{failed} of {all} functions were not set: give the command again, and it sets those alone");
    let served: Vec<_> = served.into_iter().collect();
    say!("The {all} functions serve release {}.", served.join(", "))?;
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "turns are of this process alone, and a test has its own clock")]
fn clock() -> impl Fn() -> Duration + Sync {
    let start = Instant::now();
    move || start.elapsed()
}

/// The functions that have the alias: an alias is called by its ARN, …:function:NAME:live.
fn functions(resources: &Resources) -> VecDeque<String> {
    let aliases = resources.of_type("AWS::Lambda::Alias").filter(|(_, arn)| arn.ends_with(":live"));
    aliases.filter_map(|(_, arn)| Some(arn.rsplit(':').nth(1)?.to_owned())).collect()
}

/// The version of each function that the last deploy left, as the stack has it: it costs no call per function.
fn deployed(resources: &Resources) -> BTreeMap<String, u64> {
    let versions = resources.of_type("AWS::Lambda::Version");
    versions.filter_map(|(_, arn)| version::of_arn(arn)).collect()
}

/// What was done with a function.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Outcome {
    /// Its alias was set.
    Set { from: Version, to: Version },
    /// It serves what it should, or has gone back already.
    Already(Version),
    /// There is nothing to go back to.
    NoneBefore(Version),
}

impl Outcome {
    fn release(&self) -> &str {
        match self {
            Self::Set { to: version, .. } | Self::Already(version) | Self::NoneBefore(version) => &version.release,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Set { from, to } => write!(f, "serves {to} again, after {from}"),
            Self::Already(version) => write!(f, "serves {version} already"),
            Self::NoneBefore(version) => write!(f, "skipped: there is no version before {version}"),
        }
    }
}

struct Rollback<'a, A> {
    aws: &'a A,
    to: Option<&'a str>,
    deployed: BTreeMap<String, u64>,
    undone: &'a Undone<'a, A>,
    pace: Pace,
}

impl<A: AwsApi> Rollback<'_, A> {
    /// Goes back with every function, and tells of each as it is done.
    fn each<E>(
        &self,
        functions: VecDeque<String>,
        mut tell: impl FnMut(&str, Result<Outcome>) -> Result<(), E>,
    ) -> Result<(), E> {
        let left = Mutex::new(functions);
        let next = || left.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        let (done, told) = mpsc::channel();
        thread::scope(|scope| {
            for _ in 0..AT_A_TIME {
                let done = done.clone();
                scope.spawn(move || {
                    while let Some(function) = next() {
                        let outcome = self.function(&function);
                        // Nobody listens any more where the first line could not be printed; the work goes on.
                        let _ = done.send((function, outcome));
                    }
                });
            }
            drop(done);
            let mut printed = Ok(());
            for (function, outcome) in told {
                printed = printed.and(tell(&function, outcome));
            }
            printed
        })
    }

    fn function(&self, name: &str) -> Result<Outcome> {
        let function = Function { aws: self.aws, pace: &self.pace, name };
        let served = function.version("live")?.context("it has no alias live")?;
        let target = match self.to {
            Some(release) if served.release == release => return Ok(Outcome::Already(served)),
            Some(release) => {
                let wanted = |version: &Version| Ok(version.release == release);
                let found = function
                    .before(&served, wanted)?
                    .map_or_else(|| function.after(&served, wanted), |found| Ok(Some(found)));
                found?.with_context(|| format!("no version of release {release} is near {served}, which it serves"))?
            }
            None => {
                // Something else than the last deploy left: it went back already, and goes no further unless it is told where to.
                let deployed = self.deployed.get(name).context("the stack lists no version of it")?;
                if *deployed != served.number {
                    return Ok(Outcome::Already(served));
                }
                let wanted =
                    |version: &Version| Ok(!version.is_like(&served) && !self.undone.has(name, version.number)?);
                let Some(before) = function.before(&served, wanted)? else { return Ok(Outcome::NoneBefore(served)) };
                before
            }
        };
        function.serve(&target)?;
        Ok(Outcome::Set { from: served, to: target })
    }
}

#[cfg(test)]
mod tests;
