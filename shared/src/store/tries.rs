//! Tries of passwords: `reserve_try`, `note_success`, `withdraw_try`, `clear_tries`. Those that let nobody in end in `wrong_tries`.

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemInputBuilder;
use aws_sdk_dynamodb::types::ReturnValue;
use futures_util::future::try_join_all;

use crate::clock::{Seconds, Timestamp};
use crate::id::AppId;
use crate::session::{Session, Transport};
use crate::store::authors::BY;
use crate::store::client::{FailedCondition, Nonce, Store};
use crate::store::error::StoreError;
use crate::store::identities::read_identity;
use crate::store::item::{number, text, time};
use crate::store::keys::Key;
use crate::store::try_attributes::{FAILED, OPEN, name_of, rest_name, swept, try_name, write_places};
use crate::token::ring::KeyRing;
use crate::user::identity::{Handle, Identity, Login};
use crate::user::lockout::{Brake, Place, Tries};

/// Somebody tries a password.
#[derive(Clone, Copy, Debug)]
pub struct PasswordTry<'a> {
    /// In which app.
    pub app: &'a AppId,
    /// For whom.
    pub login: &'a Login,
    /// The client's network address.
    pub source: &'a str,
    /// Tries that the dialect allows in [`crate::user::lockout::WINDOW`].
    pub cap: u32,
    /// When.
    pub now: Timestamp,
}

/// A try that was counted before its password is compared.
#[derive(Clone, Debug)]
pub struct ReservedTry {
    /// Whose the login is.
    pub identity: Option<Identity>,
    /// Whether the password may be compared.
    pub brake: Brake,
    pub(super) place: Place,
    /// Calls made so far, of which each waited for the one before.
    pub(super) steps: u32,
}

/// Where a try has been counted.
#[derive(Clone, Copy)]
pub(super) struct Counted<'a> {
    pub(super) key: &'a Key,
    pub(super) kind: char,
    pub(super) place: &'a Place,
}

impl Store {
    /// Reads whose the login is, and counts the try in the same write: `DynamoDB` puts the updates of an item in an order, so
    /// each of fifty tries at once knows how many came before it.
    ///
    /// # Errors
    /// [`StoreError`]: the login must then be refused.
    pub async fn reserve_try(&self, attempt: &PasswordTry<'_>) -> Result<ReservedTry, StoreError> {
        let ring = self.ring(attempt.now).await?;
        let place = Place::of(attempt.source, attempt.app, &ring);
        let nobody = ReservedTry { identity: None, brake: Brake::Open, place, steps: 0 };
        let Some(handle) = attempt.login.handle() else { return Ok(nobody) };
        let key = Key::identity(attempt.app, handle, &ring);
        let place = &nobody.place;
        let nonce = Nonce::draw(&self.random);
        let counted = |condition| {
            self.count_try(&key, attempt, place, &nonce)
                .condition_expression(format!("{condition} AND (attribute_not_exists(tried_by) OR tried_by <> :nonce)"))
        };
        let first = counted(format!("attribute_exists(pk) AND {MAY_TRY}"));
        let (item, steps) = match self.send_update(resting_by(first, attempt)).await? {
            Ok(item) => (item, 1),
            Err(FailedCondition(None)) => return Ok(ReservedTry { steps: 1, ..nobody }),
            // Our own work: its answer got lost, and this was a repetition.
            Err(FailedCondition(Some(item))) if nonce.marks(&item, "tried_by") => (item, 1),
            Err(FailedCondition(Some(item))) => {
                let identity = read_identity(&item)?;
                if !identity.tries.knows(place) {
                    let brake = Brake::Resting(rest_of(&identity.tries, attempt));
                    return Ok(ReservedTry { identity: Some(identity), brake, steps: 1, ..nobody });
                }
                // Strangers rest. The owner is at home.
                match self.send_update(counted("attribute_exists(pk)".to_owned())).await? {
                    Ok(item) => (item, 2),
                    Err(FailedCondition(Some(item))) if nonce.marks(&item, "tried_by") => (item, 2),
                    Err(_) => return Ok(ReservedTry { steps: 2, ..nobody }),
                }
            }
        };
        let mut identity = read_identity(&item)?;
        let mut steps = steps;
        if identity.tries.wants_other_handle(place, attempt.cap, attempt.now)
            && let Some(other) = self.tries_of_other_handle(attempt, &identity).await?
        {
            identity.tries = identity.tries.with_other_handle(&other, place, attempt.cap, attempt.now);
            steps += 1;
        }
        if identity.tries.is_doubtful(place, attempt.cap, attempt.now) {
            let opened = self.opened_by_passwords(attempt, &identity, &ring).await?;
            identity.tries = identity.tries.without_successes(opened);
            steps += 1;
        }
        let brake = identity.tries.judge(place, attempt.cap, attempt.now);
        if let Brake::Resting(wait) = brake {
            self.take_back(Counted { key: &key, kind: OPEN, place }, attempt, &identity.tries, wait).await;
            steps += 1;
        }
        Ok(ReservedTry { identity: Some(identity), brake, steps, ..nobody })
    }

