//! A deployment to measure: AWS with a meter before it, one app, and as many users as are asked for.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context as _, Result};
use local::engine::Engine;
use local::meter::Meter;
use local::outbox::Outbox;
use local::process::Launch;
use local::template::{Function, Parameters, Template};
use shared::app::credential::AppSecret;
use shared::app::registration::Registration;
use shared::app::{App, Policy};
use shared::clock::Seconds;
use shared::code::email::EmailChallenge;
use shared::code::reset::ResetLink;
use shared::config::Tables;
use shared::id::AppId;
use shared::secret::Secret;
use shared::session::device::Device;
use shared::session::{Opening, Session, Transport};
use shared::store::{self, Nonce};
use shared::user::User;
use shared::user::email::Email;
use shared::user::identity::{Handle, Identity};
use shared::user::lockout::Tries;
use shared::user::password::{CanonicalPassword, Hasher, PasswordHash};
use tokio::sync::OnceCell;

use super::oauth::Known;
use super::parties::Signer;
use crate::binary;
use ops::app::Issued;
use ops::deployment::{OperatorContext, local_aws};

/// Every user's password.
pub(super) const PASSWORD: &str = "secret123";

/// What a client of the Account API sends for it: the lower-case hex of its SHA-256.
pub(super) const PASSWORD_DIGEST: &str = "fcf730b6d95236ecd3c9fc2d92d7b6b2bb061514961aec041d6c7a7192f592e4";

/// Where callers reach the deployment.
pub(super) const PUBLIC_URL: &str = "https://auth.example.com";

/// The one app, which every API is bound to.
const APP: &str = "demo";

/// Where `event.rs` says that calls come from: everybody has been there before.
pub(super) const SOURCE: &str = "192.0.2.1";

/// A limit that nothing reaches.
const PLENTY: &str = "1000000000";

/// Where the machines that the project is developed on keep the certificates that they trust.
const TRUSTED: [&str; 2] = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"];

/// The running deployment.
pub(super) struct World {
    pub(super) meter: Meter,
    pub(super) context: OperatorContext,
    pub(super) app: App,
    secret: String,
    /// Everybody's: what is measured is the functions' hashing, not the preparations'.
    hash: PasswordHash,
    drawn: AtomicU32,
    client: OnceCell<Known>,
    signer: OnceCell<Signer>,
    /// What lets a client register itself.
    registering: String,
    functions: Vec<Function>,
    environment: BTreeMap<String, String>,
    _engine: Engine,
    _outbox: Outbox,
}

/// A user in the store, with a living session.
pub(super) struct Somebody {
    pub(super) email: Email,
    pub(super) token: String,
    pub(super) user: User,
    identity: Identity,
}

/// What a session gives.
pub(super) struct Tokens {
    pub(super) access: String,
    pub(super) refresh: String,
}

impl World {
    pub(super) async fn start() -> Result<Self> {
        let parameters = Parameters::from([
            ("PublicUrl".to_owned(), PUBLIC_URL.to_owned()),
            ("MailFrom".to_owned(), "no-reply@example.com".to_owned()),
        ]);
        let template = Template::read("template.yaml".as_ref(), &parameters)?;
        let (engine, outbox) = (Engine::memory(0, &template.tables)?, Outbox::start(0)?);
        let meter = Meter::start(&engine.endpoint(), &outbox.endpoint())?;
        let kek = local::random::hex(32)?;
        let context = OperatorContext::new(local_aws(engine.endpoint()), tables(&template)?, &Secret::new(kek.clone()));
        context.store.ring(context.clock.now()).await?;
        let id: AppId = APP.parse()?;
        let registering = AppSecret::draw(&context.random);
        let registration = Registration::Token(registering.digest());
        let policy = Policy { email_code_sign_in: true, registration, ..Policy::default() };
        let Issued { secret, .. } = ops::app::make(&context, id.clone(), "Demo".to_owned(), policy).await?;
        let app = context.store.app(&id).await?.context("the app that was just made is not there")?;
        let hash =
            Hasher::new().hash(&CanonicalPassword::from_plain(&Secret::new(PASSWORD.to_owned())), &context.random);
        let environment = environment(&meter, kek)?;
        let functions = template.functions;
        let drawn = AtomicU32::default();
        let (client, signer) = (OnceCell::new(), OnceCell::new());
        Ok(Self {
            meter,
            context,
            app,
            secret,
            hash,
            drawn,
            client,
            signer,
            registering: registering.reveal(),
            functions,
            environment,
            _engine: engine,
            _outbox: outbox,
        })
    }

