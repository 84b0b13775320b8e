//! Checks by other services: the captcha's provider, and the list of breached passwords.

use crate::app::App;
use crate::app::apis::Api;
use crate::captcha::{CaptchaResponse, NotPassed, Passed};
use crate::id::AppId;
use crate::service::Moment;
use crate::service::notice::Notice;
use crate::user::breached::Verdict;
use crate::user::new_password::NewPassword;

impl Moment {
    /// Has the provider of `app` check what a widget gave, where the app has captchas in that API. Where the app lets requests pass
    /// while the provider is down, the operator is told.
    ///
    /// # Errors
    /// [`NotPassed`]
    pub async fn check_captcha(
        &self,
        app: &App,
        api: Api,
        response: Option<&CaptchaResponse>,
        remote_ip: &str,
    ) -> Result<(), NotPassed> {
        if let Passed::Unverified(outage) = self.captcha().verify(app, api, response, remote_ip).await? {
            self.report(&Notice::CaptchaUnverified { app: &app.id, outage });
        }
        Ok(())
    }

    /// Whether a password is known from a breach. Where only our own list could be asked, the operator is told.
    pub async fn is_breached(&self, app: &AppId, password: &NewPassword) -> bool {
        match self.breached().check(password).await {
            Verdict::Unknown => false,
            Verdict::Breached => true,
            Verdict::Unanswered(outage) => {
                self.report(&Notice::BreachUnanswered { app, outage });
                false
            }
        }
    }
}
