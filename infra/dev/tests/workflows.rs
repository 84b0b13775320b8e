//! The workflows, as an attacker would read them.

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
                let asked_for = (right == "contents" && level == "read") || (right == "id-token" && level == "write");
                assert!(asked_for, "{}: {name} has {right}: {level}", path.display());
            }
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
        program(&folder.path().join("target/lambda/app-login/bootstrap"), "", mode)?;
        fs::write(folder.path().join("template.yaml"), "CodeUri: target/lambda/app-login/\n")?;
        let pack = "tar --create --gzip --file release.tar.gz template.yaml target && rm -r template.yaml target";
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
    program(&folder.path().join("target/dev"), "#!/bin/sh\nprintf '%s\\n' \"$@\" >named\n", 0o755)?;
    let variables = [
        ("PUBLIC_URL", "https://a.example"),
        ("MAIL_FROM", "a@a.example"),
        ("ALARM_EMAIL", ""),
        ("ROLE_BOUNDARY_ARN", ""),
        ("ROLLOUT", "AllAtOnce"),
        ("ROLL_BACK_ON_ALARM", "true"),
        ("MORE", "MailIdentity=none"),
        ("PARAMETERS", "RateLimitApp=7\nDashboard=false"),
        ("GITHUB_RUN_NUMBER", "12"),
    ];
    let output = run(&script, folder.path(), &variables)?;
    assert!(output.status.success(), "{output:?}");
    let settings = "PublicUrl=\"https://a.example\"\nMailFrom=\"a@a.example\"\nAlarmEmail=\"\"\nRoleBoundary=\"\"\n\
                    MailIdentity=none\nRateLimitApp=7\nDashboard=false\n";
    let named = fs::read_to_string(folder.path().join("named"))?;
    assert_eq!(named, format!("release\n--template\ntemplate.yaml\n{settings}"));
    let parameters = fs::read_to_string(folder.path().join("parameters"))?;
    assert_eq!(parameters, format!("{settings}Rollout=AllAtOnce\nRollBackOnAlarm=true\nBuild=12\n"));
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
fn whoever_calls_the_release_hands_over_its_secret_and_the_main_branch_alone_goes_beyond_a_preview() -> Result<()> {
    for (path, workflow) in workflows()? {
        for (name, job) in jobs(&workflow)?.filter(|(_, job)| job["uses"] == "./.github/workflows/release.yml") {
            let secret = job["secrets"]["SMOKE_APP_SECRET"].as_str();
            assert_eq!(secret, Some("${{ secrets.SMOKE_APP_SECRET }}"), "{}: {name}", path.display());
        }
    }
    let deploy = workflow("deploy.yml")?;
    assert_eq!(deploy["jobs"]["check"]["if"], "github.ref == 'refs/heads/main'");
    for (name, before) in [("staging", "check"), ("production", "staging")] {
        assert_eq!(deploy["jobs"][name]["needs"], before);
        assert!(deploy["jobs"][name]["if"].is_null(), "{name} would run though {before} was skipped");
    }
    Ok(())
}

#[test]
fn whoever_may_deploy_installs_nothing_without_a_digest() -> Result<()> {
    let (_, script) = release_step(|step| step["run"].as_str().is_some_and(|run| run.contains("pip install")))?;
    assert!(script.contains("--require-hashes --no-deps --requirement infra/requirements.lock"), "{script}");
    Ok(())
}