    pub(super) fn app_id(&self) -> &str {
        self.app.id.as_str()
    }

    pub(super) fn app_secret(&self) -> &str {
        &self.secret
    }

    /// A function as the template has it, and how to start it.
    pub(super) fn function(&self, name: &str) -> Result<(Function, Launch)> {
        let function = self.functions.iter().find(|function| function.name == name);
        let function = function.with_context(|| format!("template.yaml has no {name}"))?.clone();
        let mut environment = function.environment.clone();
        // A function without a store is given none of what a store needs.
        if environment.contains_key("CORE_TABLE") {
            environment.extend(self.environment.clone());
        }
        let program = std::path::absolute(binary::path(&function.program))?;
        Ok((function, Launch { program, environment }))
    }

    /// An address that nobody has.
    pub(super) fn new_email(&self) -> Result<Email> {
        let number = self.drawn.fetch_add(1, Ordering::Relaxed);
        // All of one length: bytes are counted.
        Ok(format!("user-{number:07}@example.com").parse()?)
    }

    /// Somebody new, put straight into the store.
    pub(super) async fn user(&self) -> Result<Somebody> {
        let (random, now) = (&self.context.random, self.context.clock.now());
        let email = self.new_email()?;
        let user = User { email: Some(email.clone()), ..User::new(random, now) };
        let identity = Identity {
            user: user.id,
            epoch: user.epoch,
            password: Some(self.hash.clone()),
            tries: Tries::default(),
            created: now,
            others: Vec::new(),
            proven: false,
            disabled: false,
            second_factor: false,
        };
        let session = self.session(&user, Transport::App);
        let registration = store::Registration {
            user: user.clone(),
            password: identity.password.clone(),
            challenge: None,
            opening: Some(session.clone().into()),
            source: SOURCE.to_owned(),
        };
        self.context.store.register(&self.app.id, &registration, &Nonce::draw(random), now).await?;
        let ring = self.context.store.ring(now).await?;
        let token = session.access_token(&self.app, PUBLIC_URL, &ring, now)?.expose().clone();
        Ok(Somebody { email, token, user, identity })
    }

    /// Somebody new whose address is proven.
    pub(super) async fn proven_user(&self) -> Result<Somebody> {
        let somebody = self.user().await?;
        self.context.store.note_proven(&self.app.id, &somebody.user, self.context.clock.now()).await?;
        Ok(somebody)
    }

    /// The same, and the user's own item says so.
    pub(super) async fn user_with_proof(&self) -> Result<Somebody> {
        let somebody = self.user().await?;
        let now = self.context.clock.now();
        self.context.store.prove_by_word(&self.app.id, &somebody.user, &somebody.email, now).await?;
        Ok(somebody)
    }

    /// What somebody new has who is signed in.
    pub(super) async fn tokens(&self, transport: Transport) -> Result<Tokens> {
        let Somebody { user, .. } = self.user().await?;
        self.open(self.session(&user, transport)).await
    }

    /// Somebody new with a living session.
    pub(super) async fn visitor(&self, transport: Transport) -> Result<(Somebody, Session)> {
        let somebody = self.user().await?;
        let session = self.session(&somebody.user, transport);
        self.open(session.clone()).await?;
        Ok((somebody, session))
    }

    async fn open(&self, session: Session) -> Result<Tokens> {
        let now = self.context.clock.now();
        let ring = self.context.store.ring(now).await?;
        let access = session.access_token(&self.app, PUBLIC_URL, &ring, now)?.expose().clone();
        let (opening, refresh) = Opening::refreshable(session, &self.context.random);
        self.context.store.open_session(&self.app.id, &opening).await?;
        Ok(Tokens { access, refresh: refresh.write(&self.app.id, &ring).expose().clone() })
    }

