use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use super::pace::Pace;
use super::version::Undone;
use super::{Outcome, Rollback};
use crate::doctor::aws::{AwsApi, AwsError};

/// A function: its name, the version that its alias names, and its versions with their releases.
type Made<'a> = (&'static str, u64, &'a [(u64, &'static str)]);

/// What Lambda knows: of each function its versions' releases, by number, and what the alias names.
#[derive(Default)]
struct Lambda {
    functions: BTreeMap<&'static str, BTreeMap<u64, &'static str>>,
    /// What the last deploy made of a function.
    latest: &'static str,
    live: Mutex<BTreeMap<String, u64>>,
    /// So many calls are too many.
    too_many: AtomicU32,
    denied: Option<&'static str>,
    updates: AtomicU32,
    /// The version, of the function login, that a deploy published which was rolled back.
    undone: Option<u64>,
}

impl Lambda {
    fn new(functions: &[Made<'_>], latest: &'static str) -> Self {
        let live = functions.iter().map(|(name, live, _)| ((*name).to_owned(), *live)).collect();
        let functions = functions.iter().map(|(name, _, versions)| (*name, versions.iter().copied().collect()));
        Self { functions: functions.collect(), latest, live: Mutex::new(live), ..Self::default() }
    }

    fn live(&self, function: &str) -> u64 {
        self.live.lock().unwrap()[function]
    }
}

impl AwsApi for Lambda {
    fn ask(&self, call: &[&str]) -> Result<Value, AwsError> {
        let refuse =
            |code: &str| AwsError::new(&format!("An error occurred ({code}) when calling the X operation: no"));
        let value = |option: &str| call.iter().skip_while(|word| **word != option).nth(1).copied().unwrap_or_default();
        let function = value("--function-name");
        if self.too_many.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok() {
            return Err(refuse("TooManyRequestsException"));
        }
        if call[1] == "describe-stack-events" {
            let event =
                |kind: &str, status: &str, id: &str| json!({"Kind": kind, "Status": status, "Of": "stack", "Id": id});
            let events = self.undone.map(|number| {
                let arn = format!("arn:aws:lambda:eu-west-1:1:function:login:{number}");
                [
                    event("AWS::CloudFormation::Stack", "UPDATE_ROLLBACK_COMPLETE", "stack"),
                    event("AWS::Lambda::Version", "CREATE_COMPLETE", &arn),
                    event("AWS::CloudFormation::Stack", "UPDATE_COMPLETE", "stack"),
                ]
            });
            return Ok(json!({"Events": events, "NextToken": null}));
        }
        if call[1] == "update-alias" {
            if self.denied == Some(function) {
                return Err(refuse("AccessDeniedException"));
            }
            self.updates.fetch_add(1, Ordering::Relaxed);
            assert_eq!(value("--routing-config"), "AdditionalVersionWeights={}");
            let number = value("--function-version").parse().unwrap();
            self.live.lock().unwrap().insert(function.to_owned(), number);
            return Ok(Value::Null);
        }
        let qualifier = value("--qualifier");
        let number = if qualifier == "live" { self.live(function) } else { qualifier.parse().unwrap() };
        let release = self.functions[function].get(&number);
        let (number, release) = (number.to_string(), *release.ok_or_else(|| refuse("ResourceNotFoundException"))?);
        let environment = json!({"Variables": {"RELEASE": release}});
        Ok(json!({"Configuration": {"Version": number, "CodeSha256": "code", "Environment": environment}}))
    }
}

fn roll_back(lambda: &Lambda, to: Option<&str>) -> BTreeMap<String, anyhow::Result<Outcome>> {
    let pace = Pace::new(Duration::default, |_| ());
    let of_release = |versions: &BTreeMap<u64, &str>| {
        versions.iter().rev().find(|(_, release)| **release == lambda.latest).map(|(number, _)| *number)
    };
    let named = lambda.functions.iter().filter_map(|(name, all)| Some(((*name).to_owned(), of_release(all)?)));
    let undone = Undone::new(lambda, "latchet");
    let rollback = Rollback { aws: lambda, to, deployed: named.collect(), undone: &undone, pace };
    let mut outcomes = BTreeMap::new();
    let functions: VecDeque<_> = lambda.functions.keys().map(|name| (*name).to_owned()).collect();
    let told = rollback.each(functions, |name, outcome| {
        outcomes.insert(name.to_owned(), outcome);
        Ok::<_, ()>(())
    });
    told.unwrap();
    outcomes
}

#[test]
fn every_function_serves_the_version_before_and_going_back_twice_goes_back_once() {
    let versions = [(1, "a"), (2, "b"), (3, "c")];
    let lambda = Lambda::new(&[("login", 3, &versions), ("me", 3, &versions)], "c");
    for outcome in roll_back(&lambda, None).into_values() {
        assert!(matches!(outcome, Ok(Outcome::Set { .. })), "{outcome:?}");
    }
    assert_eq!((lambda.live("login"), lambda.live("me")), (2, 2));
    for outcome in roll_back(&lambda, None).into_values() {
        assert!(matches!(outcome, Ok(Outcome::Already(_))), "{outcome:?}");
    }
    assert_eq!((lambda.live("login"), lambda.live("me")), (2, 2));
}

#[test]
fn who_names_a_release_gets_it_older_or_newer() {
    let lambda = Lambda::new(&[("login", 2, &[(1, "a"), (2, "b"), (3, "c")])], "c");
    roll_back(&lambda, Some("a"));
    assert_eq!(lambda.live("login"), 1);
    roll_back(&lambda, Some("c"));
    assert_eq!(lambda.live("login"), 3);
    assert!(roll_back(&lambda, Some("z"))["login"].is_err());
    assert_eq!(lambda.live("login"), 3);
}

#[test]
fn a_function_without_a_version_before_is_skipped_and_no_failure() {
    let lambda = Lambda::new(&[("login", 2, &[(1, "a"), (2, "b")]), ("new", 1, &[(1, "b")])], "b");
    let outcomes = roll_back(&lambda, None);
    assert!(matches!(outcomes["new"], Ok(Outcome::NoneBefore(_))), "{outcomes:?}");
    assert_eq!((lambda.live("login"), lambda.live("new")), (1, 1));
}

#[test]
fn a_version_that_is_gone_or_that_a_failed_deploy_left_is_passed_over() {
    // Version 2 is deleted, and version 3 is of a deploy that was rolled back.
    let lambda = Lambda { undone: Some(3), ..Lambda::new(&[("login", 4, &[(1, "a"), (3, "c"), (4, "d")])], "d") };
    roll_back(&lambda, None);
    assert_eq!(lambda.live("login"), 1);
}

#[test]
fn the_version_that_a_failed_deploy_left_above_is_not_what_is_left() {
    let lambda = Lambda { undone: Some(3), ..Lambda::new(&[("login", 2, &[(1, "a"), (2, "b"), (3, "c")])], "b") };
    roll_back(&lambda, None);
    assert_eq!(lambda.live("login"), 1);
}

#[test]
fn too_many_requests_are_made_again_and_what_is_denied_fails_alone() {
    let mut lambda = Lambda::new(&[("login", 2, &[(1, "a"), (2, "b")]), ("me", 2, &[(1, "a"), (2, "b")])], "b");
    lambda.denied = Some("me");
    lambda.too_many = AtomicU32::new(5);
    let outcomes = roll_back(&lambda, None);
    assert!(outcomes["login"].is_ok(), "{outcomes:?}");
    assert!(outcomes["me"].as_ref().is_err_and(|error| error.to_string().contains("AccessDenied")), "{outcomes:?}");
    assert_eq!((lambda.live("login"), lambda.live("me")), (1, 2));
    // Afterwards those alone are set that were not.
    lambda.denied = None;
    lambda.updates = AtomicU32::new(0);
    roll_back(&lambda, None);
    assert_eq!((lambda.live("login"), lambda.live("me"), lambda.updates.into_inner()), (1, 1, 1));
}

#[test]
fn aliases_are_set_a_tenth_of_a_second_apart() {
    let (now, waited) = (Arc::new(Mutex::new(Duration::ZERO)), Arc::new(Mutex::new(Vec::new())));
    let pace = Pace::new(
        {
            let now = now.clone();
            move || *now.lock().unwrap()
        },
        {
            let waited = waited.clone();
            move |time| waited.lock().unwrap().push(time)
        },
    );
    for _ in 0..4 {
        pace.wait_for_turn();
    }
    assert_eq!(*waited.lock().unwrap(), [1, 2, 3].map(|tenths| Duration::from_millis(100 * tenths)));
    *now.lock().unwrap() = Duration::from_mins(1);
    pace.wait_for_turn();
    assert_eq!(waited.lock().unwrap().len(), 3, "nobody waits for a turn that is free");
}
