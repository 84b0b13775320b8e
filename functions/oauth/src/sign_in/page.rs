//! The sign-in pages: by password, by phone or e-mail, and for the code.

use askama::Template;
use runtime::{Answer, Moment, Output, Reason};
use serde_json::{Value, json};
use shared::app::App;
use shared::clock::Seconds;
use shared::language::Language;
use shared::secret::Secret;
use shared::service::sign_in::WrongLogin;
use web::words::{self, Words, say};
use web::{FormError, Frame, SetCookie, Setting, Showing};

/// The page to sign in on: by password and, where the app has it, by a code to a phone or a mail address.
#[derive(Debug, Template)]
#[template(path = "sign-in.html")]
#[expect(clippy::struct_excessive_bools, reason = "each is a way in that the app or the deployment has or lacks")]
pub struct SignInPage {
    frame: Frame,
    to: String,
    client: Option<String>,
    by_phone: bool,
    by_email_code: bool,
    /// Whether passkeys can be used at the address of this deployment.
    by_passkey: bool,
    /// Whether the client asks for a sign-in that takes a passkey.
    wants_passkey: bool,
    /// Where accounts are made, if people make them on our pages.
    sign_up: Option<String>,
    login: String,
    phone: String,
    email: String,
    problem: Option<(Part, SignInProblem)>,
    /// Which showing of the form with the password it is, and what the browser keeps beside it.
    form: Secret<String>,
    cookie: SetCookie,
}

/// The forms of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Passkey,
    Password,
    Phone,
    Email,
}

/// As long as the longest e-mail address (RFC 5321 §4.5.3.1).
const LONGEST_HINT: usize = 254;

/// The page to type the code on.
#[derive(Debug, Template)]
#[template(path = "code.html")]
pub struct CodePage {
    frame: Frame,
    to: String,
    client: Option<String>,
    sent_to: SentTo,
    password_page: String,
    /// Which showing of the form it is, and what the browser keeps beside it.
    form: Secret<String>,
    cookie: Option<SetCookie>,
    problem: Option<SignInProblem>,
}

/// Where a code went, as somebody typed it.
#[derive(Clone, Debug)]
pub(super) enum SentTo {
    /// To a phone.
    Phone(String),
    /// To a mail address, if its user has proven it.
    Email(String),
}

/// Why the sign-in failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SignInProblem {
    /// Unknown login or wrong password.
    WrongLogin(WrongLogin),
    /// The passkey is not believed, for a reason that the log alone is told.
    WrongPasskey(Reason),
    /// The answer of browser and passkey was used already, or the page was shown too long ago, or in another browser.
    StalePasskey(Reason),
    /// Nobody gets in by this login, or is sent a code, for so long.
    Resting(Seconds),
    /// It is not a phone, or none that this app texts to.
    NoPhone,
    /// It is not a mail address, or this app mails no codes.
    NoEmail,
    /// A code was sent less than a minute ago.
    SentJustNow,
    /// It is not six digits.
    NotACode,
    /// The code differs.
    WrongCode,
    /// Nothing was typed for the second factor.
    NoOtp,
    /// The one-time code is wrong, or was used.
    WrongOtp,
    /// The page for the second factor was shown too long ago, or used already, or in another browser.
    DeadTicket,
    /// There is no code, or it is too old, or wrong ones have burnt it.
    DeadCode,
}

