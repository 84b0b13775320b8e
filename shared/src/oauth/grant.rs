//! Grants: what a user lets a client have, and the ticket of somebody who is asked.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::app::second_factor::SecondFactorPolicy;
use crate::clock::{Seconds, Timestamp};
use crate::id::{AppId, ClientId, Epoch, GrantId};
use crate::oauth::claims::RequestedClaims;
use crate::oauth::memento::MementoId;
use crate::oauth::openid::Authentication;
use crate::oauth::scope::Scope;
use crate::secret::Secret;
use crate::session::Bearer;
use crate::session::method::SignInEvent;
use crate::token::ring::KeyRing;

/// What a user lets a client have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Which of the grants that there were.
    pub id: GrantId,
    /// To whom.
    pub client: ClientId,
    /// What the user has agreed to, once or another time.
    pub scope: Scope,
    /// The identifiers of the resource servers that the user has agreed to. Our own resource API is never among them. A grant of an earlier release
    /// has none. Stored as `audiences`, exported as `resources`.
    pub servers: BTreeSet<String>,
    /// The mementos that the client may see, today.
    pub mementos: Vec<MementoId>,
    /// Since when.
    pub created: Timestamp,
    /// When the client was last given a token, to the hour.
    pub used: Option<Timestamp>,
}

/// Why a token is not narrowed as it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotNarrowed {
    /// It would be for more than was granted.
    #[error("not all of them were granted")]
    NotGranted,
    /// They are more than [`Grant::MOST_NARROWED`].
    #[error("more than {} mementos", Grant::MOST_NARROWED)]
    TooMany,
}

impl Grant {
    /// As many as one item of the store carries with ease.
    pub const MOST_MEMENTOS: usize = 100;

    /// The most mementos that one token is narrowed to: they stand in it, and it goes in a header.
    pub const MOST_NARROWED: usize = 32;

    /// How exactly the last use is known. A finer step would put a write into every refresh.
    const USE_STEP: Seconds = Seconds::hours(1);

    /// Whether a decision for `scope`, these resource servers and just these mementos would change nothing.
    #[must_use]
    pub fn says(&self, scope: &Scope, servers: &[String], mementos: &[MementoId]) -> bool {
        let same = self.mementos.iter().collect::<BTreeSet<_>>() == mementos.iter().collect();
        same && self.covers(scope, servers)
    }

    /// Whether the user has agreed to `scope`, and to tokens for these resource servers.
    #[must_use]
    pub fn covers(&self, scope: &Scope, servers: &[String]) -> bool {
        self.scope.covers(scope) && servers.iter().all(|server| self.servers.contains(server))
    }

    /// The mementos of the grant that a token is asked to be narrowed to (RFC 9396 §6).
    ///
    /// # Errors
    /// [`NotNarrowed`]
    pub fn narrowed_to(&self, named: &[String]) -> Result<Vec<MementoId>, NotNarrowed> {
        let is_granted = |named: &String| self.mementos.iter().any(|id| id.as_str() == named);
        if !named.iter().all(is_granted) {
            return Err(NotNarrowed::NotGranted);
        }
        let is_named = |id: &&MementoId| named.iter().any(|named| named == id.as_str());
        let narrowed: Vec<_> = self.mementos.iter().filter(is_named).cloned().collect();
        if narrowed.len() <= Self::MOST_NARROWED { Ok(narrowed) } else { Err(NotNarrowed::TooMany) }
    }

    /// The grant as a token sees it that was narrowed: what is in both. It was narrowed once, and the user may have taken
    /// back some of it since.
    #[must_use]
    pub fn seen_by(mut self, narrowed: Option<&[String]>) -> Self {
        if let Some(narrowed) = narrowed {
            self.mementos.retain(|id| narrowed.iter().any(|known| known == id.as_str()));
        }
        self
    }

    /// Whether a use at `now` is worth writing down.
    #[must_use]
    pub fn use_is_news(&self, now: Timestamp) -> bool {
        self.used.is_none_or(|last| now >= last.plus(Self::USE_STEP))
    }
}

/// What a client's session is given under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delegation {
    /// The client.
    pub client: ClientId,
    /// The grant.
    pub grant: GrantId,
    /// What the client asked for and got.
    pub scope: Scope,
    /// Whether it asked for mementos by `authorization_details` (RFC 9396), and is told of them so.
    pub details: bool,
    /// The audiences that it asked for by `resource` (RFC 8707); none: the app's own resource API.
    pub resources: Vec<String>,
    /// The sign-in that it goes back to; none of one that an earlier release gave.
    pub authentication: Option<Authentication>,
    /// The claims that it asked for by name.
    pub claims: RequestedClaims,
}

