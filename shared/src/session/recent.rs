//! Proof that somebody signed in a moment ago.

use crate::clock::{Seconds, Timestamp};
use crate::session::Session;
use crate::user::User;

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

    /// The same for a change of what guards the account. Of a user who has a second factor it takes a session of two: one of the password
    /// alone is from before the factor, and may be that of the thief whom the factor is to keep out.
    #[must_use]
    pub fn of_all_factors(session: &Session, user: &User, now: Timestamp) -> Option<Self> {
        Self::of(session, now).filter(|_| !user.second_factor || session.methods.are_two_factors())
    }
}

#[cfg(test)]
mod tests {
    use super::{RECENT, RecentSignIn};
    use crate::clock::{Seconds, Timestamp};
    use crate::id::{Epoch, UserId};
    use crate::random::Random;
    use crate::session::device::Device;
    use crate::session::method::{Method, Methods};
    use crate::session::{Session, Transport};
    use crate::user::User;

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

    #[test]
    fn what_guards_an_account_with_two_factors_is_changed_in_a_session_of_two() {
        let (random, now) = (Random::system(), Timestamp::from_unix(1_800_000_000));
        let without = User::new(&random, now);
        let with = User { second_factor: true, ..without.clone() };
        let session = Session::open(with.id, Epoch(0), Transport::Browser, Device::default(), &random, now);
        let pwd = Methods::from(Method::Password);
        let passkey = Methods::from(Method::Passkey);
        for (methods, may) in [
            (pwd, [true, false]),
            (Method::Sms.into(), [true, false]),
            (passkey, [true, false]),
            (pwd.and(Method::Otp), [true, true]),
            (passkey.and(Method::UserVerified), [true, true]),
        ] {
            let session = Session { methods, ..session.clone() };
            let is_given = |user, now| RecentSignIn::of_all_factors(&session, user, now).is_some();
            assert_eq!([is_given(&without, now), is_given(&with, now)], may, "{methods:?}");
            assert!(!is_given(&without, now.plus(RECENT)) && !is_given(&with, now.plus(RECENT)));
        }
    }
}
