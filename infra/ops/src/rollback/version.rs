//! The versions of a function, and which of them were never let stand.

use std::collections::BTreeSet;
use std::fmt;

use anyhow::Result;
use serde_json::Value;

use super::pace::Pace;
use crate::doctor::aws::AwsApi;
use crate::doctor::stack::text;

/// How far a version is looked for: deploys that failed leave versions behind, and nobody goes back further.
const FAR: u64 = 20;

/// A published version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Version {
    pub(super) number: u64,
    pub(super) release: String,
    /// The digest of its code.
    code: String,
}

impl Version {
    fn read(configuration: &Value) -> Self {
        let value = |value: &Value| text(value).unwrap_or_default();
        Self {
            number: value(&configuration["Version"]).parse().unwrap_or_default(),
            release: value(&configuration["Environment"]["Variables"]["RELEASE"]),
            code: value(&configuration["CodeSha256"]),
        }
    }

    /// Whether both are of one deploy. A deploy of new code by hand may keep the release's name.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        self.release == other.release && self.code == other.code
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "release {} (version {})", self.release, self.number)
    }
}

/// A function with the alias `live`.
pub(super) struct Function<'a, A> {
    pub(super) aws: &'a A,
    pub(super) pace: &'a Pace,
    pub(super) name: &'a str,
}

impl<A: AwsApi> Function<'_, A> {
    /// The version that a qualifier names; none where there is no such version.
    ///
    /// `GetFunction` has 100 requests a second to itself, and every other call of the control plane shares 15:
    /// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html#api-requests>.
    pub(super) fn version(&self, qualifier: &str) -> Result<Option<Version>> {
        let call = ["lambda", "get-function", "--function-name", self.name, "--qualifier", qualifier];
        match self.pace.patiently(|| self.aws.ask(&call)) {
            Ok(answer) => Ok(Some(Version::read(&answer["Configuration"]))),
            Err(error) if error.code() == Some("ResourceNotFoundException") => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The nearest older version that is wanted.
    pub(super) fn before(&self, from: &Version, wanted: impl Fn(&Version) -> bool) -> Result<Option<Version>> {
        self.nearest((from.number.saturating_sub(FAR).max(1)..from.number).rev(), wanted)
    }

    /// The nearest newer version that is wanted.
    pub(super) fn after(&self, from: &Version, wanted: impl Fn(&Version) -> bool) -> Result<Option<Version>> {
        self.nearest(from.number + 1..=from.number + FAR, wanted)
    }

    fn nearest(
        &self,
        numbers: impl Iterator<Item = u64>,
        wanted: impl Fn(&Version) -> bool,
    ) -> Result<Option<Version>> {
        for number in numbers {
            // A number may be missing: somebody deletes old versions for their space.
            if let Some(version) = self.version(&number.to_string())?.filter(&wanted) {
                return Ok(Some(version));
            }
        }
        Ok(None)
    }

    /// Has the alias name a version, and that one alone: a rollout that was stopped leaves a share to another.
    pub(super) fn serve(&self, version: &Version) -> Result<()> {
        let number = version.number.to_string();
        let call = [
            "lambda",
            "update-alias",
            "--function-name",
            self.name,
            "--name",
            "live",
            "--function-version",
            &number,
            "--routing-config",
            "AdditionalVersionWeights={}",
        ];
        self.pace.patiently(|| {
            self.pace.wait_for_turn();
            self.aws.ask(&call)
        })?;
        Ok(())
    }
}

/// The versions of deploys that failed. `CloudFormation` takes the alias back and retains what it published: nobody was served it
/// for long, and it failed.
#[derive(Debug, Default)]
pub(super) struct Undone(pub(super) BTreeSet<(String, u64)>);

impl Undone {
    /// Reads it from what happened to a stack, in the 90 days that are kept.
    pub(super) fn of(aws: &impl AwsApi, stack: &str) -> Result<Self> {
        let only = "StackEvents[?ResourceType=='AWS::Lambda::Version' || ResourceType=='AWS::CloudFormation::Stack'].\
                    {Kind: ResourceType, Status: ResourceStatus, Of: StackId, Id: PhysicalResourceId}";
        let call = ["cloudformation", "describe-stack-events", "--stack-name", stack, "--query", only];
        Ok(Self::read(&aws.ask(&call)?))
    }

    /// The newest event is the first.
    fn read(events: &Value) -> Self {
        let (mut undone, mut made) = (BTreeSet::new(), BTreeSet::new());
        for event in events.as_array().into_iter().flatten().rev() {
            let [kind, status, of, id] =
                ["Kind", "Status", "Of", "Id"].map(|key| event[key].as_str().unwrap_or_default());
            match (kind, status) {
                ("AWS::Lambda::Version", "CREATE_COMPLETE") => made.extend(of_arn(id)),
                // Its parts have such events, too.
                ("AWS::CloudFormation::Stack", "UPDATE_COMPLETE" | "CREATE_COMPLETE") if id == of => made.clear(),
                ("AWS::CloudFormation::Stack", "UPDATE_ROLLBACK_COMPLETE") if id == of => undone.append(&mut made),
                _ => {}
            }
        }
        Self(undone)
    }

    pub(super) fn has(&self, function: &str, number: u64) -> bool {
        self.0.contains(&(function.to_owned(), number))
    }
}

/// A version is called by its ARN, …:function:NAME:NUMBER.
pub(super) fn of_arn(arn: &str) -> Option<(String, u64)> {
    let mut parts = arn.rsplit(':');
    let number = parts.next()?.parse().ok()?;
    Some((parts.next()?.to_owned(), number))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Undone;

    const STACK: &str = "arn:aws:cloudformation:eu-west-1:1:stack/latchet/1";

    fn event(kind: &str, status: &str, id: &str) -> Value {
        json!({"Kind": kind, "Status": status, "Of": STACK, "Id": id})
    }

    #[test]
    fn the_versions_of_an_update_that_was_rolled_back_are_known() {
        let version = |number: u64| {
            let arn = format!("arn:aws:lambda:eu-west-1:1:function:latchet-login:{number}");
            event("AWS::Lambda::Version", "CREATE_COMPLETE", &arn)
        };
        let stack = |status: &str| event("AWS::CloudFormation::Stack", status, STACK);
        let part = event("AWS::CloudFormation::Stack", "UPDATE_COMPLETE", "arn:of:a:part");
        let happened = [
            version(1),
            stack("CREATE_COMPLETE"),
            version(2),
            stack("UPDATE_COMPLETE"),
            version(3),
            part,
            stack("UPDATE_ROLLBACK_COMPLETE"),
            version(4),
            stack("UPDATE_COMPLETE"),
        ];
        let undone = Undone::read(&happened.into_iter().rev().collect());
        let known = |number| undone.has("latchet-login", number);
        assert_eq!([1, 2, 3, 4].map(known), [false, false, true, false]);
        assert!(!undone.has("latchet-other", 3));
    }
}
