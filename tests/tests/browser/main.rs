//! The pages in a browser: what a developer sees of the portal, and a user of the consent to an app.
//!
//! Where no Chromium is installed the tests say so and are skipped, but never in CI.

mod errors;
mod forms;
mod language;
mod oauth;
mod page;
mod visitor;