impl Delegation {
    /// Whether the sign-in behind it was of fewer factors than `policy` wants at `now` of a user who has been one since `created`.
    #[must_use]
    pub fn has_too_few_factors(&self, policy: &SecondFactorPolicy, created: Timestamp, now: Timestamp) -> bool {
        let methods = self.authentication.as_ref().map(|known| known.sign_in.methods).unwrap_or_default();
        methods.are_too_few(policy, created, now)
    }

    /// Whether it was given under `grant`, and not under one that was taken back.
    #[must_use]
    pub fn is_under(&self, grant: &Grant) -> bool {
        self.grant == grant.id && self.client == grant.client
    }
}

/// The hidden value of a form that asks for a decision: proof that we showed the form to this very session.
///
/// It also carries what the decision's one write has to find unchanged, the user's epoch and the grant, so that
/// deciding reads nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// The epoch of the session that looked.
    pub epoch: Epoch,
    /// The grant that there was.
    pub grant: Option<GrantId>,
    /// When and how the session that looked was signed in to; none in a form that an earlier release showed.
    pub signed_in: Option<SignInEvent>,
}

impl Ticket {
    /// The text for the form that is shown to `bearer` about `client`.
    #[must_use]
    pub fn write(&self, bearer: &Bearer, client: Option<&ClientId>, app: &AppId, ring: &KeyRing) -> Secret<String> {
        let grant = self.grant.as_ref().map_or("", GrantId::as_str);
        let event = |event: SignInEvent| format!(".{}.{}", event.at.unix(), event.methods);
        let signed_in = self.signed_in.map(event).unwrap_or_default();
        let plain = format!("{}.{grant}{signed_in}", self.epoch.0);
        let seal = Self::seal(&plain, bearer, client, app, ring);
        Secret::new(format!("{plain}.{seal}"))
    }

    /// Reads the ticket of a form that was shown to `bearer` about `client`.
    #[must_use]
    pub fn read(text: &str, bearer: &Bearer, client: Option<&ClientId>, app: &AppId, ring: &KeyRing) -> Option<Self> {
        let (plain, seal) = text.rsplit_once('.')?;
        let expected = Self::seal(plain, bearer, client, app, ring);
        aws_lc_rs::constant_time::verify_slices_are_equal(expected.as_bytes(), seal.as_bytes()).ok()?;
        let (epoch, rest) = plain.split_once('.')?;
        let (grant, signed_in) = rest.split_once('.').map_or((rest, None), |(grant, at)| (grant, Some(at)));
        let grant = (!grant.is_empty()).then(|| GrantId::stored(grant.to_owned()));
        let signed_in = match signed_in {
            Some(event) => {
                let (at, methods) = event.split_once('.')?;
                Some(SignInEvent { at: Timestamp::from_unix(at.parse().ok()?), methods: methods.parse().ok()? })
            }
            None => None,
        };
        Some(Self { epoch: Epoch(epoch.parse().ok()?), grant, signed_in })
    }

    fn seal(plain: &str, bearer: &Bearer, client: Option<&ClientId>, app: &AppId, ring: &KeyRing) -> String {
        let client = client.map_or("", ClientId::as_str);
        // Neither session nor plain text holds a line break; the client's id comes last.
        let parts: [&[u8]; 5] = [&bearer.session.to_bytes(), plain.as_bytes(), b"\n", client.as_bytes(), b"\n"];
        URL_SAFE_NO_PAD.encode(ring.derive("consent-ticket", app, &parts))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Grant, GrantId, NotNarrowed, Ticket};
    use crate::clock::Timestamp;
    use crate::id::{AppId, ClientId, Epoch, SessionId, UserId};
    use crate::oauth::memento::MementoId;
    use crate::oauth::scope::Scope;
    use crate::random::Random;
    use crate::secret::Secret;
    use crate::session::Bearer;
    use crate::session::method::{Method, Methods, SignInEvent};
    use crate::token::ring::{KeyRing, SealedRing};
    use crate::token::seal::Kek;

    fn ring() -> KeyRing {
        let kek = Arc::new(Kek::new(&Secret::new("a deployment's secret".to_owned())));
        let now = Timestamp::from_unix(1_800_000_000);
        SealedRing::create(&kek, &Random::system(), now).expect("a ring").open(kek).expect("our ring")
    }

