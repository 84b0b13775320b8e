//! The pages that people see, and the Browser API from a page, in a real browser.
//!
//! Where no Chromium is installed the tests say so and are skipped, but never in CI.

mod account;
mod contact_sheet;
mod errors;
mod forms;
mod language;
mod manual;
mod oauth;
mod outbox;
mod page;
mod passkeys;
mod sessions;
mod visitor;
