//! The workflows, as an attacker would read them.

use std::fs;
use std::path::{Path, PathBuf};

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
