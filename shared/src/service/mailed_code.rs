//! A person signs in by a code that is mailed to their address.

use crate::app::App;
use crate::budget::MailTo;
use crate::clock::Timestamp;
use crate::code::digits::Code;
use crate::code::mailed::{LIFETIME, Owner};
use crate::code::sms::{CodeRecord, NotNow};
use crate::factor::ticket::Ticket;
use crate::id::{AppId, Epoch, UserId};
use crate::language::Language;
use crate::notify::email::{NotSent, Recipient};
use crate::notify::letter::{self, Event};
use crate::refill::Reserve;
use crate::service::Moment;
use crate::service::new_place::Visit;
use crate::service::notice::Notice;
use crate::service::payment::{Advance, Payment};
use crate::service::recovery::{NotMailed, reserve_of};
use crate::service::tell::News;
use crate::session::Opening;
use crate::session::attempt::Attempt;
use crate::session::method::{Method, Methods};
use crate::store::{
    FirstProof, MailedCodeGuess, MailedCodeIssue, MailedCodeProof, Nonce, NotIssued, NotProven, NotSpent, Reach,
    StoreError, Withdrawal,
};
use crate::user::email::Email;
use crate::user::identity::{Handle, Identity, Login};
use crate::user::lockout::{Tries, Whereabouts};

/// A mail with a code to sign in with.
///
/// For an address that a code lets nobody in by, the same is read, written and sent, to SES's mailbox simulator: neither the answer nor
/// its time nor a failure tells who is registered.
#[derive(Clone, Copy, Debug)]
pub struct CodeMail<'a> {
    /// In which app.
    pub app: &'a App,
    /// The address.
    pub email: &'a Email,
    /// The network address that asks for it.
    pub source: &'a str,
    /// In which language to write to it.
    pub language: Language,
}

/// What is known of an address that somebody asks a code for, and what those who ask have paid for it.
#[derive(Debug)]
pub struct Mailbox {
    record: CodeRecord,
    owner: Option<CodeOwner>,
    advance: Advance,
}

/// Whom a code lets in.
#[derive(Debug)]
struct CodeOwner {
    owner: Owner,
    /// Where they have signed in before.
    tries: Tries,
    reserve: Reserve,
}

/// Why nobody was mailed a code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoCodeMailed {
    /// The address has to wait.
    #[error("the address has to wait")]
    NotNow(NotNow),
    /// The mail could not be sent.
    #[error(transparent)]
    NotMailed(#[from] NotMailed),
}

impl From<StoreError> for NoCodeMailed {
    fn from(error: StoreError) -> Self {
        Self::NotMailed(error.into())
    }
}

impl From<NotIssued> for NoCodeMailed {
    fn from(error: NotIssued) -> Self {
        match error {
            NotIssued::NotNow(wait) => Self::NotNow(wait),
            NotIssued::Store(error) => error.into(),
        }
    }
}

/// The owner of an address, who gave the right code.
#[derive(Debug)]
pub struct ProvenOwner {
    proof: MailedCodeProof,
    identity: Identity,
    /// The account, where nobody has proven the address before.
    first: Option<Box<FirstProof>>,
}

impl ProvenOwner {
    /// Whether their account has a second factor.
    #[must_use]
    pub const fn has_second_factor(&self) -> bool {
        self.identity.second_factor
    }

    /// Whether the code is not enough: the account has a second factor, or `app` wants one by now.
    #[must_use]
    pub fn wants_second_factor(&self, app: &App, now: Timestamp) -> bool {
        let Identity { second_factor, created, disabled, .. } = self.identity;
        !disabled && (second_factor || app.policy.second_factor.wants_two(created, now))
    }

    /// The epoch of what is opened for them. The first proof of an address moves its user on.
    const fn epoch(&self) -> Epoch {
        if self.first.is_some() { self.identity.epoch.next() } else { self.identity.epoch }
    }
}

