//! One row, measured.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Result, ensure};
use local::meter::Reading;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::case::Case;
use super::instructions::Instructions;
use super::process::{Running, Yardstick};
use super::statistics::{median, mode, slope};
use super::world::World;
use crate::binary::Binary;

/// How much is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Plan {
    pub(super) requests: u32,
    pub(super) starts: u32,
}

/// What is added to every answer of AWS, in milliseconds, to see how many answers are waited for in sequence.
const LATENCIES: [u64; 4] = [0, 20, 40, 60];
/// Requests at each of them. The quickest counts: all that the machine adds makes it slower.
const PER_LATENCY: usize = 6;
/// Hashes of the yardstick, one between two requests.
const BARE_HASHES: usize = 300;
/// Requests before the first that counts: caches fill, connections open.
const WARM_UP: usize = 5;

/// One row of the table.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Row {
    pub(super) case: Case,
    /// The function that was called: `cargo ops cost` takes its memory from the template.
    pub(super) function: String,
    pub(super) held: Held,
    pub(super) shown: MachineDependent,
    /// Held too, and counted by a run of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) instructions: Option<Instructions>,
}

/// What is the same on every machine, and held to the baseline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Held {
    pub(super) calls: BTreeMap<String, u32>,
    pub(super) depth: f64,
    pub(super) write_units: f64,
    pub(super) read_units: f64,
    pub(super) sent_bytes: f64,
    pub(super) received_bytes: f64,
    pub(super) log_bytes: f64,
    pub(super) binary: Binary,
}

/// What depends on the machine. Milliseconds of CPU where nothing else is said.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct MachineDependent {
    pub(super) init: f64,
    pub(super) exec_to_ready_wall: f64,
    pub(super) first_invoke: f64,
    pub(super) invoke: f64,
    /// The bare hash, where a request hashes.
    pub(super) bare_hash: Option<f64>,
    pub(super) peak_rss_mib: f64,
}

impl MachineDependent {
    /// What a request costs beside the hash.
    pub(super) fn beyond_hash(&self) -> f64 {
        self.invoke - self.bare_hash.unwrap_or_default()
    }

    /// What the first request of a process costs beside the hash.
    pub(super) fn first_beyond_hash(&self) -> f64 {
        self.first_invoke - self.bare_hash.unwrap_or_default()
    }
}

/// Measures one row.
pub(super) async fn row(case: Case, world: &World, plan: Plan) -> Result<Row> {
    let starts = starts(case, world, plan).await?;
    let (function, launch) = world.function(case.function())?;
    let running = Running::start(function, &launch).await?;
    for _ in 0..WARM_UP {
        request(case, world, &running).await?;
    }
    let printed = running.printed();
    let mut warm = warm(case, world, &running, plan).await?;
    let log_bytes = (float(running.printed()) - float(printed)) / f64::from(plan.requests);
    if case == Case::Health {
        warm.invokes = vec![in_a_row(case, world, &running, plan).await?];
    }
    let peak_rss_kib = running.peak_rss_kib()?;
    let depth = depth(case, world, &running).await?;
    let reading = typical(&warm.readings);
    Ok(Row {
        case,
        function: case.function().to_owned(),
        held: Held {
            calls: reading.calls,
            depth: depth.round().abs(),
            write_units: reading.write_units,
            read_units: reading.read_units,
            sent_bytes: median(warm.readings.iter().map(|reading| float(reading.sent))),
            received_bytes: median(warm.readings.iter().map(|reading| float(reading.received))),
            log_bytes: log_bytes.round(),
            binary: Binary::read(&launch.program)?,
        },
        shown: MachineDependent {
            init: median(starts.iter().map(|start| start.init)),
            exec_to_ready_wall: median(starts.iter().map(|start| start.ready)),
            first_invoke: median(starts.iter().map(|start| start.first_invoke)),
            invoke: median(warm.invokes),
            bare_hash: case.hashes().then(|| median(warm.bare)),
            peak_rss_mib: float(peak_rss_kib) / 1024.0,
        },
        instructions: None,
    })
}

