//! The way from the page that took the first factor to the page that takes the second.
//!
//! The ticket stands in the second page's form, and says whom the first factor was of. It is good for five minutes, once, in the
//! browser that was shown the page, and for the request that the sign-in is on the way to.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::clock::{Seconds, Timestamp};
use crate::id::{AppId, Epoch, UserId};
use crate::random::Random;
use crate::secret::Secret;
use crate::session::method::Methods;
use crate::token::opaque::TokenDigest;
use crate::token::ring::KeyRing;
use crate::user::identity::{Handle, Login};

/// How long the user has to find the code.
pub const LIFETIME: Seconds = Seconds::minutes(5);

/// Longer than any of ours: a login of 254 characters, and what is beside it.
const LONGEST: usize = 2048;

/// What the browser keeps in a cookie, so that the ticket is of no use in another.
#[derive(Debug)]
pub struct BrowserMark(Secret<String>);

impl BrowserMark {
    /// Draws a mark.
    #[must_use]
    pub fn draw(random: &Random) -> Self {
        Self(Secret::new(URL_SAFE_NO_PAD.encode(random.bytes::<16>())))
    }

    /// The mark that a browser shows.
    #[must_use]
    pub fn shown(text: &str) -> Self {
        Self(Secret::new(text.to_owned()))
    }

    /// The text, for the cookie.
    #[must_use]
    pub const fn text(&self) -> &Secret<String> {
        &self.0
    }
}

/// Where a ticket is good.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// In which app.
    pub app: &'a AppId,
    /// In which browser.
    pub mark: &'a BrowserMark,
    /// On the way to what, as the form has it.
    pub to: &'a str,
}

/// Somebody whose first factor was right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// Tells it from every other: it is used up by this.
    id: String,
    /// Who.
    pub user: UserId,
    /// The user's epoch as of the first factor. A password that is set meanwhile ends the ticket.
    pub epoch: Epoch,
    /// What they signed in by, whose tries the code counts with.
    pub login: Login,
    /// The first factor.
    pub methods: Methods,
    /// Of no use from here on.
    pub expires: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct Written {
    i: String,
    u: String,
    e: u64,
    l: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    p: bool,
    m: String,
    x: i64,
}

impl Ticket {
    /// A ticket for somebody who has just shown the first factor.
    #[must_use]
    pub fn issue(user: UserId, epoch: Epoch, login: Login, methods: Methods, random: &Random, now: Timestamp) -> Self {
        let id = URL_SAFE_NO_PAD.encode(random.bytes::<16>());
        Self { id, user, epoch, login, methods, expires: now.plus(LIFETIME) }
    }

    /// What is stored of a ticket that was used.
    #[must_use]
    pub fn digest(&self) -> TokenDigest {
        TokenDigest::of(self.id.as_bytes())
    }

    /// The text for the form.
    #[must_use]
    #[expect(clippy::expect_used, clippy::missing_panics_doc, reason = "strings and numbers serialize")]
    pub fn write(&self, place: Place<'_>, ring: &KeyRing) -> Secret<String> {
        let (is_phone, login) = match &self.login {
            Login::Handle(Handle::Phone(phone)) => (true, phone.as_e164()),
            Login::Handle(handle) => (false, handle.value()),
            Login::Nobodys(text) => (false, text.as_str()),
        };
        let written = Written {
            i: self.id.clone(),
            u: self.user.to_string(),
            e: self.epoch.0,
            l: login.to_owned(),
            p: is_phone,
            m: self.methods.to_string(),
            x: self.expires.unix(),
        };
        let plain = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&written).expect("JSON"));
        let seal = seal(&plain, place, ring);
        Secret::new(format!("{plain}.{seal}"))
    }

    /// Reads the ticket of a form that was shown at `place`, while it lives.
    #[must_use]
    pub fn read(text: &str, place: Place<'_>, ring: &KeyRing, now: Timestamp) -> Option<Self> {
        let (plain, shown) = Some(text).filter(|text| text.len() <= LONGEST)?.rsplit_once('.')?;
        let expected = seal(plain, place, ring);
        aws_lc_rs::constant_time::verify_slices_are_equal(expected.as_bytes(), shown.as_bytes()).ok()?;
        let written: Written = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(plain).ok()?).ok()?;
        let login =
            if written.p { Login::Handle(Handle::Phone(written.l.parse().ok()?)) } else { Login::read(&written.l) };
        let expires = Timestamp::from_unix(written.x);
        let ticket = Self {
            id: written.i,
            user: written.u.parse().ok()?,
            epoch: Epoch(written.e),
            login,
            methods: written.m.parse().ok()?,
            expires,
        };
        (now < expires).then_some(ticket)
    }
}

fn seal(plain: &str, place: Place<'_>, ring: &KeyRing) -> String {
    let Place { app, mark, to } = place;
    // Neither mark nor plain text holds a line break; the way on comes last.
    let parts: [&[u8]; 5] = [mark.0.expose().as_bytes(), b"\n", plain.as_bytes(), b"\n", to.as_bytes()];
    URL_SAFE_NO_PAD.encode(ring.derive("factor-ticket", app, &parts))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{BrowserMark, LIFETIME, Place, Ticket};
    use crate::clock::{Seconds, Timestamp};
    use crate::id::{AppId, Epoch, UserId};
    use crate::random::Random;
    use crate::secret::Secret;
    use crate::session::method::Method;
    use crate::token::ring::SealedRing;
    use crate::token::seal::Kek;
    use crate::user::identity::{Handle, Login};

    #[test]
    fn a_ticket_is_good_in_its_browser_on_its_way_in_its_app_and_for_five_minutes() {
        let (random, now) = (Random::system(), Timestamp::from_unix(1_800_000_000));
        let kek = Arc::new(Kek::new(&Secret::new("a deployment's secret".to_owned())));
        let ring = SealedRing::create(&kek, &random, now).expect("a ring").open(kek).expect("opens");
        let (ours, theirs): (AppId, AppId) = ("ours".parse().expect("an id"), "theirs".parse().expect("an id"));
        let (mark, other) = (BrowserMark::draw(&random), BrowserMark::draw(&random));
        let phone = Login::Handle(Handle::Phone("+8613800138000".parse().expect("a phone")));
        for login in [Login::read("ada@example.com"), Login::read("ada"), phone] {
            let ticket = Ticket::issue(UserId::draw(&random), Epoch(3), login, Method::Sms.into(), &random, now);
            let place = Place { app: &ours, mark: &mark, to: "client_id=x" };
            let text = ticket.write(place, &ring);
            let read = |place, now| Ticket::read(text.expose(), place, &ring, now);
            let last = now.plus(LIFETIME).minus(Seconds(1));
            assert_eq!(read(place, last), Some(ticket));
            assert_eq!(read(place, now.plus(LIFETIME)), None);
            assert_eq!(read(Place { app: &theirs, ..place }, now), None);
            assert_eq!(read(Place { mark: &other, ..place }, now), None);
            assert_eq!(read(Place { to: "client_id=y", ..place }, now), None);
            for forged in ["", ".", &text.expose()[1..], &"A".repeat(3000)] {
                assert_eq!(Ticket::read(forged, place, &ring, now), None, "{forged}");
            }
        }
    }
}