impl Moment {
    /// What is on record for an address, and whom a code lets in. Those who ask pay meanwhile.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn mailbox(&self, mail: CodeMail<'_>) -> Result<Mailbox, StoreError> {
        let CodeMail { app, email, source, .. } = mail;
        let bill = self.config.mail_budgets.mail(&app.id, email, MailTo::User, self.config.sources(source));
        let (record, owner, advance) = tokio::join!(
            self.store.mailed_code_record(&app.id, email, self.now),
            Box::pin(self.owner_by_mail(&app.id, email)),
            Box::pin(self.pay_ahead(bill)),
        );
        Ok(Mailbox { record: record?, owner: owner?, advance: advance? })
    }

    /// Whose an address is, if a code to it lets them in.
    async fn owner_by_mail(&self, app: &AppId, email: &Email) -> Result<Option<CodeOwner>, StoreError> {
        let identity = self.store.identity(app, &Handle::Email(email.clone()), self.now).await?;
        // Proof stands in the user's item first. One is read for an address that nobody has, too: it takes the same time.
        let id = identity.as_ref().map_or_else(|| UserId::draw(&self.random), |identity| identity.user);
        let is_reached = !matches!(self.store.reach_by_mail(app, id, email).await?, Reach::Nobody);
        let let_in = identity.filter(|identity| is_reached && !identity.disabled);
        Ok(let_in.map(|identity| CodeOwner {
            owner: Owner::from(&identity),
            reserve: reserve_of(&identity),
            tries: identity.tries,
        }))
    }

    /// Puts a code on record and mails it. A budget that is used up holds the mail back, and nobody is to notice: the code that was mailed
    /// last is good again.
    ///
    /// # Errors
    /// [`NoCodeMailed`]
    pub async fn mail_code(&self, mail: CodeMail<'_>, mailbox: Mailbox) -> Result<(), NoCodeMailed> {
        let CodeMail { app, source, .. } = mail;
        let Mailbox { record, owner, advance } = mailbox;
        let whereabouts = Whereabouts::of(source, &app.id, self.ring().await?);
        let payment = self.claim(advance);
        if let Err(wait) = record.may_issue(&whereabouts, self.now) {
            // Before others pay.
            self.refund(&payment).await;
            return Err(NoCodeMailed::NotNow(wait));
        }
        if payment.is_stopped_by_client() {
            // The code that was mailed last stays good: a source without quota touches nothing that others need.
            self.give_back_if_held(&app.id, &payment).await;
            return Ok(());
        }
        let Whereabouts { place, .. } = &whereabouts;
        let payment = match &owner {
            Some(known) if record.knows(place) || known.tries.knows(place) => payment.at_known_place(known.reserve),
            Some(_) => payment.masked(),
            None => payment.masked().for_nobody(),
        };
        let owner = owner.map(|CodeOwner { owner, .. }| owner);
        // Boxed, as what follows is: each waits for a few calls at once, and is a future of kilobytes.
        Box::pin(self.issue_and_send(mail, owner, record, payment)).await
    }

    async fn issue_and_send(
        &self,
        mail: CodeMail<'_>,
        owner: Option<Owner>,
        record: CodeRecord,
        payment: Payment,
    ) -> Result<(), NoCodeMailed> {
        let CodeMail { app, email, source, .. } = mail;
        let (code, nonce) = (Code::draw(&self.random), Nonce::draw(&self.random));
        let issue = MailedCodeIssue { app: &app.id, email, owner, source, nonce, now: self.now };
        let put = Box::pin(self.store.put_mailed_code(&issue, &code, record));
        let (before, paid) = self.beside(self.pay_shared(payment), put).await?;
        let payment = match paid {
            Ok(payment) => payment,
            Err(error) => {
                let _ = self.store.withdraw_mailed_code(&issue, &before, Withdrawal::Unsent).await;
                return Err(error.into());
            }
        };
        let late = || Err(NotSent::Unknown("no time was left".to_owned()));
        let sent = self.in_time(Box::pin(self.send_code(mail, &code, owner, &payment)));
        let (sent, ()) = tokio::join!(sent, self.restore_if_held(&issue, &before, &payment));
        let sent = sent.unwrap_or_else(late);
        let Err(failure) = sent else { return Ok(()) };
        let withdrawal = match failure {
            NotSent::Unknown(_) => Withdrawal::Unknown,
            NotSent::Busy(_) | NotSent::Refused(_) => Withdrawal::Unsent,
        };
        if withdrawal == Withdrawal::Unsent && payment.is_good() {
            // Not sent is not paid.
            self.refund(&payment).await;
        }
        // The failure is the answer, whether or not the cooldown could be given back.
        let _ = self.store.withdraw_mailed_code(&issue, &before, withdrawal).await;
        Err(NotMailed::Unsent(failure).into())
    }

    /// Where the mail is held back, the code that somebody was mailed before stays good.
    async fn restore_if_held(&self, issue: &MailedCodeIssue<'_>, before: &CodeRecord, payment: &Payment) {
        if !payment.is_good() && before.replaced.is_some() {
            // If it cannot be written, they ask for another.
            let _ = self.store.withdraw_mailed_code(issue, before, Withdrawal::Held).await;
        }
    }

    /// A user's mail that is held back goes to the simulator, as nobody's does.
    async fn send_code(
        &self,
        CodeMail { app, email, language, .. }: CodeMail<'_>,
        code: &Code,
        owner: Option<Owner>,
        payment: &Payment,
    ) -> Result<(), NotSent> {
        let letter = letter::sign_in_code(app, code, LIFETIME, language);
        let recipient = match owner {
            Some(_) if payment.is_good() => Recipient::Person(email),
            _ => Recipient::Nobody,
        };
        let (sent, ()) = tokio::join!(self.mailer().send(recipient, letter), self.give_back_if_held(&app.id, payment));
        match sent {
            // Nobody is to notice: one address that SES refuses would otherwise tell that it is registered.
            Err(refusal @ NotSent::Refused(_)) => {
                self.report(&Notice::Unmailed { app: &app.id, cause: &refusal });
                Ok(())
            }
            sent => sent,
        }
    }

    /// Counts the try, and compares.
    ///
    /// # Errors
    /// [`NotProven`]
    pub async fn prove_mailbox(
        &self,
        app: &AppId,
        email: &Email,
        source: &str,
        code: &Code,
    ) -> Result<ProvenOwner, NotProven> {
        let guess = MailedCodeGuess { app, email, source, now: self.now };
        let (proof, identity) = self.store.guess_mailed_code(&guess, code).await?;
        let first = if identity.proven { None } else { self.first_proof(app, &identity, email).await? };
        Ok(ProvenOwner { proof, identity, first })
    }

    /// The account of an address, where nobody has proven that before. It may have been proven, or given another way in, since the code
    /// was mailed.
    async fn first_proof(
        &self,
        app: &AppId,
        identity: &Identity,
        email: &Email,
    ) -> Result<Option<Box<FirstProof>>, NotProven> {
        match self.store.reach_by_mail(app, identity.user, email).await? {
            Reach::Proven => Ok(None),
            Reach::First(first) => Ok(Some(first)),
            Reach::Nobody => Err(NotProven::Expired),
        }
    }

    /// Spends the code for what `open` gives, which is a session. It is for somebody of whom no second factor is wanted.
    ///
    /// # Errors
    /// [`NotSpent`]
    pub async fn enter_by_mailbox<T>(
        &self,
        visit: Visit<'_>,
        owner: &ProvenOwner,
        open: impl FnOnce(UserId, Epoch, Methods) -> Result<(Opening, T), StoreError>,
    ) -> Result<T, NotSpent> {
        if owner.identity.disabled || owner.wants_second_factor(visit.app, self.now) {
            return Err(NotSpent::Gone);
        }
        // Signed first: a key that cannot be used spends no code.
        let (opening, given) = open(owner.identity.user, owner.epoch(), Method::Email.into())?;
        self.spend(visit, owner, Some(&opening), &Nonce::draw(&self.random)).await?;
        Ok(given)
    }

    /// Spends the code for a ticket to the page of the second factor.
    ///
    /// # Errors
    /// [`NotSpent`]
    pub async fn ticket_by_mailbox(
        &self,
        visit: Visit<'_>,
        owner: &ProvenOwner,
        attempt: Option<&Attempt>,
    ) -> Result<Ticket, NotSpent> {
        let ProvenOwner { proof, identity, .. } = owner;
        if identity.disabled {
            return Err(NotSpent::Gone);
        }
        let (nonce, random) = self.marks_of_ticket(&visit.app.id, identity.user, attempt).await?;
        self.spend(visit, owner, None, &nonce).await?;
        let login = Login::Handle(proof.email().clone().into());
        Ok(Ticket::issue(identity.user, owner.epoch(), login, Method::Email.into(), &random, self.now))
    }

    /// Spends the code. A user who is let in by it from where they never were is told. Where it is the first proof of the address, a user
    /// who had a password is told that it is gone.
    async fn spend(
        &self,
        visit: Visit<'_>,
        owner: &ProvenOwner,
        opening: Option<&Opening>,
        nonce: &Nonce,
    ) -> Result<(), NotSpent> {
        let ProvenOwner { proof, identity, first } = owner;
        let app = &visit.app.id;
        if let Some(first) = first {
            let taken = self.store.take_over_by_mailed_code(app, (proof, first), opening, nonce, self.now);
            let taken = Box::pin(taken).await;
            if identity.password.is_some() {
                self.tell_of_first_proof(visit, first, &taken).await;
            }
            return taken;
        }
        Box::pin(self.store.spend_mailed_code(app, proof, opening, nonce, self.now)).await?;
        if opening.is_some() {
            let handles: Vec<_> =
                std::iter::once(Handle::from(proof.email().clone())).chain(identity.others.clone()).collect();
            self.tell_of_new_place(visit, &handles, proof.sighting(), Some(identity)).await;
        }
        Ok(())
    }

    /// Tells a user that the password of before is gone. It may be so although nobody was let in: where the answer of the transaction got
    /// lost, the user is looked at. The next code would find the address proven, and nobody would hear of it.
    async fn tell_of_first_proof(&self, visit: Visit<'_>, first: &FirstProof, taken: &Result<(), NotSpent>) {
        let Visit { app, device, language } = visit;
        let is_done = match taken {
            Ok(()) => true,
            Err(NotSpent::Store(_)) => {
                let user = Box::pin(self.in_time(self.store.user(&app.id, first.user.id))).await;
                matches!(user, Some(Ok(Some(user))) if user.epoch != first.user.epoch && user.email_proof.is_proven())
            }
            Err(_) => false,
        };
        if is_done {
            let news = News { app, event: Event::FirstProof, device, language };
            self.tell(news, &first.user.handles()).await;
        }
    }
}
