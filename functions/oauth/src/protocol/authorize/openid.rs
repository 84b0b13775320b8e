//! What OpenID Connect adds to a request (Core §3.1.2.1).

use runtime::{Form, Moment};
use serde_json::{Map, Value};
use shared::clock::{Seconds, Timestamp};
use shared::id::UserId;
use shared::oauth::claims::{Claim, RequestedClaims};
use shared::oauth::client::Client;
use shared::oauth::id_token::Hint;
use shared::session::Session;
use shared::session::method::Class;
use shared::store::StoreError;

use super::classes::{self, AskedClasses};
use super::refusal::AuthorizeError;

/// The parameters, none of which may come twice.
pub(super) const PARAMETERS: [&str; 7] =
    ["nonce", "prompt", "max_age", "login_hint", "id_token_hint", "acr_values", "claims"];

/// Longer than any nonce: it stands in the code and in the ID token.
const LONGEST_NONCE: usize = 512;

/// What the request asks for.
#[derive(Clone, Debug, Default)]
pub struct OpenIdRequest {
    /// What the ID token repeats.
    pub(super) nonce: Option<String>,
    prompts: Vec<Prompt>,
    max_age: Option<Seconds>,
    /// How the user signs in, as far as the client knows.
    pub(super) login_hint: Option<String>,
    /// Whom the client means: nobody else will do.
    subject: Option<String>,
    /// The classes of sign-in that it names.
    pub(super) classes: AskedClasses,
    /// The claims that it asks for by name.
    pub(super) claims: RequestedClaims,
}

/// What the user is to see. Values that we do not know are passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Prompt {
    /// No page at all.
    None,
    /// The sign-in page, though somebody is signed in.
    Login,
    /// The consent page, though all is granted.
    Consent,
    /// A page that says which account it is, and lets the user take another.
    SelectAccount,
}

impl Prompt {
    fn named(name: &str) -> Option<Self> {
        match name {
            "none" => Some(Self::None),
            "login" => Some(Self::Login),
            "consent" => Some(Self::Consent),
            "select_account" => Some(Self::SelectAccount),
            _ => None,
        }
    }
}

impl OpenIdRequest {
    /// Reads the parameters of a request of `client`.
    pub(super) async fn read(
        at: &Moment,
        client: &Client,
        form: &Form,
    ) -> Result<Result<Self, AuthorizeError>, StoreError> {
        let hint = match form.one("id_token_hint") {
            Ok(Some(token)) => Hint::read(token, |issuer| at.config.app_of(issuer), at.ring().await?)
                .ok()
                .filter(|hint| hint.app == client.app)
                .map(|hint| Some(hint.user))
                .ok_or(AuthorizeError::Hint),
            _ => Ok(None),
        };
        Ok(hint.and_then(|hinted| Self::read_with(form, hinted)))
    }

    /// The same with the user whom the hint names.
    fn read_with(form: &Form, hinted: Option<UserId>) -> Result<Self, AuthorizeError> {
        if form.is_ambiguous(&PARAMETERS) {
            return Err(AuthorizeError::Ambiguous);
        }
        let text = |name| form.one(name).map_err(|_| AuthorizeError::Ambiguous);
        let nonce = text("nonce")?;
        if nonce.is_some_and(|nonce| nonce.len() > LONGEST_NONCE) {
            return Err(AuthorizeError::Nonce);
        }
        let asked = text("claims")?.map(AskedClaims::read).transpose()?.unwrap_or_default();
        Ok(Self {
            nonce: nonce.map(str::to_owned),
            prompts: prompts(text("prompt")?.unwrap_or_default())?,
            max_age: text("max_age")?.map(max_age).transpose()?,
            login_hint: text("login_hint")?.map(str::to_owned),
            classes: AskedClasses::preferred(text("acr_values")?.unwrap_or_default()).or(asked.classes),
            subject: asked.subject.or_else(|| hinted.map(|user| user.to_string())),
            claims: asked.claims,
        })
    }

    /// Whether no page may be shown.
    pub(super) fn is_silent(&self) -> bool {
        self.prompts.contains(&Prompt::None)
    }

    /// Whether the consent page is shown even where everything is granted.
    pub(super) fn wants_a_page(&self) -> bool {
        self.prompts.contains(&Prompt::Consent) || self.prompts.contains(&Prompt::SelectAccount)
    }

