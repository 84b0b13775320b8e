//! Sessions of OAuth clients: `exchange_code`, `withdraw_exchange`, `delegated_standing`, `rotate_delegated`,
//! `refreshable_standing`, `revoke_session`.

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{ReturnValuesOnConditionCheckFailure, TransactWriteItem};

use crate::aws::SendBy as _;
use crate::clock::Timestamp;
use crate::id::{AppId, ClientId, SessionId, UserId};
use crate::oauth::grant::{Delegation, Grant};
use crate::oauth::openid;
use crate::oauth::session::ClientOpening;
use crate::session::refresh::{Presented, RefreshToken, Rotation};
use crate::session::{Bearer, Session, Transport};
use crate::store::apps::build;
use crate::store::authors::{AUTHOR, BY};
use crate::store::client::{Cancelled, FailedCondition, Nonce, Store, service_error};
use crate::store::error::StoreError;
use crate::store::item::{Attributes, text, time};
use crate::store::keys::{Key, Table};
use crate::store::rotations::{NotRotated, Rotated, Terms};
use crate::store::sessions::{NotStanding, read_delegation, read_family, read_session, write_client_opening};
use crate::token::InvalidToken;
use crate::user::User;

/// A client's session that is alive, with whom it acts for and what it was let have.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The session.
    pub session: Session,
    /// What it was given under.
    pub delegation: Delegation,
    /// The user.
    pub user: User,
    /// The grant, as of now.
    pub grant: Grant,
}

/// A refresh token that a client presents.
#[derive(Clone, Copy, Debug)]
pub struct ClientToken<'a> {
    /// The client.
    pub client: &'a ClientId,
    /// Its token.
    pub token: &'a RefreshToken,
    /// When the client's tokens are replaced.
    pub rotation: Rotation,
}

