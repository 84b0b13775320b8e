//! The functions' real binaries, started and kept running as Lambda does.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    io,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, Result};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, BufReader},
    process::{Child, Command},
    task::JoinSet,
    time,
};

use crate::{
    queue::{InvokeError, Queue},
    runtime_api::RuntimeApi,
    template::Function,
};

const FIRST_BACKOFF: Duration = Duration::from_millis(100);
const LONGEST_BACKOFF: Duration = Duration::from_secs(5);
/// How long the last lines of an ended process may take: a grandchild could hold the pipe open.
const LAST_LINES: Duration = Duration::from_millis(500);

/// What of the developer's own environment a function may see: what a program needs to run at all, or to be debugged.
const INHERITED: [&str; 6] =
    ["PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "RUST_BACKTRACE", "LLVM_PROFILE_FILE", "SystemRoot"];

/// How to start a function's process.
#[derive(Clone, Debug)]
pub struct Launch {
    /// The binary.
    pub program: PathBuf,
    /// Variables beside those that Lambda sets; these win.
    pub environment: BTreeMap<String, String>,
}

impl Launch {
    /// The program with the environment that Lambda gives to `function`, in its folder; it dies with its handle.
    #[must_use]
    pub fn command(&self, function: &Function, api: &RuntimeApi) -> Command {
        let mut command = Command::new(&self.program);
        command
            .env_clear()
            .envs(environment(function, self, &inherited()))
            .env("AWS_LAMBDA_RUNTIME_API", api.address().to_string())
            .current_dir(task_root(&self.program))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        // Ctrl-C in the terminal is for the parent, which ends its children in good order.
        #[cfg(unix)]
        command.process_group(0);
        command
    }
}

/// What happens to a process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// It wrote a line to its standard output or error.
    Line(String),
    /// It ended by itself, and a new one is started after this time.
    Ended {
        /// How it ended, such as `exit status: 101`.
        how: String,
        /// How long until the next try.
        again_in: Duration,
    },
    /// It took too long over an invocation and was killed; a new one is started at once.
    Killed,
}

/// Is told what happens to the processes: the function's name, and the event.
pub type Observer = Arc<dyn Fn(&str, Event) + Send + Sync>;

/// The running processes of one function. They are killed when this is dropped, as soon as
/// the Tokio runtime runs again.
#[derive(Debug)]
pub struct Processes {
    supervisors: JoinSet<()>,
}

impl Processes {
    /// Starts `count` processes that take their work from `queue`. Needs a Tokio runtime.
    #[must_use]
    pub fn start(launch: &Launch, queue: &Arc<Queue>, count: usize, observer: &Observer) -> Self {
        let mut supervisors = JoinSet::new();
        for _ in 0..count {
            let supervisor =
                Supervisor { launch: launch.clone(), queue: Arc::clone(queue), observer: Arc::clone(observer) };
            supervisors.spawn(supervisor.run());
        }
        Self { supervisors }
    }

    /// Kills them, and returns when they are gone.
    pub async fn stop(mut self) {
        self.supervisors.shutdown().await;
    }
}

struct Supervisor {
    launch: Launch,
    queue: Arc<Queue>,
    observer: Observer,
}

/// How the life of one process ended.
enum Ended {
    Expired,
    Serving(ExitStatus),
    Initialising(String),
}

impl Supervisor {
    async fn run(self) {
        let mut backoff = FIRST_BACKOFF;
        loop {
            let ended = self.one_life().await.unwrap_or_else(|error| Ended::Initialising(format!("{error:#}")));
            let how = match ended {
                Ended::Expired => {
                    self.tell(Event::Killed);
                    continue;
                }
                Ended::Serving(status) => {
                    backoff = FIRST_BACKOFF;
                    status.to_string()
                }
                Ended::Initialising(how) => {
                    self.queue.fail_waiting(&InvokeError::Init(how.clone()));
                    how
                }
            };
            self.tell(Event::Ended { how, again_in: backoff });
            time::sleep(backoff).await;
            backoff = (backoff * 2).min(LONGEST_BACKOFF);
        }
    }

    /// Runs one process to its end, however that comes about.
    async fn one_life(&self) -> Result<Ended> {
        let api = RuntimeApi::start(Arc::clone(&self.queue))?;
        let mut child = self.spawn(&api)?;
        let mut lines = JoinSet::new();
        if let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) {
            lines.spawn(self.pass_on(stdout));
            lines.spawn(self.pass_on(stderr));
        }
        let ended = tokio::select! {
            status = child.wait() => ended(&api, status?),
            () = api.expired() => {
                child.kill().await?;
                Ended::Expired
            }
        };
        // First of all, the waiting caller learns that there will be none.
        drop(api);
        let _ = time::timeout(LAST_LINES, lines.join_all()).await;
        Ok(ended)
    }

    fn spawn(&self, api: &RuntimeApi) -> Result<Child> {
        let mut command = self.launch.command(self.queue.function(), api);
        command.spawn().with_context(|| format!("cannot run {}", self.launch.program.display()))
    }

    fn pass_on(&self, output: impl AsyncRead + Unpin + Send + 'static) -> impl Future<Output = ()> + Send + 'static {
        let (observer, name) = (Arc::clone(&self.observer), self.queue.function().name.clone());
        async move {
            let mut output = BufReader::new(output);
            let mut line = Vec::new();
            while let Ok(1..) = read_line(&mut output, &mut line).await {
                observer(&name, Event::Line(String::from_utf8_lossy(&line).trim_end().to_owned()));
            }
        }
    }

    fn tell(&self, event: Event) {
        (self.observer)(&self.queue.function().name, event);
    }
}

fn ended(api: &RuntimeApi, status: ExitStatus) -> Ended {
    match api.init_error() {
        Some(reported) => Ended::Initialising(reported),
        None if api.has_asked() => Ended::Serving(status),
        None => Ended::Initialising(status.to_string()),
    }
}

async fn read_line(output: &mut (impl AsyncBufReadExt + Unpin), line: &mut Vec<u8>) -> io::Result<usize> {
    line.clear();
    output.read_until(b'\n', line).await
}

fn inherited() -> BTreeMap<OsString, OsString> {
    INHERITED.iter().filter_map(|name| Some((OsString::from(name), std::env::var_os(name)?))).collect()
}

fn task_root(program: &Path) -> &Path {
    program.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The whole environment of a process: what is inherited, then what Lambda sets, then what the launcher gives.
fn environment(
    function: &Function,
    launch: &Launch,
    inherited: &BTreeMap<OsString, OsString>,
) -> BTreeMap<OsString, OsString> {
    let memory = function.memory_mb.to_string();
    let task_root = task_root(&launch.program).to_string_lossy();
    let log_group = format!("/aws/lambda/{}", function.name);
    let lambda = [
        ("AWS_LAMBDA_FUNCTION_NAME", function.name.as_str()),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", &memory),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
        ("AWS_LAMBDA_LOG_FORMAT", "JSON"),
        ("AWS_LAMBDA_LOG_LEVEL", "INFO"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", &log_group),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "local"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
        ("AWS_SESSION_TOKEN", "local"),
        ("_HANDLER", function.name.as_str()),
        ("LAMBDA_TASK_ROOT", &task_root),
        ("LAMBDA_RUNTIME_DIR", "/var/runtime"),
        ("LANG", "en_US.UTF-8"),
        ("TZ", ":UTC"),
    ];
    let mut environment = inherited.clone();
    environment.extend(lambda.iter().map(|(name, value)| (name.into(), value.into())));
    environment.extend(launch.environment.iter().map(|(name, value)| (name.into(), value.into())));
    environment
}
