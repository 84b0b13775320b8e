//! The versions of a function, and which of them were never let stand.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

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
    pub(super) fn before(&self, from: &Version, wanted: impl Fn(&Version) -> Result<bool>) -> Result<Option<Version>> {
        self.nearest((from.number.saturating_sub(FAR).max(1)..from.number).rev(), wanted)
    }

    /// The nearest newer version that is wanted.
    pub(super) fn after(&self, from: &Version, wanted: impl Fn(&Version) -> Result<bool>) -> Result<Option<Version>> {
        self.nearest(from.number + 1..=from.number + FAR, wanted)
    }

    fn nearest(
        &self,
        numbers: impl Iterator<Item = u64>,
        wanted: impl Fn(&Version) -> Result<bool>,
    ) -> Result<Option<Version>> {
        for number in numbers {
            // A number may be missing: somebody deletes old versions for their space.
            let Some(version) = self.version(&number.to_string())? else { continue };
            if wanted(&version)? {
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

/// Events that one start of the CLI asks for. It fetches no page beyond them.
const EVENTS: &str = "1000";

/// The versions of deploys that failed. `CloudFormation` takes the alias back and retains what it published: nobody was served it
/// for long, and it failed.
///
/// They are read from what happened to the stack in the 90 days that are kept: page by page, from the newest on, and no further
/// than a version that is asked about.
pub(super) struct Undone<'a, A> {
    aws: &'a A,
    stack: &'a str,
    read: Mutex<Judged>,
}

#[derive(Debug, Default)]
struct Judged {
    /// Of each version that was read of, by function and number: whether its deploy was rolled back.
    versions: BTreeMap<(String, u64), bool>,
    /// How the deploy ended that the next events belong to. What is newer than any end is of no deploy that failed.
    rolled_back: bool,
    next: Page,
}

#[derive(Debug, Default)]
enum Page {
    #[default]
    First,
    After(String),
    None,
}

impl<'a, A: AwsApi> Undone<'a, A> {
    pub(super) fn new(aws: &'a A, stack: &'a str) -> Self {
        Self { aws, stack, read: Mutex::default() }
    }

    /// Whether the deploy that published a version was rolled back.
    pub(super) fn has(&self, function: &str, number: u64) -> Result<bool> {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let version = (function.to_owned(), number);
        loop {
            if let Some(undone) = read.versions.get(&version) {
                return Ok(*undone);
            }
            let token = match &read.next {
                Page::First => None,
                Page::After(token) => Some(token.clone()),
                Page::None => return Ok(false),
            };
            read.add(&self.page(token.as_deref())?);
        }
    }

    fn page(&self, token: Option<&str>) -> Result<Value> {
        let only = "{NextToken: NextToken, Events: StackEvents[?ResourceType=='AWS::Lambda::Version' || \
                    ResourceType=='AWS::CloudFormation::Stack'].\
                    {Kind: ResourceType, Status: ResourceStatus, Of: StackId, Id: PhysicalResourceId}}";
        let call = ["cloudformation", "describe-stack-events", "--stack-name", self.stack, "--max-items", EVENTS];
        let from = token.map(|token| ["--starting-token", token]);
        Ok(self.aws.ask(&[&call[..], &["--query", only], from.as_ref().map_or(&[][..], |from| from)].concat())?)
    }
}

impl Judged {
    /// The newest event is the first.
    fn add(&mut self, page: &Value) {
        for event in page["Events"].as_array().into_iter().flatten() {
            let [kind, status, of, id] =
                ["Kind", "Status", "Of", "Id"].map(|key| event[key].as_str().unwrap_or_default());
            match (kind, status) {
                ("AWS::Lambda::Version", "CREATE_COMPLETE") => {
                    self.versions.extend(of_arn(id).map(|version| (version, self.rolled_back)));
                }
                // Its parts have such events, too.
                ("AWS::CloudFormation::Stack", "UPDATE_COMPLETE" | "CREATE_COMPLETE") if id == of => {
                    self.rolled_back = false;
                }
                ("AWS::CloudFormation::Stack", "UPDATE_ROLLBACK_COMPLETE") if id == of => self.rolled_back = true,
                _ => {}
            }
        }
        self.next = text(&page["NextToken"]).map_or(Page::None, Page::After);
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
    use std::sync::atomic::{AtomicUsize, Ordering};

    use serde_json::{Value, json};

    use super::Undone;
    use crate::doctor::aws::{AwsApi, AwsError};

    const STACK: &str = "arn:aws:cloudformation:eu-west-1:1:stack/latchet/1";

    fn event(kind: &str, status: &str, id: &str) -> Value {
        json!({"Kind": kind, "Status": status, "Of": STACK, "Id": id})
    }

    /// What happened to a stack, the newest first, two events a page, and how many pages were read.
    struct History(Vec<Value>, AtomicUsize);

    impl History {
        fn new() -> Self {
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
            Self(happened.into_iter().rev().collect(), AtomicUsize::new(0))
        }
    }

    impl AwsApi for History {
        fn ask(&self, call: &[&str]) -> Result<Value, AwsError> {
            let token = call.iter().skip_while(|word| **word != "--starting-token").nth(1);
            let page: usize = token.map_or(0, |token| token.parse().unwrap());
            self.1.fetch_add(1, Ordering::Relaxed);
            let mut pages = self.0.chunks(2).skip(page);
            let events = pages.next().unwrap();
            Ok(json!({"Events": events, "NextToken": pages.next().map(|_| (page + 1).to_string())}))
        }
    }

    #[test]
    fn the_versions_of_an_update_that_was_rolled_back_are_known() {
        let history = History::new();
        let undone = Undone::new(&history, "latchet");
        let known = |number| undone.has("latchet-login", number).unwrap();
        assert_eq!([1, 2, 3, 4].map(known), [false, false, true, false]);
        assert!(!undone.has("latchet-other", 3).unwrap());
        assert_eq!(history.1.into_inner(), 5, "each page is read once");
    }

    #[test]
    fn no_event_is_read_that_is_older_than_what_is_asked_about() {
        let history = History::new();
        assert!(Undone::new(&history, "latchet").has("latchet-login", 3).unwrap());
        assert_eq!(history.1.into_inner(), 3);
    }
}