    /// The tries of the user's other handle that takes the password, where they have two.
    async fn tries_of_other_handle(
        &self,
        attempt: &PasswordTry<'_>,
        identity: &Identity,
    ) -> Result<Option<Tries>, StoreError> {
        let Some(other) = other_of(identity) else { return Ok(None) };
        Ok(self.identity(attempt.app, other, attempt.now).await?.map(|other| other.tries))
    }

    /// When and where sessions were opened by a password: all but the one of the registration, for which nothing was tried.
    async fn opened_by_passwords(
        &self,
        attempt: &PasswordTry<'_>,
        identity: &Identity,
        ring: &KeyRing,
    ) -> Result<Vec<(Timestamp, Place)>, StoreError> {
        let mut sessions = self.sessions_of(attempt.app, identity.user).await?;
        sessions.retain(|session| session.transport != Transport::Oauth);
        // The Account API opens none when somebody registers.
        let of_registration =
            |session: &Session| session.created == identity.created && session.transport != Transport::Account;
        if let Some(first) = sessions.iter().position(of_registration) {
            sessions.swap_remove(first);
        }
        let place = |session: &Session| Place::of(session.device.address(), attempt.app, ring);
        Ok(sessions.iter().map(|session| (session.created, place(session))).collect())
    }

    /// Puts right what a sign-in puts right: the tries of its class are forgotten when there are some, and a new place is
    /// remembered. An ordinary sign-in has nothing to put right.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn note_success(&self, attempt: &PasswordTry<'_>, identity: &Identity) -> Result<(), StoreError> {
        let (now, tries) = (attempt.now, &identity.tries);
        let Some(handle) = attempt.login.handle() else { return Ok(()) };
        let ring = self.ring(now).await?;
        let place = Place::of(attempt.source, attempt.app, &ring);
        let (cleared, places) = (tries.cleared_by_success(&place, now), tries.places_with(&place));
        if cleared.is_none() && places.is_none() {
            return Ok(());
        }
        let write = |handle: &Handle| {
            let mut names = cleared.iter().flatten().map(|count| name_of(FAILED, count)).collect::<Vec<_>>();
            if cleared.is_some() {
                names.extend(tries.stale_open(now).map(|count| name_of(OPEN, count)));
                names.extend(["tries".to_owned(), "tries_since".to_owned()]);
            }
            if tries.knows(&place) && tries.rests_long(now) {
                names.extend(tries.rests.keys().map(|cap| rest_name(*cap)));
            }
            let set = places.as_ref().map(|places| (" SET places = :places", write_places(places)));
            let update = self.update(&Key::identity(attempt.app, handle, &ring));
            let update = removing(update, &names, set.as_ref().map_or("", |(set, _)| set))
                // A reset that ran meanwhile has forgotten the places, of which some may be a stranger's.
                .condition_expression("#user = :user AND epoch = :epoch")
                .expression_attribute_names("#user", "user")
                .expression_attribute_values(":user", text(identity.user.to_string()))
                .expression_attribute_values(":epoch", number(identity.epoch.0));
            self.send_update(match set {
                Some((_, places)) => update.expression_attribute_values(":places", places),
                None => update,
            })
        };
        // A phone's places are its own: those of the handles that a password goes with are more.
        let other = other_of(identity).filter(|_| handle.takes_password());
        try_join_all(std::iter::once(handle).chain(other).map(write)).await.map(drop)
    }

    /// Withdraws a try that was right and opens no session. It is sent once, as [`Store::take_back`] is.
    ///
    /// # Errors
    /// [`StoreError`]: of the key ring.
    pub async fn withdraw_try(&self, attempt: &PasswordTry<'_>) -> Result<(), StoreError> {
        let Some(handle) = attempt.login.handle() else { return Ok(()) };
        let ring = self.ring(attempt.now).await?;
        let place = Place::of(attempt.source, attempt.app, &ring);
        let withdraw = self
            .update(&Key::identity(attempt.app, handle, &ring))
            .update_expression("ADD #try :less")
            .condition_expression("attribute_exists(#try)")
            .expression_attribute_names("#try", try_name(OPEN, attempt.now, &place))
            .expression_attribute_values(":less", number(-1));
        let _ = Box::pin(self.db.update_once(withdraw)).await;
        Ok(())
    }

    /// Forgets the tries for a handle, and that strangers rest. Places stay.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn clear_tries(&self, app: &AppId, handle: &Handle, now: Timestamp) -> Result<(), StoreError> {
        let ring = self.ring(now).await?;
        let Some(identity) = self.identity(app, handle, now).await? else { return Ok(()) };
        let tries = &identity.tries;
        let mut names: Vec<_> = tries.failed.iter().map(|count| name_of(FAILED, count)).collect();
        names.extend(tries.open.iter().map(|count| name_of(OPEN, count)));
        names.extend(tries.rests.keys().map(|cap| rest_name(*cap)));
        names.extend(["tries".to_owned(), "tries_since".to_owned()]);
        let clear = removing(self.update(&Key::identity(app, handle, &ring)), &names, &format!(" SET {BY}"))
            .condition_expression("attribute_exists(pk)");
        self.send_update(self.signed(clear)).await.map(drop)
    }

    /// Begins the write that reserves a try and gives the item with it.
    fn count_try(&self, key: &Key, attempt: &PasswordTry<'_>, place: &Place, nonce: &Nonce) -> UpdateItemInputBuilder {
        self.update(key)
            .update_expression("SET tried_by = :nonce ADD #try :one")
            .expression_attribute_values(":nonce", text(nonce.as_str()))
            .expression_attribute_names("#try", try_name(OPEN, attempt.now, place))
            .expression_attribute_values(":one", number(1))
            .return_values(ReturnValue::AllNew)
    }

    /// Takes a refused try back, and lets strangers rest whose failures are too many: so the item does not grow, and trying on
    /// makes no rest longer.
    ///
    /// It is sent once: a repetition whose first answer was lost would take back somebody else's try, and a guess more would be
    /// compared. A try that is not taken back counts for seconds.
    pub(super) async fn take_back(
        &self,
        counted: Counted<'_>,
        attempt: &PasswordTry<'_>,
        tries: &Tries,
        wait: Seconds,
    ) {
        let Counted { key, kind, place } = counted;
        let less = if kind == FAILED { "ADD #try :less, tries :less" } else { "ADD #try :less" };
        let mut refuse = self
            .update(key)
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_names("#try", try_name(kind, attempt.now, place))
            .expression_attribute_values(":less", number(-1));
        let stale = swept(tries, attempt.now);
        refuse = if tries.knows(place) || tries.is_doubtful(place, attempt.cap, attempt.now) {
            removing(refuse, &stale, &format!(" {less}"))
        } else {
            removing(refuse, &stale, &format!(" SET #rest = :until {less}"))
                .expression_attribute_names("#rest", rest_name(attempt.cap))
                .expression_attribute_values(":until", time(attempt.now.plus(wait)))
        };
        let _ = Box::pin(self.db.update_once(refuse)).await;
    }
}

