//! Webhooks from the change in a table to the receiver: on the embedded engine, queues in this process, and a server that does as it is
//! told.

#![expect(clippy::expect_used, reason = "a test that cannot go on says why and stops")]

mod deliveries;
mod failures;
mod scene;
