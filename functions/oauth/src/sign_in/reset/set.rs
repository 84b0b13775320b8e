//! `POST /account/reset-password`: set the new password.

use runtime::{Admitted, Ctx, Endpoint, Gate, Input, Moment, Request, Route, form_schema};
use serde_json::Value;
use shared::notify::letter::Event;
use shared::secret::Secret;
use shared::service::tell::News;
use shared::session::attempt::{FormDigest, Mark};
use shared::store::NotRedeemed;
use shared::token::opaque::{OpaqueToken, TokenDigest};
use shared::user::new_password::{NewPassword, NotANewPassword};
use web::Frame;

use super::page::PasswordProblem;
use super::{FUNCTION, PATH, ResetPage, ResetVisitor, living};
use crate::pages::{PageError, Pages};

/// `POST /account/reset-password`: spends the link, sets the password and ends all the user's sessions.
#[derive(Clone, Copy, Debug)]
pub struct Set;

/// `token`, `password`
#[derive(Debug)]
pub struct NewPasswordForm {
    token: Option<OpaqueToken>,
    /// Which showing of the form it is, with the password that was typed.
    form: Option<FormDigest>,
    password: Result<NewPassword, NotANewPassword>,
}

impl Endpoint for Set {
    const ROUTE: Route = Route::post(FUNCTION, PATH);
    const SUMMARY: &'static str = "Set the new password from that page. All sessions end.";
    const ERRORS: &'static [PageError] = &[PageError::ForeignOrigin];
    const TAKES: &'static str = "application/x-www-form-urlencoded";
    type Dialect = Pages;
    type Ctx = Ctx;
    type Caller = ResetVisitor;
    type Input = NewPasswordForm;
    type Output = ResetPage;

    fn prepare(ctx: &Ctx) {
        ctx.hasher();
        ctx.breached();
        ctx.mailer();
    }

    async fn call(
        at: &Moment,
        ResetVisitor { frame, device }: ResetVisitor,
        form: NewPasswordForm,
        gate: Gate<'_>,
    ) -> Result<Admitted<ResetPage>, PageError> {
        let found = living(at, form.token.as_ref()).await?;
        let pass = gate.pass().await?;
        let NewPasswordForm { token, form, password } = form;
        let digest = token.as_ref().map(OpaqueToken::digest);
        let (Some((app, link)), Some(token)) = (found, token) else {
            return Ok(pass.give(spent(at, frame, digest.as_ref(), form.as_ref()).await?));
        };
        let token = Secret::new(token.reveal());
        let mark = Mark::draw(&at.random);
        let frame = frame.of_app(&app).found_at(&link_to(&token));
        let shown = frame.clone();
        let again = |problem: PasswordProblem| ResetPage::again(shown, &link, (token, mark), problem);
        let password = match password {
            Ok(password) => password,
            Err(refused) => return Ok(pass.give(again(refused.into()))),
        };
        if at.is_breached(&app.id, &password).await {
            return Ok(pass.give(again(PasswordProblem::Breached)));
        }
        let news = News { app: &app, event: Event::LinkUsed, device: &device, language: frame.language };
        match at.reset_password(news, &link, &password.canonical(), form.as_ref()).await {
            Ok(()) => Ok(pass.give(ResetPage::done(frame, &app))),
            Err(NotRedeemed::Dead | NotRedeemed::NoUser) => {
                Ok(pass.give(spent(at, frame, digest.as_ref(), form.as_ref()).await?))
            }
            Err(NotRedeemed::Store(error)) => Err(error.into()),
        }
    }
}

/// The page for a link that sets no password any more: this very form may have set it a moment ago, and was sent twice.
async fn spent(
    at: &Moment,
    frame: Frame,
    link: Option<&TokenDigest>,
    form: Option<&FormDigest>,
) -> Result<ResetPage, PageError> {
    let (Some(link), Some(form)) = (link, form) else { return Ok(ResetPage::dead(frame)) };
    let Some(id) = at.store.link_spent_by_form(link, form).await? else { return Ok(ResetPage::dead(frame)) };
    Ok(match at.enabled_app(&id).await? {
        Some(app) => ResetPage::done(frame.of_app(&app), &app),
        None => ResetPage::dead(frame),
    })
}

/// The page's address.
fn link_to(token: &Secret<String>) -> String {
    format!("{PATH}?{}", runtime::query(&[("token", token.expose())]))
}

impl Input<Set> for NewPasswordForm {
    fn parse(request: &Request) -> Result<Self, PageError> {
        let form = request.form();
        let text = |name| form.one(name).ok().flatten();
        let typed = || Secret::new(text("password").unwrap_or_default().to_owned());
        let mark = text(web::showing::FIELD).and_then(Mark::read);
        let (form, password) = (mark.map(|mark| FormDigest::of(&mark, &typed())), NewPassword::try_from(typed()));
        Ok(Self { token: text("token").and_then(|token| token.parse().ok()), form, password })
    }

    fn schema() -> Option<Value> {
        Some(form_schema(&["token", "password"], &["form"]))
    }
}
