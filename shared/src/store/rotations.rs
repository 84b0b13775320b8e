//! Refresh: `rotate_session`. What was answered to nobody is taken back by `withhold_rotation`, in `withholding`.

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemInputBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};

use crate::clock::Timestamp;
use crate::id::AppId;
use crate::session::refresh::{GRACE, Presented, RefreshToken, Rotation};
use crate::session::{Session, Transport};
use crate::store::client::{FailedCondition, Nonce, Store};
use crate::store::error::StoreError;
use crate::store::item::{Attributes, text, time};
use crate::store::keys::Key;
use crate::store::sessions::{read_family, read_session};
use crate::token::InvalidToken;
use crate::token::opaque::TokenDigest;
use crate::user::User;

/// A session with its next refresh token.
#[derive(Debug)]
pub struct Rotated {
    /// The session.
    pub session: Session,
    /// The token to come back with.
    pub refresh: RefreshToken,
}

/// Why a token gave no successor.
#[derive(Debug, thiserror::Error)]
pub enum NotRotated {
    /// It is not good any more.
    #[error(transparent)]
    Dead(#[from] InvalidToken),
    /// It had been exchanged before for a token that is in use: the session was revoked.
    #[error("the token was used before")]
    Reused,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Of which API a token is, and when it is replaced.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    pub(super) transport: Transport,
    pub(super) rotation: Rotation,
}

/// How often an exchange whose session changed meanwhile is decided again. Each change is another's exchange.
const LOOKS: u32 = 4;

impl Store {
    /// Exchanges a refresh token for its successor: one write, beside the read of the user, whose epoch decides.
    ///
    /// However many present the same token, all are given the same successor, until that is used or [`GRACE`] is
    /// over. A later request with it revokes the session: nobody can tell the thief from the owner.
    ///
    /// `holder` is what the item knows this request by, as one of those that the token was given to.
    ///
    /// # Errors
    /// [`NotRotated`]
    pub async fn rotate_session(
        &self,
        app: &AppId,
        presented: &RefreshToken,
        transport: Transport,
        holder: &Nonce,
        now: Timestamp,
    ) -> Result<(Rotated, User), NotRotated> {
        let terms = Terms { transport, rotation: Rotation::Always };
        let (Rotated { session, refresh }, _, user) = self.rotate(app, presented, terms, holder, now).await?;
        let user = user.ok_or(InvalidToken::NoUser)?;
        let (user, session) = self.reread_to_one_epoch(app, user, session).await??;
        session.check(&user, now)?;
        Ok((Rotated { session, refresh }, user))
    }

    /// The same, with the session's item, and the user as found: the caller decides whether the session is alive.
    pub(super) async fn rotate(
        &self,
        app: &AppId,
        presented: &RefreshToken,
        terms: Terms,
        holder: &Nonce,
        now: Timestamp,
    ) -> Result<(Rotated, Attributes, Option<User>), NotRotated> {
        let exchanged = self.exchange(app, presented, terms, holder, now);
        let (rotated, user) = tokio::join!(exchanged, self.user(app, presented.user));
        let (rotated, item) = rotated?;
        Ok((rotated, item, user?))
    }

    async fn exchange(
        &self,
        app: &AppId,
        presented: &RefreshToken,
        terms: Terms,
        holder: &Nonce,
        now: Timestamp,
    ) -> Result<(Rotated, Attributes), NotRotated> {
        let Terms { transport, rotation } = terms;
        let ring = self.ring(now).await?;
        let mut successor = presented.successor(app, &ring);
        let key = Key::session(app, presented.user, &presented.session);
        let digest = presented.digest();
        let next = successor.digest();
        let exchange = Exchange { store: self, key, presented: &digest, next, transport, holder, now };
        let session = |item: &Attributes| {
            let session = read_session(presented.user, presented.session.clone(), item)?;
            let session = session.ok_or(InvalidToken::SessionEnded)?;
            if session.transport != transport {
                return Err(InvalidToken::WrongAudience.into());
            }
            if now < session.end() { Ok(session) } else { Err(NotRotated::Dead(InvalidToken::Expired)) }
        };
        // The process saw the store fail: the minute begins with a write of its own, so that a token stays good if this one is the last
        // that is carried out.
        let careful = rotation == Rotation::Always && self.trouble.is_recent(now);
        let first = match rotation {
            Rotation::Always if !careful => exchange.rotate(),
            Rotation::Always | Rotation::UntilUsed => exchange.rotate_until_used(),
            Rotation::Off => exchange.keep(),
        };
        let mut outcome = self.send_update(first).await?;
        if careful && outcome.is_ok() {
            outcome = self.send_update(exchange.hand_over()).await?;
        }
        if rotation == Rotation::Off && outcome.is_ok() {
            successor = presented.kept();
        }
        for _ in 0..LOOKS {
            let found = match outcome {
                Ok(item) => return Ok((Rotated { session: session(&item)?, refresh: successor }, item)),
                Err(FailedCondition(found)) => found.ok_or(InvalidToken::SessionEnded)?,
            };
            let session = session(&found)?;
            let next = match judge(&found, &digest, now)? {
                Presented::Again | Presented::Withheld if rotation == Rotation::UntilUsed => exchange.give_again(),
                // One more holder would let the item grow with each repetition. So many are never all refused.
                Presented::Again if holders(&found) >= MOST_HOLDERS => {
                    return Ok((Rotated { session, refresh: successor }, found));
                }
                Presented::Again => exchange.share(),
                Presented::Withheld => exchange.hand_over(),
                Presented::Reused => {
                    self.revoke_session(app, presented.user, &presented.session, now).await?;
                    return Err(NotRotated::Reused);
                }
                // Good and alive, and yet the condition failed: this very request wrote it since, or it is a repetition.
                Presented::Current => return Err(InvalidToken::Unknown.into()),
            };
            outcome = self.send_update(next).await?;
        }
        let cause = "the session kept changing".to_owned();
        Err(StoreError::Unavailable { operation: "UpdateItem", cause }.into())
    }
}

/// The writes of one exchange. Each names the token, its successor and this request.
struct Exchange<'a> {
    store: &'a Store,
    key: Key,
    presented: &'a TokenDigest,
    next: TokenDigest,
    transport: Transport,
    holder: &'a Nonce,
    now: Timestamp,
}

