//! An authenticator app, as a user holds one: it computes codes by RFC 6238 on its own.

use aws_lc_rs::hmac;
use shared::app::App;
use shared::app::second_factor::SecondFactorPolicy;
use shared::clock::{Seconds, Timestamp};
use shared::code::digits::Code;
use shared::factor::otp::Otp;
use shared::service::factor_setup::Enrolling;
use shared::store::AppConflict;
use shared::user::identity::Handle;

use crate::World;

/// The app, and the recovery codes that its user wrote down.
#[derive(Clone, Debug)]
pub struct Authenticator {
    secret: Vec<u8>,
    /// The recovery codes as they were shown.
    pub recovery: Vec<String>,
}

impl Authenticator {
    /// The app that was shown a secret in base32.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let mut bits = text.bytes().flat_map(|letter| {
            let value = if letter.is_ascii_digit() { letter - b'2' + 26 } else { letter - b'A' };
            (0..5).rev().map(move |bit| value >> bit & 1)
        });
        let byte = std::iter::from_fn(|| {
            let eight: Vec<_> = bits.by_ref().take(8).collect();
            (eight.len() == 8).then(|| eight.iter().fold(0, |byte, bit| byte << 1 | bit))
        });
        Self { secret: byte.collect(), recovery: Vec::new() }
    }

    /// The digits that it shows.
    #[must_use]
    pub fn code(&self, now: Timestamp) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.secret);
        let tag = hmac::sign(&key, &(now.unix() / 30).to_be_bytes());
        let tag = tag.as_ref();
        let at = usize::from(tag[19] & 15);
        let number = u32::from_be_bytes([tag[at] & 0x7f, tag[at + 1], tag[at + 2], tag[at + 3]]);
        format!("{:06}", number % 1_000_000)
    }

    /// Digits that it shows neither now nor a step earlier or later.
    #[must_use]
    pub fn wrong_code(&self, now: Timestamp) -> String {
        let shown: Vec<_> = [-30, 0, 30].iter().map(|by| self.code(now.plus(Seconds(*by)))).collect();
        let other = (0..4).map(|digit| format!("{digit}{digit}{digit}{digit}{digit}{digit}"));
        other.into_iter().find(|code| !shown.contains(code)).expect("four codes, of which three are taken")
    }
}

impl World {
    /// Has an app want two factors of its users, after that grace from now on.
    pub async fn want_two_factors(&self, app: &str, grace: Seconds) {
        let (id, since) = (app.parse().expect("an app id"), self.clock.now());
        let change = |mut app: App| {
            app.policy.second_factor = SecondFactorPolicy::Required { since, grace };
            Ok::<_, AppConflict>(app)
        };
        self.ctx.store.change_app(&id, change).await.expect("changed");
    }

    /// Has the user with that address set up an authenticator app, and waits until it shows another code.
    pub async fn set_up_factor(&self, app: &str, email: &str) -> Authenticator {
        self.set_up_factor_of(app, Handle::Email(email.parse().expect("an address"))).await
    }

    /// The same of the user with that handle.
    pub async fn set_up_factor_of(&self, app: &str, handle: Handle) -> Authenticator {
        let (id, now, at) = (app.parse().expect("an app id"), self.clock.now(), self.ctx.at(self.clock.now()));
        let app = at.enabled_app(&id).await.expect("answers").expect("an app");
        let identity = at.store.identity(&id, &handle, now).await.expect("answers").expect("somebody");
        let user = at.store.user(&id, identity.user).await.expect("answers").expect("a user");
        let enrolling = Enrolling { app: &app, user: &user, by: b"a test", session: None, attempt: None };
        let offer = at.offer_factor(enrolling).await.expect("an offer");
        let held = Authenticator::of(offer.secret.expose());
        let otp = Otp::Totp(Code::read(&held.code(now)).expect("six digits"));
        let codes = at.set_up_factor(enrolling, offer.setup.expose(), Some(&otp)).await.expect("set up");
        self.clock.advance(Seconds(30));
        let recovery = codes.codes.iter().map(|code| code.shown().expose().clone()).collect();
        Authenticator { recovery, ..held }
    }
}
