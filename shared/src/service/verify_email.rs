//! A person proves that an address is theirs: the mail that asks, and the code or link that answers.

use crate::app::App;
use crate::budget::Spending;
use crate::code::digits::Code;
use crate::code::email::{EmailChallenge, LIFETIME, LinkToken};
use crate::id::{AppId, UserId};
use crate::language::Language;
use crate::notify::email::{NotSent, Recipient};
use crate::notify::letter;
use crate::service::Moment;
use crate::service::notice::Notice;
use crate::store::{EmailNotProven, Nonce, StoreError};
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
    /// In which language to write to it.
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
    pub async fn question(&self, app: &AppId, user: UserId) -> Result<Question, StoreError> {
        let (challenge, code, link) = EmailChallenge::issue(app, user, self.ring().await?, &self.random, self.now);
        Ok(Question { challenge, code, link })
    }

    /// Mails a question that was put on record with the account. The account is there, whatever becomes of the mail: if it
    /// is not sent, the next sign-in asks again.
    pub async fn mail_first_question(&self, question: Question, to: Addressee<'_>) {
        let charges = self.config.mail_budgets.mail(&to.app.id, to.email, true);
        match self.store.spend(&charges, self.now).await {
            Ok(spending) => self.mail_question(question, to, spending).await,
            Err(error) => {
                self.unfinished("a verification mail was not sent", &error);
                self.withdraw_question(&question, to).await;
            }
        }
    }

    /// Mails a question to a user who has just signed in, whose address is not proven and who has no live code: this is the
    /// way to have the code sent again. That it could not be mailed refuses nobody.
    pub async fn ask_again_if_due(&self, app: &App, identity: &Identity, language: Language, page: &str) {
        if let Err(error) = self.try_to_ask_again(app, identity, language, page).await {
            self.unfinished("nobody was asked to verify the address", &error);
        }
    }

    async fn try_to_ask_again(
        &self,
        app: &App,
        identity: &Identity,
        language: Language,
        page: &str,
    ) -> Result<(), StoreError> {
        if identity.proven {
            return Ok(());
        }
        let Some(user) = self.store.user(&app.id, identity.user).await? else { return Ok(()) };
        let Some(email) = &user.email else { return Ok(()) };
        if user.email_proof.is_due(self.now) {
            return self.ask_again(Addressee { app, user: user.id, email, language, page }).await;
        }
        if user.email_proof.is_proven() {
            self.store.note_proven(&app.id, &user, self.now).await?;
        }
        Ok(())
    }

    /// Puts a new question on record and mails it, if a budget allows and none is live.
    async fn ask_again(&self, to: Addressee<'_>) -> Result<(), StoreError> {
        let charges = self.config.mail_budgets.mail(&to.app.id, to.email, true);
        let spending = self.store.spend(&charges, self.now).await?;
        if let Spending::Suppress(charge) = spending {
            self.report(&Notice::Suppressed { app: &to.app.id, charge: &charge });
            return Ok(());
        }
        let question = self.question(&to.app.id, to.user).await?;
        let nonce = Nonce::draw(&self.random);
        if self.store.put_email_challenge(&to.app.id, to.user, &question.challenge, &nonce).await? {
            self.mail_question(question, to, spending).await;
        }
        Ok(())
    }

    /// What was certainly not mailed is taken back: the next sign-in asks again at once. What may have arrived stays good; as
    /// nobody knows, the next sign-in after a minute asks again.
    async fn mail_question(&self, question: Question, to: Addressee<'_>, spending: Spending) {
        let sent = match spending {
            Spending::Send => self.send_question(&question, to).await,
            Spending::Suppress(charge) => {
                self.report(&Notice::Suppressed { app: &to.app.id, charge: &charge });
                Sent::No
            }
        };
        match sent {
            Sent::Yes => self.note_mailed(&question, to).await,
            Sent::Perhaps => {}
            Sent::No => self.withdraw_question(&question, to).await,
        }
    }

    async fn note_mailed(&self, question: &Question, to: Addressee<'_>) {
        let noted = self.store.note_email_challenge_mailed(&to.app.id, to.user, &question.challenge).await;
        if let Err(error) = noted {
            self.unfinished("a mail that was sent may be sent again", &error);
        }
    }

    async fn send_question(&self, question: &Question, to: Addressee<'_>) -> Sent {
        let link = match self.ring().await {
            Ok(ring) => format!("{}?token={}", to.page, question.link.write(&to.app.id, ring).expose()),
            Err(error) => {
                self.unfinished("a verification mail was not written", &error);
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
            self.unfinished("a challenge that was not mailed is still on record", &error);
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

    /// Spends the link of a mail.
    ///
    /// # Errors
    /// [`EmailNotProven`]
    pub async fn prove_email_by_link(&self, app: &AppId, link: &LinkToken) -> Result<(), EmailNotProven> {
        self.store.prove_email_by_link(app, link, self.now).await.map(drop)
    }

    fn unfinished(&self, step: &'static str, cause: &dyn std::fmt::Display) {
        self.report(&Notice::Unfinished { step, cause });
    }
}
