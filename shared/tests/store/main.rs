//! The store's verbs against the embedded engine: one fresh database per test.

mod apps;
mod counters;
mod faults;
mod reset_links;
mod ring;
mod users;
mod world;
