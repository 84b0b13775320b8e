//! Sign up: `docs/api/browser.md#sign-up`.

use runtime::{Admitted, Answer, Ctx, Endpoint, Fields, Gate, Input, Moment, Output, Request, Route};
use serde_json::{Value, json};
use shared::app::apis::Api;
use shared::captcha::CaptchaResponse;
use shared::secret::Secret;
use shared::service::opening::TokenPair;
use shared::service::verify_email::Addressee;
use shared::session::Transport;
use shared::session::method::Method;
use shared::store::Registration;
use shared::user::User;
use shared::user::email::Email;
use shared::user::new_password::NewPassword;
use shared::user::profile::Name;
use web::{SetCookies, SigningIn, Visitor};

use crate::caller::closed_unless_served;
use crate::email_link;
use crate::wire::{self, BrowserApi, BrowserError, Field, Problem, Problems, object_schema};

/// `POST /api/v1/auth/signup`: makes a user, signs them in and mails a code to verify the address.
#[derive(Clone, Copy, Debug)]
pub struct SignUp;

/// `{"email", "password", "name", "captcha"}`
#[derive(Debug)]
pub struct SignUpBody {
    email: Email,
    password: NewPassword,
    name: Name,
    captcha: Option<CaptchaResponse>,
}

/// The user and both tokens, as JSON and as cookies.
#[derive(Debug)]
pub struct SignedUp {
    user: User,
    pair: TokenPair,
    cookies: SetCookies,
}

impl Endpoint for SignUp {
    const ROUTE: Route = Route::post("browser-sign-up", "/api/v1/auth/signup");
    const SUMMARY: &'static str = "Sign up with e-mail and password. A code that verifies the address is mailed.";
    const ERRORS: &'static [BrowserError] = &[
        BrowserError::Malformed,
        BrowserError::Invalid(Problems::EXAMPLE),
        BrowserError::CaptchaRefused,
        BrowserError::BreachedPassword(Field::Password),
        BrowserError::EmailTaken,
        BrowserError::ForeignOrigin,
        BrowserError::NotFound,
        BrowserError::BodyTooLarge,
    ];
    type Dialect = BrowserApi;
    type Ctx = Ctx;
    type Caller = SigningIn;
    type Input = SignUpBody;
    type Output = SignedUp;

    fn prepare(ctx: &Ctx) {
        ctx.hasher();
        ctx.mailer();
        ctx.captcha();
        ctx.breached();
    }

    async fn call(
        at: &Moment,
        caller: SigningIn,
        body: SignUpBody,
        gate: Gate<'_>,
    ) -> Result<Admitted<SignedUp>, BrowserError> {
        let SigningIn { visitor: Visitor { app, device, language, .. }, former } = caller;
        closed_unless_served(&app)?;
        let (captcha, breached) = tokio::join!(
            at.check_captcha(&app, Api::Browser, body.captcha.as_ref(), device.address()),
            at.is_breached(&app.id, &body.password),
        );
        captcha?;
        if breached {
            return Err(BrowserError::BreachedPassword(Field::Password));
        }
        let (pass, advance) = tokio::join!(gate.pass(), at.pay_ahead_to_ask(&app.id, &body.email, &device));
        let (pass, advance) = (pass?, advance?);
        let password = Some(at.hash(&body.password.canonical()));
        let user = User { name: body.name.into(), email: Some(body.email.clone()), ..at.new_user() };
        // Signed first: a key that cannot be used leaves nobody registered without a token.
        let (opening, pair) =
            at.opener(&app, Transport::Browser, &device).await?.by(Method::Password).pair(user.id, user.epoch)?;
        let question = at.question(&app.id, user.id, &device).await?;
        let challenge = Some(question.challenge.clone());
        let source = device.address().to_owned();
        let registration = Registration { user, password, challenge, opening: Some(opening), source };
        let page = email_link::page(&at.config.public_url);
        let to = Addressee {
            app: &app,
            user: registration.user.id,
            email: &body.email,
            device: &device,
            language,
            page: &page,
        };
        at.sign_up(&registration, question, to, advance).await?;
        let user = registration.user;
        at.end_former(former.as_ref()).await;
        let cookies = web::session::cookies(at, &app.id, &pair);
        Ok(pass.give(SignedUp { user, pair, cookies }))
    }
}

impl Input<SignUp> for SignUpBody {
    fn parse(request: &Request) -> Result<Self, BrowserError> {
        let fields = Fields::parse(request.body(), &["email", "password", "name", "captcha"])?;
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
            name => Name::read(name.unwrap_or_default()).map_err(Problem::from),
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
        schema["properties"]["name"] = json!({"type": "string", "maxLength": Name::LONGEST, "default": ""});
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
            "access_token": self.pair.access.expose(),
            "refresh_token": self.pair.refresh.expose(),
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
