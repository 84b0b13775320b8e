//! The end of a process while it calls.

use std::sync::Arc;

use tokio::sync::Notify;

/// When a process is killed: at its so-many-th call, before that is carried out or when nobody has heard yet that it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Death {
    call: usize,
    carried_out: bool,
}

impl Death {
    /// One after the other, without end: it is for the test to stop where nobody dies any more.
    pub fn each() -> impl Iterator<Item = Self> {
        (1..).flat_map(|call| [false, true].map(|carried_out| Self { call, carried_out }))
    }
}

/// What is left until then.
#[derive(Debug)]
pub(super) struct Last {
    left: usize,
    carried_out: bool,
    killed: Arc<Notify>,
}

/// What becomes of one call.
#[derive(Debug)]
pub(super) enum Step {
    Lives,
    /// It is the last one.
    Dies {
        carried_out: bool,
        killed: Arc<Notify>,
    },
    /// It comes too late: nobody is there to make it.
    Dead,
}

impl Last {
    pub(super) fn new(death: Death) -> (Self, Arc<Notify>) {
        let killed = Arc::new(Notify::new());
        (Self { left: death.call, carried_out: death.carried_out, killed: Arc::clone(&killed) }, killed)
    }

    pub(super) fn step(&mut self) -> Step {
        let step = match self.left {
            0 => Step::Dead,
            1 => Step::Dies { carried_out: self.carried_out, killed: Arc::clone(&self.killed) },
            _ => Step::Lives,
        };
        self.left = self.left.saturating_sub(1);
        step
    }
}