    /// Somebody new who was mailed a code, and the code.
    pub(super) async fn asked(&self) -> Result<(Tokens, String)> {
        let (Somebody { user, .. }, session) = self.visitor(Transport::Browser).await?;
        let (store, random, now) = (&self.context.store, &self.context.random, self.context.clock.now());
        let (challenge, code, _) = EmailChallenge::issue(&self.app.id, user.id, &*store.ring(now).await?, random, now);
        store.put_email_challenge(&self.app.id, user.id, &challenge, &Nonce::draw(random)).await?;
        Ok((self.open(session).await?, code.reveal()))
    }

    /// The one OAuth client, registered when it is first asked for.
    pub(super) async fn client(&self) -> Result<&Known> {
        self.client.get_or_try_init(|| Known::register(self)).await
    }

    /// The one client with a key, registered when it is first asked for.
    pub(super) async fn signer(&self) -> Result<&Signer> {
        self.signer.get_or_try_init(|| Signer::register(self)).await
    }

    pub(super) fn initial_access_token(&self) -> &str {
        &self.registering
    }

    fn session(&self, user: &User, transport: Transport) -> Session {
        Session::open(user.id, user.epoch, transport, Device::default(), &self.context.random, self.context.clock.now())
    }

    /// A number in China that was not texted before.
    pub(super) fn new_phone(&self) -> String {
        let number = self.drawn.fetch_add(1, Ordering::Relaxed);
        // The local SNS refuses numbers that end in four zeros, as opted out.
        format!("138{number:07}1")
    }

    /// The token of a living link of somebody new.
    pub(super) async fn reset_token(&self) -> Result<String> {
        let Somebody { email, identity, .. } = self.user().await?;
        let (random, now) = (&self.context.random, self.context.clock.now());
        let (link, token) =
            ResetLink::issue(&self.app.id, Handle::Email(email), Some(&identity), Seconds::hours(1), random, now);
        self.context.store.put_reset_link(&link).await?;
        Ok(token.reveal())
    }
}

fn tables(template: &Template) -> Result<Tables> {
    let table = |key: &str| {
        let found = template.tables.iter().find(|table| table.key == key);
        found.map(|table| table.name.clone()).with_context(|| format!("template.yaml has no table for `{key}`"))
    };
    Ok(Tables { core: table("core")?, live: table("live")?, rate: table("rate")? })
}

/// What every function with a store is given over the template's environment.
fn environment(meter: &Meter, kek: String) -> Result<BTreeMap<String, String>> {
    let certificates = trust(meter.certificate())?.display().to_string();
    Ok([
        ("KEY_RING_KEK", kek),
        ("RATE_LIMIT_APP", PLENTY.to_owned()),
        ("RATE_LIMIT_DEFAULT", PLENTY.to_owned()),
        ("RATE_LIMIT_CLIENT", PLENTY.to_owned()),
        ("MAIL_BUDGET_SOURCE", PLENTY.to_owned()),
        ("SMS_BUDGET_SOURCE", PLENTY.to_owned()),
        ("SMS_BUDGET_PREFIX", PLENTY.to_owned()),
        ("SMS_BUDGET_APP", PLENTY.to_owned()),
        ("SMS_BUDGET_DAY", PLENTY.to_owned()),
        ("SMS_BREAKER", PLENTY.to_owned()),
        ("BROWSER_APP_ID", APP.to_owned()),
        ("ACCOUNT_APP_ID", APP.to_owned()),
        ("AWS_ENDPOINT_URL_DYNAMODB", meter.endpoint()),
        ("AWS_ENDPOINT_URL_SESV2", meter.endpoint()),
        ("AWS_ENDPOINT_URL_SNS", meter.endpoint()),
        ("SSL_CERT_FILE", certificates),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into())
}

/// Writes what a function is to trust: the meter, beside all that this machine trusts. Reading the whole list is what
/// a start costs on Lambda too.
fn trust(certificate: &str) -> Result<PathBuf> {
    let trusted = TRUSTED.iter().find_map(|path| fs::read_to_string(path).ok());
    let trusted = trusted.context("this machine has no list of trusted certificates: install ca-certificates")?;
    let directory = Path::new(".dev/bench");
    fs::create_dir_all(directory)?;
    let path = std::path::absolute(directory.join("trusted.pem"))?;
    fs::write(&path, format!("{trusted}\n{certificate}"))?;
    Ok(path)
}
