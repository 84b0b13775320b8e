//! `cargo dev test --clients`: OAuth clients and JWT verifiers that others wrote, unmodified, and what we publish for clients: the examples
//! of the quickstarts and `clients/ts`; against the service as it runs here.

mod expired;
mod table;

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};

use ops::deployment::OperatorContext;
use ops::out::say;
use serde_json::Value;
use shared::app::registration::Registration;
use shared::app::resource::ResourceServer;
use shared::app::{App, Policy};
use shared::oauth::scope::Scope;
use shared::token::Algorithm;

use crate::local_run::LocalRun;
use crate::tools;
use table::Table;

const SCRIPTS: &str = "tests/clients";
const GENERATORS: &str = "tests/generated";
/// What we publish for clients. Each folder has a `check.mjs`.
const OURS: [&str; 7] = [
    "clients/ts",
    "examples/backend",
    "examples/mobile",
    "examples/nextjs",
    "examples/third-party",
    "examples/web",
    "examples/webhooks",
];
const INFO: &str = "target/clients-info.json";
const TOKENS: &str = "target/clients-tokens.json";
const EXPIRED: &str = "target/clients-expired.json";

/// The groups of the table.
const PUBLISHED: &str = "What we publish";
const GENERATED: &str = "The OpenAPI document: linters, and clients that are generated of it";
const OAUTH: &str = "OAuth clients";
const PARTIES: &str = "Relying parties of OpenID Connect";
const MCP: &str = "MCP";
const VERIFIERS: &str = "Resource servers and API Gateway";
const MOVING: &str = "Users of a Cognito pool";

/// Apps whose tokens others can verify, as their operator makes them: each with an algorithm of its own.
const VERIFIABLE: [(&str, Algorithm); 2] = [("default", Algorithm::Es256), ("demo", Algorithm::Rs256)];

/// Resource servers of the first app: each with an algorithm of its own.
const RESOURCES: [(&str, Algorithm); 2] =
    [("https://notes.example", Algorithm::Rs256), ("https://files.example/v1", Algorithm::EdDsa)];

/// Installs the libraries where they are not there yet, starts the service, runs every library against it, and shows which ran.
pub(super) fn run() -> Result<()> {
    install()?;
    let (info, tokens) = (std::env::current_dir()?.join(INFO), std::env::current_dir()?.join(TOKENS));
    let _service = LocalRun::start(&info, &[])?;
    // Before a function has met the apps: it would remember them for a minute.
    let port = make_verifiable(&info)?.to_string();
    let mut table = Table::default();
    let ran = each(&mut table, &info.display().to_string(), &tokens.display().to_string(), &port);
    table.show()?;
    ran
}

fn install() -> Result<()> {
    in_scripts("npm", &["install", "--no-audit", "--no-fund", "--prefix", "../../examples/mcp"])?;
    for folder in [SCRIPTS, GENERATORS] {
        in_folder(folder, "npm", &["install", "--no-audit", "--no-fund"], |_| ())?;
        in_folder(folder, "python3", &["-m", "venv", "venv"], |_| ())?;
        in_folder(folder, "venv/bin/pip", &["install", "--quiet", "--requirement", "requirements.txt"], |_| ())?;
    }
    in_scripts("bash", &["setup"])
}

