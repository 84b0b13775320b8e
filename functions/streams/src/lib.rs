//! What follows from changes in the tables, once the request is answered: the audit trail, webhooks, and mails that nobody waits for.

mod audit;
mod batch;
mod deliver;
mod queue;
mod tell;
mod webhooks;

pub use audit::Audit;
pub use deliver::{Deliver, Next, Refused};
pub use queue::{Queue, QueueError};
pub use tell::Tell;
pub use webhooks::Webhooks;