impl SignInProblem {
    /// One of each, for the test that holds `docs/api/pages.md` against the code.
    pub(super) const EACH: &'static [Self] = runtime::one_of_each!(SignInProblem:
        WrongLogin(WrongLogin::Unknown),
        WrongPasskey(Reason::PasskeyRefused),
        StalePasskey(Reason::PasskeyChallenge),
        Resting(Seconds(1)),
        NoPhone,
        NoEmail,
        SentJustNow,
        NotACode,
        WrongCode,
        NoOtp,
        WrongOtp,
        DeadTicket,
        DeadCode,
    );

    /// As the page shows it.
    pub(super) fn error(self) -> FormError {
        let (status, says) = self.row();
        FormError { status, says, reason: self.reason() }
    }

    /// The status of the page, and what it says.
    const fn row(self) -> (u16, Words) {
        match self {
            Self::WrongLogin(_) => (401, words::WRONG_LOGIN),
            Self::WrongPasskey(_) => (
                401,
                ["无法用此通行密钥登录，请换一种方式", "This passkey cannot be used to sign in here. Try another way."],
            ),
            Self::StalePasskey(_) => (
                401,
                [
                    "登录已超时或重复提交，请再次使用通行密钥",
                    "This took too long, or was sent twice. Use the passkey once more.",
                ],
            ),
            Self::Resting(_) => (429, words::on_page::TOO_MANY_REQUESTS),
            Self::NoPhone => (400, ["请输入有效的手机号", "Enter a mobile number that can receive a code."]),
            Self::NoEmail => (400, words::NOT_AN_EMAIL),
            Self::SentJustNow => (
                429,
                [
                    "验证码刚刚发送过，请一分钟后再试",
                    "A code was sent less than a minute ago. Wait a little before you ask for another.",
                ],
            ),
            Self::NotACode => (400, ["验证码是 6 位数字", "Enter the six digits of the code."]),
            Self::WrongCode => (401, ["验证码错误", "The code is wrong."]),
            Self::NoOtp => (400, ["请输入动态验证码", "Enter a one-time code."]),
            Self::WrongOtp => (401, words::WRONG_OTP),
            Self::DeadTicket => (401, ["登录已超时，请重新登录", "This took too long. Sign in again."]),
            Self::DeadCode => (401, ["验证码已失效，请重新获取", "This code has expired. Request a new one."]),
        }
    }

    pub(super) const fn says(self, language: Language) -> &'static str {
        let (_, words) = self.row();
        say(words, language)
    }

    const fn is_of_passkey(self) -> bool {
        matches!(self, Self::WrongPasskey(_) | Self::StalePasskey(_))
    }

    /// Why the page asks again, for the log.
    pub(super) fn reason(self) -> Reason {
        match self {
            Self::WrongLogin(why) => why.into(),
            Self::WrongPasskey(why) | Self::StalePasskey(why) => why,
            Self::Resting(_) => Reason::CoolingDown,
            Self::NoPhone => Reason::InvalidPhone,
            Self::NoEmail => Reason::InvalidEmail,
            Self::SentJustNow => Reason::SentJustNow,
            Self::NotACode => Reason::InvalidFields,
            Self::WrongCode => Reason::WrongCode,
            Self::NoOtp => Reason::OtpRequired,
            Self::WrongOtp => Reason::WrongOtp,
            Self::DeadTicket => Reason::DeadTicket,
            Self::DeadCode => Reason::DeadCode,
        }
    }
}

/// 200 when the page is shown first; what the problem says when it is shown again.
pub(super) fn answer(
    page: &impl Template,
    frame: &Frame,
    client: Option<&str>,
    problem: Option<SignInProblem>,
) -> Answer {
    let status = problem.map_or(200, |problem| problem.row().0);
    // What follows the sign-in may be the way back to the client, and browsers hold it to the policy of this form.
    let setting = if client.is_some() { Setting::Leaving { picture: None } } else { Setting::Ours };
    let answer = web::show(status, frame, page, setting);
    match problem {
        Some(SignInProblem::Resting(wait)) => answer.with("retry-after", wait.to_string()),
        _ => answer,
    }
}

impl SignInPage {
    /// The page for the request in `to`, of the client of that name.
    pub(crate) fn new(
        at: &Moment,
        (frame, showing): (Frame, &Showing),
        app: &App,
        to: String,
        client: Option<String>,
    ) -> Self {
        let (by_phone, by_email_code) = (app.policy.sms.sign_in_page, app.policy.email_code_sign_in);
        let [login, phone, email] = [const { String::new() }; 3];
        let sign_up = web::way_back::sign_up(app, &to);
        let frame = frame.found_at(&web::way_back::sign_in(&to));
        let (by_passkey, wants_passkey) = (at.config.passkeys.is_some(), false);
        let (form, cookie) = (showing.field(), showing.cookie(at));
        Self {
            frame,
            to,
            client,
            by_phone,
            by_email_code,
            by_passkey,
            wants_passkey,
            sign_up,
            login,
            phone,
            email,
            problem: None,
            form,
            cookie,
        }
    }

    /// The page with what the client says of its user's login, as far as it may be one.
    pub(crate) fn for_login(self, hint: Option<&str>) -> Self {
        let login = hint.filter(|hint| hint.len() <= LONGEST_HINT).unwrap_or_default().to_owned();
        Self { login, ..self }
    }

    /// The page that says whether its client asks for a passkey.
    pub(crate) fn for_passkey(self, wants_passkey: bool) -> Self {
        Self { wants_passkey, ..self }
    }

    /// The page after a wrong password.
    pub(super) fn again(self, login: &str, problem: SignInProblem) -> Self {
        let part = if problem.is_of_passkey() { Part::Passkey } else { Part::Password };
        Self { login: login.to_owned(), problem: Some((part, problem)), ..self }
    }

