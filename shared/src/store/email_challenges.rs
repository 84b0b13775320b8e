//! Proof of an address: `put_email_challenge`, `note_email_challenge_mailed`, `withdraw_email_challenge`, `prove_email_by_code`,
//! `prove_email_by_link`, `asked_by_email`, `disown`.

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemInputBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};

use crate::clock::Timestamp;
use crate::code::digits::Code;
use crate::code::email::{self, EmailChallenge, LinkToken};
use crate::id::{AppId, UserId};
use crate::store::authors::BY;
use crate::store::client::{FailedCondition, Nonce, Store};
use crate::store::deletions::OnBehalfOf;
use crate::store::error::StoreError;
use crate::store::item::{Reader, number, text, time};
use crate::store::keys::Key;
use crate::store::user_item::read_user;
use crate::user::User;
use crate::user::email_proof::{COOLDOWN, EmailProof, TRIES};

/// Why an address was not proven.
#[derive(Debug, thiserror::Error)]
pub enum EmailNotProven {
    /// No mail asked, its code or link is too old or was replaced, or the tries are used up.
    #[error("no live code is on record")]
    Dead,
    /// The code differs.
    #[error("the code differs")]
    Wrong,
    /// The user is gone.
    #[error("the user is gone")]
    NoUser,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a mail asked.
#[derive(Debug)]
pub enum AskedByEmail {
    /// Whether the address is the user's.
    Open {
        /// When.
        sent: Timestamp,
        /// With what it was asked for.
        device: Option<String>,
        /// The code of the same mail, unless an older release wrote it.
        code: Option<Code>,
    },
    /// That, and it is proven.
    Answered,
}

/// The address is not proven: neither by a link nor by a try that is the code.
pub(super) const UNPROVEN: &str =
    "attribute_not_exists(email_proven) AND (attribute_not_exists(email_code) OR email_try <> email_code)";

/// The attributes of the mail that asked whether an address is its user's.
pub(super) const ASKED: &str = "email_code, email_link, email_sent, email_expires, email_tries, email_try, email_unsent, \
                                email_device, email_by";

impl Store {
    /// Puts a challenge on record, if one is due: of many at once one succeeds, and only its code is good. `false`:
    /// none is due.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn put_email_challenge(
        &self,
        app: &AppId,
        user: UserId,
        challenge: &EmailChallenge,
        nonce: &Nonce,
    ) -> Result<bool, StoreError> {
        let now = challenge.sent;
        let put = self
            .update(&Key::user(app, user))
            .condition_expression(format!(
                "attribute_exists(email) AND {UNPROVEN} AND (attribute_not_exists(email_sent) OR \
                 (email_sent <= :cooled AND (attribute_exists(email_unsent) OR email_expires <= :now OR email_tries >= \
                 :tries)))"
            ))
            .expression_attribute_values(":cooled", time(now.minus(COOLDOWN)))
            .expression_attribute_values(":tries", number(TRIES))
            .expression_attribute_values(":now", time(now));
        let assignments = write_challenge(challenge).into_iter().chain([("email_by", text(nonce.as_str()))]);
        let (names, put) = assignments.fold((Vec::new(), put), |(mut names, put), (name, value)| {
            names.push(format!("{name} = :{name}"));
            (names, put.expression_attribute_values(format!(":{name}"), value))
        });
        match self.send_update(put.update_expression(format!("SET {}", names.join(", ")))).await? {
            Ok(_) => Ok(true),
            // Our own work: its answer got lost, and this was a repetition.
            Err(FailedCondition(Some(item))) => Ok(nonce.marks(&item, "email_by")),
            Err(FailedCondition(None)) => Ok(false),
        }
    }

