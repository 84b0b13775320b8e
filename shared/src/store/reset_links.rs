//! Reset links: `put_reset_link`, `reset_link`, `live_link`, `link_spent_by_form`, `redeem_reset_link`.

use aws_sdk_dynamodb::types::AttributeValue;

use crate::aws::SendBy as _;
use crate::clock::{Seconds, Timestamp};
use crate::code::reset::{Holder, LiveLink, ResetLink};
use crate::id::{AppId, Epoch};
use crate::session::attempt::FormDigest;
use crate::store::client::{Cancelled, FailedCondition, Nonce, Store, update_item};
use crate::store::epochs::Moved;
use crate::store::error::StoreError;
use crate::store::identities::{read_handles, write_handles};
use crate::store::item::{Attributes, Reader, Writer, number, text, time};
use crate::store::keys::{Key, Table};
use crate::store::try_attributes::write_places;
use crate::store::user_item::read_user;
use crate::token::opaque::{OpaqueToken, TokenDigest};
use crate::user::lockout::Place;
use crate::user::password::PasswordHash;

/// How long an expired link is kept, so that it can still be told from one that never was.
const KEPT: Seconds = Seconds::days(1);

/// Why a link set no password.
#[derive(Debug, thiserror::Error)]
pub enum NotRedeemed {
    /// It was spent or expired, or its user moved on: another reset, a new password.
    #[error("the link is dead")]
    Dead,
    /// It was good, and its user is gone.
    #[error("the user is gone")]
    NoUser,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A link on its way to be spent.
#[derive(Clone, Copy, Debug)]
pub struct Redemption<'a> {
    /// The link.
    pub link: &'a LiveLink,
    /// The password to set.
    pub password: &'a PasswordHash,
    /// The network address that redeems it.
    pub source: &'a str,
    /// When.
    pub now: Timestamp,
}

/// What became of a redemption that was not refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Redeemed {
    Yes,
    /// Nothing: the address was proven since the link was made, so nothing of the account is a stranger's.
    ProvenMeanwhile,
    /// Nothing: the user was given something that may be for a stranger's client. So much has been made for them by now.
    Made(u64),
}

/// How often a reset looks again because the user was given something meanwhile.
const LOOKS: u32 = 4;

