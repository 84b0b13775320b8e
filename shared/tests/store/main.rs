//! The store's verbs against the embedded engine: one fresh database per test.

#![expect(clippy::expect_used, reason = "a test that cannot go on says why and stops")]

mod apps;
mod audit;
mod audit_scene;
mod audit_trail;
mod audit_verbs;
mod budgets;
mod cooldowns;
mod counters;
mod deletions;
mod devices;
mod email_challenges;
mod epochs;
mod factors;
mod faults;
mod imports;
mod mailed_codes;
mod mementos;
mod moved;
mod moving;
mod moving_attributes;
mod moving_webhooks;
mod news;
mod oauth;
mod passkeys;
mod releases;
mod reset_links;
mod ring;
mod roles;
mod rotations;
mod sms_codes;
mod tries;
mod undo_links;
mod users;
mod world;