    /// Notes that the mail left. Until then the challenge is one that somebody may never have heard of: a process can die
    /// before it mails, and nobody would be asked again for a day.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn note_email_challenge_mailed(
        &self,
        app: &AppId,
        user: UserId,
        challenge: &EmailChallenge,
    ) -> Result<(), StoreError> {
        let note = self
            .update(&Key::user(app, user))
            .update_expression("REMOVE email_unsent")
            .condition_expression("email_link = :link")
            .expression_attribute_values(":link", text(challenge.link.as_str()));
        self.send_update(note).await.map(drop)
    }

    /// Takes back a challenge whose mail was not sent: the next sign-in may ask again at once. A proof stays.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn withdraw_email_challenge(
        &self,
        app: &AppId,
        user: UserId,
        challenge: &EmailChallenge,
    ) -> Result<(), StoreError> {
        let withdraw = self
            .update(&Key::user(app, user))
            .update_expression(
                "REMOVE email_code, email_link, email_sent, email_expires, email_tries, email_try, email_unsent, \
                 email_device",
            )
            .condition_expression(format!("{UNPROVEN} AND email_link = :link"))
            .expression_attribute_values(":link", text(challenge.link.as_str()));
        self.send_update(withdraw).await.map(drop)
    }

    /// Tries a code: one write that counts the try, compares it and is the proof. However many try at once, [`TRIES`]
    /// are compared. A user who is proven already is told so.
    ///
    /// # Errors
    /// [`EmailNotProven`]
    pub async fn prove_email_by_code(
        &self,
        app: &AppId,
        user: UserId,
        code: &Code,
        now: Timestamp,
    ) -> Result<User, EmailNotProven> {
        let ring = self.ring(now).await?;
        let attempt = self
            .update(&Key::user(app, user))
            .update_expression(format!("SET email_try = :try, {BY} ADD email_tries :one"))
            .condition_expression(format!("{UNPROVEN} AND email_expires > :now AND email_tries < :tries"))
            .expression_attribute_values(":try", text(email::digest(code, app, user, &ring).as_str()))
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":now", time(now))
            .expression_attribute_values(":tries", number(TRIES));
        self.prove(user, attempt, EmailNotProven::Wrong).await
    }

    /// Follows a link.
    ///
    /// # Errors
    /// [`EmailNotProven::Dead`] for one that is too old, or not the last that was mailed.
    pub async fn prove_email_by_link(
        &self,
        app: &AppId,
        link: &LinkToken,
        now: Timestamp,
    ) -> Result<User, EmailNotProven> {
        let follow = self
            .update(&Key::user(app, link.user))
            .update_expression(format!("SET email_proven = :now, {BY}"))
            .condition_expression(format!("{UNPROVEN} AND email_link = :link AND email_expires > :now"))
            .expression_attribute_values(":link", text(link.digest().as_str()))
            .expression_attribute_values(":now", time(now));
        self.prove(link.user, follow, EmailNotProven::Dead).await
    }

    /// What a mail with this link asked, or that it was answered; `None` for a link that is too old, or not the last that was mailed.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn asked_by_email(
        &self,
        app: &AppId,
        link: &LinkToken,
        now: Timestamp,
    ) -> Result<Option<AskedByEmail>, StoreError> {
        let Some(found) = self.get(&Key::user(app, link.user)).await? else { return Ok(None) };
        let item = Reader::new("user", &found);
        let is_last = item.maybe_text("email_link")? == Some(link.digest().as_str());
        match read_user(link.user, &found)?.email_proof {
            EmailProof::Proven if is_last => Ok(Some(AskedByEmail::Answered)),
            EmailProof::Asked { sent, expires, .. } if is_last && now < expires => {
                let code = link.code(app, &*self.ring(now).await?);
                let ours = email::digest(&code, app, link.user, &*self.ring(now).await?);
                // The code of a mail of the release before is another.
                let is_its_code = item.maybe_text("email_code")? == Some(ours.as_str());
                let device = item.maybe_text("email_device")?.filter(|device| !device.is_empty()).map(str::to_owned);
                Ok(Some(AskedByEmail::Open { sent, device, code: is_its_code.then_some(code) }))
            }
            _ => Ok(None),
        }
    }

    /// Removes the user whom a link was mailed for, whose address is not proven: the owner of the address says that they did not
    /// sign up. `false`: the link is too old, or the address is proven by now.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn disown(&self, app: &AppId, link: &LinkToken, now: Timestamp) -> Result<bool, StoreError> {
        let asked = self.asked_by_email(app, link, now).await?;
        let (Some(AskedByEmail::Open { .. }), Some(user)) = (asked, self.user(app, link.user).await?) else {
            return Ok(false);
        };
        self.delete_on_behalf_of(OnBehalfOf::MailboxOwner, app, &user, now).await
    }

    async fn prove(
        &self,
        user: UserId,
        attempt: UpdateItemInputBuilder,
        otherwise: EmailNotProven,
    ) -> Result<User, EmailNotProven> {
        let attempt = self.signed(attempt).return_values(ReturnValue::AllNew);
        let (item, otherwise) = match self.send_update(attempt).await? {
            Ok(item) => (item, otherwise),
            Err(FailedCondition(found)) => (found.ok_or(EmailNotProven::NoUser)?, EmailNotProven::Dead),
        };
        let user = read_user(user, &item)?;
        if user.email_proof == EmailProof::Proven { Ok(user) } else { Err(otherwise) }
    }
}

/// What stands in a user's item of a challenge: all that an older one left is replaced.
pub(super) fn write_challenge(challenge: &EmailChallenge) -> [(&'static str, AttributeValue); 8] {
    [
        ("email_code", text(challenge.code.as_str())),
        ("email_link", text(challenge.link.as_str())),
        ("email_sent", time(challenge.sent)),
        ("email_expires", time(challenge.expires())),
        ("email_tries", number(0)),
        // Something to compare with the code: a comparison with an attribute that is missing holds for no one.
        ("email_try", text("none")),
        ("email_unsent", AttributeValue::Bool(true)),
        ("email_device", text(challenge.device.clone().unwrap_or_default())),
    ]
}
