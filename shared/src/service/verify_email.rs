//! A person proves that an address is theirs: the mail that asks, and the code or link that answers.

use crate::app::App;
use crate::budget::{Bill, MailTo};
use crate::code::digits::Code;
use crate::code::email::{EmailChallenge, LIFETIME, LinkToken};
use crate::id::{AppId, UserId};
use crate::language::Language;
use crate::notify::email::{NotSent, Recipient};
use crate::notify::letter;
use crate::service::Moment;
use crate::service::notice::{Notice, UnfinishedStep};
use crate::service::payment::{Advance, Payment};
use crate::session::device::Device;
use crate::store::{AskedByEmail, EmailNotProven, Nonce, NotRegistered, Registration, StoreError};
use crate::user::email::Email;
use crate::user::identity::Identity;

/// Who is asked, and how.
#[derive(Clone, Copy, Debug)]
pub struct Addressee<'a> {
    /// In which app.
    pub app: &'a App,
    /// The user.
    pub user: UserId,
    /// The address.
    pub email: &'a Email,
    /// The device that asks for it.
    pub device: &'a Device,
    /// In which language to write to it.
    pub language: Language,
    /// The page that the link in the mail opens.
    pub page: &'a str,
}

/// Who has an address asked again, and how.
#[derive(Clone, Copy, Debug)]
pub struct AskedBy<'a> {
    /// The device that they sign in with.
    pub device: &'a Device,
    /// In which language to write.
    pub language: Language,
    /// The page that the link in the mail opens.
    pub page: &'a str,
}

/// A challenge that is to be put on record, with what its mail carries.
#[derive(Debug)]
pub struct Question {
    /// What is put on record.
    pub challenge: EmailChallenge,
    code: Code,
    link: LinkToken,
}

/// Whether a mail left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sent {
    Yes,
    /// SES did not say.
    Perhaps,
    No,
}

