//! The processes of all functions.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Result;
use local::process::{Launch, Observer, Processes};
use local::queue::Queue;

use super::build::Binaries;
use super::terminal::Terminal;

/// What is needed to start the functions, once or again.
pub(super) struct Fleet {
    queues: Vec<Arc<Queue>>,
    binaries: Binaries,
    environment: BTreeMap<String, String>,
    processes: u8,
    observer: Observer,
}

impl Fleet {
    /// `environment` is given to each function over its own of the template.
    pub(super) fn new(
        queues: Vec<Arc<Queue>>,
        binaries: Binaries,
        environment: BTreeMap<String, String>,
        processes: u8,
        terminal: Terminal,
    ) -> Self {
        let observer: Observer = Arc::new(move |name, event| terminal.process(name, event));
        Self { queues, binaries, environment, processes, observer }
    }

    /// Starts every function's processes.
    pub(super) fn launch(&self) -> Vec<Processes> {
        let launch = |queue: &Arc<Queue>| {
            let function = queue.function();
            let mut environment = function.environment.clone();
            environment.extend(self.environment.clone());
            let launch = Launch { program: self.binaries.path(&function.program), environment };
            Processes::start(&launch, queue, usize::from(self.processes), &self.observer)
        };
        self.queues.iter().map(launch).collect()
    }

    /// Builds the binaries again.
    pub(super) async fn rebuild(&self) -> Result<()> {
        self.binaries.build().await
    }
}