/// Runs every script, until one fails.
fn each(table: &mut Table, info: &str, tokens: &str, port: &str) -> Result<()> {
    in_scripts("node_modules/.bin/tsc", &["--project", "../../clients/ts"])?;
    for folder in OURS {
        in_folder(folder, "node", &["check.mjs", info], |line| table.read(PUBLISHED, line))?;
    }
    let expired = std::env::current_dir()?.join(EXPIRED).display().to_string();
    let scripts: [(&'static str, &str, &[&str]); 15] = [
        (PUBLISHED, "node", &["readme.mjs", info]),
        (PUBLISHED, "node", &["expo.mjs", info]),
        (OAUTH, "node", &["run.mjs", info]),
        (OAUTH, "venv/bin/python", &["run.py", info]),
        (PARTIES, "node", &["parties.mjs", info]),
        (PARTIES, "venv/bin/python", &["parties.py", info]),
        (PARTIES, "node", &["page.mjs", info]),
        (PARTIES, "node", &["others.mjs", info]),
        (MCP, "node", &["mcp.mjs", info, port]),
        (MCP, "node", &["mcp_remote.mjs", info, port]),
        (MCP, "node", &["mcp_conformance.mjs", info, port]),
        (MOVING, "venv/bin/python", &["cognito.py", info]),
        (MOVING, "venv/bin/python", &["recipe.py", info]),
        (VERIFIERS, "venv/bin/python", &["verify.py", info, tokens, &expired]),
        (VERIFIERS, "node", &["verify.mjs", tokens]),
    ];
    for (group, program, arguments) in scripts {
        in_folder(SCRIPTS, program, arguments, |line| table.read(group, line))?;
    }
    in_folder(SCRIPTS, "node", &["verify_debian.mjs", tokens], |line| table.read(VERIFIERS, line))?;
    in_rust(tokens)?;
    table.read(VERIFIERS, "ok  jsonwebtoken, and a Lambda authorizer with it");
    in_folder(GENERATORS, "node", &["run.mjs", info], |line| table.read(GENERATED, line))
}

/// Gives the apps their algorithms, and the first one its resource servers. One of them is the MCP server, at the port that this says;
/// its clients register themselves.
fn make_verifiable(info: &Path) -> Result<u16> {
    let context = OperatorContext::of_local_run(info)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    for (id, algorithm) in VERIFIABLE {
        let registration = Registration::Open;
        let change = |app: App| Ok(App { policy: Policy { algorithm, registration, ..app.policy.clone() }, ..app });
        runtime.block_on(ops::app::change(&context, &id.parse()?, change))?;
    }
    for (identifier, algorithm) in RESOURCES {
        let server = ResourceServer { identifier: identifier.parse()?, scopes: Scope::read("read"), algorithm };
        runtime.block_on(ops::resource::make(&context, &VERIFIABLE[0].0.parse()?, server))?;
    }
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let identifier = format!("http://127.0.0.1:{port}/mcp").parse()?;
    let server =
        ResourceServer { identifier, scopes: Scope::read("mementos notes.write"), algorithm: Algorithm::Es256 };
    let app = VERIFIABLE[0].0.parse()?;
    runtime.block_on(ops::resource::make(&context, &app, server))?;
    runtime.block_on(expired::write(&context, &app, &issuer(info)?, Path::new(EXPIRED)))?;
    Ok(port)
}

/// The app that the pages are bound to has the deployment's address as its issuer.
fn issuer(info: &Path) -> Result<String> {
    let info: Value = serde_json::from_slice(&std::fs::read(info)?)?;
    Ok(info["url"].as_str().context("the info file names no address")?.to_owned())
}

/// The verifier in Rust is a test, as the others are scripts.
fn in_rust(tokens: &str) -> Result<()> {
    let mut verify = tools::cargo(&["test", "--locked", "--workspace", "--test", "verifiers", "--", "--ignored"]);
    ensure!(
        verify.env("LATCHET_TOKENS", tokens).status()?.success(),
        "jsonwebtoken took a token for another: see above"
    );
    Ok(())
}

fn in_scripts(program: &str, arguments: &[&str]) -> Result<()> {
    in_folder(SCRIPTS, program, arguments, |_| ())
}

/// Runs a program in a folder, shows what it prints, and tells `seen` each line of it.
fn in_folder(folder: &str, program: &str, arguments: &[&str], mut seen: impl FnMut(&str)) -> Result<()> {
    say!("{folder}: {program} {}", arguments.join(" "))?;
    let started = Command::new(program).args(arguments).current_dir(folder).stdout(Stdio::piped()).spawn();
    let mut child = started.with_context(|| format!("{program} does not start: Node 20 and Python 3 are needed"))?;
    for line in child.stdout.take().into_iter().flat_map(|printed| BufReader::new(printed).lines()) {
        let line = line?;
        say!("{line}")?;
        seen(&line);
    }
    ensure!(child.wait()?.success(), "{program} failed: see above");
    Ok(())
}
