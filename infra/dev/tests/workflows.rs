//! The workflows, as an attacker would read them.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context, Result};
use serde_json::Value;

/// Every workflow, read.
fn workflows() -> Result<Vec<(PathBuf, Value)>> {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../.github/workflows"));
    let files = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    let workflows: Vec<_> = files
        .into_iter()
        .map(|path| {
            let workflow = local::template::document(&fs::read_to_string(&path)?)?;
            Ok((path, workflow))
        })
        .collect::<Result<_>>()?;
    assert!(!workflows.is_empty(), "there are no workflows in {}", folder.display());
    Ok(workflows)
}

fn jobs(workflow: &Value) -> Result<impl Iterator<Item = (&String, &Value)>> {
    Ok(workflow["jobs"].as_object().context("no jobs")?.iter())
}

fn steps(job: &Value) -> impl Iterator<Item = &Value> {
    job["steps"].as_array().into_iter().flatten()
}

#[test]
fn every_action_is_pinned_by_its_digest() -> Result<()> {
    for (path, workflow) in workflows()? {
        for (name, job) in jobs(&workflow)? {
            for used in steps(job).chain([job]).filter_map(|step| step["uses"].as_str()) {
                let digest = used.split_once('@').map_or("", |(_, digest)| digest);
                let pinned = digest.len() == 40 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
                assert!(pinned || used.starts_with("./"), "{}: {name} uses {used}", path.display());
            }
        }
    }
    Ok(())
}

#[test]
fn nobody_has_rights_that_were_not_asked_for() -> Result<()> {
    for (path, workflow) in workflows()? {
        assert_eq!(workflow["permissions"], serde_json::json!({}), "{}", path.display());
        for (name, job) in jobs(&workflow)? {
            let rights = job["permissions"].as_object().with_context(|| format!("{}: {name}", path.display()))?;
            for (right, level) in rights {
                let asked_for = matches!(
                    (right.as_str(), level.as_str()),
                    ("contents" | "actions", Some("read")) | ("id-token", Some("write"))
                );
                assert!(asked_for, "{}: {name} has {right}: {level}", path.display());
            }
            // To look at other runs is one job's, which may do nothing else.
            assert!(!rights.contains_key("actions") || !rights.contains_key("id-token"), "{}: {name}", path.display());
            // Who may deploy compiles nothing, and who compiles may not deploy.
            let may_deploy = rights.contains_key("id-token") && job["uses"].is_null();
            let runs: Vec<_> = steps(job).filter_map(|step| step["run"].as_str()).collect();
            assert!(!may_deploy || !runs.join("\n").contains("cargo"), "{}: {name} compiles", path.display());
            assert!(!may_deploy || job["environment"].is_string(), "{}: {name} names no environment", path.display());
        }
    }
    Ok(())
}

#[test]
fn no_expression_is_pasted_into_a_script() -> Result<()> {
    for (path, workflow) in workflows()? {
        for (name, job) in jobs(&workflow)? {
            for run in steps(job).filter_map(|step| step["run"].as_str()) {
                assert!(!run.contains("${{"), "{}: {name} runs {run}", path.display());
            }
        }
    }
    Ok(())
}

#[test]
fn what_strangers_propose_is_never_run_with_rights() -> Result<()> {
    for (path, workflow) in workflows()? {
        let triggers = workflow["on"].to_string();
        for dangerous in ["pull_request_target", "workflow_run", "issue_comment"] {
            assert!(!triggers.contains(dangerous), "{} runs on {dangerous}", path.display());
        }
        if !triggers.contains("pull_request") {
            continue;
        }
        for (name, job) in jobs(&workflow)? {
            let has_rights = job["permissions"].get("id-token").is_some();
            let condition = job["if"].as_str().unwrap_or_default();
            let ours = "github.event.pull_request.head.repo.full_name == github.repository";
            assert!(
                !has_rights || condition.contains(ours) || job["needs"].is_string(),
                "{}: {name} may be another repository's",
                path.display()
            );
        }
    }
    Ok(())
}

fn workflow(name: &str) -> Result<Value> {
    let found = workflows()?.into_iter().find(|(path, _)| path.ends_with(name));
    Ok(found.with_context(|| format!("there is no {name}"))?.1)
}