    /// Whether the user of `session` has to sign in again, or somebody else. A class of sign-in is asked for only where it is not beyond
    /// the user's `reach`.
    pub(super) fn wants_a_sign_in(&self, session: &Session, reach: Class, now: Timestamp) -> bool {
        let is_too_old = |age| session.created.plus(age) <= now;
        self.classes.want_more(session.methods.class(), reach)
            || self.prompts.contains(&Prompt::Login)
            || self.max_age.is_some_and(is_too_old)
            || self.subject.as_ref().is_some_and(|subject| *subject != session.user.to_string())
    }
}

/// The value of a parameter of a request that goes on after a sign-in: what that fulfilled is left out.
pub(super) fn after_a_sign_in(name: &str, value: &str) -> Option<String> {
    match name {
        "max_age" => None,
        "acr_values" => Some(classes::after_a_sign_in(value)),
        "prompt" => {
            let left = value.split(' ').filter(|word| !matches!(*word, "login" | "select_account"));
            Some(left.collect::<Vec<_>>().join(" ")).filter(|left| !left.is_empty())
        }
        _ => Some(value.to_owned()),
    }
}

fn prompts(text: &str) -> Result<Vec<Prompt>, AuthorizeError> {
    let words: Vec<_> = text.split(' ').filter(|word| !word.is_empty()).collect();
    if words.contains(&"none") && words.len() > 1 {
        return Err(AuthorizeError::Prompt);
    }
    Ok(words.into_iter().filter_map(Prompt::named).collect())
}

fn max_age(text: &str) -> Result<Seconds, AuthorizeError> {
    let seconds = text.parse::<u32>().map_err(|_| AuthorizeError::MaxAge)?;
    Ok(Seconds(i64::from(seconds)))
}

/// The parameter `claims` (Core §5.5).
#[derive(Debug, Default)]
struct AskedClaims {
    claims: RequestedClaims,
    /// The one user that will do.
    subject: Option<String>,
    classes: AskedClasses,
}

impl AskedClaims {
    /// Reads the parameter. Claims that we do not have are passed over, as claims are voluntary (Core §5.5.1).
    fn read(text: &str) -> Result<Self, AuthorizeError> {
        let asked: Map<String, Value> = serde_json::from_str(text).map_err(|_| AuthorizeError::Claims)?;
        let members = |name: &str| match asked.get(name) {
            None | Some(Value::Null) => Ok(Map::new()),
            Some(Value::Object(members)) if members.values().all(|one| one.is_null() || one.is_object()) => {
                Ok(members.clone())
            }
            Some(_) => Err(AuthorizeError::Claims),
        };
        let (id_token, userinfo) = (members("id_token")?, members("userinfo")?);
        // The one claim whose absence is an error (Core §5.5.1.1).
        let asked = id_token.get("acr");
        let named = asked.map(values).unwrap_or_default();
        let is_essential = asked.is_some_and(|asked| asked["essential"] == true);
        let classes = AskedClasses::of_claim(&named, is_essential).ok_or(AuthorizeError::Unmet)?;
        let known = |members: &Map<String, Value>| members.keys().filter_map(|name| Claim::named(name)).collect();
        let subject = [&id_token, &userinfo].into_iter().find_map(|members| members.get("sub")?["value"].as_str());
        Ok(Self {
            subject: subject.map(str::to_owned),
            classes,
            claims: RequestedClaims { id_token: known(&id_token), userinfo: known(&userinfo) },
        })
    }
}

/// The values that a claim is asked for with.
fn values(asked: &Value) -> Vec<&str> {
    let several = asked["values"].as_array().into_iter().flatten();
    several.chain(asked.get("value")).filter_map(Value::as_str).collect()
}

#[cfg(test)]
mod tests {
    use runtime::Form;
    use shared::clock::{Seconds, Timestamp};
    use shared::id::{Epoch, UserId};
    use shared::oauth::claims::Claim;
    use shared::random::Random;
    use shared::session::device::Device;
    use shared::session::method::{Class, Method, Methods};
    use shared::session::{Session, Transport};

    use super::{OpenIdRequest, after_a_sign_in};

    const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

