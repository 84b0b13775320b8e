//! Processes whose CPU time is measured: functions behind the Runtime API, and the yardstick.

use std::fs;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use local::process::Launch;
use local::queue::Queue;
use local::runtime_api::RuntimeApi;
use local::template::Function;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::{Instant, sleep, timeout};

use crate::binary;

/// How long a process may take to start or to come to rest.
const PATIENCE: Duration = Duration::from_mins(1);
/// Between two looks at a process that is to come to rest.
const LOOK: Duration = Duration::from_micros(300);

/// A started function.
pub(super) struct Running {
    queue: Arc<Queue>,
    /// From exec to the first request for work.
    pub(super) ready_after: Duration,
    printed: Arc<AtomicU64>,
    child: Child,
    _api: RuntimeApi,
}

impl Running {
    /// Starts a function and waits until it asks for work.
    pub(super) async fn start(function: Function, launch: &Launch) -> Result<Self> {
        Self::start_as(function, launch, |command| command).await
    }

    /// The same of what `wrap` makes of its command.
    pub(super) async fn start_as(
        function: Function,
        launch: &Launch,
        wrap: impl FnOnce(Command) -> Command,
    ) -> Result<Self> {
        let queue = Queue::new(function);
        let api = RuntimeApi::start(Arc::clone(&queue))?;
        let started = Instant::now();
        let mut command = wrap(launch.command(queue.function(), &api));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().context("the function does not start")?;
        tokio::select! {
            () = queue.ready() => {}
            ended = child.wait() => bail!("the function ended in INIT: {}\n{}", ended?, said(&mut child).await),
            () = sleep(PATIENCE) => bail!("the function does not become ready"),
        }
        let ready_after = started.elapsed();
        let printed = count_prints(&mut child);
        Ok(Self { queue, ready_after, printed, child, _api: api })
    }

    /// Has an event handled, and gives the answer's status.
    pub(super) async fn invoke(&self, event: String) -> Result<u16> {
        let answer: Value = serde_json::from_slice(&self.queue.invoke(event.into()).await?)?;
        let status = answer["statusCode"].as_u64().context("the answer has no status")?;
        Ok(u16::try_from(status)?)
    }

    /// The CPU time since the process was started, once it rests.
    pub(super) async fn cpu(&self) -> Result<Duration> {
        at_rest(&self.child).await
    }

    /// The number that the system knows the process by.
    pub(super) fn id(&self) -> Result<u32> {
        id(&self.child)
    }

    /// How many bytes of log lines the process has printed since it became ready.
    pub(super) fn printed(&self) -> u64 {
        self.printed.load(Ordering::Relaxed)
    }

    /// The most memory that the process ever had, in KiB.
    pub(super) fn peak_rss_kib(&self) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", id(&self.child)?))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
        Ok(line.trim().trim_end_matches(" kB").parse()?)
    }
}

/// What a function printed before it ended.
async fn said(child: &mut Child) -> String {
    let mut text = String::new();
    if let Some(mut output) = child.stdout.take() {
        // What cannot be read is not shown.
        let _ = output.read_to_string(&mut text).await;
    }
    text
}

/// Reads what a function prints, for a full pipe would stop it, and keeps its length.
fn count_prints(child: &mut Child) -> Arc<AtomicU64> {
    let printed = Arc::new(AtomicU64::default());
    if let Some(mut output) = child.stdout.take() {
        let count = Arc::clone(&printed);
        tokio::spawn(async move {
            let mut buffer = [0; 4096];
            while let Ok(length @ 1..) = output.read(&mut buffer).await {
                count.fetch_add(length as u64, Ordering::Relaxed);
            }
        });
    }
    printed
}

/// The process that does nothing but hash.
pub(super) struct Yardstick {
    child: Child,
    orders: ChildStdin,
    done: BufReader<ChildStdout>,
}

impl Yardstick {
    pub(super) fn start() -> Result<Self> {
        let (memory, passes) = shared::user::password::COST;
        let mut command = Command::new(binary::path("yardstick"));
        command.args([memory.to_string(), passes.to_string()]).kill_on_drop(true);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().context("no yardstick: leave out --no-build")?;
        let orders = child.stdin.take().context("no standard input")?;
        let done = BufReader::new(child.stdout.take().context("no standard output")?);
        Ok(Self { child, orders, done })
    }

    /// The CPU time of one hash.
    pub(super) async fn measure(&mut self) -> Result<Duration> {
        let before = at_rest(&self.child).await?;
        self.orders.write_all(b"\n").await?;
        let mut line = String::new();
        ensure!(self.done.read_line(&mut line).await? > 0, "the yardstick ended");
        Ok(at_rest(&self.child).await?.saturating_sub(before))
    }
}

fn id(child: &Child) -> Result<u32> {
    child.id().context("the process has ended")
}

/// The CPU time of a process, as soon as two looks in a row see it asleep at the same figure.
async fn at_rest(child: &Child) -> Result<Duration> {
    let id = id(child)?;
    let resting = async {
        let mut before = None;
        loop {
            let now = cpu(id)?;
            if before == Some(now) && is_asleep(id)? {
                return Ok(now);
            }
            before = Some(now);
            sleep(LOOK).await;
        }
    };
    timeout(PATIENCE, resting).await.context("the process does not come to rest")?
}

/// The time on a CPU of all threads that live, to the nanosecond.
fn cpu(id: u32) -> Result<Duration> {
    let mut total = 0;
    for thread in fs::read_dir(format!("/proc/{id}/task"))? {
        // A thread may end while we look.
        let Ok(schedule) = fs::read_to_string(thread?.path().join("schedstat")) else { continue };
        total += schedule.split_whitespace().next().context("no CPU time")?.parse::<u64>()?;
    }
    Ok(Duration::from_nanos(total))
}

fn is_asleep(id: u32) -> Result<bool> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat"))?;
    Ok(stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('S')))
}