    fn grant(mementos: &[String]) -> Grant {
        let random = Random::system();
        let mementos = mementos.iter().cloned().map(MementoId::stored).collect();
        let (id, client, created) = (GrantId::draw(&random), ClientId::draw(&random), Timestamp::from_unix(0));
        let servers = ["https://api.example".to_owned()].into();
        Grant { id, client, scope: Scope::read("mementos"), servers, mementos, created, used: None }
    }

    #[test]
    fn a_grant_covers_a_request_by_its_scopes_and_by_its_resource_servers() {
        let (granted, mementos) = (grant(&[]), Scope::read("mementos"));
        let servers = |list: &[&str]| list.iter().map(|&server| server.to_owned()).collect::<Vec<_>>();
        for (scope, named, covered) in [
            (&mementos, &[][..], true),
            (&mementos, &["https://api.example"], true),
            (&mementos, &["https://api.example", "https://files.example"], false),
            (&Scope::default(), &["https://files.example"], false),
            (&Scope::read("email"), &["https://api.example"], false),
        ] {
            assert_eq!(granted.covers(scope, &servers(named)), covered, "{scope} {named:?}");
            assert_eq!(granted.says(scope, &servers(named), &[]), covered, "{scope} {named:?}");
        }
    }

    fn ids(range: std::ops::Range<usize>) -> Vec<String> {
        range.map(|number| format!("m{number}")).collect()
    }

    #[test]
    fn a_token_is_narrowed_to_what_was_granted_and_to_thirty_two_at_most() {
        let most = Grant::MOST_NARROWED;
        let granted = grant(&ids(0..most + 1));
        let narrowed = |named: &[String]| {
            granted.narrowed_to(named).map(|ids| ids.iter().map(|id| id.as_str().to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(narrowed(&[]), Ok(Vec::new()));
        assert_eq!(narrowed(&ids(1..most + 1)), Ok(ids(1..most + 1)));
        assert_eq!(narrowed(&["m1".to_owned(), "m1".to_owned()]), Ok(ids(1..2)));
        assert_eq!(narrowed(&ids(0..most + 1)), Err(NotNarrowed::TooMany));
        assert_eq!(narrowed(&ids(most..most + 2)), Err(NotNarrowed::NotGranted));
    }

    #[test]
    fn a_narrowed_token_sees_what_is_in_it_and_still_granted() {
        let seen = |granted: &[String], narrowed: Option<&[String]>| grant(granted).seen_by(narrowed).mementos.len();
        assert_eq!(seen(&ids(0..3), None), 3);
        assert_eq!(seen(&ids(0..3), Some(&ids(2..5))), 1);
        assert_eq!(seen(&ids(0..3), Some(&[])), 0);
        assert_eq!(seen(&[], Some(&ids(0..3))), 0);
    }

    #[test]
    fn a_ticket_is_good_for_its_session_client_and_app_only() {
        let (random, ring) = (Random::system(), ring());
        let bearer = || Bearer { user: UserId::draw(&random), session: SessionId::draw(&random) };
        let (ours, app): (Bearer, AppId) = (bearer(), "demo".parse().expect("an app id"));
        let client = ClientId::draw(&random);
        let at = Timestamp::from_unix(1_600_000_000);
        let event = |methods| Some(SignInEvent { at, methods });
        let both = Methods::from(Method::Sms).and(Method::Otp);
        let grant = || Some(GrantId::draw(&random));
        let tickets = [(None, None), (grant(), event(Methods::default())), (None, event(both))];
        for (grant, signed_in) in tickets {
            let ticket = Ticket { epoch: Epoch(7), grant, signed_in };
            let text = ticket.write(&ours, Some(&client), &app, &ring).reveal();
            let read = |text: &str, bearer: &Bearer, client: Option<&ClientId>| {
                Ticket::read(text, bearer, client, &app, &ring)
            };
            assert_eq!(read(&text, &ours, Some(&client)), Some(ticket));
            assert_eq!(read(&text, &bearer(), Some(&client)), None);
            assert_eq!(read(&text, &ours, None), None);
            assert_eq!(read(&text, &ours, Some(&ClientId::draw(&random))), None);
            assert_eq!(Ticket::read(&text, &ours, Some(&client), &"other".parse().expect("an id"), &ring), None);
            assert_eq!(read(&text.replacen('7', "8", 1), &ours, Some(&client)), None);
            for forged in ["", ".", "7..", "7.", &text[1..]] {
                assert_eq!(read(forged, &ours, Some(&client)), None, "{forged}");
            }
        }
    }
}
