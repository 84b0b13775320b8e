//! The browser on the sign-in page, and the request that goes on after the sign-in.

use std::sync::Arc;

use runtime::{Caller, Ctx, Endpoint, Form, Moment, Request, Security};
use shared::app::App;
use shared::factor::recovery::RecoveryCodes;
use shared::factor::ticket::{BrowserMark, Place, Ticket};
use shared::id::AppId;
use shared::oauth::client::Client;
use shared::oauth::device::UserCode;
use shared::passkey::challenge;
use shared::secret::Secret;
use shared::service::factor_setup::Offer;
use shared::service::opening::{Former, TokenPair};
use shared::session::attempt::{Attempt, Mark};
use shared::session::device::Device;
use shared::store::StoreError;
use shared::user::identity::Handle;
use web::way_back::ACCOUNT;
use web::{Cookies, Frame, SetCookie, SetCookies, Showing, WayBack};

use super::factor_page::FactorPage;
use super::page::{CodePage, SentTo, SignInPage};
use super::set_up::{CodesPage, SetUpPage};
use super::{SignedIn, set_up};
use crate::pages::{PageError, Pages};
use crate::picker::Picked;
use crate::protocol::authorize::AuthorizationRequest;

/// A browser on the sign-in page.
#[derive(Clone, Debug)]
pub struct SignInVisitor {
    /// The app that the user signs in to.
    pub(crate) app: Arc<App>,
    /// The authorization request that waits for the sign-in. Without one, the sign-in leads to the account.
    asked: Option<AuthorizationRequest>,
    /// The device whose code was typed before the sign-in, in place of an authorization request.
    device_code: Option<WaitingDevice>,
    /// The page of the account that somebody wanted, in place of both.
    way_back: Option<WayBack>,
    pub(super) device: Device,
    /// The session that the browser has until it is given another.
    former: Option<Former>,
    /// What the browser shows of a sign-in whose first factor was right.
    mark: Option<Arc<BrowserMark>>,
    /// The mark of a browser that was asked for a passkey.
    pub(super) passkey_mark: Option<challenge::BrowserMark>,
    /// The form for a code that is shown, and the one that was sent.
    pub(super) showing: Showing,
    /// What surrounds the page.
    pub(crate) frame: Frame,
}

/// A device that waits while its user signs in.
#[derive(Clone, Debug)]
struct WaitingDevice {
    code: UserCode,
    client: Arc<Client>,
    /// What was ticked before the sign-in, if the list was shown.
    ticked: Option<Picked>,
}

impl WaitingDevice {
    /// What the form names, if its client is registered. Whether a device shows the code is found out when it is sent again.
    async fn read(at: &Moment, to: &Form) -> Result<Option<(Self, Arc<App>)>, PageError> {
        let text = |name| to.one(name).ok().flatten();
        let Some(code) = text("user_code").and_then(UserCode::read) else { return Ok(None) };
        let Some(id) = text("of").and_then(|id| id.parse().ok()) else { return Ok(None) };
        let Some(client) = at.client(&id).await? else { return Ok(None) };
        let Some(app) = at.enabled_app(&client.app).await? else { return Ok(None) };
        Ok(Some((Self { code, client, ticked: Picked::kept(to) }, app)))
    }

    fn query(&self) -> String {
        self.query_of(&[("of", self.client.id.as_str())])
    }

    /// The page with the code, and with what was ticked.
    fn page(&self) -> String {
        format!("{}?{}", crate::protocol::device::PATH, self.query_of(&[]))
    }

    fn query_of(&self, more: &[(&str, &str)]) -> String {
        let code = self.code.to_string();
        let ticked = self.ticked.as_ref().map(Picked::fields).unwrap_or_default();
        runtime::query(&[[("user_code", code.as_str())].as_slice(), more, ticked.as_slice()].concat())
    }
}

impl SignInVisitor {
    /// The page to sign in on.
    pub(crate) fn page(&self, at: &Moment) -> SignInPage {
        let hint = self.asked.as_ref().and_then(AuthorizationRequest::login_hint);
        let wants_passkey = self.asked.as_ref().is_some_and(AuthorizationRequest::wants_passkey);
        let page = SignInPage::new(at, (self.frame.clone(), &self.showing), &self.app, self.query(), self.client());
        page.for_login(hint).for_passkey(wants_passkey)
    }