impl Moment {
    /// A question for a user's address.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn question(&self, app: &AppId, user: UserId, device: &Device) -> Result<Question, StoreError> {
        let (challenge, code, link) = EmailChallenge::issue(app, user, self.ring().await?, &self.random, self.now);
        Ok(Question { challenge: EmailChallenge { device: device.name(), ..challenge }, code, link })
    }

    /// Charges those who are behind the question of a sign-up.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn pay_ahead_to_ask(&self, app: &AppId, email: &Email, device: &Device) -> Result<Advance, StoreError> {
        self.pay_ahead(self.bill_of_question(app, email, device)).await
    }

    fn bill_of_question(&self, app: &AppId, email: &Email, device: &Device) -> Bill {
        self.config.mail_budgets.mail(app, email, MailTo::New, self.config.sources(device.address()))
    }

    /// Writes an account with its question, or nothing of it, and mails the question. Once the account is there, it is there,
    /// whatever becomes of the mail: if that is not sent, the next sign-in asks again. What a sign-up pays that makes no account is
    /// given back.
    ///
    /// # Errors
    /// [`NotRegistered`]
    pub async fn sign_up(
        &self,
        registration: &Registration,
        question: Question,
        to: Addressee<'_>,
        advance: Advance,
    ) -> Result<(), NotRegistered> {
        let payment = self.claim(advance);
        let register = Box::pin(self.register(&to.app.id, registration));
        let ((), paid) = self.beside(self.pay_shared(payment), register).await?;
        if self.in_time(Box::pin(self.mail_if_paid(question, to, paid))).await.is_none() {
            self.unfinished(UnfinishedStep::MailVerification, &"no time was left");
        }
        Ok(())
    }

    /// Mails a question to a user who has just signed in, whose address is not proven and who has no live code: this is the
    /// way to have the code sent again. That it could not be mailed refuses nobody.
    pub async fn ask_again_if_due(&self, app: &App, identity: &Identity, by: AskedBy<'_>) {
        let asked = self.in_time(Box::pin(self.try_to_ask_again(app, identity, by))).await;
        let step = UnfinishedStep::AskToVerify;
        match asked {
            Some(Ok(())) => {}
            Some(Err(error)) => self.unfinished(step, &error),
            None => self.unfinished(step, &"no time was left"),
        }
    }

    async fn try_to_ask_again(&self, app: &App, identity: &Identity, by: AskedBy<'_>) -> Result<(), StoreError> {
        if identity.proven {
            return Ok(());
        }
        let Some(user) = self.store.user(&app.id, identity.user).await? else { return Ok(()) };
        let Some(email) = &user.email else { return Ok(()) };
        if user.email_proof.is_due(self.now) {
            let AskedBy { device, language, page } = by;
            return self.ask_again(Addressee { app, user: user.id, email, device, language, page }).await;
        }
        if user.email_proof.is_proven() {
            self.store.note_proven(&app.id, &user, self.now).await?;
        }
        Ok(())
    }

    /// Puts a new question on record and mails it, if none is live and a budget allows.
    async fn ask_again(&self, to: Addressee<'_>) -> Result<(), StoreError> {
        let question = self.question(&to.app.id, to.user, to.device).await?;
        let nonce = Nonce::draw(&self.random);
        let own = self.pay_own(self.bill_of_question(&to.app.id, to.email, to.device));
        let put = async {
            let put = self.store.put_email_challenge(&to.app.id, to.user, &question.challenge, &nonce).await;
            put.map_err(Some)?.then_some(()).ok_or(None)
        };
        let paid = match self.beside(own, Box::pin(put)).await {
            Ok(((), Ok(payment))) => self.pay_shared(payment).await,
            Ok(((), failed)) => failed,
            // None is due.
            Err(None) => return Ok(()),
            Err(Some(error)) => return Err(error),
        };
        self.mail_if_paid(question, to, paid).await;
        Ok(())
    }

    async fn mail_if_paid(&self, question: Question, to: Addressee<'_>, paid: Result<Payment, StoreError>) {
        match paid {
            Ok(payment) => self.mail_question(question, to, payment).await,
            Err(error) => self.not_mailed(&question, to, &error).await,
        }
    }

    /// What was certainly not mailed is taken back: the next sign-in asks again at once. What may have arrived stays good; as
    /// nobody knows, the next sign-in after a minute asks again.
    async fn mail_question(&self, question: Question, to: Addressee<'_>, payment: Payment) {
        let sent = if payment.is_good() { self.send_question(&question, to).await } else { Sent::No };
        match sent {
            Sent::Yes => self.note_mailed(&question, to).await,
            Sent::Perhaps => {}
            Sent::No => {
                tokio::join!(self.give_back_if_held(&to.app.id, &payment), self.withdraw_question(&question, to),);
            }
        }
    }

    async fn not_mailed(&self, question: &Question, to: Addressee<'_>, error: &StoreError) {
        self.unfinished(UnfinishedStep::MailVerification, error);
        self.withdraw_question(question, to).await;
    }

    async fn note_mailed(&self, question: &Question, to: Addressee<'_>) {
        let noted = self.store.note_email_challenge_mailed(&to.app.id, to.user, &question.challenge).await;
        if let Err(error) = noted {
            self.unfinished(UnfinishedStep::NoteVerificationMailed, &error);
        }
    }

    async fn send_question(&self, question: &Question, to: Addressee<'_>) -> Sent {
        let link = match self.ring().await {
            Ok(ring) => {
                let token = question.link.write(&to.app.id, &self.config.browser.app, ring);
                format!("{}?token={}", to.page, token.expose())
            }
            Err(error) => {
                self.unfinished(UnfinishedStep::WriteVerification, &error);
                return Sent::No;
            }
        };
        let letter = letter::verification(to.app, &question.code, &link, LIFETIME, to.language);
        let Err(cause) = self.mailer().send(Recipient::Person(to.email), letter).await else { return Sent::Yes };
        self.report(&Notice::Unmailed { app: &to.app.id, cause: &cause });
        match cause {
            NotSent::Unknown(_) => Sent::Perhaps,
            NotSent::Refused(_) | NotSent::Busy(_) => Sent::No,
        }
    }

    async fn withdraw_question(&self, question: &Question, to: Addressee<'_>) {
        if let Err(error) = self.store.withdraw_email_challenge(&to.app.id, to.user, &question.challenge).await {
            self.unfinished(UnfinishedStep::WithdrawVerification, &error);
        }
    }

    /// Compares a code with the one that was mailed. The try is counted.
    ///
    /// # Errors
    /// [`EmailNotProven`]
    pub async fn prove_email_by_code(&self, app: &AppId, user: UserId, code: &Code) -> Result<(), EmailNotProven> {
        self.store.prove_email_by_code(app, user, code, self.now).await.map(drop)
    }

    /// The link of a mail, if the text is one of ours; the store is not asked.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn email_link(&self, app: &AppId, text: &str) -> Result<Option<LinkToken>, StoreError> {
        Ok(LinkToken::read(text, app, self.ring().await?).ok())
    }

    /// What the mail with this link asked; `None` for one that is too old, or not the last.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn asked_by_email(&self, app: &AppId, link: &LinkToken) -> Result<Option<AskedByEmail>, StoreError> {
        self.store.asked_by_email(app, link, self.now).await
    }

    /// Removes the account that a mail with this link was written for, unless its address is proven. `false`: nothing was removed.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn disown(&self, app: &AppId, link: &LinkToken) -> Result<bool, StoreError> {
        self.store.disown(app, link, self.now).await
    }

    /// Spends the link of a mail.
    ///
    /// # Errors
    /// [`EmailNotProven`]
    pub async fn prove_email_by_link(&self, app: &AppId, link: &LinkToken) -> Result<(), EmailNotProven> {
        self.store.prove_email_by_link(app, link, self.now).await.map(drop)
    }

    fn unfinished(&self, step: UnfinishedStep, cause: &dyn std::fmt::Display) {
        self.report(&Notice::Unfinished { step, cause });
    }
}
