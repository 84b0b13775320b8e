//! Items of other releases. While a canary runs two releases work on the same tables, so this one reads what the one before
//! wrote, and leaves alone what the next one adds.
//!
//! `shared/tests/releases/<version>.json` has every kind of item as that release stored it, beside what a test has to know to
//! use them. It is written once, when a release is made, and never changed:
//! `cargo test -p shared --test store -- --ignored write_the_fixture`.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use shared::app::credential::HasSecrets;
use shared::budget::{self, Budgets, Channel};
use shared::clock::Seconds;
use shared::code::digits;
use shared::code::email::{EmailChallenge, LinkToken};
use shared::code::reset::ResetLink;
use shared::code::sms::Purpose;
use shared::id::{AppId, ClientId, GrantId, UserId};
use shared::limit::{Counted, Quota, Subject};
use shared::network::Source;
use shared::oauth::claims::{Claim, RequestedClaims};
use shared::oauth::client::{Client, ClientPolicy};
use shared::oauth::code::Code;
use shared::oauth::grant::{Delegation, Ticket};
use shared::oauth::memento::{Edit, ItemId, Memento, MementoName};
use shared::oauth::openid::{self, Authentication};
use shared::oauth::scope::Scope;
use shared::oauth::session::ClientOpening;
use shared::session::device::Device;
use shared::session::method::{Method, SignInEvent};
use shared::session::refresh::RefreshToken;
use shared::session::{Bearer, Opening, Session, Transport};
use shared::store::{ClientToken, Consent, Minute, PasswordTry, Redemption, SmsGuess, SmsIssue};
use shared::token::opaque::OpaqueToken;
use shared::user::User;
use shared::user::identity::{Handle, Login};
use shared::user::password::PasswordHash;
use shared::user::phone::Phone;

use crate::world::{NOW, World, app, email};

const ADA: &str = "ada@example.com";
const HOME: &str = "192.0.2.1";
const CODE: &str = "012345";
const QUOTA: Quota = Quota { limit: 100, window: Seconds(900) };
const BUDGETS: Budgets = Budgets { source: 10, prefix: 100, app: 1000, deployment: 2000, breaker: Some(50) };

/// An attribute that no release has.
const UNKNOWN: &str = "added_by_the_next_release";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/releases")
}

fn phone() -> Phone {
    "+8613800138000".parse().expect("E.164")
}

/// One of every kind of item; gives what has to be known to use them.
async fn live_a_little(world: &World) -> Value {
    let (store, random, demo) = (&world.store, &world.random, app("demo"));
    let mut record = world.app_record("demo");
    record.policy.listed = true;
    store.create_app(&record).await.expect("an app");
    let ring = store.ring(NOW).await.expect("a ring");

    let mut registration = world.registration(ADA);
    let user = registration.user.clone();
    let (challenge, code, link) = EmailChallenge::issue(&demo, user.id, &ring, random, NOW);
    registration.challenge = Some(challenge);
    store.register(&demo, &registration, &world.nonce(), NOW).await.expect("registers");
    let page = Session::open(user.id, user.epoch, Transport::Browser, Device::default(), random, NOW);
    let (opening, first) = Opening::refreshable(page, random);
    store.open_session(&demo, &opening).await.expect("opens");
    let (rotated, _) =
        store.rotate_session(&demo, &first, Transport::Browser, &world.nonce(), NOW).await.expect("refreshes");

    let handle = Handle::Email(email(ADA));
    try_wrong(world, &Login::Handle(handle.clone())).await;
    let nobody = Login::Handle(Handle::Email(email("bob@example.com")));
    try_wrong(world, &nobody).await;
    let identity = world.identity(ADA).await;
    let (reset, token) = ResetLink::issue(&demo, handle, identity.as_ref(), Seconds::hours(1), random, NOW);
    store.put_reset_link(&reset).await.expect("writes");

    let phone = phone();
    let issue =
        SmsIssue { app: &demo, phone: &phone, source: HOME, purpose: Purpose::SignIn, nonce: world.nonce(), now: NOW };
    let seen = store.sms_record(&demo, &phone, NOW).await.expect("answers");
    store.put_sms_code(&issue, &digits::Code::read(CODE).expect("six digits"), seen).await.expect("issues");
    let bill = BUDGETS.text_message(&demo, &phone, Source::of(HOME));
    for charges in [&bill.own, &bill.shared] {
        store.charge(charges, NOW).await.expect("charges");
    }
    store.count_request(&Subject::new("app", "192.0.2.1"), QUOTA, NOW).await.expect("counts");
    let minute = Minute { nonce: &world.nonce(), at_known_place: false, is_held: false };
    store.begin_reset_cooldown(&demo, &email(ADA), minute, NOW).await.expect("begins");
    let page = Bearer { user: user.id, session: rotated.session.id.clone() };
    json!({
        "oauth": let_a_client_in(world, &user, &page).await,
        "email_code": code.reveal(),
        "email_link": link.write(&demo, &demo, &ring).expose(),
        "reset_token": token.reveal(),
        "refresh_first": first.write(&demo, &ring).expose(),
        "refresh_current": rotated.refresh.write(&demo, &ring).expose(),
    })
}