    /// The page after a phone that is sent no code.
    pub(crate) fn without_code(self, phone: &str, problem: SignInProblem) -> Self {
        Self { phone: phone.to_owned(), problem: Some((Part::Phone, problem)), ..self }
    }

    /// The page after an address that is mailed no code.
    pub(super) fn without_mail(self, email: &str, problem: SignInProblem) -> Self {
        Self { email: email.to_owned(), problem: Some((Part::Email, problem)), ..self }
    }

    /// The address to mail a code to: what was typed, or the login if it is one.
    fn email(&self) -> &str {
        if self.email.is_empty() && self.login.contains('@') { &self.login } else { &self.email }
    }

    /// Whether a code leads in, to a phone or a mail address.
    const fn by_code(&self) -> bool {
        self.by_phone || self.by_email_code
    }

    /// What takes the way along to where one says that the password is forgotten.
    fn forgot_query(&self) -> String {
        if self.to.is_empty() { String::new() } else { format!("?{}", runtime::query(&[("to", &self.to)])) }
    }

    /// What is wrong with login and password.
    fn of_password(&self) -> Option<&'static str> {
        self.problem_of(Part::Password)
    }

    /// What is wrong with the passkey.
    fn of_passkey(&self) -> Option<&'static str> {
        self.problem_of(Part::Passkey)
    }

    /// What is wrong with the phone.
    fn of_phone(&self) -> Option<&'static str> {
        self.problem_of(Part::Phone)
    }

    /// What is wrong with the mail address.
    fn of_email(&self) -> Option<&'static str> {
        self.problem_of(Part::Email)
    }

    fn problem_of(&self, part: Part) -> Option<&'static str> {
        self.problem.filter(|(of, _)| *of == part).map(|(_, problem)| problem.says(self.frame.language))
    }

    fn problem(&self) -> Option<SignInProblem> {
        self.problem.map(|(_, problem)| problem)
    }

    pub(crate) fn answer(self) -> Answer {
        answer(&self, &self.frame, self.client.as_deref(), self.problem()).with_cookies(self.cookie)
    }
}

impl CodePage {
    pub(super) fn new(
        frame: Frame,
        to: String,
        client: Option<String>,
        sent_to: SentTo,
        password_page: String,
    ) -> Self {
        let form = Secret::new(String::new());
        Self { frame, to, client, sent_to, password_page, form, cookie: None, problem: None }
    }

    /// The page whose form can be told from another showing of it.
    pub(super) fn with_form(self, form: Secret<String>, cookie: SetCookie) -> Self {
        Self { form, cookie: Some(cookie), ..self }
    }

    /// The form's field that says where the code went, with its value.
    fn field(&self) -> (&'static str, &str) {
        match &self.sent_to {
            SentTo::Phone(phone) => ("phone", phone),
            SentTo::Email(email) => ("email", email),
        }
    }

    /// What sends another code.
    const fn again(&self) -> &'static str {
        match self.sent_to {
            SentTo::Phone(_) => "/api/v1/auth/oauth2/send-code",
            SentTo::Email(_) => "/api/v1/auth/oauth2/mail-code",
        }
    }

    const fn is_mailed(&self) -> bool {
        matches!(self.sent_to, SentTo::Email(_))
    }

    fn problem(&self) -> Option<&'static str> {
        self.problem.map(|problem| problem.says(self.frame.language))
    }

    pub(crate) fn after(self, problem: SignInProblem) -> Self {
        Self { problem: Some(problem), ..self }
    }

    pub(super) fn answer(mut self) -> Answer {
        let cookie = self.cookie.take();
        answer(&self, &self.frame, self.client.as_deref(), self.problem).with_cookies(cookie.into_iter().flatten())
    }
}

/// What follows a phone or a mail address.
#[derive(Debug)]
pub enum PhonePage {
    /// The code is next.
    Code(CodePage),
    /// Another of them, or a password.
    SignIn(SignInPage),
}

impl Output for PhonePage {
    const OTHERWISE: &'static [u16] = &[400, 401, 429];
    const MEDIA_TYPE: &'static str = "text/html";

    fn reason(&self) -> Option<Reason> {
        let problem = match self {
            Self::Code(page) => page.problem,
            Self::SignIn(page) => page.problem(),
        };
        problem.map(SignInProblem::reason)
    }

    fn answer(self) -> Answer {
        match self {
            Self::Code(page) => page.answer(),
            Self::SignIn(page) => page.answer(),
        }
    }

    fn schema() -> Value {
        json!({"type": "string"})
    }
}
