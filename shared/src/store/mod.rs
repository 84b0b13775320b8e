//! The store: DynamoDB behind functions that each keep one invariant.
//!
//! Every guarantee is a condition of a write, never a read followed by a write. Expiry is compared in conditions and
//! on reads, since DynamoDB removes expired items hours or days late. A write that consumes something carries the
//! request's own [`Nonce`]: when its answer is lost and the repeated write fails its condition, the nonce in the item
//! tells the request that it was its own work.

mod apps;
mod assertions;
mod attribute_json;
mod authors;
mod budgets;
mod changes;
mod client;
mod clients;
mod code_records;
mod codes;
mod cooldowns;
mod counters;
mod deliveries;
mod devices;
mod disabling;
mod email_challenges;
mod epochs;
mod error;
mod factors;
mod grants;
mod identities;
mod imports;
mod item;
pub mod keys;
mod mailed_codes;
mod mementos;
mod moving;
mod new_emails;
mod new_handles;
mod new_phones;
mod news;
mod passkeys;
mod profiles;
mod reset_links;
mod ring;
mod ring_cache;
mod roles;
mod rotations;
mod secrets;
mod sessions;
mod sign_out;
mod sms_codes;
mod sms_guesses;
mod trail;
mod tries;
<<<<<<< HEAD
mod try_attributes;
||||||| parent of ea6b8da (refresh: Undo later what could not be undone, and by the next process too)
=======
mod trouble;
>>>>>>> ea6b8da (refresh: Undo later what could not be undone, and by the next process too)
mod undo_links;
mod upkeep;
mod user_item;
mod user_list;
mod users;
mod webhooks;
<<<<<<< HEAD
mod wrong_tries;
||||||| parent of ea6b8da (refresh: Undo later what could not be undone, and by the next process too)
=======
mod withholding;
>>>>>>> ea6b8da (refresh: Undo later what could not be undone, and by the next process too)

pub use apps::AppConflict;
pub use budgets::{Charged, Refund};
pub use changes::{Change, UnreadableChange};
pub use client::{Nonce, Store};
pub use clients::ClientConflict;
pub use code_records::{Arrival, NotIssued, NotSpent, Withdrawal};
pub use codes::{ClientToken, NotExchanged, Standing};
pub use deliveries::{Settled, announced};
pub use devices::{Decision, Polled};
pub use email_challenges::{AskedByEmail, EmailNotProven};
pub use epochs::NotChanged;
pub use error::StoreError;
pub use factors::{FactorNotChanged, FactorNotSpent, NewFactor, Spending, Spent, StoredFactor};
pub use grants::{Consent, NotGranted};
pub use identities::Renewal;
pub use imports::{Import, Imported, NotImported};
pub use mailed_codes::{MailedCodeGuess, MailedCodeIssue, MailedCodeProof};
pub use mementos::{FoundMementos, Listed, MOST_MEMENTOS, NotCreated, NotEdited, Search};
pub use moving::{DepartingClient, DepartingUser, DepartingWebhook};
pub use new_emails::{EmailCodeProof, NewEmailNotProven, NoNewEmailCode};
pub use new_handles::{Asker, HandleNotChanged};
pub use passkeys::{PasskeyNotAdded, PasskeyNotUsed, UsedPasskey};
pub use reset_links::{NotRedeemed, Redemption};
pub use ring::RingConflict;
pub use roles::NotGiven;
pub use rotations::{NotRotated, Rotated};
pub use sessions::NotStanding;
pub use sms_codes::SmsIssue;
pub use sms_guesses::{NotProven, SmsGuess, SmsProof};
pub use trail::{Trail, written};
pub use tries::{PasswordTry, ReservedTry};
pub use undo_links::{NotUndone, Undoing};
pub use upkeep::Upkeep;
pub use user_list::{NotAUserMark, UserMark, UserPage};
pub use users::{NotRegistered, Registration};
pub use webhooks::NotAdded;
pub use withholding::Exchanged;