/// Makes a request, which has to be answered as the row says.
pub(super) async fn request(case: Case, world: &World, running: &Running) -> Result<Duration> {
    let event = case.event(world).await?;
    let started = Instant::now();
    let status = running.invoke(event).await?;
    let elapsed = started.elapsed();
    ensure!(status == case.status(), "answered {status}");
    Ok(elapsed)
}

struct Start {
    init: f64,
    ready: f64,
    first_invoke: f64,
}

/// Fresh processes, each with its first request.
async fn starts(case: Case, world: &World, plan: Plan) -> Result<Vec<Start>> {
    let mut starts = Vec::new();
    for _ in 0..plan.starts {
        let (function, launch) = world.function(case.function())?;
        let running = Running::start(function, &launch).await?;
        let init = running.cpu().await?;
        request(case, world, &running).await?;
        let first = running.cpu().await?.saturating_sub(init);
        starts.push(Start {
            init: milliseconds(init),
            ready: milliseconds(running.ready_after),
            first_invoke: milliseconds(first),
        });
    }
    Ok(starts)
}

struct Warm {
    invokes: Vec<f64>,
    bare: Vec<f64>,
    readings: Vec<Reading>,
}

/// Requests to a process that is warm, with bare hashes between them.
async fn warm(case: Case, world: &World, running: &Running, plan: Plan) -> Result<Warm> {
    let mut yardstick = Yardstick::start()?;
    let mut warm = Warm { invokes: Vec::new(), bare: Vec::new(), readings: Vec::new() };
    for _ in 0..plan.requests {
        let event = case.event(world).await?;
        let before = running.cpu().await?;
        let _ = world.meter.take();
        let status = running.invoke(event).await?;
        ensure!(status == case.status(), "answered {status}");
        warm.invokes.push(milliseconds(running.cpu().await?.saturating_sub(before)));
        warm.readings.push(world.meter.take());
        if case.hashes() && warm.bare.len() < BARE_HASHES {
            warm.bare.push(milliseconds(yardstick.measure().await?));
        }
    }
    Ok(warm)
}

/// The CPU time of one of many requests without a pause: microseconds drown in what waking up from each pause costs.
async fn in_a_row(case: Case, world: &World, running: &Running, plan: Plan) -> Result<f64> {
    let before = running.cpu().await?;
    for _ in 0..plan.requests {
        request(case, world, running).await?;
    }
    Ok(milliseconds(running.cpu().await?.saturating_sub(before)) / f64::from(plan.requests))
}

/// How many answers of AWS are waited for one after the other: the slope of the time over what each is delayed by.
async fn depth(case: Case, world: &World, running: &Running) -> Result<f64> {
    let mut points = Vec::new();
    for milliseconds in LATENCIES {
        world.meter.set_latency(Duration::from_millis(milliseconds));
        let mut quickest = Duration::MAX;
        for _ in 0..PER_LATENCY {
            quickest = quickest.min(request(case, world, running).await?);
        }
        points.push((float(milliseconds), self::milliseconds(quickest)));
    }
    world.meter.set_latency(Duration::ZERO);
    Ok(slope(&points))
}

/// What most requests did: now and then one also reads an app again, or the key ring.
fn typical(readings: &[Reading]) -> Reading {
    let calls = mode(readings.iter().map(|reading| &reading.calls)).cloned().unwrap_or_default();
    let typical = readings.iter().filter(|reading| reading.calls == calls);
    Reading {
        write_units: median(typical.clone().map(|reading| reading.write_units)),
        read_units: median(typical.map(|reading| reading.read_units)),
        calls,
        ..Reading::default()
    }
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

#[expect(clippy::cast_precision_loss, reason = "sizes and counts far below 2^52")]
const fn float(number: u64) -> f64 {
    number as f64
}