    fn read(query: &str) -> Result<OpenIdRequest, &'static str> {
        OpenIdRequest::read_with(&Form::read(query.as_bytes()), None).map_err(|error| error.row().0)
    }

    fn session() -> Session {
        let random = Random::system();
        Session::open(UserId::draw(&random), Epoch(0), Transport::Browser, Device::default(), &random, NOW)
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        let long = format!("nonce={}", "n".repeat(513));
        for wrong in [
            "prompt=none+login",
            "prompt=none+unknown",
            "max_age=-1",
            "max_age=soon",
            "nonce=a&nonce=b",
            "claims=%7B",
            "claims=%5B%5D",
            "claims=%7B%22userinfo%22%3A%7B%22email%22%3A1%7D%7D",
            &long,
        ] {
            assert_eq!(read(wrong).expect_err(wrong), "invalid_request", "{wrong}");
        }
        assert!(read("prompt=create&max_age=0&nonce=n&display=page&acr_values=2&unknown=a&unknown=b").is_ok());
    }

    #[test]
    fn a_session_is_good_until_the_age_that_is_asked_for_and_not_beyond_it() {
        let session = session();
        for (query, age, wanted) in [
            ("", 900, false),
            ("max_age=60", 59, false),
            ("max_age=60", 60, true),
            ("max_age=0", 0, true),
            ("prompt=login", 0, true),
            ("prompt=consent", 900, false),
        ] {
            let request = read(query).expect(query);
            let later = NOW.plus(Seconds(age));
            assert_eq!(request.wants_a_sign_in(&session, Class::OneFactor, later), wanted, "{query}, {age}");
        }
        let of =
            |user: &str| read(&format!("claims=%7B%22id_token%22:%7B%22sub%22:%7B%22value%22:%22{user}%22%7D%7D%7D"));
        assert!(of("1").expect("claims").wants_a_sign_in(&session, Class::OneFactor, NOW));
        assert!(!of(&session.user.to_string()).expect("claims").wants_a_sign_in(&session, Class::OneFactor, NOW));
    }

    #[test]
    fn known_claims_are_asked_for_by_name_and_others_passed_over() {
        let claims = r#"claims={"userinfo":{"email":{"essential":true},"birthdate":null},"id_token":{"name":null}}"#;
        let request = read(claims).expect("claims").claims;
        assert_eq!(request.userinfo, [Claim::Email].into());
        assert_eq!(request.id_token, [Claim::Name].into());
    }

    #[test]
    fn an_essential_acr_that_cannot_be_had_is_an_error_and_a_voluntary_one_is_none() {
        let acr = |asked: &str| read(&format!("claims={{\"id_token\":{{\"acr\":{asked}}}}}"));
        assert_eq!(
            acr(r#"{"essential":true,"values":["3","4"]}"#).expect_err("not had"),
            "unmet_authentication_requirements"
        );
        for fulfilled in
            [r#"{"essential":true,"values":["2","1"]}"#, r#"{"values":["2"]}"#, r#"{"essential":true}"#, "null"]
        {
            assert!(acr(fulfilled).is_ok(), "{fulfilled}");
        }
    }

    #[test]
    fn two_factors_are_asked_of_a_user_who_has_them_and_demanded_of_nobody_else() {
        let one = session();
        let two = Session { methods: Methods::from(Method::Password).and(Method::Otp), ..session() };
        let (known, with, without) = (|session: &Session| session.methods.class(), Class::TwoFactors, Class::OneFactor);
        let essential = "claims={\"id_token\":{\"acr\":{\"essential\":true,\"value\":\"2\"}}}";
        for (query, asked, unmet) in [
            ("acr_values=2", true, false),
            ("acr_values=9+2+1", true, false),
            ("acr_values=1+2", false, false),
            ("acr_values=9", false, false),
            (essential, true, true),
            ("claims={\"id_token\":{\"acr\":{\"essential\":true,\"values\":[\"2\",\"1\"]}}}", false, false),
            ("claims={\"id_token\":{\"acr\":{\"value\":\"2\"}}}", true, false),
        ] {
            let request = read(query).expect(query);
            assert_eq!(request.wants_a_sign_in(&one, with, NOW), asked, "{query}");
            assert!(!request.wants_a_sign_in(&two, with, NOW), "{query}");
            assert!(!request.wants_a_sign_in(&one, without, NOW), "{query}");
            assert_eq!(request.classes.cannot_be_met(known(&one), without), unmet, "{query}");
            for session in [&one, &two] {
                assert!(!request.classes.cannot_be_met(known(session), with), "{query}");
            }
        }
    }

    #[test]
    fn a_sign_in_fulfils_its_prompts_and_leaves_the_others() {
        let left = |name, value| after_a_sign_in(name, value);
        assert_eq!(left("prompt", "login"), None);
        assert_eq!(left("prompt", "login consent select_account").as_deref(), Some("consent"));
        assert_eq!(left("max_age", "0"), None);
        assert_eq!(left("acr_values", "phr").as_deref(), Some("1 phr"));
        assert_eq!(left("nonce", "login").as_deref(), Some("login"));
    }
}