/// Where in release.yml's one job a step is, and its script.
fn release_step(is: impl Fn(&Value) -> bool) -> Result<(usize, String)> {
    let workflow = workflow("release.yml")?;
    let (at, step) =
        steps(&workflow["jobs"]["release"]).enumerate().find(|(_, step)| is(step)).context("no such step")?;
    Ok((at, step["run"].as_str().unwrap_or_default().to_owned()))
}

fn run(script: &str, folder: &Path, variables: &[(&str, &str)]) -> Result<Output> {
    Ok(Command::new("bash").args(["-c", script]).current_dir(folder).envs(variables.iter().copied()).output()?)
}

fn program(path: &Path, text: &str, mode: u32) -> Result<()> {
    fs::create_dir_all(path.parent().context("a folder")?)?;
    fs::write(path, text)?;
    Ok(fs::set_permissions(path, fs::Permissions::from_mode(mode))?)
}

#[test]
fn what_is_deployed_keeps_its_modes_and_is_looked_at_before_there_are_credentials() -> Result<()> {
    let check = workflow("check.yml")?;
    let uploaded: Vec<_> = steps(&check["jobs"]["build"]).filter_map(|step| step["with"]["path"].as_str()).collect();
    assert_eq!(uploaded, ["target/release.tar.gz"], "an artifact of many files loses their modes");

    let (unpacked, script) = release_step(|step| step["name"] == "Unpack")?;
    let is_login =
        |step: &Value| step["uses"].as_str().is_some_and(|used| used.contains("/configure-aws-credentials@"));
    assert!(unpacked < release_step(is_login)?.0);
    for (mode, succeeds) in [(0o755, true), (0o644, false)] {
        let folder = tempfile::tempdir()?;
        program(&folder.path().join(".aws-sam/build/AppLogin/bootstrap"), "", mode)?;
        fs::write(folder.path().join(".aws-sam/build/template.yaml"), "      CodeUri: AppLogin\n")?;
        let pack = "tar --create --gzip --file release.tar.gz .aws-sam && rm -r .aws-sam";
        assert!(run(pack, folder.path(), &[])?.status.success());
        let output = run(&script, folder.path(), &[])?;
        assert_eq!(output.status.success(), succeeds, "{output:?}");
    }
    Ok(())
}

#[test]
fn parameters_are_handed_over_empty_or_not_and_name_the_release() -> Result<()> {
    let (_, script) = release_step(|step| step["name"] == "Parameters")?;
    let folder = tempfile::tempdir()?;
    program(&folder.path().join("target/ops"), "#!/bin/sh\nprintf '%s\\n' \"$@\" >named\n", 0o755)?;
    let variables = [
        ("PUBLIC_URL", "https://a.example"),
        ("MAIL_FROM", "a@a.example"),
        ("ALARM_EMAIL", ""),
        ("ROLE_BOUNDARY_ARN", ""),
        ("ROLLOUT", "AllAtOnce"),
        ("ROLL_BACK_ON_ALARM", "true"),
        ("MORE", "MailIdentity=none"),
        ("PARAMETERS", "RateLimitApp=7\nDashboard=false"),
        ("EDGE_SECRET", ""),
        ("GITHUB_RUN_NUMBER", "12"),
        ("GITHUB_RUN_ID", "345"),
        ("GITHUB_RUN_ATTEMPT", "2"),
    ];
    let output = run(&script, folder.path(), &variables)?;
    assert!(output.status.success(), "{output:?}");
    let settings = "PublicUrl=\"https://a.example\"\nMailFrom=\"a@a.example\"\nAlarmEmail=\"\"\nRoleBoundary=\"\"\n\
                    MailIdentity=none\nRateLimitApp=7\nDashboard=false\n";
    let named = fs::read_to_string(folder.path().join("named"))?;
    // An attempt more is a release more, so that the same run goes on after a rollback.
    assert_eq!(named, format!("release\n{settings}Run=345-2\n"));
    let parameters = fs::read_to_string(folder.path().join("parameters"))?;
    assert_eq!(parameters, format!("{settings}Rollout=AllAtOnce\nRollBackOnAlarm=true\nBuild=12\n"));

    for (secret, parameter) in [("none", "EdgeSecret=\"\"\n"), ("nonesuch,b", "EdgeSecret=\"nonesuch,b\"\n")] {
        let variables = variables.map(|(name, value)| (name, if name == "EDGE_SECRET" { secret } else { value }));
        assert!(run(&script, folder.path(), &variables)?.status.success());
        let parameters = fs::read_to_string(folder.path().join("parameters"))?;
        assert!(parameters.contains(parameter), "{parameters}");
    }
    Ok(())
}

