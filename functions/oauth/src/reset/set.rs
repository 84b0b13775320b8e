//! The new password.

use runtime::{Ctx, Endpoint, Input, Request, Route};
use serde_json::Value;
use shared::code::reset::LiveLink;
use shared::id::AppId;
use shared::secret::Secret;
use shared::store::{Nonce, NotRedeemed};
use shared::token::opaque::OpaqueToken;
use shared::user::breached::Verdict;
use shared::user::new_password::{NewPassword, NotANewPassword};

use super::page::Setback;
use super::{FUNCTION, PATH, ResetPage, Visitor, living};
use crate::pages::{PageError, Pages};
use crate::wire::form_schema;

/// `POST /account/reset-password`: spends the link, sets the password and ends all the user's sessions.
#[derive(Clone, Copy, Debug)]
pub struct Set;

/// `token`, `password`
#[derive(Debug)]
pub struct NewPasswordForm {
    token: Option<OpaqueToken>,
    password: Result<NewPassword, NotANewPassword>,
}

impl Endpoint for Set {
    const ROUTE: Route = Route::post(FUNCTION, PATH);
    const SUMMARY: &'static str = "The new password from that page; ends all sessions.";
    const REFUSALS: &'static [PageError] = &[];
    const TAKES: &'static str = "application/x-www-form-urlencoded";
    type Dialect = Pages;
    type Ctx = Ctx;
    type Caller = Visitor;
    type Input = NewPasswordForm;
    type Loaded = Option<(AppId, LiveLink)>;
    type Output = ResetPage;

    fn prepare(ctx: &Ctx) {
        ctx.hasher();
        ctx.breached();
    }

    async fn load(ctx: &Ctx, _: &Visitor, form: &NewPasswordForm) -> Result<Option<(AppId, LiveLink)>, PageError> {
        Ok(living(ctx, form.token.as_ref()).await?)
    }

    async fn call(
        ctx: &Ctx,
        caller: Visitor,
        form: NewPasswordForm,
        found: Option<(AppId, LiveLink)>,
    ) -> Result<ResetPage, PageError> {
        let language = caller.language;
        let (Some((app, link)), Some(token)) = (found, form.token) else { return Ok(ResetPage::dead(language)) };
        let password = match form.password {
            Ok(password) => password,
            Err(refused) => return Ok(ResetPage::again(language, token.reveal(), refused.into())),
        };
        match ctx.breached().check(&password).await {
            Verdict::Unknown => {}
            Verdict::Breached => return Ok(ResetPage::again(language, token.reveal(), Setback::Breached)),
            Verdict::Unanswered(outage) => runtime::log_breach_outage(&app, &outage),
        }
        let hash = ctx.hasher().hash(&password.canonical(), &ctx.random);
        let nonce = Nonce::draw(&ctx.random);
        match ctx.store.redeem_reset_link(&app, &link, &hash, &nonce, ctx.now()).await {
            Ok(()) => Ok(ResetPage::done(language)),
            Err(NotRedeemed::Dead | NotRedeemed::NoUser) => Ok(ResetPage::dead(language)),
            Err(NotRedeemed::Store(error)) => Err(error.into()),
        }
    }
}

impl Input<Set> for NewPasswordForm {
    fn parse(request: &Request) -> Result<Self, PageError> {
        let form = request.form();
        let text = |name| form.one(name).ok().flatten();
        let password = NewPassword::try_from(Secret::new(text("password").unwrap_or_default().to_owned()));
        Ok(Self { token: text("token").and_then(|token| token.parse().ok()), password })
    }

    fn schema() -> Option<Value> {
        Some(form_schema(&["token", "password"], &[]))
    }
}
