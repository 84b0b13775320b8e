//! The portal in a browser: what a developer who meets the service sees and can do.
//!
//! Where no Chromium is installed the tests say so and are skipped, but never in CI.

mod errors;
mod forms;
mod language;
mod page;
mod visitor;