fn attempt<'a>(app: &'a AppId, login: &'a Login) -> PasswordTry<'a> {
    PasswordTry { app, login, source: "192.0.2.1", cap: 10, now: NOW }
}

async fn try_wrong(world: &World, login: &Login) {
    let demo = app("demo");
    let attempt = attempt(&demo, login);
    let reserved = world.store.reserve_try(&attempt).await.expect("counts");
    world.store.end_wrong_try(&attempt, &reserved).await.expect("counts");
}

/// A client, a memento that it may see, and what it was given.
async fn let_a_client_in(world: &World, user: &User, bearer: &Bearer) -> Value {
    let (store, random, demo) = (&world.store, &world.random, app("demo"));
    let ring = store.ring(NOW).await.expect("a ring");
    let client = Client {
        id: ClientId::draw(random),
        app: demo.clone(),
        name: "Reader".to_owned(),
        description: "Reads".to_owned(),
        logo: Some("https://reader.example/logo.png".to_owned()),
        landing_page: Some("https://reader.example/".to_owned()),
        origins: vec!["https://reader.example".to_owned()],
        redirect_uris: vec!["https://reader.example/cb".parse().expect("one")],
        public: true,
        secrets: Vec::new(),
        default_scope: Scope::read("profile"),
        policy: ClientPolicy::default(),
        openid: openid::Settings::default(),
        disabled: false,
        created: NOW,
    };
    store.create_client(&client).await.expect("a client");
    let name = MementoName::read("Trip").expect("a name");
    let memento = Memento::new(name, user.id, &demo, &ring, random, NOW);
    store.create_memento(&demo, user.id, &memento).await.expect("a memento");
    let edit = Edit { add: vec![ItemId::Number(7), ItemId::Text("seven".to_owned())], ..Edit::default() };
    store.edit_memento(&demo, user.id, &memento.id, &edit, NOW).await.expect("edits");
    let consent = Consent {
        bearer,
        ticket: &Ticket { epoch: user.epoch, grant: None, signed_in: None },
        client: &client.id,
        scope: &Scope::read("profile"),
        servers: &[],
        mementos: std::slice::from_ref(&memento.id),
        new: GrantId::draw(random),
    };
    let grant = store.consent(&demo, &consent, NOW).await.expect("granted");
    let delegation = Delegation {
        client: client.id.clone(),
        grant,
        scope: Scope::read("profile"),
        details: true,
        resources: Vec::new(),
        authentication: Some(Authentication {
            session: Some(bearer.session.clone()),
            sign_in: SignInEvent { at: NOW, methods: Method::Password.into() },
        }),
        claims: RequestedClaims { userinfo: [Claim::Email].into(), ..RequestedClaims::default() },
    };
    let code = Code::issue(user.id, user.epoch, delegation, None, random, NOW);
    let (opening, refresh) = ClientOpening::of_code(code, Device::default(), random, NOW);
    store.exchange_code(&demo, &opening, &world.nonce(), NOW).await.expect("exchanged");
    json!({"client": client.id.as_str(), "refresh": refresh.write_for(&client.id, &demo, &ring).expose()})
}

