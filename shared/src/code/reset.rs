//! Reset links: the way back in for somebody who forgot the password.

use crate::clock::{Seconds, Timestamp};
use crate::id::{AppId, Epoch, UserId};
use crate::random::Random;
use crate::token::opaque::{OpaqueToken, TokenDigest};
use crate::user::identity::{Handle, Identity};
use crate::user::lockout::{Place, Tries};

/// How long an address waits for its next mail, where the dialect has it wait: `docs/api/account.md#forgot-the-password`.
pub const COOLDOWN: Seconds = Seconds(60);

/// A reset link at rest.
#[derive(Clone, Debug)]
pub struct ResetLink {
    /// What is stored of the token.
    pub digest: TokenDigest,
    /// The app it was asked for in; it opens nothing in another.
    pub app: AppId,
    /// Whose password it may set.
    pub holder: Holder,
    /// Dead from here on.
    pub expires: Timestamp,
    /// An operator hands it over: to redeem it proves no address.
    pub by_hand: bool,
}

/// Whom a link was made for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holder {
    /// A user, as of an epoch: once a reset has moved the epoch on, every older link is dead.
    User {
        /// Who.
        user: UserId,
        /// As of when.
        epoch: Epoch,
        /// All that the user signs in by, the handle that asked first.
        handles: Vec<Handle>,
        /// Where they signed in before, the latest first.
        places: Vec<Place>,
        /// Whether the address was not known to be theirs when the link was made: somebody else may have registered it.
        unproven: bool,
    },
    /// Nobody has the address. The link is written all the same, so that asking costs the same; its token is thrown
    /// away unread.
    Nobody,
}

/// A link that may still be spent: what redeeming it needs.
#[derive(Clone, Debug)]
pub struct LiveLink {
    /// Names the link in the store.
    pub digest: TokenDigest,
    /// Whose password.
    pub user: UserId,
    /// The epoch that the user must still be in.
    pub epoch: Epoch,
    /// All that the user signs in by.
    pub handles: Vec<Handle>,
    /// Where they signed in before, the latest first.
    pub places: Vec<Place>,
    /// Whether the address was not known to be theirs when the link was made.
    pub unproven: bool,
    /// An operator handed it over: to redeem it proves no address.
    pub by_hand: bool,
}

impl LiveLink {
    /// The places of the user once the link is redeemed from `place`. Those of an account whose address was never proven may be
    /// a stranger's, and are forgotten.
    #[must_use]
    pub fn places_with(&self, place: &Place) -> Option<Vec<Place>> {
        let places = if self.reclaims() { Vec::new() } else { self.places.clone() };
        Tries { places, ..Tries::default() }.places_with(place)
    }

    /// Whether to redeem it proves an address that nobody had proven.
    #[must_use]
    pub const fn reclaims(&self) -> bool {
        self.unproven && !self.by_hand
    }
}

impl ResetLink {
    /// Makes a link for the owner of `handle`, and the token to mail.
    #[must_use]
    pub fn issue(
        app: &AppId,
        handle: Handle,
        owner: Option<&Identity>,
        lifetime: Seconds,
        random: &Random,
        now: Timestamp,
    ) -> (Self, OpaqueToken) {
        let token = OpaqueToken::draw(owner.map_or_else(|| UserId::draw(random), |owner| owner.user), random);
        let holder = owner.map_or(Holder::Nobody, |identity| Holder::User {
            user: identity.user,
            epoch: identity.epoch,
            handles: std::iter::once(handle).chain(identity.others.iter().cloned()).collect(),
            places: identity.tries.places.clone(),
            unproven: !identity.proven,
        });
        (Self { digest: token.digest(), app: app.clone(), holder, expires: now.plus(lifetime), by_hand: false }, token)
    }

    /// The same link, for an operator who hands it over.
    #[must_use]
    pub fn handed_over(self) -> Self {
        Self { by_hand: true, ..self }
    }

    /// The link, if it may be spent at `now`, and the app that it was asked for in: for the deployment's own page.
    #[must_use]
    pub fn live_in_its_app(self, now: Timestamp) -> Option<(AppId, LiveLink)> {
        let app = self.app.clone();
        self.live(&app, now).map(|link| (app, link))
    }

    /// The link, if it may be spent in `app` at `now`.
    #[must_use]
    pub fn live(self, app: &AppId, now: Timestamp) -> Option<LiveLink> {
        match self.holder {
            Holder::User { user, epoch, handles, places, unproven } if self.app == *app && now < self.expires => {
                let (digest, by_hand) = (self.digest, self.by_hand);
                Some(LiveLink { digest, user, epoch, handles, places, unproven, by_hand })
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ResetLink;
    use crate::clock::{Seconds, Timestamp};
    use crate::id::{AppId, Epoch, UserId};
    use crate::random::Random;
    use crate::user::identity::{Handle, Identity};
    use crate::user::lockout::Tries;
    use crate::user::password::PasswordHash;

    const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);
    const LIFETIME: Seconds = Seconds::hours(1);

    fn issue(known: bool) -> (ResetLink, AppId) {
        let random = Random::system();
        let app: AppId = "demo".parse().expect("an app id");
        let identity = Identity {
            user: UserId::draw(&random),
            epoch: Epoch::default(),
            password: Some(PasswordHash::from_phc(String::new())),
            tries: Tries::default(),
            created: NOW,
            others: Vec::new(),
            proven: false,
            disabled: false,
            second_factor: false,
        };
        let handle = Handle::Email("ada@example.com".parse().expect("an address"));
        (ResetLink::issue(&app, handle, known.then_some(&identity), LIFETIME, &random, NOW).0, app)
    }

    #[test]
    fn a_link_lives_to_the_second() {
        let (link, app) = issue(true);
        assert!(link.clone().live(&app, NOW.plus(LIFETIME).minus(Seconds(1))).is_some());
        assert!(link.live(&app, NOW.plus(LIFETIME)).is_none());
    }

    #[test]
    fn a_link_opens_nothing_in_another_app() {
        let (link, _) = issue(true);
        assert!(link.live(&"demo-2".parse().expect("an app id"), NOW).is_none());
    }

    #[test]
    fn nobodys_link_opens_nothing() {
        let (link, app) = issue(false);
        assert!(link.live(&app, NOW).is_none());
    }
}
