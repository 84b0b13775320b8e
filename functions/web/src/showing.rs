//! The showing of a form that may be sent twice: docs/decisions/0276-a-form-that-is-sent-twice.md.

use runtime::{Form, Moment, Request};
use shared::id::AppId;
use shared::secret::Secret;
use shared::session::attempt::{Attempt, Mark};
use shared::store::StoreError;

use crate::cookies::{Cookies, SetCookie};

/// The form's hidden field.
pub const FIELD: &str = "form";

/// What a page with such a form is shown with, and what a form brings that was sent.
#[derive(Clone, Debug)]
pub struct Showing {
    browser: Mark,
    form: Mark,
    /// The marks that came with a form: of its browser, and of its own showing.
    sent: Option<(Mark, Mark)>,
}

impl Showing {
    /// The marks that a request brings. A browser without one is given one with the page.
    #[must_use]
    pub fn of(at: &Moment, request: &Request, sent: &Form) -> Self {
        let cookie = Cookies(&at.config.browser.cookies).form_browser();
        let browser = request.cookies(cookie).find_map(Mark::read);
        let form = sent.all(FIELD).find_map(Mark::read);
        Self {
            sent: browser.clone().zip(form),
            browser: browser.unwrap_or_else(|| Mark::draw(&at.random)),
            form: Mark::draw(&at.random),
        }
    }

    /// What stands in the form.
    #[must_use]
    pub fn field(&self) -> Secret<String> {
        self.form.write()
    }

    /// What the browser keeps beside it.
    #[must_use]
    pub fn cookie(&self, at: &Moment) -> SetCookie {
        Cookies(&at.config.browser.cookies).set_form_browser(&self.browser)
    }

    /// What the browser keeps from now on, once a form was done whose proof is not used up: sent once more later, it is another form.
    #[must_use]
    pub fn renewed(at: &Moment) -> SetCookie {
        Cookies(&at.config.browser.cookies).set_form_browser(&Mark::draw(&at.random))
    }

    /// The form that was sent, with what was typed as proof. `None`: it is not one that this browser was shown.
    ///
    /// # Errors
    /// [`StoreError`]: of the key ring.
    pub async fn attempt(&self, at: &Moment, app: &AppId, proof: &str) -> Result<Option<Attempt>, StoreError> {
        let Some((browser, form)) = &self.sent else { return Ok(None) };
        let (browser, form) = (browser.write(), form.write());
        let ring = at.ring().await?;
        Ok(Some(Attempt::of(browser.expose().as_bytes(), form.expose().as_bytes(), proof.as_bytes(), app, ring)))
    }
}
