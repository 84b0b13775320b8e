//! `cargo ops release`: has the next deploy give every function a new version.
//!
//! SAM makes one where a function's code or the text of its settings changed, and a parameter's value is in neither: without
//! this, the alias goes on serving the value before (docs/decisions/0077-a-release-has-a-name.md).

use std::fs;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, ensure};
use aws_lc_rs::digest::{SHA256, digest};
use clap::Args;

use crate::out::say;

/// What is released.
#[derive(Args, Debug)]
pub struct Options {
    /// The template that is deployed next: what `sam build` left
    #[arg(long, value_name = "FILE", default_value = ".aws-sam/build/template.yaml")]
    template: PathBuf,
    /// The run of a workflow that releases; the name holds it
    #[arg(long, value_name = "ID", env = "GITHUB_RUN_ID", requires = "attempt")]
    run: Option<String>,
    /// Which attempt of that run it is
    #[arg(long, value_name = "N", env = "GITHUB_RUN_ATTEMPT", requires = "run")]
    attempt: Option<String>,
    /// The parameters, as Name=value. Without any the name is the time
    parameters: Vec<String>,
}

/// The variable of every function that has the name.
const VARIABLE: &str = "RELEASE:";

/// Writes the release's name into the template.
///
/// # Errors
/// When the template is not there, or not Latchet's.
pub(crate) fn run(options: &Options) -> Result<()> {
    let path = &options.template;
    let text =
        fs::read_to_string(path).with_context(|| format!("{} cannot be read: sam build first", path.display()))?;
    let run = options.run.as_deref().zip(options.attempt.as_deref());
    let name = if options.parameters.is_empty() { now()? } else { of(&text, &options.parameters, run) };
    fs::write(path, named(&text, &name)?).with_context(|| format!("{} cannot be written", path.display()))?;
    say!("The next deploy of {} is release {name}.", path.display())?;
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "a name that no release had before; nothing depends on the time")]
fn now() -> Result<String> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs().to_string())
}

/// The name of this template with these parameters: another one where a parameter, its default or a function changed, and in
/// every attempt of every run.
///
/// A deploy that was rolled back leaves its versions behind. One with the same name would have the same code and settings, Lambda
/// would publish nothing, and `CloudFormation` would fail: "A version for this Lambda function exists"
/// (aws/serverless-application-model#3281).
fn of(text: &str, parameters: &[String], run: Option<(&str, &str)>) -> String {
    let unnamed: String = text.lines().filter(|line| !is_variable(line)).collect();
    let all = [&[unnamed], parameters].concat().join("\n");
    let digest = digest(&SHA256, all.as_bytes());
    let digest = digest.as_ref().iter().take(8).fold(0, |name: u64, byte| name << 8 | u64::from(*byte));
    match run {
        Some((run, attempt)) => format!("{run}-{attempt}-{digest:016x}"),
        None => format!("{digest:016x}"),
    }
}

fn named(text: &str, name: &str) -> Result<String> {
    let lines: Vec<_> = text
        .lines()
        .map(|line| match line.split_once(VARIABLE) {
            Some((indent, _)) if is_variable(line) => format!("{indent}{VARIABLE} \"{name}\""),
            _ => line.to_owned(),
        })
        .collect();
    let variables = text.lines().filter(|line| is_variable(line)).count();
    ensure!(variables == 1, "the template has {variables} lines `{VARIABLE}`: is it Latchet's?");
    Ok(lines.join("\n") + "\n")
}

fn is_variable(line: &str) -> bool {
    line.trim_start().starts_with(VARIABLE)
}

#[cfg(test)]
mod tests {
    use super::{named, of};

    const TEMPLATE: &str = include_str!("../../../template.yaml");

    fn parameters(list: &[&str]) -> Vec<String> {
        list.iter().map(|parameter| (*parameter).to_owned()).collect()
    }

    #[test]
    fn a_release_is_another_one_where_a_parameter_or_the_template_is() {
        let given = parameters(&["MailFrom=a@example.com"]);
        let name = of(TEMPLATE, &given, None);
        assert_eq!(name.len(), 16);
        assert_eq!(name, of(TEMPLATE, &given, None));
        assert_ne!(name, of(TEMPLATE, &parameters(&["MailFrom=b@example.com"]), None));
        assert_ne!(name, of(&TEMPLATE.replace("Default: zh", "Default: en"), &given, None));
    }

    #[test]
    fn a_second_attempt_is_another_release() {
        let given = parameters(&["MailFrom=a@example.com"]);
        let first = of(TEMPLATE, &given, Some(("4711", "1")));
        assert!(first.starts_with("4711-1-"), "{first}");
        assert_ne!(first, of(TEMPLATE, &given, Some(("4711", "2"))));
        assert_ne!(first, of(TEMPLATE, &given, Some(("4712", "1"))));
    }

    #[test]
    fn the_name_stands_in_every_functions_environment_and_does_not_change_itself() -> anyhow::Result<()> {
        let written = named(TEMPLATE, "1795289200")?;
        let given = [("PublicUrl", "https://auth.example"), ("MailFrom", "auth@example.com")];
        let given = given.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        for function in template::Template::parse(&written, &given)?.functions {
            let release = function.environment.get("RELEASE").map(String::as_str);
            assert_eq!(release, Some("1795289200"), "{}", function.name);
        }
        assert_eq!(of(&written, &[], None), of(TEMPLATE, &[], None));
        assert!(named("Resources: {}", "1").is_err());
        Ok(())
    }
}
