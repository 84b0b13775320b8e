//! A parent of one `echo`, for the test that kills it: `host <program> <address to give it as ECHO_ALIVE>`.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::Duration};

use anyhow::Context;
use local::{
    process::{Launch, Observer, Processes},
    queue::Queue,
    template::Function,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let program = PathBuf::from(arguments.next().context("no program")?);
    let alive = arguments.next().context("no address")?;
    let queue = Queue::new(Function {
        logical_id: "Echo".to_owned(),
        name: "echo".to_owned(),
        program: "echo".to_owned(),
        memory_mb: 128,
        timeout: Duration::from_secs(3),
        environment: BTreeMap::new(),
        routes: Vec::new(),
        streams: Vec::new(),
        queues: Vec::new(),
    });
    let observer: Observer = Arc::new(|_, _| {});
    let launch = Launch { program, environment: BTreeMap::from([("ECHO_ALIVE".to_owned(), alive)]) };
    let _processes = Processes::start(&launch, &queue, 1, &observer);
    std::future::pending().await
}
