//! `PATCH /api/v1/account`: change name, username and language.

use runtime::{Admitted, Ctx, Endpoint, Fields, Gate, Input, Moment, Reason, Request, Route};
use serde_json::{Value, json};
use shared::language::Language;
use shared::store::HandleNotChanged;
use shared::token::InvalidToken;
use shared::user::User;
use shared::user::password::CanonicalPassword;
use shared::user::profile::{Name, ProfileChange};
use shared::user::username::Username;
use web::AccountOwner;

use super::{AccountView, FUNCTION, PATH, password_schema, read_password};
use crate::wire::{BrowserApi, BrowserError, Field, Problem, Problems};

/// `PATCH /api/v1/account`: changes the members that are given, and nothing else.
#[derive(Clone, Copy, Debug)]
pub struct Change;

/// `{"name", "username", "locale", "password"}`, each of which may be missing.
#[derive(Debug)]
pub struct Changes {
    profile: ProfileChange,
    username: Option<Username>,
    password: Option<CanonicalPassword>,
}

impl Endpoint for Change {
    const ROUTE: Route = Route::patch("browser-change-account", PATH).of(FUNCTION);
    const SUMMARY: &'static str = "Change the caller's name, username or language. Members that are not given stay.";
    const ERRORS: &'static [BrowserError] = &[
        BrowserError::NoToken,
        BrowserError::InvalidToken(InvalidToken::Unknown),
        BrowserError::ForeignOrigin,
        BrowserError::Malformed,
        BrowserError::Invalid(Problems::EXAMPLE),
        BrowserError::UsernameTaken,
        BrowserError::Unconfirmed,
        BrowserError::WrongPassword(Reason::WrongPassword),
        BrowserError::BodyTooLarge,
    ];
    type Dialect = BrowserApi;
    type Ctx = Ctx;
    type Caller = AccountOwner;
    type Input = Changes;
    type Output = AccountView;

    fn prepare(ctx: &Ctx) {
        ctx.hasher();
        ctx.mailer();
        ctx.breached();
    }

    /// The username goes first, as it may be refused. If what follows fails, the same request again finds it done.
    async fn call(
        at: &Moment,
        caller: AccountOwner,
        changes: Changes,
        gate: Gate<'_>,
    ) -> Result<Admitted<AccountView>, BrowserError> {
        let Changes { profile, username, password } = changes;
        let owner = caller.owner();
        let is_new = |name: &Username| caller.user.username.as_ref().map(Username::as_typed) != Some(name.as_typed());
        let username = username.filter(is_new);
        let pass = match &username {
            None => gate.pass().await?,
            Some(username) => {
                let confirming = at.begin_confirmation(owner, password.as_ref()).await?;
                let pass = gate.pass().await?;
                let confirmed = at.confirm(confirming).await?;
                at.change_username(owner, &confirmed, username).await.map_err(|error| match error {
                    HandleNotChanged::Taken => BrowserError::UsernameTaken,
                    HandleNotChanged::Dead | HandleNotChanged::TooOften(_) => {
                        BrowserError::InvalidToken(InvalidToken::AllSessionsEnded)
                    }
                    HandleNotChanged::Store(error) => error.into(),
                })?;
                pass
            }
        };
        if !at.change_profile(owner, &profile).await? {
            return Err(BrowserError::InvalidToken(InvalidToken::NoUser));
        }
        Ok(pass.give(AccountView(changed(caller.user, username, profile))))
    }
}

/// The user after the change.
fn changed(user: User, username: Option<Username>, profile: ProfileChange) -> User {
    User {
        username: username.or(user.username),
        name: profile.name.map_or(user.name, String::from),
        locale: profile.locale.unwrap_or(user.locale),
        ..user
    }
}

impl Input<Change> for Changes {
    fn parse(request: &Request) -> Result<Self, BrowserError> {
        let fields = Fields::parse(request.body(), &["name", "username", "locale", "password"])?;
        let mut problems = Problems::none();
        let name = match fields.value("name") {
            None => Ok(None),
            Some(Value::Null) => Ok(Some(Name::default())),
            Some(Value::String(name)) => Name::read(name).map(Some).map_err(Problem::from),
            Some(_) => Err(Problem::NotText),
        };
        let username = match fields.value("username") {
            None => Ok(None),
            Some(Value::String(name)) if !name.is_empty() => name.parse().map(Some).map_err(|_| Problem::NotAUsername),
            Some(_) => Err(Problem::Missing),
        };
        let locale = match fields.value("locale") {
            None => Ok(None),
            Some(Value::Null) => Ok(Some(None)),
            Some(tag) => tag
                .as_str()
                .and_then(Language::first_of)
                .map(|language| Some(Some(language)))
                .ok_or(Problem::NotALanguage),
        };
        let name = problems.note(Field::Name, name);
        let username = problems.note(Field::Username, username);
        let locale = problems.note(Field::Locale, locale);
        let password = problems.note(Field::Password, read_password(&fields));
        match (name, username, locale, password) {
            (Some(name), Some(username), Some(locale), Some(password)) => {
                Ok(Self { profile: ProfileChange { name, locale }, username, password })
            }
            _ => Err(BrowserError::Invalid(problems)),
        }
    }

    fn schema() -> Option<Value> {
        Some(json!({"type": "object", "properties": {
            "name": {"type": ["string", "null"], "maxLength": Name::LONGEST},
            "username": {"type": "string", "pattern": "^[A-Za-z0-9_]{1,20}$", "description": "wants a recent sign-in, or `password`"},
            "locale": {"enum": ["zh", "en", null], "description": "the language of mails; null for the browser's"},
            "password": password_schema(),
        }}))
    }
}
