//! The mail that asks whether an address is its user's.

use runtime::Ctx;
use shared::app::App;
use shared::budget::Spending;
use shared::code::digits::Code;
use shared::code::email::{EmailChallenge, LIFETIME, LinkToken};
use shared::id::UserId;
use shared::language::Language;
use shared::notify::email::Recipient;
use shared::notify::letter;
use shared::store::{Nonce, StoreError};
use shared::user::email::Email;

use crate::email_link;

/// A challenge with what its mail carries.
#[derive(Debug)]
pub(crate) struct Question {
    pub(crate) challenge: EmailChallenge,
    code: Code,
    link: LinkToken,
}

/// To whom it goes, and how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Addressee<'a> {
    pub(crate) app: &'a App,
    pub(crate) user: UserId,
    pub(crate) email: &'a Email,
    pub(crate) language: Language,
}

impl Question {
    pub(crate) async fn new(ctx: &Ctx, app: &App, user: UserId) -> Result<Self, StoreError> {
        let (ring, now) = (ctx.store.ring(ctx.now()).await?, ctx.now());
        let (challenge, code, link) = EmailChallenge::issue(&app.id, user, &ring, &ctx.random, now);
        Ok(Self { challenge, code, link })
    }

    /// Mails it. What is not mailed is taken back: the next sign-in asks again. The user is in, whatever becomes of the
    /// mail, so nothing of this refuses anybody.
    pub(crate) async fn mail(self, ctx: &Ctx, to: Addressee<'_>, spending: Spending) {
        let sent = match spending {
            Spending::Send => self.send(ctx, to).await,
            Spending::Suppress(charge) => {
                runtime::log_suppressed(&to.app.id, &charge);
                false
            }
        };
        if !sent {
            return self.take_back(ctx, to).await;
        }
        let noted = ctx.store.note_email_challenge_mailed(&to.app.id, to.user, &self.challenge).await;
        if let Err(error) = noted {
            runtime::warn("a mail that was sent may be sent again", &error);
        }
    }

    /// The budget could not be asked.
    pub(crate) async fn give_up(self, ctx: &Ctx, to: Addressee<'_>, error: &StoreError) {
        runtime::warn("a verification mail was not sent", error);
        self.take_back(ctx, to).await;
    }

    async fn take_back(&self, ctx: &Ctx, to: Addressee<'_>) {
        if let Err(error) = ctx.store.withdraw_email_challenge(&to.app.id, to.user, &self.challenge).await {
            runtime::warn("a challenge that was not mailed is still on record", &error);
        }
    }

    async fn send(&self, ctx: &Ctx, to: Addressee<'_>) -> bool {
        let link = match ctx.store.ring(ctx.now()).await {
            Ok(ring) => email_link::url(&ctx.config.public_url, &self.link.write(&to.app.id, &ring)),
            Err(error) => {
                runtime::warn("a verification mail was not written", &error);
                return false;
            }
        };
        let letter = letter::verification(to.app, &self.code, &link, LIFETIME, to.language);
        let sent = ctx.mailer().send(Recipient::Person(to.email), letter).await;
        if let Err(error) = &sent {
            runtime::log_unmailed(&to.app.id, error);
        }
        sent.is_ok()
    }
}

/// Puts a new question on record and mails it, if a budget allows and none is live.
pub(crate) async fn ask_again(ctx: &Ctx, to: Addressee<'_>) -> Result<(), StoreError> {
    let charges = ctx.config.mail_budgets.mail(&to.app.id, to.email, true);
    let spending = ctx.store.spend(&charges, ctx.now()).await?;
    if let Spending::Suppress(charge) = spending {
        runtime::log_suppressed(&to.app.id, &charge);
        return Ok(());
    }
    let question = Question::new(ctx, to.app, to.user).await?;
    let nonce = Nonce::draw(&ctx.random);
    if ctx.store.put_email_challenge(&to.app.id, to.user, &question.challenge, &nonce).await? {
        question.mail(ctx, to, spending).await;
    }
    Ok(())
}