    /// The page to type a code on that went there.
    pub(super) fn code_page(&self, at: &Moment, sent_to: SentTo) -> CodePage {
        let page = web::way_back::sign_in(&self.query());
        let code_page = CodePage::new(self.frame.clone(), self.query(), self.client(), sent_to, page);
        // Nobody learns by the page whether there is an account.
        code_page.with_form(Mark::of_every_showing().write(), self.showing.cookie(at))
    }

    /// The waiting authorization request, as a query.
    pub(crate) fn query(&self) -> String {
        match (&self.asked, &self.device_code) {
            (Some(asked), _) => asked.query(),
            (None, Some(device)) => device.query(),
            (None, None) => self.way_back.as_ref().map(WayBack::query).unwrap_or_default(),
        }
    }

    fn client(&self) -> Option<String> {
        let client = self.asked.as_ref().map(|asked| &asked.client);
        client.or(self.device_code.as_ref().map(|device| &device.client)).map(|client| client.name.clone())
    }

    /// Where the sign-in leads. Only our own pages, because the form's content is the client's.
    pub(crate) fn destination(&self) -> String {
        match (&self.asked, &self.device_code) {
            (Some(asked), _) => format!("{}/authorize?{}", crate::protocol::BASE, asked.query()),
            (None, Some(device)) => device.page(),
            (None, None) => self.way_back.as_ref().map_or_else(|| ACCOUNT.to_owned(), WayBack::destination),
        }
    }

    /// What is next for somebody whose first factor was right: the page that asks for the second, or the one that sets it up. A form that
    /// is sent twice leads to the same.
    pub(super) async fn second_factor(
        &self,
        at: &Moment,
        ticket: &Ticket,
        has_one: bool,
        attempt: Option<&Attempt>,
    ) -> Result<SignedIn, PageError> {
        if !has_one {
            return set_up::offer(at, self, ticket, attempt).await;
        }
        let (text, cookie) = self.give_ticket(at, ticket, attempt).await?;
        Ok(SignedIn::Factor(Box::new(self.factor_page_again(text).with_cookie(cookie))))
    }

    /// The ticket's text, and the cookie that it is bound to.
    pub(super) async fn give_ticket(
        &self,
        at: &Moment,
        ticket: &Ticket,
        attempt: Option<&Attempt>,
    ) -> Result<(Secret<String>, SetCookie), StoreError> {
        let random = attempt.map_or_else(|| at.random.clone(), |attempt| attempt.random("second factor's browser"));
        let mark = BrowserMark::draw(&random);
        let text = ticket.write(Place { app: &self.app.id, mark: &mark, to: &self.query() }, at.ring().await?);
        Ok((text, Cookies(&at.config.browser.cookies).set_second_factor(&mark)))
    }

    /// The page that sets up a second factor.
    pub(super) fn set_up_page(&self, ticket: Secret<String>, offer: Offer) -> SetUpPage {
        SetUpPage::new(self.frame.clone(), self.query(), self.client(), ticket, offer)
    }

    /// The same page again, in the browser that has its cookie.
    pub(super) fn factor_page_again(&self, ticket: Secret<String>) -> FactorPage {
        let page = web::way_back::sign_in(&self.query());
        FactorPage::new(self.frame.clone(), self.query(), self.client(), ticket, page)
    }

    /// The ticket of the form, if this browser was given it on this very way.
    pub(super) async fn ticket(&self, at: &Moment, text: &Secret<String>) -> Result<Option<Ticket>, StoreError> {
        let Some(mark) = &self.mark else { return Ok(None) };
        let place = Place { app: &self.app.id, mark, to: &self.query() };
        Ok(Ticket::read(text.expose(), place, at.ring().await?, at.now))
    }

    /// Sends the browser on, with the cookies that hold its new session.
    pub(super) async fn signed_in(&self, at: &Moment, pair: &TokenPair) -> SignedIn {
        let (cookies, location) = self.cookies_and_way(at, pair).await;
        SignedIn::Yes { cookies, location, form_browser: None }
    }

    /// The same for somebody whom the same form signed in a moment ago: it was sent twice. The session that the browser has may be
    /// the very one.
    pub(super) fn signed_in_before(&self, at: &Moment, pair: &TokenPair) -> SignedIn {
        let cookies = web::session::cookies(at, &self.app.id, pair);
        SignedIn::Yes { cookies, location: self.destination(), form_browser: None }
    }

    /// The form of the second factor, which its ticket and the browser's mark tell from every other.
    pub(super) async fn factor_attempt(
        &self,
        at: &Moment,
        ticket: &Ticket,
        proof: &str,
    ) -> Result<Option<Attempt>, StoreError> {
        let Some(mark) = &self.mark else { return Ok(None) };
        let (browser, form) = (mark.text().expose().as_bytes(), ticket.digest());
        let ring = at.ring().await?;
        Ok(Some(Attempt::of(browser, form.as_str().as_bytes(), proof.as_bytes(), &self.app.id, ring)))
    }