impl Store {
    /// Writes a new link. Its token is random, so writing it twice is writing it once.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn put_reset_link(&self, link: &ResetLink) -> Result<(), StoreError> {
        self.db
            .put_item()
            .table_name(self.table(Table::Live))
            .set_item(Some(self.by_author(write_link(link))))
            .send_by(&self.db)
            .await
            .map(drop)
            .map_err(|error| StoreError::unavailable("PutItem", &error))
    }

    /// The link that `token` opens, unless it was spent.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn reset_link(&self, token: &OpaqueToken) -> Result<Option<ResetLink>, StoreError> {
        let digest = token.digest();
        let Some(found) = self.get(&Key::one_time_token(&digest)).await? else { return Ok(None) };
        let item = Reader::new("reset link", &found);
        if item.maybe_text("spent_by")?.is_some() {
            return Ok(None);
        }
        let holder = match item.maybe_parsed("user")? {
            None => Holder::Nobody,
            Some(user) => {
                let (epoch, handles) = (Epoch(item.number("epoch")?), read_handles(&item, "handles")?);
                let places = item.strings("places")?.into_iter().map(Place::from_hash).collect();
                Holder::User { user, epoch, handles, places, unproven: item.flag("unproven")? }
            }
        };
        let (expires, by_hand) = (item.time("expires")?, item.flag("by_hand")?);
        Ok(Some(ResetLink { digest, app: item.parsed("app")?, holder, expires, by_hand }))
    }

    /// The link that `token` opens in `app` at `now`.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn live_link(
        &self,
        app: &AppId,
        token: &OpaqueToken,
        now: Timestamp,
    ) -> Result<Option<LiveLink>, StoreError> {
        Ok(self.reset_link(token).await?.and_then(|link| link.live(app, now)))
    }

    /// The app of a link that was spent by this very form, which was sent twice.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn link_spent_by_form(&self, link: &TokenDigest, form: &FormDigest) -> Result<Option<AppId>, StoreError> {
        let Some(found) = self.get(&Key::one_time_token(link)).await? else { return Ok(None) };
        let item = Reader::new("reset link", &found);
        let is_spent_by_it = item.maybe_text("spent_by")?.is_some_and(|nonce| Nonce::is_of_form(nonce, form));
        if is_spent_by_it { Ok(Some(item.parsed("app")?)) } else { Ok(None) }
    }

    /// Spends a link: sets the password and moves the user to the next epoch, which ends every session and every
    /// other link. All of it or nothing. The place of the redemption is remembered as one of the user's: the brake on strangers
    /// does not keep them out there.
    ///
    /// A mailed link that proves the address for the first time also takes away what others may have added to the account, and what
    /// they let clients have, which goes first. If the link cannot be spent then, somebody is asked once more whether they agree.
    ///
    /// # Errors
    /// [`NotRedeemed::Dead`] for every caller but the first, [`NotRedeemed::NoUser`] once the user is deleted.
    pub async fn redeem_reset_link(
        &self,
        app: &AppId,
        redemption: &Redemption<'_>,
        nonce: &Nonce,
    ) -> Result<(), NotRedeemed> {
        // Most accounts were given nothing yet, and then nothing is looked for.
        let mut reclaims = redemption.link.reclaims().then_some(0);
        for _ in 0..LOOKS {
            match self.redeem_once(app, redemption, reclaims, nonce).await? {
                Redeemed::Yes => return Ok(()),
                Redeemed::ProvenMeanwhile => reclaims = None,
                Redeemed::Made(made) => {
                    self.disconnect_all(app, redemption.link.user).await?;
                    reclaims = Some(made);
                }
            }
        }
        let cause = "the user kept being given something".to_owned();
        Err(StoreError::Unavailable { operation: "TransactWriteItems", cause }.into())
    }

    async fn redeem_once(
        &self,
        app: &AppId,
        redemption: &Redemption<'_>,
        reclaims: Option<u64>,
        nonce: &Nonce,
    ) -> Result<Redeemed, NotRedeemed> {
        let Redemption { link, password, source, now } = *redemption;
        let ring = self.ring(now).await?;
        let spend = self
            .transact_update(&Key::one_time_token(&link.digest))
            .update_expression("SET spent_by = :nonce")
            .condition_expression("attribute_not_exists(spent_by) AND expires > :now")
            .expression_attribute_values(":nonce", text(nonce.as_str()))
            .expression_attribute_values(":now", time(now));
        let places = link.places_with(&Place::of(source, app, &ring));
        let moved = Moved {
            user: link.user,
            epoch: link.epoch,
            handles: &link.handles,
            password: Some(password),
            places: places.as_deref(),
            reclaims,
            now,
        };
        // A link that was mailed proves the address that it was mailed to.
        let proven = (!link.by_hand).then_some(now);
        let parts = std::iter::once(spend).chain(self.move_on(app, &moved, proven, &ring));
        let items = parts.map(update_item).collect::<Result<_, StoreError>>()?;
        match self.transact(items).await {
            Ok(()) => Ok(Redeemed::Yes),
            Err(Cancelled::Store(error)) => {
                self.give_link_back(link, reclaims.is_some(), nonce).await;
                Err(error.into())
            }
            Err(Cancelled::Conditions(found)) => match found.as_slice() {
                // Our own work: its answer got lost, and this was a repetition.
                [Some(FailedCondition(Some(link))), ..] if nonce.marks(link, "spent_by") => Ok(Redeemed::Yes),
                [None, Some(FailedCondition(None)), ..] => Err(NotRedeemed::NoUser),
                [None, Some(FailedCondition(Some(user))), ..]
                    if reclaims.is_some() && Reader::new("user", user).number::<u64>("epoch")? == link.epoch.0 =>
                {
                    let made = Reader::new("user", user).maybe_number("made")?.unwrap_or_default();
                    let is_proven = read_user(link.user, user)?.email_proof.is_proven();
                    Ok(if is_proven { Redeemed::ProvenMeanwhile } else { Redeemed::Made(made) })
                }
                _ => Err(NotRedeemed::Dead),
            },
        }
    }
}

impl Store {
    /// After a transaction of which nobody knows whether it was carried out. If it was, its request is not answered with
    /// success, so the link is not spent: it is good once more, as of the epoch that it moved its user to. If this fails,
    /// too, the user has to ask for another link.
    async fn give_link_back(&self, link: &LiveLink, reclaims: bool, nonce: &Nonce) {
        let give_back = self
            .update(&Key::one_time_token(&link.digest))
            .update_expression("SET epoch = :next REMOVE spent_by")
            .condition_expression("spent_by = :nonce")
            .expression_attribute_values(":next", number(link.epoch.next().0))
            .expression_attribute_values(":nonce", text(nonce.as_str()));
        // The phone is not the user's any more.
        let kept: Vec<_> = link.handles.iter().filter(|handle| handle.takes_password()).cloned().collect();
        let give_back = match write_handles(&kept).filter(|_| reclaims) {
            None => give_back,
            Some(handles) => give_back
                .update_expression("SET epoch = :next, handles = :handles REMOVE spent_by")
                .expression_attribute_values(":handles", handles),
        };
        let _ = self.send_update(give_back).await;
    }
}

fn write_link(link: &ResetLink) -> Attributes {
    let item = Writer::at(&Key::one_time_token(&link.digest))
        .with("app", text(link.app.as_str()))
        .with("expires", time(link.expires))
        .with("ttl", time(link.expires.plus(KEPT)))
        .maybe("by_hand", link.by_hand.then_some(AttributeValue::Bool(true)));
    match &link.holder {
        Holder::Nobody => item,
        Holder::User { user, epoch, handles, places, unproven } => item
            .with("user", text(user.to_string()))
            .with("epoch", number(epoch.0))
            .maybe("handles", write_handles(handles))
            .maybe("places", (!places.is_empty()).then(|| write_places(places)))
            .maybe("unproven", unproven.then_some(AttributeValue::Bool(true))),
    }
    .done()
}
