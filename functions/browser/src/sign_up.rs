//! B1: somebody joins.

use runtime::{Answer, Ctx, Endpoint, Fields, Input, Output, Request, Route};
use serde_json::{Value, json};
use shared::captcha::{CaptchaResponse, Passed};
use shared::secret::Secret;
use shared::session::{Opening, Session, Transport};
use shared::store::{Nonce, Registration};
use shared::user::User;
use shared::user::breached::Verdict;
use shared::user::email::Email;
use shared::user::new_password::NewPassword;

use crate::caller::Visitor;
use crate::cookies::Cookies;
use crate::verification::{Addressee, Question};
use crate::wire::{self, BrowserApi, BrowserError, Field, Problem, Problems, object_schema};

/// `POST /api/v1/auth/signup`: makes a user, signs them in and mails a code to verify the address.
#[derive(Clone, Copy, Debug)]
pub struct SignUp;

/// `{"email", "password", "name", "captcha"}`
#[derive(Debug)]
pub struct SignUpBody {
    email: Email,
    password: NewPassword,
    name: String,
    captcha: Option<CaptchaResponse>,
}

/// The user and both tokens, as JSON and as cookies.
#[derive(Debug)]
pub struct SignedUp {
    user: User,
    access: Secret<String>,
    refresh: Secret<String>,
    cookies: [String; 2],
}

/// Longer than any name that fits a page.
const LONGEST_NAME: usize = 100;

impl Endpoint for SignUp {
    const ROUTE: Route = Route::post("browser-sign-up", "/api/v1/auth/signup");
    const SUMMARY: &'static str = "Sign up with e-mail and password; a code to verify the address is mailed.";
    const REFUSALS: &'static [BrowserError] = &[
        BrowserError::Malformed,
        BrowserError::Invalid(Problems::EXAMPLE),
        BrowserError::CaptchaRefused,
        BrowserError::BreachedPassword,
        BrowserError::EmailTaken,
        BrowserError::ForeignOrigin,
        BrowserError::BodyTooLarge,
    ];
    type Dialect = BrowserApi;
    type Ctx = Ctx;
    type Caller = Visitor;
    type Input = SignUpBody;
    type Loaded = ();
    type Output = SignedUp;

    fn prepare(ctx: &Ctx) {
        ctx.hasher();
        ctx.mailer();
        ctx.captcha();
        ctx.breached();
    }

    async fn load(ctx: &Ctx, caller: &Visitor, body: &SignUpBody) -> Result<(), BrowserError> {
        let (captcha, password) = tokio::join!(
            ctx.captcha().verify(&caller.app, body.captcha.as_ref(), caller.device.address()),
            ctx.breached().check(&body.password),
        );
        if let Passed::Unverified(outage) = captcha? {
            runtime::log_captcha_outage(&caller.app.id, &outage);
        }
        match password {
            Verdict::Unknown => Ok(()),
            Verdict::Breached => Err(BrowserError::BreachedPassword),
            Verdict::Unanswered(outage) => {
                runtime::log_breach_outage(&caller.app.id, &outage);
                Ok(())
            }
        }
    }

    async fn call(ctx: &Ctx, caller: Visitor, body: SignUpBody, (): ()) -> Result<SignedUp, BrowserError> {
        let (app, now) = (&caller.app, ctx.now());
        let password = ctx.hasher().hash(&body.password.canonical(), &ctx.random);
        let user = User { name: body.name, email: Some(body.email.clone()), ..User::new(&ctx.random, now) };
        let session = Session::open(user.id, user.epoch, Transport::Browser, caller.device.clone(), &ctx.random, now);
        let ring = ctx.store.ring(now).await?;
        // Signed first: a key that cannot be used leaves nobody registered without a token.
        let access = session.access_token(app, &ctx.config.public_url, &ring, now)?;
        let (opening, refresh) = Opening::refreshable(session, &ctx.random);
        let question = Question::new(ctx, app, user.id).await?;
        let registration = Registration {
            user,
            password: Some(password),
            challenge: Some(question.challenge.clone()),
            opening: Some(opening),
        };
        let charges = ctx.config.mail_budgets.mail(&app.id, &body.email, true);
        let nonce = Nonce::draw(&ctx.random);
        ctx.store.register(&app.id, &registration, &nonce, now).await?;
        let user = registration.user;
        // Registered is registered: a budget that cannot be asked costs the mail, and the next sign-in asks again.
        let to = Addressee { app, user: user.id, email: &body.email, language: caller.language };
        match ctx.store.spend(&charges, now).await {
            Ok(spending) => question.mail(ctx, to, spending).await,
            Err(error) => question.give_up(ctx, to, &error).await,
        }
        let refresh = refresh.write(&app.id, &ring);
        let cookies = Cookies(&ctx.config.browser.cookies).set(&access, &refresh);
        Ok(SignedUp { user, access, refresh, cookies })
    }
}

impl Input<SignUp> for SignUpBody {
    fn parse(request: &Request) -> Result<Self, BrowserError> {
        let fields = Fields::parse(request.body())?;
        let mut problems = Problems::none();
        let email = match fields.text("email") {
            None | Some("") => Err(Problem::Missing),
            Some(text) => text.parse().map_err(|_| Problem::NotAnEmail),
        };
        let password = match fields.text("password") {
            None | Some("") => Err(Problem::Missing),
            Some(text) => NewPassword::try_from(Secret::new(text.to_owned())).map_err(Problem::from),
        };
        let name = match fields.text("name") {
            None if fields.given("name") => Err(Problem::NotText),
            Some(name) if name.chars().count() > LONGEST_NAME => Err(Problem::TooLong),
            Some(name) if name.chars().any(char::is_control) => Err(Problem::NotText),
            name => Ok(name.unwrap_or_default().trim().to_owned()),
        };
        let email = problems.note(Field::Email, email);
        let password = problems.note(Field::Password, password);
        let name = problems.note(Field::Name, name);
        let captcha = problems.note(Field::Captcha, wire::read_captcha(&fields));
        match (email, password, name, captcha) {
            (Some(email), Some(password), Some(name), Some(captcha)) => Ok(Self { email, password, name, captcha }),
            _ => Err(BrowserError::Invalid(problems)),
        }
    }

    fn schema() -> Option<Value> {
        let mut schema = object_schema(&[
            ("email", json!({"type": "string", "format": "email", "maxLength": 254})),
            (
                "password",
                json!({"type": "string", "minLength": NewPassword::SHORTEST, "maxLength": NewPassword::LONGEST}),
            ),
        ]);
        schema["properties"]["name"] = json!({"type": "string", "maxLength": LONGEST_NAME, "default": ""});
        schema["properties"]["captcha"] = wire::captcha_schema();
        Some(schema)
    }
}

impl Output for SignedUp {
    const STATUS: u16 = 201;

    fn answer(self) -> Answer {
        let body = json!({
            "id": self.user.id.to_string(),
            "email": self.user.email.as_ref().map(Email::as_str),
            "name": self.user.name,
            "email_verified": false,
            "access_token": self.access.expose(),
            "refresh_token": self.refresh.expose(),
        });
        Answer::json(201, &body).with_cookies(self.cookies)
    }

    fn schema() -> Value {
        let text = || json!({"type": "string"});
        object_schema(&[
            ("id", text()),
            ("email", json!({"type": "string", "format": "email"})),
            ("name", text()),
            ("email_verified", json!({"const": false})),
            ("access_token", text()),
            ("refresh_token", text()),
        ])
    }
}
