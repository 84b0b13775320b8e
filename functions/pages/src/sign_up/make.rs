//! `POST /account/sign-up`: make the account, and sign the browser in.

use runtime::{Admitted, Ctx, Endpoint, Gate, Input, Moment, Request, Route, form_schema};
use serde_json::Value;
use shared::secret::Secret;
use shared::service::opening::TokenPair;
use shared::service::payment::Advance;
use shared::service::verify_email::Addressee;
use shared::session::Transport;
use shared::session::attempt::Attempt;
use shared::session::method::Method;
use shared::store::{NotRegistered, Registration, StoreError};
use shared::user::User;
use shared::user::email::Email;
use shared::user::identity::Handle;
use shared::user::new_password::NewPassword;

use super::page::{Problems, SignUpPage, SignUpProblem, Typed};
use super::{FUNCTION, Joiner, PATH};
use crate::view::{Go, View};
use web::{AccountPages, PageError};

/// `POST /account/sign-up`: makes the account, signs the browser in and mails a code, as the Browser API's sign-up does.
#[derive(Clone, Copy, Debug)]
pub struct SignUp;

/// The page's form.
#[derive(Debug)]
pub struct SignUpForm {
    typed: Typed,
    /// The password as it was typed, which tells this form from one that was filled in otherwise.
    proof: Secret<String>,
    fields: Result<Fields, Problems>,
}

#[derive(Debug)]
struct Fields {
    name: String,
    email: Email,
    password: NewPassword,
}

/// As in the Browser API.
const LONGEST_NAME: usize = 100;

impl Endpoint for SignUp {
    const ROUTE: Route = Route::post("pages-sign-up", PATH).of(FUNCTION);
    const SUMMARY: &'static str = "Create an account on that page, and continue the request that it interrupted.";
    const ERRORS: &'static [PageError] = &[PageError::ForeignOrigin];
    const TAKES: &'static str = "application/x-www-form-urlencoded";
    type Dialect = AccountPages;
    type Ctx = Ctx;
    type Caller = Joiner;
    type Input = SignUpForm;
    type Output = View<SignUpPage>;

    fn prepare(ctx: &Ctx) {
        ctx.hasher();
        ctx.mailer();
        ctx.breached();
    }

    async fn call(
        at: &Moment,
        caller: Joiner,
        form: SignUpForm,
        gate: Gate<'_>,
    ) -> Result<Admitted<View<SignUpPage>>, PageError> {
        let SignUpForm { typed, proof, fields } = form;
        let again =
            |problems| View::page_with_cookies(SignUpPage::again(&caller, typed, problems), caller.showing.cookie(at));
        let fields = match fields {
            Ok(fields) if caller.is_open() => fields,
            Ok(_) => return Ok(gate.pass().await?.give(again(Problems::default()))),
            Err(problems) => return Ok(gate.pass().await?.give(again(problems))),
        };
        if at.is_breached(&caller.app.id, &fields.password).await {
            let problems = Problems { password: Some(SignUpProblem::Breached), ..Problems::default() };
            return Ok(gate.pass().await?.give(again(problems)));
        }
        let (pass, advance) =
            tokio::join!(gate.pass(), at.pay_ahead_to_ask(&caller.app.id, &fields.email, &caller.device));
        let (pass, advance) = (pass?, advance?);
        let email = fields.email.clone();
        let attempt = caller.showing.attempt(at, &caller.app.id, proof.expose()).await?;
        match caller.register(at, fields, attempt.as_ref(), advance).await {
            Ok(pair) => {
                at.end_former(caller.former.as_ref()).await;
                Ok(pass.give(caller.go_on(at, &pair)))
            }
            Err(NotRegistered::HandleTaken(_)) => {
                Ok(pass.give(match caller.made(at, attempt.as_ref(), email).await? {
                    Some(pair) => caller.go_on(at, &pair),
                    None => again(Problems { email: Some(SignUpProblem::Taken), ..Problems::default() }),
                }))
            }
            Err(NotRegistered::Store(error)) => Err(error.into()),
        }
    }
}

impl Joiner {
    /// On with what they wanted, signed in.
    fn go_on(&self, at: &Moment, pair: &TokenPair) -> View<SignUpPage> {
        let cookies = web::session::cookies(at, &self.app.id, pair);
        Go::to(self.onward.destination()).with_cookies(cookies).into()
    }

    /// The session of the account that the same form made a moment ago: it was sent twice.
    async fn made(
        &self,
        at: &Moment,
        attempt: Option<&Attempt>,
        email: Email,
    ) -> Result<Option<TokenPair>, StoreError> {
        let Some(attempt) = attempt else { return Ok(None) };
        match at.store.identity(&self.app.id, &Handle::Email(email), at.now).await? {
            Some(identity) => at.opened_by(&self.app, attempt, identity.user).await,
            None => Ok(None),
        }
    }

    async fn register(
        &self,
        at: &Moment,
        fields: Fields,
        attempt: Option<&Attempt>,
        advance: Advance,
    ) -> Result<TokenPair, NotRegistered> {
        let Fields { name, email, password } = fields;
        let password = Some(at.hash(&password.canonical()));
        let user = User { name, email: Some(email.clone()), ..at.new_user() };
        // Signed first: a key that cannot be used leaves nobody registered without a session.
        let (opening, pair) = at
            .opener(&self.app, Transport::Browser, &self.device)
            .await?
            .by(Method::Password)
            .once(attempt)
            .pair(user.id, user.epoch)?;
        let question = at.question(&self.app.id, user.id, &self.device).await?;
        let challenge = Some(question.challenge.clone());
        let source = self.device.address().to_owned();
        let registration = Registration { user, password, challenge, opening: Some(opening), source };
        let page = format!("{}{}", at.config.public_url, web::way_back::VERIFY_EMAIL);
        let to = Addressee {
            app: &self.app,
            user: registration.user.id,
            email: &email,
            device: &self.device,
            language: self.frame.language,
            page: &page,
        };
        at.sign_up(&registration, question, to, advance).await?;
        Ok(pair)
    }
}

impl Input<SignUp> for SignUpForm {
    fn parse(request: &Request) -> Result<Self, PageError> {
        let form = request.form();
        let text = |name| form.one(name).ok().flatten().unwrap_or_default();
        let typed = Typed { email: text("email").to_owned(), name: text("name").to_owned() };
        let email = match text("email") {
            "" => Err(SignUpProblem::Missing),
            email => email.parse().map_err(|_| SignUpProblem::NotAnEmail),
        };
        let password = match text("password") {
            "" => Err(SignUpProblem::Missing),
            password => NewPassword::try_from(Secret::new(password.to_owned())).map_err(SignUpProblem::from),
        };
        let name = match text("name").trim() {
            name if name.chars().count() > LONGEST_NAME => Err(SignUpProblem::TooLong),
            name if name.chars().any(char::is_control) => Err(SignUpProblem::NotText),
            name => Ok(name.to_owned()),
        };
        let fields = match (name, email, password) {
            (Ok(name), Ok(email), Ok(password)) => Ok(Fields { name, email, password }),
            (name, email, password) => Err(Problems { name: name.err(), email: email.err(), password: password.err() }),
        };
        Ok(Self { typed, proof: Secret::new(text("password").to_owned()), fields })
    }

    fn schema() -> Option<Value> {
        Some(form_schema(&["email", "password"], &["name", "to", "app", "form"]))
    }
}