/// What the script of the job `earlier` says to a run of which `gh` tells this.
fn takes(run_of: &str, status: &str, checks: &str) -> Result<bool> {
    let deploy = workflow("deploy.yml")?;
    let step = steps(&deploy["jobs"]["earlier"]).find(|step| step["run"].is_string()).context("no script")?;
    let folder = tempfile::tempdir()?;
    let gh = format!(
        "#!/bin/sh\ncase $2 in */jobs*) echo '{checks}' ;; */compare/main...c0ffee) echo {status} ;; *) echo '{run_of}' ;; esac\n"
    );
    program(&folder.path().join("bin/gh"), &gh, 0o755)?;
    let script = format!("PATH=$PWD/bin:$PATH\n{}", step["run"].as_str().unwrap_or_default());
    let variables = [("RUN", "345"), ("GITHUB_REPOSITORY", "you/latchet")];
    Ok(run(&script, folder.path(), &variables)?.status.success())
}

#[test]
fn an_earlier_build_is_one_that_the_main_branch_made_and_checked() -> Result<()> {
    let ours = ".github/workflows/deploy.yml c0ffee";
    assert!(takes(&format!("push {ours}"), "behind", "success")?);
    assert!(takes(&format!("workflow_dispatch {ours}"), "identical", "success")?);
    // A pull request's run, another workflow's, a commit that is not on the main branch, checks that failed or were not run.
    assert!(!takes(&format!("pull_request {ours}"), "behind", "success")?);
    assert!(!takes("push .github/workflows/check.yml c0ffee", "behind", "success")?);
    assert!(!takes(&format!("push {ours}"), "ahead", "success")?);
    assert!(!takes(&format!("push {ours}"), "diverged", "success")?);
    assert!(!takes(&format!("push {ours}"), "behind", "failure success")?);
    assert!(!takes(&format!("push {ours}"), "behind", "")?);
    Ok(())
}

#[test]
fn a_rollback_builds_nothing_and_waits_for_a_deploy_that_is_under_way() -> Result<()> {
    let (deploy, release) = (workflow("deploy.yml")?, workflow("release.yml")?);
    let job = &deploy["jobs"]["rollback"];
    assert!(
        job["needs"].is_null()
            && job["if"].as_str().is_some_and(|on| on.starts_with("github.ref == 'refs/heads/main'"))
    );
    let runs: String = steps(job).filter_map(|step| step["run"].as_str()).collect();
    assert!(runs.contains("./ops rollback --stack \"$STACK\" --region \"$REGION\""), "{runs}");
    // The program that it runs is the one that a release leaves.
    let left: String = steps(&release["jobs"]["release"]).filter_map(|step| step["run"].as_str()).collect();
    for script in [&runs, &left] {
        assert!(script.contains("\"s3://$ARTIFACT_BUCKET/tools/$STACK/ops\""), "{script}");
    }
    assert_eq!(job["concurrency"]["cancel-in-progress"], false);
    assert_eq!(release["jobs"]["release"]["concurrency"]["group"], "release-${{ inputs.stack }}");
    let group = job["concurrency"]["group"].as_str().context("no group")?;
    assert!(group.starts_with("release-") && group.contains("'latchet' || 'latchet-staging'"), "{group}");
    Ok(())
}

#[test]
fn an_older_build_does_not_replace_a_newer_one() -> Result<()> {
    let (_, script) = release_step(|step| step["name"] == "Nothing newer is there")?;
    let said = |text: &str, status: u8| format!("#!/bin/sh\necho '{text}'\necho '{text}' >&2\nexit {status}\n");
    for (answer, succeeds) in [
        (said("11", 0), true),
        (said("12", 0), true),
        (said("13", 0), false),
        (said("None", 0), true),
        (said("Stack with id latchet does not exist", 254), true),
        (said("AccessDenied", 254), false),
    ] {
        let folder = tempfile::tempdir()?;
        program(&folder.path().join("bin/aws"), &answer, 0o755)?;
        let script = format!("PATH=$PWD/bin:$PATH\n{script}");
        let output = run(&script, folder.path(), &[("STACK", "latchet"), ("GITHUB_RUN_NUMBER", "12")])?;
        assert_eq!(output.status.success(), succeeds, "{answer}: {output:?}");
    }
    Ok(())
}

