//! Sessions: `open_session`, `open_session_of_form`, `standing`, `standing_session`, `present`, `sessions`, `end_session`, `end_other_sessions`.

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::query::QueryOutput;
use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};

use crate::aws::SendBy as _;
use crate::clock::Timestamp;
use crate::id::{AppId, Epoch, GrantId, SessionId, UserId};
use crate::oauth::claims::RequestedClaims;
use crate::oauth::grant::Delegation;
use crate::oauth::openid::Authentication;
use crate::oauth::scope::Scope;
use crate::oauth::session::ClientOpening;
use crate::session::device::Device;
use crate::session::method::{Method, Methods, SignInEvent};
use crate::session::refresh::{Family, Presented};
use crate::session::{Bearer, Opening, Presence, Session, Transport};
use crate::store::apps::build;
use crate::store::authors::AUTHOR;
use crate::store::client::Store;
use crate::store::error::StoreError;
use crate::store::item::{Attributes, Reader, Writer, number, text, time};
use crate::store::keys::{Key, SESSION_PREFIX, Table};
use crate::token::InvalidToken;
use crate::token::opaque::TokenDigest;
use crate::user::User;

/// Why a token that verified lets nobody in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotStanding {
    /// What it names is not alive.
    #[error(transparent)]
    Invalid(#[from] InvalidToken),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How many sessions are read, or ended, at once.
const AT_ONCE: usize = 25;

impl Store {
    /// Writes a new session. Its id is random, so writing it twice is writing it once.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn open_session(&self, app: &AppId, opening: &Opening) -> Result<(), StoreError> {
        self.db
            .put_item()
            .table_name(self.table(Table::Live))
            .set_item(Some(self.write_opening(app, opening)))
            .send_by(&self.db)
            .await
            .map(drop)
            .map_err(|error| StoreError::unavailable("PutItem", &error))
    }

    /// Writes a new session whose id follows from a form. `false`: the form was sent before, or a repetition of this very request wrote it.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn open_session_of_form(&self, app: &AppId, opening: &Opening) -> Result<bool, StoreError> {
        let put = self
            .db
            .put_item()
            .table_name(self.table(Table::Live))
            .set_item(Some(self.write_opening(app, opening)))
            .condition_expression("attribute_not_exists(pk)");
        match put.send_by(&self.db).await {
            Ok(_) => Ok(true),
            Err(error) if error.as_service_error().is_some_and(PutItemError::is_conditional_check_failed_exception) => {
                Ok(false)
            }
            Err(error) => Err(StoreError::unavailable("PutItem", &error)),
        }
    }

    fn write_opening(&self, app: &AppId, opening: &Opening) -> Attributes {
        write_session(app, &opening.session, opening.refresh.as_ref()).with(AUTHOR, self.mark()).done()
    }

    /// Writes a new session as part of a transaction.
    pub(super) fn put_session(&self, app: &AppId, opening: &Opening) -> Result<TransactWriteItem, StoreError> {
        let put = build(self.put(self.write_opening(app, opening), Table::Live))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    /// The user whom a verified token names, if the session is alive: two reads at once.
    ///
    /// # Errors
    /// [`NotStanding`]: the token must then be refused.
    pub async fn standing(
        &self,
        app: &AppId,
        bearer: &Bearer,
        transport: Transport,
        now: Timestamp,
    ) -> Result<User, NotStanding> {
        Ok(self.standing_session(app, bearer, transport, now).await?.0)
    }

    /// The same, and the session.
    ///
    /// # Errors
    /// [`NotStanding`]
    pub async fn standing_session(
        &self,
        app: &AppId,
        bearer: &Bearer,
        transport: Transport,
        now: Timestamp,
    ) -> Result<(User, Session), NotStanding> {
        let presence = Presence::by_access(bearer.clone());
        Ok(self.look(app, &presence, transport, now).await??)
    }

    /// The user whom a browser shows a session of, if it is alive, and if the refresh token is the last one where that is
    /// what it shows; and that session. A token that was exchanged before shows nothing here; the alarm is for who exchanges
    /// it.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn present(
        &self,
        app: &AppId,
        presence: &Presence,
        transport: Transport,
        now: Timestamp,
    ) -> Result<Option<(User, Session)>, StoreError> {
        Ok(self.look(app, presence, transport, now).await?.ok())
    }

    async fn look(
        &self,
        app: &AppId,
        presence: &Presence,
        transport: Transport,
        now: Timestamp,
    ) -> Result<Result<(User, Session), InvalidToken>, StoreError> {
        let Presence { bearer, refresh } = presence;
        let key = Key::session(app, bearer.user, &bearer.session);
        let (user, item) = tokio::try_join!(self.user(app, bearer.user), self.get(&key))?;
        let Some(user) = user else { return Ok(Err(InvalidToken::NoUser)) };
        let Some(item) = item else { return Ok(Err(InvalidToken::SessionEnded)) };
        if let Some(digest) = refresh {
            let family = read_family(&item)?;
            if family.is_none_or(|family| family.judge(digest, now) == Presented::Reused) {
                return Ok(Err(InvalidToken::SessionEnded));
            }
        }
        let session = read_session(bearer.user, bearer.session.clone(), &item)?;
        let Some(session) = session else { return Ok(Err(InvalidToken::SessionEnded)) };
        if session.transport != transport {
            return Ok(Err(InvalidToken::WrongAudience));
        }
        let found = self.reread_to_one_epoch(app, user, session).await?;
        Ok(found.and_then(|(user, session)| session.check(&user, now).map(|()| (user, session))))
    }

    /// The session as the store has it now; `None`: it has ended.
    pub(super) async fn session_again(
        &self,
        app: &AppId,
        user: UserId,
        id: &SessionId,
    ) -> Result<Option<Session>, StoreError> {
        let item = self.get(&Key::session(app, user, id)).await?;
        Ok(item.map(|item| read_session(user, id.clone(), &item)).transpose()?.flatten())
    }

    /// Where a user is signed in: the live sessions, the one used last first. Those of OAuth clients are not among them;
    /// their user knows them by the grants.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn sessions(&self, app: &AppId, user: &User, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        let mut sessions = self.sessions_of(app, user.id).await?;
        sessions.retain(|session| session.transport != Transport::Oauth && session.is_live(user, now));
        sessions.sort_by_key(|session| std::cmp::Reverse(session.used));
        Ok(sessions)
    }

    /// All sessions of a user that are not revoked, also those that have expired.
    pub(super) async fn sessions_of(&self, app: &AppId, user: UserId) -> Result<Vec<Session>, StoreError> {
        let mut sessions = Vec::new();
        let mut after = None;
        loop {
            let page = self.query_sessions(app, user, after, None).await?;
            for item in page.items.unwrap_or_default() {
                let Some(id) = session_id(&item) else { continue };
                sessions.extend(read_session(user, id, &item)?);
            }
            after = page.last_evaluated_key;
            if after.is_none() {
                return Ok(sessions);
            }
        }
    }

    /// Removes the session that a token of `transport` names. A token of another API ends nothing. `false`: there was no
    /// such session, or a repetition of this very request removed it.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn end_session(&self, app: &AppId, bearer: &Bearer, transport: Transport) -> Result<bool, StoreError> {
        let end = self
            .removal(&Key::session(app, bearer.user, &bearer.session))
            .condition_expression("transport = :transport")
            .expression_attribute_values(":transport", text(transport.name()));
        self.send_removal(end).await
    }

    /// Ends every session of the user but one. Stopping half-way leaves fewer; doing it again ends the rest.
    ///
    /// # Errors
    /// [`StoreError`]
    pub(super) async fn end_other_sessions(
        &self,
        app: &AppId,
        user: UserId,
        kept: &SessionId,
    ) -> Result<(), StoreError> {
        let kept = Key::session(app, user, kept).sk;
        let mut after = None;
        loop {
            let page = self.query_sessions(app, user, after, Some("pk, sk")).await?;
            let ended = page
                .items
                .unwrap_or_default()
                .into_iter()
                .filter(|key| key.get("sk").and_then(|sk| sk.as_s().ok()) != Some(&kept))
                .map(|key| self.remove_listed(Table::Live, key));
            futures_util::future::try_join_all(ended).await?;
            after = page.last_evaluated_key;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    async fn query_sessions(
        &self,
        app: &AppId,
        user: UserId,
        after: Option<Attributes>,
        projection: Option<&str>,
    ) -> Result<QueryOutput, StoreError> {
        self.db
            .query()
            .table_name(self.table(Table::Live))
            .key_condition_expression("pk = :user AND begins_with(sk, :session)")
            .set_projection_expression(projection.map(str::to_owned))
            .expression_attribute_values(":user", text(Key::partition(app, user)))
            .expression_attribute_values(":session", text(SESSION_PREFIX))
            .limit(i32::try_from(AT_ONCE).unwrap_or(i32::MAX))
            .consistent_read(true)
            .set_exclusive_start_key(after)
            .send_by(&self.db)
            .await
            .map_err(|error| StoreError::unavailable("Query", &error))
    }
}

pub(super) fn session_id(attributes: &Attributes) -> Option<SessionId> {
    attributes.get("sk")?.as_s().ok()?.strip_prefix(SESSION_PREFIX)?.parse().ok()
}

pub(super) fn write_client_opening(app: &AppId, opening: &ClientOpening) -> Writer {
    let ClientOpening { session, refresh, delegation } = opening;
    let methods = delegation.authentication.as_ref().map(|known| known.sign_in.methods).unwrap_or_default();
    let item = write_session(app, session, Some(refresh))
        .with("client", text(delegation.client.as_str()))
        .with("grant", text(delegation.grant.as_str()))
        .with("scope", text(delegation.scope.to_string()))
        .with("details", AttributeValue::Bool(delegation.details))
        .maybe("resources", write_list(&delegation.resources))
        .maybe(
            "browser",
            delegation.authentication.as_ref().and_then(|known| known.session.as_ref()).map(|id| text(id.to_string())),
        )
        .maybe("auth_time", delegation.authentication.as_ref().map(|known| time(known.sign_in.at)))
        .maybe("claims", write_claims(&delegation.claims).map(text));
    write_methods(item, "auth_method", "auth_methods", methods)
}

fn write_list(texts: &[String]) -> Option<AttributeValue> {
    (!texts.is_empty()).then(|| AttributeValue::L(texts.iter().map(text).collect()))
}

fn write_session(app: &AppId, session: &Session, refresh: Option<&TokenDigest>) -> Writer {
    let agent = Some(session.device.agent()).filter(|agent| !agent.is_empty());
    let item = Writer::at(&Key::session(app, session.user, &session.id))
        .with("transport", text(session.transport.name()))
        .with("epoch", number(session.epoch.0))
        .with("created", time(session.created))
        .with("used", time(session.used))
        .with("expires", time(session.expires))
        .with("until", time(session.until))
        .with("address", text(session.device.address()))
        .maybe("agent", agent.map(text))
        .maybe("refresh", refresh.map(|digest| text(digest.as_str())))
        .with("ttl", time(session.until));
    write_methods(item, "method", "methods", session.methods)
}

/// The methods of a sign-in: `one` where it was one that the release before knows, else `all`, which that release passes over.
fn write_methods(item: Writer, one: &'static str, all: &'static str, methods: Methods) -> Writer {
    match methods.only() {
        Some(method @ (Method::Password | Method::Sms)) => item.with(one, text(method.name())),
        _ => item.maybe(all, (!methods.is_empty()).then(|| text(methods.to_string()))),
    }
}

fn read_methods(item: &Reader<'_>, one: &'static str, all: &'static str) -> Result<Methods, StoreError> {
    Ok(match item.maybe_parsed(all)? {
        Some(methods) => methods,
        None => item.maybe_parsed(one)?.unwrap_or_default(),
    })
}

/// The session in the item, unless a thief's or a revocation's mark ends it.
pub(super) fn read_session(
    user: UserId,
    id: SessionId,
    attributes: &Attributes,
) -> Result<Option<Session>, StoreError> {
    let item = Reader::new("session", attributes);
    if item.maybe_time("revoked")?.is_some() {
        return Ok(None);
    }
    Ok(Some(Session {
        id,
        user,
        epoch: Epoch(item.number("epoch")?),
        transport: item.parsed("transport")?,
        device: Device::new(item.text("address")?, item.maybe_text("agent")?),
        created: item.time("created")?,
        methods: read_methods(&item, "method", "methods")?,
        used: item.time("used")?,
        expires: item.time("expires")?,
        until: item.time("until")?,
        password_set: item.maybe_time("password_set")?,
    }))
}

/// What a client's session was given under; `None` of another session.
pub(super) fn read_delegation(attributes: &Attributes) -> Result<Option<Delegation>, StoreError> {
    let item = Reader::new("session", attributes);
    let Some(client) = item.maybe_parsed("client")? else { return Ok(None) };
    Ok(Some(Delegation {
        client,
        grant: GrantId::stored(item.text("grant")?.to_owned()),
        scope: Scope::read(item.text("scope")?),
        details: item.flag("details")?,
        resources: item.strings("resources")?,
        authentication: match item.maybe_time("auth_time")? {
            Some(at) => {
                let methods = read_methods(&item, "auth_method", "auth_methods")?;
                let sign_in = SignInEvent { at, methods };
                Some(Authentication { session: item.maybe_parsed("browser")?, sign_in })
            }
            None => None,
        },
        claims: match item.maybe_text("claims")? {
            Some(claims) => serde_json::from_str(claims).map_err(|_| item.corrupt("claims"))?,
            None => RequestedClaims::default(),
        },
    }))
}

/// The claims that a client asked for by name, as they are stored.
#[expect(clippy::expect_used, reason = "words serialize")]
fn write_claims(claims: &RequestedClaims) -> Option<String> {
    (!claims.is_empty()).then(|| serde_json::to_string(claims).expect("JSON"))
}

/// The refresh tokens of the session in the item; `None` of one that is never refreshed.
pub(super) fn read_family(attributes: &Attributes) -> Result<Option<Family>, StoreError> {
    let item = Reader::new("session", attributes);
    let digest = |name| Ok::<_, StoreError>(item.maybe_text(name)?.map(|text| TokenDigest::stored(text.to_owned())));
    let Some(current) = digest("refresh")? else { return Ok(None) };
    Ok(Some(Family { current, previous: digest("previous")?.zip(item.maybe_time("grace")?) }))
}
