//! `cargo dev test --clients`: OAuth clients and JWT verifiers that others wrote, unmodified, and what we publish for clients: the examples
//! of the quickstarts and `clients/ts`; against the service as it runs here.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};

use ops::deployment::OperatorContext;
use ops::out::say;
use shared::app::registration::Registration;
use shared::app::resource::ResourceServer;
use shared::app::{App, Policy};
use shared::oauth::scope::Scope;
use shared::token::Algorithm;

use crate::tools;

const SCRIPTS: &str = "tests/clients";
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

/// Apps whose tokens others can verify, as their operator makes them: each with an algorithm of its own.
const VERIFIABLE: [(&str, Algorithm); 2] = [("default", Algorithm::Es256), ("demo", Algorithm::Rs256)];

/// Resource servers of the first app: each with an algorithm of its own.
const RESOURCES: [(&str, Algorithm); 2] =
    [("https://notes.example", Algorithm::Rs256), ("https://files.example/v1", Algorithm::EdDsa)];

/// Half an hour: on a fresh clone `up` first compiles the functions.
const LOOKS: u32 = 9000;
const PAUSE: Duration = Duration::from_millis(200);

/// The service, which ends with this.
struct Service(Child);

impl Drop for Service {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Installs the libraries where they are not there yet, starts the service and runs every library against it.
pub(super) fn run() -> Result<()> {
    in_scripts("npm", &["install", "--no-audit", "--no-fund"])?;
    in_scripts("npm", &["install", "--no-audit", "--no-fund", "--prefix", "../../examples/mcp"])?;
    in_scripts("python3", &["-m", "venv", "venv"])?;
    in_scripts("venv/bin/pip", &["install", "--quiet", "--requirement", "requirements.txt"])?;
    let (info, tokens) = (std::env::current_dir()?.join(INFO), std::env::current_dir()?.join(TOKENS));
    let _service = start(&info)?;
    // Before a function has met the apps: it would remember them for a minute.
    let port = make_verifiable(&info)?;
    let (info, tokens) = (info.display().to_string(), tokens.display().to_string());
    in_scripts("node_modules/.bin/tsc", &["--project", "../../clients/ts"])?;
    for folder in OURS {
        in_folder(folder, "node", &["check.mjs", &info])?;
    }
    in_scripts("node", &["readme.mjs", &info])?;
    in_scripts("node", &["run.mjs", &info])?;
    in_scripts("venv/bin/python", &["run.py", &info])?;
    in_scripts("node", &["parties.mjs", &info])?;
    in_scripts("venv/bin/python", &["parties.py", &info])?;
    in_scripts("node", &["page.mjs", &info])?;
    in_scripts("node", &["mcp.mjs", &info, &port.to_string()])?;
    in_scripts("node", &["mcp_remote.mjs", &info, &port.to_string()])?;
    in_scripts("venv/bin/python", &["cognito.py", &info])?;
    in_scripts("venv/bin/python", &["verify.py", &info, &tokens])?;
    in_scripts("node", &["verify.mjs", &tokens])?;
    in_rust(&tokens)
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
    runtime.block_on(ops::resource::make(&context, &VERIFIABLE[0].0.parse()?, server))?;
    Ok(port)
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

fn start(info: &Path) -> Result<Service> {
    if info.exists() {
        std::fs::remove_file(info)?;
    }
    let binary = std::env::current_exe()?;
    let up = Command::new(binary).args(["up", "--memory", "--port", "0", "--info"]).arg(info).spawn()?;
    let mut service = Service(up);
    for _ in 0..LOOKS {
        if info.exists() {
            return Ok(service);
        }
        if let Some(status) = service.0.try_wait()? {
            bail!("cargo dev up ended ({status}) before the service answered");
        }
        std::thread::sleep(PAUSE);
    }
    bail!("the service did not start in time")
}

fn in_scripts(program: &str, arguments: &[&str]) -> Result<()> {
    in_folder(SCRIPTS, program, arguments)
}

fn in_folder(folder: &str, program: &str, arguments: &[&str]) -> Result<()> {
    say!("{folder}: {program} {}", arguments.join(" "))?;
    let status = Command::new(program).args(arguments).current_dir(folder).status();
    let status = status.with_context(|| format!("{program} does not start: Node 20 and Python 3 are needed"))?;
    ensure!(status.success(), "{program} failed: see above");
    Ok(())
}
