use crate::output::Output;
use crate::{
    App, AppCredentials, Client, ClientCredentials, DynamoDb, FrontEnd, HashingClient, Info, Operator, Outbox,
};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::thread;
use std::time::Duration;

const POLL: Duration = Duration::from_millis(20);
/// Ten minutes: on a fresh clone `up` first compiles the functions.
const POLLS_TO_START: u32 = 30_000;
/// Ten seconds.
const POLLS_TO_STOP: u32 = 500;

/// How a stack differs from the ordinary one.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// `RATE_LIMIT_APP`: requests per 15 minutes and address over the App API.
    pub rate_limit: u32,
    /// Processes per function, each of which serves one request at a time.
    pub processes: u32,
    /// Whether the functions' log lines are printed.
    pub logs: bool,
    /// Environment over the template's, as `NAME=VALUE`.
    pub env: &'static [&'static str],
}

impl Default for Options {
    /// One process per function, quiet, and a limit that no test reaches.
    fn default() -> Self {
        Self { rate_limit: 1_000_000, processes: 1, logs: false, env: &[] }
    }
}

/// The whole service, running in memory on ports of its own until this is dropped.
pub struct Stack {
    info: Info,
    up: Up,
}

impl Stack {
    /// Starts a stack and waits until it answers.
    #[must_use]
    pub fn start(options: &Options) -> Self {
        let scratch = tempfile::tempdir().expect("a temporary directory");
        let info_file = scratch.path().join("info.json");
        let mut up = Up::spawn(options, &info_file);
        for _ in 0..POLLS_TO_START {
            // A file that does not parse yet is one that is still being written.
            if let Some(info) = std::fs::read(&info_file).ok().and_then(|json| serde_json::from_slice(&json).ok()) {
                return Self { info, up };
            }
            if let Some(status) = up.exit_status() {
                panic!("`cargo dev up` ended ({status}) before the service answered:\n{}", up.output.text());
            }
            thread::sleep(POLL);
        }
        let info = std::fs::read_to_string(&info_file).unwrap_or_else(|error| error.to_string());
        panic!("`cargo dev up` wrote no usable info file in time ({info}):\n{}", up.output.text());
    }

    /// The stack that all ordinary journeys of a test binary share; it ends with the process.
    #[must_use]
    pub fn shared() -> &'static Self {
        static SHARED: LazyLock<Stack> = LazyLock::new(|| Stack::start(&Options::default()));
        &SHARED
    }

    /// What the running service says of itself.
    #[must_use]
    pub fn info(&self) -> &Info {
        &self.info
    }

    /// A client that knows no app.
    #[must_use]
    pub fn client(&self) -> Client {
        Client::new(&self.info.url)
    }

    /// A browser without cookies, at a front end of the Browser API's app, `default`.
    #[must_use]
    pub fn front_end(&self) -> FrontEnd {
        FrontEnd::new(self.client())
    }

    /// A client of the Account API that sends no API key.
    #[must_use]
    pub fn hashing_client(&self) -> HashingClient {
        HashingClient::new(self.client())
    }

    /// The app that the Browser and the Account API are bound to.
    #[must_use]
    pub fn default_app(&self) -> App {
        self.app("default")
    }

    /// The first demo app.
    #[must_use]
    pub fn demo(&self) -> App {
        self.app("demo")
    }

    /// Another app of the same deployment.
    #[must_use]
    pub fn demo_2(&self) -> App {
        self.app("demo-2")
    }

    fn app(&self, id: &str) -> App {
        let credentials = self.info.apps.iter().find(|app| app.id == id).expect("the app in the info file");
        self.app_of(credentials)
    }

    /// An app that was made later.
    #[must_use]
    pub fn app_of(&self, credentials: &AppCredentials) -> App {
        App::new(self.client(), credentials)
    }

    /// The deployment's operator.
    #[must_use]
    pub fn operator(&self) -> Operator {
        Operator::new(&self.info)
    }

    /// An OAuth client of the deployment's default app.
    #[must_use]
    pub fn oauth_client(&self, id: &str) -> &ClientCredentials {
        self.info.clients.iter().find(|client| client.id == id).expect("the client in the info file")
    }

    /// The captured mail.
    #[must_use]
    pub fn outbox(&self) -> Outbox {
        Outbox::new(&self.info.outbox)
    }

    /// The raw tables.
    #[must_use]
    pub fn dynamodb(&self) -> DynamoDb {
        DynamoDb::new(&self.info)
    }

    /// How much has been printed so far, in bytes.
    #[must_use]
    pub fn printed(&self) -> usize {
        self.up.output.text().len()
    }

    /// Ends the stack and returns all that it and its functions printed.
    #[must_use]
    pub fn stop(mut self) -> String {
        self.up.stop();
        self.up.output.text()
    }
}

/// A running `cargo dev up`.
struct Up {
    process: Child,
    /// Ends `process` when its standard input closes, so also when the test process dies or leaves a static behind.
    watchdog: Child,
    output: Output,
}

impl Up {
    fn spawn(options: &Options, info_file: &Path) -> Self {
        let output = Output::new();
        // `cargo run` so that the command is never older than its sources; cargo replaces itself by the binary. No package is named: with
        // the features of the whole workspace it is compiled already.
        let mut command = Command::new(env!("CARGO"));
        command.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
        command.args(["run", "--quiet", "--bin", "dev", "--"]);
        command.args(["up", "--memory", "--port", "0", "--info"]).arg(info_file);
        command.arg("--processes").arg(options.processes.to_string());
        command.arg("--env").arg(format!("RATE_LIMIT_APP={}", options.rate_limit));
        for variable in options.env {
            command.arg("--env").arg(variable);
        }
        if options.logs {
            command.arg("--logs");
        }
        command.stdin(Stdio::null()).stdout(output.sink()).stderr(output.sink());
        let process = command.spawn().expect("cargo can be run");
        let watchdog = watchdog(process.id());
        Self { process, watchdog, output }
    }

    fn exit_status(&mut self) -> Option<std::process::ExitStatus> {
        self.process.try_wait().expect("a child can be waited for")
    }

    /// Asks `up` to end, and insists if it does not.
    fn stop(&mut self) {
        if self.exit_status().is_some() {
            // Its number may belong to another process by now.
            self.watchdog.kill().expect("a child can be killed");
        }
        drop(self.watchdog.stdin.take());
        self.watchdog.wait().expect("a child can be waited for");
        for _ in 0..POLLS_TO_STOP {
            if self.exit_status().is_some() {
                return;
            }
            thread::sleep(POLL);
        }
        self.process.kill().expect("a child can be killed");
        self.process.wait().expect("a child can be waited for");
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        self.stop();
        if thread::panicking() {
            eprintln!("--- what the stack printed ---\n{}", self.output.text());
        }
    }
}

fn watchdog(process: u32) -> Child {
    Command::new("sh")
        .args(["-c", r#"read -r _; kill -TERM "$1""#, "watchdog", &process.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("sh can be run")
}
