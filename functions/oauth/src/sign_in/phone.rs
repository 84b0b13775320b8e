//! By phone and code, where the app has it.

use runtime::Moment;
use shared::app::App;
use shared::code::digits::Code;
use shared::service::phone::Proven;
use shared::session::Transport;
use shared::store::{NotProven, NotSpent};
use shared::user::phone::Phone;

use super::page::{PhonePage, Setback};
use super::{SignedIn, Traveller};
use crate::pages::PageError;

/// `phone`, `code`
#[derive(Debug)]
pub(super) struct Typed {
    pub(super) phone: String,
    pub(super) code: Code,
}

/// The number, if this app's page texts to it. People write spaces and dashes into numbers.
pub(super) fn admit(typed: &str, app: &App) -> Option<Phone> {
    let digits: String = typed.chars().filter(|character| !matches!(character, ' ' | '-' | '(' | ')')).collect();
    Phone::read(&digits).ok().filter(|_| app.policy.sms.sign_in_page)?.admitted(&app.policy.sms.countries)
}

impl Typed {
    /// Counts the try and compares.
    pub(super) async fn prove(&self, at: &Moment, caller: &Traveller) -> Result<Proven, NotProven> {
        // For a phone that is sent no codes, none is on record.
        let phone = admit(&self.phone, &caller.app).ok_or(NotProven::NoCode)?;
        at.prove_phone(&caller.app.id, phone, &self.code).await
    }

    /// Spends the code for a session.
    pub(super) async fn enter(
        self,
        at: &Moment,
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
        let opener = at.opener(&caller.app, Transport::Browser, &caller.device).await?;
        match at.enter_by_phone(&caller.app.id, proven, |user, epoch| opener.pair(user, epoch)).await {
            Ok(entered) => Ok(caller.signed_in(at, &entered.given)),
            Err(NotSpent::Gone | NotSpent::PhoneTaken) => again(Setback::DeadCode),
            Err(NotSpent::Store(error)) => Err(error.into()),
        }
    }
}