/// Why a code was not exchanged.
#[derive(Debug, thiserror::Error)]
pub enum NotExchanged {
    /// Its user is gone, ended all sessions, or took the grant back.
    #[error(transparent)]
    Dead(#[from] InvalidToken),
    /// It had been exchanged before: what was given for it was revoked.
    #[error("the code was used before")]
    Reused,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// Opens the session of a code: one write, beside the reads of user and grant. The session has the code's own id, so
    /// that a second time finds it there, whatever became of it, and revokes it (RFC 6749 §4.1.2, RFC 9700 §4.5).
    ///
    /// A code of OpenID Connect also needs the session of the browser: who has signed out there meanwhile is not signed in by it.
    ///
    /// # Errors
    /// [`NotExchanged`]
    pub async fn exchange_code(
        &self,
        app: &AppId,
        opening: &ClientOpening,
        nonce: &Nonce,
        now: Timestamp,
    ) -> Result<Standing, NotExchanged> {
        let ClientOpening { session, delegation, .. } = opening;
        let (opened, user, grant) = tokio::join!(
            self.open_once(app, opening, nonce, now),
            self.user(app, session.user),
            self.grant(app, session.user, &delegation.client),
        );
        match (opened, user, grant) {
            (Ok(()), Ok(user), Ok(grant)) => Ok(alive(session.clone(), delegation.clone(), user, grant, now)?),
            (Err(refused), ..) => Err(refused),
            (Ok(()), Err(error), _) | (Ok(()), _, Err(error)) => Err(error.into()),
        }
    }

    async fn open_once(
        &self,
        app: &AppId,
        opening: &ClientOpening,
        nonce: &Nonce,
        now: Timestamp,
    ) -> Result<(), NotExchanged> {
        let item =
            write_client_opening(app, opening).with("nonce", text(nonce.as_str())).with(AUTHOR, self.mark()).done();
        let delegation = &opening.delegation;
        let browser = delegation.authentication.as_ref().and_then(|known| known.session.as_ref());
        let browser = browser.filter(|_| delegation.scope.contains(openid::SCOPE));
        let opened = match browser {
            Some(session) => self.open_beside(item, &Key::session(app, opening.session.user, session), now).await?,
            None => self.open_alone(item).await?,
        };
        let Err(FailedCondition(found)) = opened else { return Ok(()) };
        let found = found.unwrap_or_default();
        // Our own work: its answer got lost, and this was a repetition.
        if nonce.marks(&found, "nonce") {
            return Ok(());
        }
        self.revoke_session(app, opening.session.user, &opening.session.id, now).await?;
        Err(NotExchanged::Reused)
    }

    /// Writes the session's item where there is none, or gives the one that there is.
    async fn open_alone(&self, item: Attributes) -> Result<Result<(), FailedCondition>, StoreError> {
        let put = self
            .db
            .put_item()
            .table_name(self.table(Table::Live))
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(pk)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match Box::pin(put.send_by(&self.db)).await {
            Ok(_) => Ok(Ok(())),
            Err(SdkError::ServiceError(refused)) => match refused.into_err() {
                PutItemError::ConditionalCheckFailedException(failed) => Ok(Err(FailedCondition(failed.item))),
                other => Err(service_error("PutItem", &other)),
            },
            Err(error) => Err(StoreError::unavailable("PutItem", &error)),
        }
    }

    /// The same, if the session at `browser` is alive. One transaction: [`Store::sign_out`] ends that session before it looks for
    /// what was opened beside it, so none is opened afterwards.
    async fn open_beside(
        &self,
        item: Attributes,
        browser: &Key,
        now: Timestamp,
    ) -> Result<Result<(), FailedCondition>, NotExchanged> {
        let put = self
            .put(item, Table::Live)
            .condition_expression("attribute_not_exists(pk)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let lives = self
            .check(browser)
            .condition_expression("attribute_not_exists(revoked) AND expires > :now AND #until > :now")
            // A reserved word.
            .expression_attribute_names("#until", "until")
            .expression_attribute_values(":now", time(now))
            .build()
            .map_err(|_| StoreError::Corrupt { entity: "transaction", attribute: "check" })?;
        let items = vec![
            TransactWriteItem::builder().put(build(put)?).build(),
            TransactWriteItem::builder().condition_check(lives).build(),
        ];
        match Box::pin(self.transact(items)).await {
            Ok(()) => Ok(Ok(())),
            Err(Cancelled::Store(error)) => Err(error.into()),
            Err(Cancelled::Conditions(found)) => match found.into_iter().next().flatten() {
                Some(found) => Ok(Err(found)),
                None => Err(InvalidToken::SessionEnded.into()),
            },
        }
    }

    /// Takes an exchange back whose answer was given to nobody, because the request was not answered with success: the code
    /// is as good as it was. Not if somebody presented the code meanwhile, and not an exchange of another request.
    ///
    /// # Errors
    /// [`StoreError`]: the code stays used.
    pub async fn withdraw_exchange(&self, app: &AppId, session: &Session, nonce: &Nonce) -> Result<(), StoreError> {
        let withdrawal = self
            .removal(&Key::session(app, session.user, &session.id))
            .condition_expression("nonce = :nonce AND attribute_not_exists(revoked)")
            .expression_attribute_values(":nonce", text(nonce.as_str()));
        self.send_removal(withdrawal).await.map(drop)
    }

    /// What a verified token of `client` names, if it is alive: three reads at once.
    ///
    /// # Errors
    /// [`NotStanding`]: the token must then be refused.
    pub async fn delegated_standing(
        &self,
        app: &AppId,
        bearer: &Bearer,
        client: &ClientId,
        now: Timestamp,
    ) -> Result<Standing, NotStanding> {
        let key = Key::session(app, bearer.user, &bearer.session);
        let (session, user, grant) =
            tokio::try_join!(self.get(&key), self.user(app, bearer.user), self.grant(app, bearer.user, client))?;
        let item = session.ok_or(InvalidToken::SessionEnded)?;
        let session = read_client_session(bearer.user, bearer.session.clone(), &item)?;
        let (session, delegation) = session.ok_or(InvalidToken::SessionEnded)?;
        Ok(alive(session, delegation, user, grant, now)?)
    }

    /// What a refresh token of `client` names, if it could be exchanged now. It is not.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn refreshable_standing(
        &self,
        app: &AppId,
        token: &RefreshToken,
        client: &ClientId,
        now: Timestamp,
    ) -> Result<Option<Standing>, StoreError> {
        let key = Key::session(app, token.user, &token.session);
        let (item, user, grant) =
            tokio::try_join!(self.get(&key), self.user(app, token.user), self.grant(app, token.user, client))?;
        let Some(item) = item else { return Ok(None) };
        let family = read_family(&item)?;
        let good = family.is_some_and(|family| family.judge(&token.digest(), now) != Presented::Reused);
        let session = read_client_session(token.user, token.session.clone(), &item)?.filter(|_| good);
        Ok(session.and_then(|(session, delegation)| alive(session, delegation, user, grant, now).ok()))
    }

    /// Exchanges a refresh token of `client` for its successor, or for itself, beside the reads of user and grant.
    ///
    /// # Errors
    /// [`NotRotated`]
    pub async fn rotate_delegated(
        &self,
        app: &AppId,
        presented: &ClientToken<'_>,
        holder: &Nonce,
        now: Timestamp,
    ) -> Result<(Rotated, Standing), NotRotated> {
        let ClientToken { client, token, rotation } = *presented;
        let rotated = self.rotate(app, token, Terms { transport: Transport::Oauth, rotation }, holder, now);
        let (rotated, grant) = tokio::join!(rotated, self.grant(app, token.user, client));
        let (rotated, item, user) = rotated?;
        let delegation = read_delegation(&item)?.ok_or(InvalidToken::WrongAudience)?;
        let standing = alive(rotated.session.clone(), delegation, user, grant?, now)?;
        Ok((rotated, standing))
    }

    /// Ends a session and keeps the item, which says so until it would have expired. `false`: there is none.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn revoke_session(
        &self,
        app: &AppId,
        user: UserId,
        session: &SessionId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let revoke = self
            .update(&Key::session(app, user, session))
            .update_expression(format!(
                "SET revoked = if_not_exists(revoked, :now), {BY} REMOVE refresh, previous, grace, holders, undone"
            ))
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":now", time(now));
        Ok(self.send_update(self.signed(revoke)).await?.is_ok())
    }
}

/// The client's session in the item, if it is one and was not revoked.
fn read_client_session(
    user: UserId,
    id: SessionId,
    item: &Attributes,
) -> Result<Option<(Session, Delegation)>, StoreError> {
    Ok(read_session(user, id, item)?.zip(read_delegation(item)?))
}

/// A session lives as long as its time, its user's epoch and the grant that it was given under.
fn alive(
    session: Session,
    delegation: Delegation,
    user: Option<User>,
    grant: Option<Grant>,
    now: Timestamp,
) -> Result<Standing, InvalidToken> {
    let user = user.ok_or(InvalidToken::NoUser)?;
    if session.transport != Transport::Oauth {
        return Err(InvalidToken::WrongAudience);
    }
    session.check(&user, now)?;
    let grant = grant.filter(|grant| delegation.is_under(grant)).ok_or(InvalidToken::GrantTakenBack)?;
    Ok(Standing { session, delegation, user, grant })
}