    /// The page with the recovery codes, for somebody who was signed in a moment ago by the same form.
    pub(super) fn codes_page(&self, at: &Moment, codes: &RecoveryCodes, pair: &TokenPair) -> SignedIn {
        let cookies = web::session::cookies(at, &self.app.id, pair);
        SignedIn::Codes(Box::new(CodesPage::new(self.frame.clone(), codes, self.destination(), cookies)))
    }

    /// What the form led to before for whom `handle` belongs to, if this is the same form: a session, or the page of the second factor.
    pub(super) async fn opened_for(
        &self,
        at: &Moment,
        attempt: Option<&Attempt>,
        handle: &Handle,
    ) -> Result<Option<SignedIn>, PageError> {
        let Some(attempt) = attempt else { return Ok(None) };
        let Some(identity) = at.store.identity(&self.app.id, handle, at.now).await? else { return Ok(None) };
        let (pair, ticket) = tokio::try_join!(
            at.opened_by(&self.app, attempt, identity.user),
            at.ticket_given(&self.app.id, attempt, handle, &identity),
        )?;
        Ok(match (pair, ticket) {
            (Some(pair), _) => Some(self.signed_in_before(at, &pair)),
            (None, Some(ticket)) => {
                let next = self.second_factor(at, &ticket, identity.second_factor, Some(attempt));
                Some(Box::pin(next).await?)
            }
            (None, None) => None,
        })
    }

    /// What the browser keeps, and where it goes. The session that it had ends.
    pub(super) async fn cookies_and_way(&self, at: &Moment, pair: &TokenPair) -> (SetCookies, String) {
        at.end_former(self.former.as_ref()).await;
        (web::session::cookies(at, &self.app.id, pair), self.destination())
    }
}

/// The app that a way back names, or the one that the pages are bound to.
async fn named_app(at: &Moment, named: Option<&AppId>) -> Result<Arc<App>, PageError> {
    let app = match named {
        Some(id) => at.enabled_app(id).await?,
        None => None,
    };
    match app {
        Some(app) => Ok(app),
        None => Ok(web::bound_app(at).await?),
    }
}

impl<E: Endpoint<Ctx = Ctx, Dialect = Pages>> Caller<E> for SignInVisitor {
    const SECURITY: &'static [Security] = &[];
    const IN_BODY: bool = true;

    async fn identify(at: &Moment, request: &Request) -> Result<Self, PageError> {
        // It would sign somebody's browser in as somebody else (login CSRF).
        let shown = request.is_a_look();
        if !shown && !web::is_ours(at, request) {
            return Err(PageError::ForeignOrigin);
        }
        let sent = request.form();
        let form = if shown { request.form_in_query() } else { &sent };
        // The page has two forms: a program that gathers the hidden fields of both sends the same twice.
        let to = Form::read(form.all("to").next().unwrap_or_default().as_bytes());
        let asked = match to.one("client_id") {
            Ok(Some(_)) => Some(AuthorizationRequest::read(at, request, &to, if shown { 302 } else { 303 }).await?),
            _ => None,
        };
        let device = if asked.is_some() { None } else { WaitingDevice::read(at, &to).await? };
        let (device_code, of_device) = device.unzip();
        let way_back = if asked.is_none() && device_code.is_none() { WayBack::read(&to) } else { None };
        let app = match asked.as_ref().map(|asked| asked.app.clone()).or(of_device) {
            Some(app) => app,
            None => named_app(at, way_back.as_ref().and_then(WayBack::app)).await?,
        };
        let asked_for = asked.as_ref().and_then(|asked| asked.language);
        let frame = Frame::of(at, Some(&app), request).asked_for(asked_for);
        let former = web::session::former(at, request).await?;
        let cookies = Cookies(&at.config.browser.cookies);
        let mark = request.cookies(cookies.second_factor()).next().map(BrowserMark::shown).map(Arc::new);
        let passkey_mark = request.cookies(cookies.passkey()).find_map(challenge::BrowserMark::read);
        let (device, showing) = (request.device(), Showing::of(at, request, &sent));
        Ok(Self { app, asked, device_code, way_back, device, former, mark, passkey_mark, showing, frame })
    }

    fn app(&self) -> Option<&str> {
        Some(self.app.id.as_str())
    }
}
