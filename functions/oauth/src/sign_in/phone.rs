//! By phone and code, where the app has it.

use runtime::Ctx;
use shared::app::App;
use shared::code::digits::Code;
use shared::store::{NotProven, NotSpent};
use shared::user::phone::Phone;
use shared::user::phone_sign_in::{PhoneSignIn, Proven};

use super::page::{PhonePage, Setback};
use super::{SignedIn, Traveller};
use crate::pages::PageError;

/// `phone`, `code`
#[derive(Debug)]
pub(super) struct Typed {
    pub(super) phone: String,
    pub(super) code: String,
}

/// The number, if this app's page texts to it. People write spaces and dashes into numbers.
pub(super) fn admit(typed: &str, app: &App) -> Option<Phone> {
    let digits: String = typed.chars().filter(|character| !matches!(character, ' ' | '-' | '(' | ')')).collect();
    Phone::read(&digits).ok().filter(|_| app.policy.sms.sign_in_page)?.admitted(&app.policy.sms.countries)
}

impl Typed {
    /// Counts the try and compares.
    pub(super) async fn prove(&self, ctx: &Ctx, caller: &Traveller) -> Result<Proven, NotProven> {
        // For a phone that is sent no codes, none is on record.
        let phone = admit(&self.phone, &caller.app).ok_or(NotProven::NoCode)?;
        sign_in(ctx, caller).prove(phone, &Code::presented(self.code.trim())).await
    }

    /// Spends the code for a session.
    pub(super) async fn enter(
        self,
        ctx: &Ctx,
        caller: &Traveller,
        proven: Result<Proven, NotProven>,
    ) -> Result<SignedIn, PageError> {
        let again =
            |setback| Ok(SignedIn::No(Box::new(PhonePage::Code(caller.code_page(self.phone.clone()).after(setback)))));
        let proven = match proven {
            Ok(proven) => proven,
            Err(NotProven::Wrong) => return again(Setback::WrongCode),
            Err(NotProven::NoCode | NotProven::Expired) => return again(Setback::DeadCode),
            Err(NotProven::Store(error)) => return Err(error.into()),
        };
        let ring = ctx.store.ring(ctx.now()).await?;
        match sign_in(ctx, caller).enter(proven, |user, epoch| caller.open(ctx, &ring, user, epoch)).await {
            Ok(entered) => Ok(SignedIn::Yes { cookies: entered.given, location: caller.destination() }),
            Err(NotSpent::Gone | NotSpent::PhoneTaken) => again(Setback::DeadCode),
            Err(NotSpent::Store(error)) => Err(error.into()),
        }
    }
}

fn sign_in<'a>(ctx: &'a Ctx, caller: &'a Traveller) -> PhoneSignIn<'a> {
    PhoneSignIn { store: &ctx.store, random: &ctx.random, app: &caller.app.id, now: ctx.now() }
}