impl Exchange<'_> {
    /// DynamoDB refuses a value that no expression names.
    fn update(&self, expression: &str, condition: &str) -> UpdateItemInputBuilder {
        let values = [
            (":presented", text(self.presented.as_str())),
            (":next", text(self.next.as_str())),
            (":me", one(self.holder)),
            (":nonce", text(self.holder.as_str())),
            (":now", time(self.now)),
            (":grace", time(self.now.plus(GRACE))),
            (":expires", time(self.now.plus(self.transport.idle()))),
            (":transport", text(self.transport.name())),
        ];
        let mut update = self.store.update(&self.key).update_expression(expression).condition_expression(condition);
        for (name, value) in values {
            if expression.contains(name) || condition.contains(name) {
                update = update.expression_attribute_values(name, value);
            }
        }
        update.return_values(ReturnValue::AllNew)
    }

    /// The same, for a session whose end is looked at: `until` is a reserved word.
    fn update_in_use(&self, expression: &str, condition: &str) -> UpdateItemInputBuilder {
        self.update(expression, condition).expression_attribute_names("#until", "until")
    }

    /// The token that was given out last becomes the one before.
    fn rotate(&self) -> UpdateItemInputBuilder {
        self.update_in_use(
            "SET previous = refresh, refresh = :next, grace = :grace, used = :now, expires = :expires, holders = :me REMOVE undone",
            &format!("{CURRENT} AND {NOT_UNDONE}"),
        )
    }

    /// The same, but that it gives the same successor for as long as the session lives, or until that is presented. Nobody
    /// has to be written down as its holder: a caller who was refused may come back.
    fn rotate_until_used(&self) -> UpdateItemInputBuilder {
        self.update_in_use(
            "SET previous = refresh, refresh = :next, grace = #until, used = :now, expires = :expires REMOVE holders, undone",
            &format!("{CURRENT} AND {NOT_UNDONE}"),
        )
    }

    /// The token before is presented again, and its session is in use by that.
    fn give_again(&self) -> UpdateItemInputBuilder {
        self.update_in_use(
            "SET grace = #until, used = :now, expires = :expires REMOVE holders",
            "previous = :presented AND refresh = :next AND grace > :now AND #until > :now",
        )
    }

    /// The token stays the one to come back with.
    fn keep(&self) -> UpdateItemInputBuilder {
        self.update_in_use("SET used = :now, expires = :expires", CURRENT)
    }

    /// Another request is given the successor within the token's minute. It is written down before it is given: a request
    /// that was given it earlier and is refused must not take this one's for withheld.
    fn share(&self) -> UpdateItemInputBuilder {
        let condition = format!("previous = :presented AND refresh = :next AND grace > :now AND {NOT_UNDONE}");
        self.update("ADD holders :me", &condition)
    }

    /// The first effective request: the successor was withheld from those before.
    fn hand_over(&self) -> UpdateItemInputBuilder {
        self.update_in_use(
            "SET grace = :grace, used = :now, expires = :expires, holders = :me",
            &format!(
                "previous = :presented AND refresh = :next AND grace > :grace AND #until > :now \
                 AND attribute_not_exists(holders) AND {NOT_UNDONE}"
            ),
        )
    }
}

/// The token was given out last, through this API, and its session lives.
const CURRENT: &str = "refresh = :presented AND transport = :transport AND expires > :now AND #until > :now";

/// What undoes a request leaves its nonce there. A write that hung on its way and is carried out after that changes nothing.
const NOT_UNDONE: &str = "NOT contains(undone, :nonce)";

/// What the request does that presents the token of that digest, as the session's item says.
fn judge(item: &Attributes, digest: &TokenDigest, now: Timestamp) -> Result<Presented, NotRotated> {
    let presented = read_family(item)?.ok_or(InvalidToken::Unknown)?.judge(digest, now);
    // A token that somebody holds was not withheld: the clocks of two machines differ.
    let is_held = presented == Presented::Withheld && holders(item) > 0;
    Ok(if is_held { Presented::Again } else { presented })
}

/// Who was given the successor, and has not been refused since: a set, so that a repetition of either changes nothing.
pub(super) const HOLDERS: &str = "holders";

/// The most holders that are written down. Tabs and retries of one minute are fewer.
const MOST_HOLDERS: usize = 32;

fn holders(item: &Attributes) -> usize {
    item.get(HOLDERS).and_then(|holders| holders.as_ss().ok()).map_or(0, Vec::len)
}

pub(super) fn one(holder: &Nonce) -> AttributeValue {
    AttributeValue::Ss(vec![holder.as_str().to_owned()])
}