/// That the client still sees what it was let see.
async fn use_the_client(world: &World, user: UserId, known: &Value) {
    let (store, demo) = (&world.store, app("demo"));
    let ring = store.ring(NOW).await.expect("the ring opens");
    let id: ClientId = known["client"].as_str().expect("an id").parse().expect("a client's id");
    let client = store.client(&id).await.expect("answers").expect("a client");
    assert_eq!((client.name.as_str(), client.redirect_uris.len(), client.public), ("Reader", 1, true));
    let refresh = RefreshToken::read_of(&id, known["refresh"].as_str().expect("a token"), &demo, &ring).expect("ours");
    let presented = ClientToken { client: &id, token: &refresh, rotation: client.rotation() };
    let (_, standing) = store.rotate_delegated(&demo, &presented, &world.nonce(), NOW).await.expect("refreshes");
    assert_eq!(standing.grant.mementos.len(), 1);
    let memento = standing.grant.mementos.first().expect("one");
    let memento = store.memento(&demo, user, memento).await.expect("answers").expect("a memento");
    assert_eq!(memento.documents, [ItemId::Number(7), ItemId::Text("seven".to_owned())]);
}

#[tokio::test]
#[ignore = "writes the fixture of a release, once, when it is made"]
async fn write_the_fixture() {
    let world = World::new();
    let known = live_a_little(&world).await;
    let mut items = json!({});
    for table in ["core", "live", "rate"] {
        items[table] = world.raw("Scan", &json!({"TableName": table}))["Items"].clone();
    }
    let path = folder().join(concat!(env!("CARGO_PKG_VERSION"), ".json"));
    assert!(!path.exists(), "{} is written, and is not changed any more", path.display());
    let fixture = json!({"known": known, "items": items});
    fs::write(path, serde_json::to_string_pretty(&fixture).expect("JSON") + "\n").expect("a file");
}

/// A database as a release left it, with an attribute more in every item where `and_the_next` is to come.
fn inherit(fixture: &Value, and_the_next: bool) -> World {
    let world = World::new();
    for (table, items) in fixture["items"].as_object().expect("tables") {
        for item in items.as_array().expect("items") {
            let mut item = item.clone();
            if and_the_next {
                item[UNKNOWN] = json!({"M": {"of": {"L": [{"S": "another form"}]}}});
            }
            world.raw("PutItem", &json!({"TableName": table, "Item": item}));
        }
    }
    world
}