#[test]
fn somebody_who_calls_the_release_hands_over_its_secret_and_the_main_branch_alone_goes_beyond_a_preview() -> Result<()>
{
    for (path, workflow) in workflows()? {
        for (name, job) in jobs(&workflow)?.filter(|(_, job)| job["uses"] == "./.github/workflows/release.yml") {
            let secret = job["secrets"]["SMOKE_APP_SECRET"].as_str();
            assert_eq!(secret, Some("${{ secrets.SMOKE_APP_SECRET }}"), "{}: {name}", path.display());
        }
    }
    let deploy = workflow("deploy.yml")?;
    for first in ["check", "earlier", "rollback"] {
        let condition = deploy["jobs"][first]["if"].as_str().unwrap_or_default();
        assert!(condition.starts_with("github.ref == 'refs/heads/main' && "), "{first}: {condition}");
    }
    // With `!failure()` a job would run though what it needs was skipped.
    for (name, before) in [("staging", &["check", "earlier"][..]), ("production", &["staging"])] {
        let needs = &deploy["jobs"][name]["needs"];
        assert!(before.iter().all(|job| needs == job || needs.to_string().contains(job)), "{name}: {needs}");
        let condition = deploy["jobs"][name]["if"].as_str().unwrap_or_default();
        let done: Vec<_> = before.iter().map(|job| format!("needs.{job}.result == 'success'")).collect();
        assert!(condition.starts_with("${{ !failure() && !cancelled() && "), "{name}: {condition}");
        assert!(condition.contains(&done.join(" || ")), "{name}: {condition}");
    }
    Ok(())
}

/// What `template.yaml` keeps when a stack is deleted, by logical id.
fn retained() -> Result<BTreeSet<String>> {
    let template = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../template.yaml"))?;
    let template = local::template::document(&template)?;
    let resources = template["Resources"].as_object().context("no Resources")?;
    let kept =
        |resource: &Value| resource["DeletionPolicy"].as_str().is_some_and(|policy| policy.starts_with("Retain"));
    Ok(resources.iter().filter(|(_, resource)| kept(resource)).map(|(id, _)| id.clone()).collect())
}

#[test]
fn a_preview_that_is_removed_leaves_nothing_that_a_stack_keeps() -> Result<()> {
    let preview = workflow("preview.yml")?;
    let script = steps(&preview["jobs"]["remove"]).find_map(|step| step["run"].as_str()).context("no script")?;
    let folder = tempfile::tempdir()?;
    // A resource's name is its logical id. What is deleted is written down, and a protected table is not deleted.
    let aws = r#"#!/bin/bash
set -eu
call=$2
while [[ $# -gt 0 ]]; do
  case $1 in
    --logical-resource-id|--table-name|--secret-id) name=$2; shift ;;
  esac
  shift
done
case $call in
  describe-stack-resource) echo "$name" ;;
  update-table) touch "unprotected-$name" ;;
  delete-table) [[ -e "unprotected-$name" ]]; echo "$name" >>deleted ;;
  delete-secret) echo "$name" >>deleted ;;
esac
"#;
    program(&folder.path().join("bin/aws"), aws, 0o755)?;
    let script = format!("PATH=$PWD/bin:$PATH\n{script}");
    let output = run(&script, folder.path(), &[("STACK", "latchet-pr-1")])?;
    assert!(output.status.success(), "{output:?}");
    let deleted = fs::read_to_string(folder.path().join("deleted"))?;
    assert_eq!(deleted.lines().map(str::to_owned).collect::<BTreeSet<_>>(), retained()?);
    Ok(())
}

#[test]
fn somebody_who_may_deploy_installs_nothing_without_a_digest() -> Result<()> {
    let (_, script) = release_step(|step| step["run"].as_str().is_some_and(|run| run.contains("pip install")))?;
    assert!(script.contains("--require-hashes --no-deps --requirement infra/requirements.lock"), "{script}");
    Ok(())
}
