//! What follows from changes in the tables, once the request is answered: the audit trail and webhooks.

mod audit;
mod batch;
mod deliver;
mod queue;
mod webhooks;

pub use audit::Audit;
pub use deliver::{Deliver, Next, Refused};
pub use queue::{Queue, QueueError};
pub use webhooks::Webhooks;