/// That everything in the database still does what it was made for.
async fn use_everything(world: &World, known: &Value) {
    let (store, demo) = (&world.store, app("demo"));
    let text = |name: &str| known[name].as_str().expect("a known text");
    let ring = store.ring(NOW).await.expect("the ring opens");
    let record = store.app(&demo).await.expect("answers").expect("an app");
    assert_eq!((record.secrets.len(), record.policy.listed), (1, true));
    assert_eq!(store.directory().await.expect("answers").len(), 1);
    assert_eq!(store.listed_apps().await.expect("answers").len(), 1);

    let identity = world.identity(ADA).await.expect("an identity");
    assert_eq!(identity.password, Some(PasswordHash::from_phc("first".to_owned())));
    let user = store.user(&demo, identity.user).await.expect("answers").expect("a user");
    assert_eq!(user.email, Some(email(ADA)));
    assert_eq!(store.sessions(&demo, &user, NOW).await.expect("answers").len(), 2);

    use_the_client(world, user.id, &known["oauth"]).await;
    let minute = Minute { nonce: &world.nonce(), at_known_place: false, is_held: false };
    let waits = store.begin_reset_cooldown(&demo, &email(ADA), minute, NOW).await.expect("answers");
    assert!(!waits, "a mail was sent in this minute");
    let [first, current] = ["refresh_first", "refresh_current"]
        .map(|name| RefreshToken::read(text(name), &demo, &ring).expect("a token of ours"));
    let (again, _) = store
        .rotate_session(&demo, &first, Transport::Browser, &world.nonce(), NOW)
        .await
        .expect("its minute is not over");
    assert_eq!(again.refresh.digest(), current.digest());
    store.rotate_session(&demo, &current, Transport::Browser, &world.nonce(), NOW).await.expect("refreshes");

    let link = LinkToken::read(text("email_link"), &demo, &ring).expect("a link of ours");
    store.prove_email_by_link(&demo, &link, NOW).await.expect("proves");
    store
        .prove_email_by_code(&demo, user.id, &digits::Code::read(text("email_code")).expect("six digits"), NOW)
        .await
        .expect("is proven");
    let ada = Login::Handle(Handle::Email(email(ADA)));
    let reserved = store.reserve_try(&attempt(&demo, &ada)).await.expect("counts");
    store.note_success(&attempt(&demo, &ada), &reserved.identity.expect("Ada")).await.expect("clears");

    let seen = store.sms_record(&demo, &phone(), NOW).await.expect("answers");
    assert_eq!(seen.issued.len(), 1);
    let bill = BUDGETS.text_message(&demo, &phone(), Source::of(HOME));
    assert_eq!(store.charge(&bill.own, NOW).await.expect("charges").refused, None);
    let guess = SmsGuess { app: &demo, phone: &phone(), source: HOME, purpose: Purpose::SignIn, now: NOW };
    store.guess_sms_code(&guess, &digits::Code::read(CODE).expect("six digits")).await.expect("is right");
    let budget = store.used(Channel::Sms, &budget::Scope::Deployment, NOW).await.expect("answers");
    assert_eq!(budget.sent, 1);
    let counted = store.count_request(&Subject::new("app", "192.0.2.1"), QUOTA, NOW).await.expect("counts");
    assert_eq!(counted.client, Counted { current: 2, previous: 0 });
    store.note_secret_use(record.owner(), &record.secrets[0], NOW).await.expect("notes");

    let token: OpaqueToken = text("reset_token").parse().expect("a token");
    let link = store.reset_link(&token).await.expect("answers").expect("a link").live(&demo, NOW).expect("alive");
    let second = PasswordHash::from_phc("second".to_owned());
    let redemption = Redemption { link: &link, password: &second, source: "192.0.2.1", now: NOW };
    store.redeem_reset_link(&demo, &redemption, &world.nonce()).await.expect("redeems");
    let user = store.user(&demo, identity.user).await.expect("answers").expect("a user");
    assert_eq!(store.sessions(&demo, &user, NOW).await.expect("answers"), [], "all sessions ended");
}

fn fixtures() -> Vec<(PathBuf, Value)> {
    let files = fs::read_dir(folder()).expect("a folder of releases");
    let read = |path: PathBuf| {
        let fixture = serde_json::from_slice(&fs::read(&path).expect("a fixture")).expect("JSON");
        (path, fixture)
    };
    files.map(|file| read(file.expect("a file").path())).collect()
}

#[tokio::test]
async fn what_every_release_wrote_is_read_by_this_one() {
    let fixtures = fixtures();
    assert!(!fixtures.is_empty());
    for (path, fixture) in fixtures {
        eprintln!("{}", path.display());
        use_everything(&inherit(&fixture, false), &fixture["known"]).await;
    }
}

#[tokio::test]
async fn what_the_next_release_adds_is_not_minded_and_is_left_where_it_is() {
    for (path, fixture) in fixtures() {
        eprintln!("{}", path.display());
        let world = inherit(&fixture, true);
        use_everything(&world, &fixture["known"]).await;
        for table in ["core", "live"] {
            let left = world.raw("Scan", &json!({"TableName": table}));
            for item in left["Items"].as_array().expect("items").iter().filter(|item| item["sk"]["S"] != "T") {
                assert!(item.get(UNKNOWN).is_some(), "{table}: {} lost what it held", item["pk"]["S"]);
            }
        }
    }
}

#[test]
fn this_release_has_its_fixture() {
    let mine = folder().join(concat!(env!("CARGO_PKG_VERSION"), ".json"));
    assert!(mine.exists(), "no {}: see above how it is written", mine.display());
}
