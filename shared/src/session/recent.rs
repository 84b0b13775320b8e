//! Proof that somebody signed in a moment ago.

use crate::clock::{Seconds, Timestamp};
use crate::session::Session;

/// How long a sign-in is recent.
pub const RECENT: Seconds = Seconds::minutes(10);

/// The user of a session signed in a moment ago. Refreshing the session does not make the sign-in recent again.
#[derive(Clone, Copy, Debug)]
pub struct RecentSignIn(());

impl RecentSignIn {
    /// The proof, if the session was opened less than [`RECENT`] ago.
    #[must_use]
    pub fn of(session: &Session, now: Timestamp) -> Option<Self> {
        (now < session.sign_in().at.plus(RECENT)).then_some(Self(()))
    }
}

#[cfg(test)]
mod tests {
    use super::{RECENT, RecentSignIn};
    use crate::clock::{Seconds, Timestamp};
    use crate::id::{Epoch, UserId};
    use crate::random::Random;
    use crate::session::device::Device;
    use crate::session::{Session, Transport};

    #[test]
    fn a_sign_in_is_recent_to_the_second_and_no_refresh_makes_it_so_again() {
        let (random, now) = (Random::system(), Timestamp::from_unix(1_800_000_000));
        let user = UserId::draw(&random);
        let session = Session::open(user, Epoch(0), Transport::Browser, Device::default(), &random, now);
        let end = now.plus(RECENT);
        assert!(RecentSignIn::of(&session, end.minus(Seconds(1))).is_some());
        assert!(RecentSignIn::of(&session, end).is_none());
        let refreshed = Session { used: end, expires: end.plus(Seconds::days(7)), ..session };
        assert!(RecentSignIn::of(&refreshed, end).is_none());
    }
}
