//! A user's next address: `put_new_email_code`, `is_new_email_asked`, `withdraw_new_email_code`, `try_new_email_code`, `change_email`.

use aws_sdk_dynamodb::types::ReturnValue;

use crate::clock::{Seconds, Timestamp};
use crate::code::digits::{Code, CodeDigest};
use crate::code::new_email::{COOLDOWN, LIFETIME, NewEmail, TRIES};
use crate::code::undo::{MOST, UndoLink};
use crate::session::attempt::FormDigest;
use crate::store::client::{FailedCondition, Nonce, Store};
use crate::store::code_records::Withdrawal;
use crate::store::error::StoreError;
use crate::store::item::{Attributes, Reader, number, text, time};
use crate::store::keys::Key;
use crate::store::new_handles::{HandleNotChanged, NewHandle};
use crate::store::undo_links::{Undoable, read_undoable};
use crate::user::User;
use crate::user::identity::Handle;

/// Why no code is on record for a new address.
#[derive(Debug, thiserror::Error)]
pub enum NoNewEmailCode {
    /// The session's last code was less than [`COOLDOWN`] ago.
    #[error("the session waits for {0} s")]
    Cooling(Seconds),
    /// The session has ended, or its user moved on.
    #[error("the session is dead")]
    Dead,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a code for a new address is not good.
#[derive(Debug, thiserror::Error)]
pub enum NewEmailNotProven {
    /// No code is on record for the session, it is too old, or its tries are used up.
    #[error("no live code is on record")]
    Dead,
    /// The code differs, or the address is another one than it was mailed to.
    #[error("the code differs")]
    Wrong,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The code that a session had for a new address until another took its place.
#[derive(Clone, Debug)]
pub struct FormerCode {
    code: CodeDigest,
    expires: Timestamp,
    tries: u32,
}

/// That somebody gave the right code for an address, until it is spent.
#[derive(Debug)]
pub struct EmailCodeProof(CodeDigest);

impl Store {
    /// Puts a code on record in the item of the session that asks, in place of the one before, which it gives if that was still good.
    ///
    /// # Errors
    /// [`NoNewEmailCode`]
    pub async fn put_new_email_code(
        &self,
        new: NewEmail<'_>,
        code: &Code,
        nonce: &Nonce,
        now: Timestamp,
    ) -> Result<Option<FormerCode>, NoNewEmailCode> {
        let digest = new.digest(code, &*self.ring(now).await?);
        let put = self
            .update(&Key::session(new.app, new.user.id, new.session))
            .update_expression(
                "SET email_code = :code, email_expires = :expires, email_tries = :none, email_sent = :now, \
                 email_by = :nonce",
            )
            .condition_expression(
                "epoch = :epoch AND attribute_not_exists(revoked) AND (attribute_not_exists(email_sent) OR \
                 email_sent <= :cooled)",
            )
            .expression_attribute_values(":epoch", number(new.user.epoch.0))
            .expression_attribute_values(":code", text(digest.as_str()))
            .expression_attribute_values(":expires", time(now.plus(LIFETIME)))
            .expression_attribute_values(":none", number(0))
            .expression_attribute_values(":now", time(now))
            .expression_attribute_values(":cooled", time(now.minus(COOLDOWN)))
            .expression_attribute_values(":nonce", text(nonce.as_str()))
            .return_values(ReturnValue::AllOld);
        let found = match self.send_update(put).await? {
            Ok(old) => return Ok(read_former(&old)?.filter(|former| now < former.expires)),
            Err(FailedCondition(found)) => found.unwrap_or_default(),
        };
        let session = Reader::new("session", &found);
        // Our own work: its answer got lost, and this was a repetition. What it replaced is not known.
        if session.maybe_text("email_by")? == Some(nonce.as_str()) {
            return Ok(None);
        }
        let is_live = session.maybe_number("epoch")? == Some(new.user.epoch.0) && !session.has("revoked");
        match session.maybe_time("email_sent")? {
            Some(sent) if is_live => Err(NoNewEmailCode::Cooling(sent.plus(COOLDOWN).since(now))),
            _ => Err(NoNewEmailCode::Dead),
        }
    }

    /// Whether the session's last code was put on record for this very address, less than [`COOLDOWN`] ago.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn is_new_email_asked(&self, new: NewEmail<'_>, now: Timestamp) -> Result<bool, StoreError> {
        let Some(found) = self.get(&Key::session(new.app, new.user.id, new.session)).await? else { return Ok(false) };
        let session = Reader::new("session", &found);
        let wish = FormDigest::of_wish(new.session, new.email.as_str(), new.app, &*self.ring(now).await?);
        let is_fresh = session.maybe_time("email_sent")?.is_some_and(|sent| now < sent.plus(COOLDOWN));
        Ok(is_fresh && session.maybe_text("email_by")?.is_some_and(|by| Nonce::is_of_form(by, &wish)))
    }