/// That strangers do not rest.
pub(super) const MAY_TRY: &str = "(attribute_not_exists(#rest) OR #rest <= :now)";

pub(super) fn resting_by(update: UpdateItemInputBuilder, attempt: &PasswordTry<'_>) -> UpdateItemInputBuilder {
    update
        .expression_attribute_names("#rest", rest_name(attempt.cap))
        .expression_attribute_values(":now", time(attempt.now))
}

pub(super) fn rest_of(tries: &Tries, attempt: &PasswordTry<'_>) -> Seconds {
    tries.rests.get(&attempt.cap).map_or(Seconds(1), |until| until.since(attempt.now).max(Seconds(1)))
}

pub(super) fn removing(update: UpdateItemInputBuilder, names: &[String], and: &str) -> UpdateItemInputBuilder {
    let aliases: Vec<_> = (0..names.len()).map(|position| format!("#r{position}")).collect();
    let update = names
        .iter()
        .zip(&aliases)
        .fold(update, |update, (name, alias)| update.expression_attribute_names(alias.as_str(), name.as_str()));
    let remove = if aliases.is_empty() { String::new() } else { format!("REMOVE {}", aliases.join(", ")) };
    update.update_expression(format!("{remove}{and}").trim().to_owned())
}

/// The user's other handle that takes the password: a user has a username, an address or both.
pub(super) fn other_of(identity: &Identity) -> Option<&Handle> {
    identity.others.iter().find(|handle| handle.takes_password())
}
