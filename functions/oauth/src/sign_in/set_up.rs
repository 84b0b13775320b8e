//! A second factor is set up on the way, where the app wants one and the user has none.

use askama::Template;
use runtime::{Answer, Moment, Reason};
use shared::factor::otp::Otp;
use shared::factor::recovery::RecoveryCodes;
use shared::factor::ticket::Ticket;
use shared::notify::letter::Event;
use shared::secret::Secret;
use shared::service::factor_setup::{Enrolling, NotSetUp, Offer};
use shared::service::second_factor::{NotPassed, SetUp};
use shared::service::sign_in::Recognised;
use shared::service::tell::News;
use shared::session::Transport;
use shared::session::attempt::Attempt;
use shared::user::User;
use web::{Frame, SetCookie, SetCookies, Setting};

use super::page::{SignInProblem, answer};
use super::{SignInVisitor, SignedIn};
use crate::pages::PageError;

/// The page with the QR code, which asks for the first code.
#[derive(Debug, Template)]
#[template(path = "set-up-factor.html")]
pub struct SetUpPage {
    frame: Frame,
    to: String,
    client: Option<String>,
    ticket: Secret<String>,
    offer: Offer,
    problem: Option<SignInProblem>,
    cookie: Option<SetCookie>,
}

/// The page with the recovery codes, which leads on.
#[derive(Debug, Template)]
#[template(path = "recovery-codes.html")]
pub struct CodesPage {
    frame: Frame,
    codes: Vec<Secret<String>>,
    destination: String,
    cookies: Option<SetCookies>,
}

/// What the form brings that the page with the secret was shown with.
#[derive(Clone, Copy, Debug)]
pub(super) struct ShownSetUp<'a> {
    /// What its ticket says.
    pub(super) ticket: &'a Ticket,
    /// The text of the ticket, for the form that is shown again.
    pub(super) text: &'a Secret<String>,
    pub(super) setup: &'a Secret<String>,
    pub(super) attempt: Option<&'a Attempt>,
}

/// Shows a new secret to somebody whose first factor was right.
pub(super) async fn offer(
    at: &Moment,
    caller: &SignInVisitor,
    ticket: &Ticket,
    attempt: Option<&Attempt>,
) -> Result<SignedIn, PageError> {
    let Some(user) = at.store.user(&caller.app.id, ticket.user).await? else {
        return Ok(SignedIn::No(caller.page(at).again("", SignInProblem::DeadTicket).into()));
    };
    let digest = ticket.digest();
    let offer = at.offer_factor(enrolling(caller, &user, digest.as_str())).await?;
    let (text, cookie) = caller.give_ticket(at, ticket, attempt).await?;
    Ok(SignedIn::SetUp(Box::new(caller.set_up_page(text, offer).with_cookie(cookie))))
}

/// Takes the first code, and opens the session.
pub(super) async fn confirm(
    at: &Moment,
    caller: &SignInVisitor,
    recognised: Recognised<'_>,
    ShownSetUp { ticket, text, setup, attempt }: ShownSetUp<'_>,
    otp: Option<&Otp>,
) -> Result<SignedIn, PageError> {
    let (app, dead) = (&caller.app, || SignedIn::No(caller.page(at).again("", SignInProblem::DeadTicket).into()));
    // The password was right in that epoch. In a later one it may be another.
    let user = at.store.user(&app.id, ticket.user).await?.filter(|user| user.epoch == ticket.epoch);
    let Some(user) = user else { return Ok(dead()) };
    let digest = ticket.digest();
    let enrolling = Enrolling { attempt, ..enrolling(caller, &user, digest.as_str()) };
    let opener = at.opener(app, Transport::Browser, &caller.device).await?.once(attempt);
    let SetUp { entrant, codes, is_new } = match at.pass_by_setup(recognised, enrolling, setup.expose(), otp).await {
        Ok(passed) => passed,
        Err(NotSetUp::Wrong) => {
            let Ok(offer) = at.offer_factor_again(enrolling, setup.expose()).await else { return Ok(dead()) };
            let page = caller.set_up_page(Secret::new(text.expose().clone()), offer).after(SignInProblem::WrongOtp);
            return Ok(SignedIn::SetUp(Box::new(page)));
        }
        Err(NotSetUp::Dead | NotSetUp::Changed | NotSetUp::MovedOn) => return Ok(dead()),
        Err(NotSetUp::Store(error)) => return Err(error.into()),
    };
    let (opening, pair) = opener.by(entrant.methods()).pair(user.id, user.epoch)?;
    match at.let_in(app, &entrant, &opening, caller.frame.language).await {
        Ok(()) => {}
        Err(NotPassed::Store(error)) => return Err(error.into()),
        Err(_) => return Ok(dead()),
    }
    if is_new {
        let news = News { app, event: Event::FactorAdded, device: &caller.device, language: caller.frame.language };
        at.tell(news, &user.handles()).await;
    }
    let (cookies, destination) = caller.cookies_and_way(at, &pair).await;
    Ok(SignedIn::Codes(Box::new(CodesPage::new(caller.frame.clone(), &codes, destination, cookies))))
}

fn enrolling<'a>(caller: &'a SignInVisitor, user: &'a User, by: &'a str) -> Enrolling<'a> {
    Enrolling { app: &caller.app, user, by: by.as_bytes(), session: None, attempt: None }
}

impl SetUpPage {
    pub(super) fn new(frame: Frame, to: String, client: Option<String>, ticket: Secret<String>, offer: Offer) -> Self {
        Self { frame, to, client, ticket, offer, problem: None, cookie: None }
    }

    fn with_cookie(self, cookie: SetCookie) -> Self {
        Self { cookie: Some(cookie), ..self }
    }

    fn after(self, problem: SignInProblem) -> Self {
        Self { problem: Some(problem), ..self }
    }

    fn problem(&self) -> Option<&'static str> {
        self.problem.map(|problem| problem.says(self.frame.language))
    }

    /// Why it is shown, for the log.
    pub(super) fn reason(&self) -> Reason {
        self.problem.map_or(Reason::NoSecondFactor, SignInProblem::reason)
    }

    pub(super) fn answer(mut self) -> Answer {
        let cookie = self.cookie.take();
        let answer = answer(&self, &self.frame, self.client.as_deref(), self.problem);
        answer.with_cookies(cookie.into_iter().flatten())
    }
}

impl CodesPage {
    pub(super) fn new(frame: Frame, codes: &RecoveryCodes, destination: String, cookies: SetCookies) -> Self {
        let codes = codes.codes.iter().map(shared::factor::recovery::RecoveryCode::shown).collect();
        Self { frame, codes, destination, cookies: Some(cookies) }
    }

    pub(super) fn answer(mut self) -> Answer {
        let cookies = self.cookies.take();
        web::show(200, &self.frame, &self, Setting::Ours).with_cookies(cookies.into_iter().flatten())
    }
}
