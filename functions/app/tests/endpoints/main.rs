//! The endpoints in process, through the same `respond` that Lambda runs: what needs a clock to turn, calls to count
//! or a store that fails. What a client sees otherwise is told by the journeys in `tests/`.

#![expect(clippy::expect_used, reason = "a test that cannot go on says why and stops")]

mod apps;
mod budgets;
mod depth;
mod faults;
mod killed;
mod known_places;
mod limits;
mod lockout;
mod me;
mod passwords;
mod phones;
mod portal;
mod rights;
mod second_factor;
mod sessions;
mod shut_out;
mod sms_faults;
mod sms_races;
mod user_pool;
mod world;