    /// Takes back a code that was not mailed: nobody can try it, the one that it took the place of is good again, and the session need
    /// not wait for the next. One that may have arrived stays good.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn withdraw_new_email_code(
        &self,
        new: NewEmail<'_>,
        former: Option<&FormerCode>,
        withdrawal: Withdrawal,
        nonce: &Nonce,
    ) -> Result<(), StoreError> {
        let withdraw = self
            .update(&Key::session(new.app, new.user.id, new.session))
            .condition_expression("email_by = :nonce")
            .expression_attribute_values(":nonce", text(nonce.as_str()));
        let withdraw = match (withdrawal, former) {
            (Withdrawal::Unknown, _) => withdraw.update_expression("REMOVE email_sent"),
            (Withdrawal::Unsent | Withdrawal::Held, None) => withdraw.update_expression(FORGET),
            (Withdrawal::Unsent | Withdrawal::Held, Some(FormerCode { code, expires, tries })) => withdraw
                .update_expression(
                    "SET email_code = :code, email_expires = :expires, email_tries = :tried REMOVE email_sent",
                )
                .expression_attribute_values(":code", text(code.as_str()))
                .expression_attribute_values(":expires", time(*expires))
                .expression_attribute_values(":tried", number(*tries)),
        };
        self.send_update(withdraw).await.map(drop)
    }

    /// Counts a try, and compares the code then: of fifty at once, [`TRIES`] are compared.
    ///
    /// # Errors
    /// [`NewEmailNotProven`]
    pub async fn try_new_email_code(
        &self,
        new: NewEmail<'_>,
        code: &Code,
        now: Timestamp,
    ) -> Result<EmailCodeProof, NewEmailNotProven> {
        let nonce = Nonce::draw(&self.random);
        let count = self
            .update(&Key::session(new.app, new.user.id, new.session))
            .update_expression("SET email_tried_by = :nonce ADD email_tries :one")
            .condition_expression(
                "attribute_exists(email_code) AND attribute_not_exists(revoked) AND email_expires > :now AND \
                 email_tries < :tries AND (attribute_not_exists(email_tried_by) OR email_tried_by <> :nonce)",
            )
            .expression_attribute_values(":nonce", text(nonce.as_str()))
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":now", time(now))
            .expression_attribute_values(":tries", number(TRIES))
            .return_values(ReturnValue::AllNew);
        let item = match self.send_update(count).await? {
            Ok(item) => item,
            // Our own work: its answer got lost, and this was a repetition.
            Err(FailedCondition(Some(item))) if nonce.marks(&item, "email_tried_by") => item,
            Err(FailedCondition(_)) => return Err(NewEmailNotProven::Dead),
        };
        let stored = CodeDigest::stored(Reader::new("session", &item).text("email_code")?.to_owned());
        let given = new.digest(code, &*self.ring(now).await?);
        if stored == given { Ok(EmailCodeProof(stored)) } else { Err(NewEmailNotProven::Wrong) }
    }

    /// Spends the code: gives the user the address, moves them on and writes the link that undoes it, or nothing of all that.
    /// With a link, nobody else can have the former address for as long as it is good.
    ///
    /// # Errors
    /// [`HandleNotChanged`]: `Dead` for every caller but the first, and `TooOften` after [`MOST`] changes that can be undone.
    pub async fn change_email(
        &self,
        new: NewEmail<'_>,
        proof: &EmailCodeProof,
        undo: Option<&UndoLink>,
        nonce: &Nonce,
        now: Timestamp,
    ) -> Result<(), HandleNotChanged> {
        let NewEmail { app, user, session, email } = new;
        let to = Handle::Email(email.clone());
        let undoable = match undo {
            Some(undo) => Some(self.undoable_with(user, undo, now).await?),
            None => None,
        };
        let (reserved_until, undoable) = (undo.map(UndoLink::expires), undoable.as_deref());
        let handle = NewHandle { user, session, to: &to, reserved_until, undoable, nonce, now };
        let keep = self
            .keep_session(app, &handle)
            .update_expression(format!("SET epoch = :next, kept_by = :nonce {FORGET}"))
            .condition_expression(
                "epoch = :epoch AND attribute_not_exists(revoked) AND email_code = :code AND email_expires > :now",
            )
            .expression_attribute_values(":code", text(proof.0.as_str()))
            .expression_attribute_values(":now", time(now));
        let undo = undo.map(|undo| self.put_undo_link(undo)).transpose()?;
        self.give_handle(app, &handle, keep, undo.into_iter().collect()).await
    }
}

impl Store {
    /// The changes of the address that can be undone, and one more.
    async fn undoable_with(
        &self,
        user: &User,
        undo: &UndoLink,
        now: Timestamp,
    ) -> Result<Vec<Undoable>, HandleNotChanged> {
        let found = self.get(&Key::user(&undo.app, user.id)).await?.ok_or(HandleNotChanged::Dead)?;
        let item = Reader::new("user", &found);
        if item.number::<u64>("epoch")? != user.epoch.0 {
            return Err(HandleNotChanged::Dead);
        }
        let mut undoable = read_undoable(&item)?;
        undoable.retain(|change| now < change.until);
        if undoable.len() >= MOST {
            let wait = undoable.first().map_or(Seconds(1), |oldest| oldest.until.since(now));
            return Err(HandleNotChanged::TooOften(wait));
        }
        undoable.push(Undoable { link: undo.digest.clone(), until: undo.expires() });
        Ok(undoable)
    }
}

fn read_former(session: &Attributes) -> Result<Option<FormerCode>, StoreError> {
    let item = Reader::new("session", session);
    let (Some(code), Some(expires)) = (item.maybe_text("email_code")?, item.maybe_time("email_expires")?) else {
        return Ok(None);
    };
    let code = CodeDigest::stored(code.to_owned());
    Ok(Some(FormerCode { code, expires, tries: item.maybe_number("email_tries")?.unwrap_or_default() }))
}

/// Forgets a session's code.
const FORGET: &str = "REMOVE email_code, email_expires, email_tries, email_tried_by, email_sent, email_by";
