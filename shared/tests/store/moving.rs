//! Users and endpoints of webhooks leave one deployment and arrive in another.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use local::faults::{Death, Fault, On, Times};
use serde_json::{Value, json};
use shared::clock::Seconds;
use shared::code::email::EmailChallenge;
use shared::factor::recovery::RecoveryCodes;
use shared::factor::sealed::SealedTotp;
use shared::factor::totp::Step;
use shared::id::{ClientId, GrantId, UserId};
use shared::language::Language;
use shared::oauth::grant::Ticket;
use shared::oauth::memento::{Memento, MementoName};
use shared::oauth::scope::Scope;
use shared::secret::Secret;
use shared::session::device::Device;
use shared::session::{Bearer, Session, Transport};
use shared::store::{
    Consent, DepartingFactor, DepartingUser, DepartingWebhook, Import, Imported, NewFactor, NotAdded, NotImported,
    Registration, Spending, Spent,
};
use shared::user::User;
use shared::user::email_proof::EmailProof;
use shared::user::identity::Handle;
use shared::user::password::PasswordHash;
use shared::webhook::endpoint::{Endpoint, EndpointId, MOST, Off};
use shared::webhook::event::Events;
use shared::webhook::secret::{SealedSecret, WebhookSecret};

use crate::passkeys;
use crate::world::{NOW, World, app, email};

/// A user with a hash, a second factor and a proven address.
async fn ada(world: &World) -> UserId {
    let id = world.store.number_of(&app("demo"), "7", NOW).await.expect("answers");
    let ring = world.store.ring(NOW).await.expect("a ring");
    let secret = Secret::new(b"a secret of twenty b".to_vec());
    let user = User {
        id,
        name: "Ada".to_owned(),
        email: Some(email("ada@example.com")),
        email_proof: EmailProof::Proven,
        username: Some("Ada_1815".parse().expect("a username")),
        phone: Some("+8613800138000".parse().expect("E.164")),
        ..User::new(&world.random, NOW)
    };
    let totp = Some(SealedTotp::seal(&secret, &app("demo"), id, &ring, &world.random));
    let password = Some(PasswordHash::from_phc("first".to_owned()));
    let import = Import { user, origin: "7".to_owned(), password, totp, nonce: world.nonce() };
    world.store.import(&app("demo"), &import, NOW).await.expect("imports");
    id
}

/// A user with everything that a user can have, in every item of theirs.
async fn everything(world: &World) -> User {
    let demo = app("demo");
    let user = User {
        name: "Ada".to_owned(),
        locale: Some(Language::English),
        username: Some("Ada_1815".parse().expect("a username")),
        email: Some(email("ada@example.com")),
        email_proof: EmailProof::Proven,
        phone: Some("+8613800138000".parse().expect("E.164")),
        roles: ["editor".parse().expect("a role")].into(),
        profile_since: NOW.plus(Seconds(60)),
        ..User::new(&world.random, NOW)
    };
    let session = Session::open(user.id, user.epoch, Transport::App, Device::default(), &world.random, NOW);
    let bearer = Bearer { user: user.id, session: session.id.clone() };
    let registration = Registration {
        user: user.clone(),
        password: Some(PasswordHash::from_phc("first".to_owned())),
        challenge: None,
        opening: Some(session.into()),
        source: String::new(),
    };
    world.store.register(&demo, &registration, &world.nonce(), NOW).await.expect("registers");
    set_up_factor(world, &user).await;
    passkeys::add(world, &user, &passkeys::passkey(3)).await.expect("adds");
    let ring = world.store.ring(NOW).await.expect("a ring");
    let name = MementoName::read("Trip").expect("a name");
    let memento = Memento::new(name, user.id, &demo, &ring, &world.random, NOW);
    world.store.create_memento(&demo, user.id, &memento).await.expect("created");
    let consent = Consent {
        bearer: &bearer,
        ticket: &Ticket { epoch: user.epoch, grant: None, signed_in: None },
        client: &ClientId::draw(&world.random),
        scope: &Scope::read("profile"),
        mementos: std::slice::from_ref(&memento.id),
        new: GrantId::draw(&world.random),
    };
    world.store.consent(&demo, &consent, NOW).await.expect("granted");
    what_other_verbs_write(world, user.id);
    User { disabled: true, second_factor: true, mementos: 1, ..user }
}

fn what_other_verbs_write(world: &World, user: UserId) {
    for (attribute, value) in [
        ("password_epoch", json!({"N": "0"})),
        ("passkeys_since", json!({"N": "0"})),
        ("phone_since", json!({"N": "1800000000"})),
        ("undoable", json!({"L": []})),
        ("email_unsent", json!({"BOOL": true})),
    ] {
        change(world, user, &format!("SET {attribute} = :v"), &value);
    }
    for (asked, kind) in [
        ("code", "S"),
        ("link", "S"),
        ("sent", "N"),
        ("expires", "N"),
        ("tries", "N"),
        ("try", "S"),
        ("device", "S"),
        ("by", "S"),
    ] {
        change(world, user, &format!("SET email_{asked} = :v"), &json!({kind: "1"}));
    }
    change(world, user, "SET disabled = :v", &json!({"BOOL": true}));
}

async fn set_up_factor(world: &World, user: &User) -> RecoveryCodes {
    let (demo, ring) = (app("demo"), world.store.ring(NOW).await.expect("a ring"));
    let totp = SealedTotp::seal(&Secret::new(b"a secret of twenty b".to_vec()), &demo, user.id, &ring, &world.random);
    let codes = RecoveryCodes::draw(&demo, user.id, &ring, &world.random);
    let new = NewFactor { totp: &totp, step: Step(60_000_000), recovery: &codes, session: None };
    world.store.set_up_factor(&demo, user, &new, &world.nonce(), NOW).await.expect("sets up");
    codes
}

/// Changes the user's item past the store.
fn change(world: &World, user: UserId, expression: &str, value: &Value) {
    let key = json!({"pk": {"S": format!("U#demo#{user}")}, "sk": {"S": "USER"}});
    world.raw(
        "UpdateItem",
        &json!({
            "TableName": "core", "Key": key, "UpdateExpression": expression, "ExpressionAttributeValues": {":v": value},
        }),
    );
}

/// All attributes of a user's items in core, by the kind of the item.
fn attributes(world: &World, user: UserId) -> BTreeMap<(String, String), Value> {
    let query = json!({
        "TableName": "core", "KeyConditionExpression": "pk = :user",
        "ExpressionAttributeValues": {":user": {"S": format!("U#demo#{user}")}},
    });
    let found = world.raw("Query", &query);
    let items = found["Items"].as_array().expect("items").iter().filter_map(Value::as_object);
    let named = items.flat_map(|item| {
        let kind = item["sk"]["S"].as_str().unwrap_or_default().split('#').next().unwrap_or_default().to_owned();
        item.iter().map(move |(name, value)| ((kind.clone(), name.clone()), value.clone()))
    });
    named.collect()
}

/// What an arrival writes by itself: who wrote it, what is sealed or named under the ring of the place, and the number of before.
const OF_THE_PLACE: [(&str, &str); 9] = [
    ("G", "author"),
    ("G", "mementos"),
    ("M", "author"),
    ("M", "sk"),
    ("P", "author"),
    ("USER", "author"),
    ("USER", "origin"),
    ("USER", "recovery"),
    ("USER", "recovery_seed"),
];

/// What was mailed from one place leads nowhere in another.
const LEFT_BEHIND: [&str; 10] = [
    "email_by",
    "email_code",
    "email_device",
    "email_expires",
    "email_link",
    "email_sent",
    "email_tries",
    "email_try",
    "email_unsent",
    "undoable",
];

#[tokio::test]
async fn every_attribute_of_every_item_of_a_user_arrives_or_is_on_a_list() {
    let (here, there) = (World::new(), World::new());
    let user = everything(&here).await;
    there.store.arrive(&app("demo"), &departing(&here, user.id).await, NOW).await.expect("arrives");
    let (before, after) = (attributes(&here, user.id), attributes(&there, user.id));
    assert_eq!(before.keys().map(|(kind, _)| kind.as_str()).collect::<BTreeSet<_>>(), ["G", "M", "P", "USER"].into());
    for place in before.keys().chain(after.keys()) {
        let (kind, name) = (place.0.as_str(), place.1.as_str());
        let is_of_the_place = OF_THE_PLACE.contains(&(kind, name)) || (kind, name) == ("USER", "totp");
        if kind == "USER" && LEFT_BEHIND.contains(&name) {
            assert_eq!(after.get(place), None, "{name} is there");
        } else if !is_of_the_place {
            assert_eq!(before.get(place), after.get(place), "{kind}: {name}");
        }
    }
    let arrived = there.store.user(&app("demo"), user.id).await.expect("answers");
    assert_eq!(arrived, Some(user));
}

/// Modules of the store that write no item of a user's partition in core.
const OF_OTHER_ITEMS: [&str; 44] = [
    "acts",
    "app_parts",
    "apps",
    "assertions",
    "attribute_json",
    "authors",
    "budgets",
    "changes",
    "client",
    "clients",
    "code_attributes",
    "code_forms",
    "code_records",
    "codes",
    "cooldowns",
    "counters",
    "deliveries",
    "devices",
    "endings",
    "error",
    "item",
    "keys",
    "mailed_codes",
    "mod",
    "news",
    "refills",
    "reset_links",
    "ring",
    "ring_cache",
    "rotations",
    "secrets",
    "sessions",
    "sign_out",
    "sms_codes",
    "sms_guesses",
    "trail",
    "tries",
    "trouble",
    "try_attributes",
    "upkeep",
    "user_list",
    "webhooks",
    "withholding",
    "wrong_tries",
];

/// Words of the other modules that are not attributes of a user's items in core: of identities, sessions, links and endpoints, and
/// names of items.
const OTHER_WORDS: [&str; 47] = [
    "app",
    "arrived",
    "arriving",
    "belonging",
    "belongings",
    "challenge",
    "changed",
    "check",
    "client",
    "delete",
    "deleted",
    "email_tried_by",
    "expires",
    "export",
    "failing_since",
    "forgiven",
    "former",
    "grant",
    "identity",
    "kept_by",
    "link",
    "memento",
    "method",
    "methods",
    "none",
    "nonce",
    "others",
    "passkey",
    "password",
    "password_set",
    "places",
    "proven",
    "recovery_left",
    "reserved_until",
    "revoked",
    "second_factor",
    "secret",
    "session",
    "spent_by",
    "transaction",
    "ttl",
    "until",
    "update",
    "used",
    "user",
    "users_of",
    "webhook",
];

/// The words in a module that may be names of attributes.
fn words(source: &str) -> BTreeSet<String> {
    let code = source.split("#[cfg(test)]").next().unwrap_or_default();
    let code: String = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let is_word = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte == b'_' || byte.is_ascii_lowercase());
    let mut words = BTreeSet::new();
    for literal in code.split('"').skip(1).step_by(2) {
        let tokens: Vec<_> = literal.split([' ', ',']).filter(|token| !token.is_empty()).collect();
        let assigned = tokens.windows(2).filter_map(|pair| match pair {
            [name, "="] | ["ADD" | "DELETE", name] => Some(*name),
            _ => None,
        });
        words.extend([literal].into_iter().chain(assigned).filter(|word| is_word(word)).map(str::to_owned));
    }
    words
}

/// An export takes items as they are, so an attribute that is new leaves with them. This test asks its author whether it may: whether it
/// hangs on the key ring, as a digest does, or on what was mailed.
#[tokio::test]
async fn an_attribute_that_is_new_is_in_the_user_that_these_tests_move() {
    let world = World::new();
    let user = everything(&world).await;
    let moved: BTreeSet<_> = attributes(&world, user.id).into_keys().map(|(_, name)| name).collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store");
    let mut read = BTreeSet::new();
    for file in std::fs::read_dir(folder).expect("a folder") {
        let file = file.expect("a file").path();
        let module = file.file_stem().and_then(|name| name.to_str()).expect("a name").to_owned();
        if file.is_dir() || OF_OTHER_ITEMS.contains(&module.as_str()) {
            read.insert(module);
            continue;
        }
        for word in words(&std::fs::read_to_string(&file).expect("a text")) {
            assert!(
                moved.contains(&word) || word == "origin" || OTHER_WORDS.contains(&word.as_str()),
                "{module}.rs has `{word}`: give it to the user in `everything`, and see that it moves; or put it on a list here"
            );
        }
    }
    assert!(OF_OTHER_ITEMS.iter().all(|module| read.contains(*module)), "a module is gone");
}

async fn departing(world: &World, id: UserId) -> DepartingUser {
    world.store.departing_user(&app("demo"), id, NOW).await.expect("answers").expect("a user")
}

/// Each handle knows of the second factor that came with its user, so that the password alone is not enough.
async fn assert_asks_for_a_code(world: &World) {
    let handles = [
        Handle::Email(email("ada@example.com")),
        Handle::Username("Ada_1815".parse().expect("a username")),
        Handle::Phone("+8613800138000".parse().expect("E.164")),
    ];
    for handle in handles {
        let identity = world.store.identity(&app("demo"), &handle, NOW).await.expect("answers").expect("an identity");
        assert!(identity.second_factor, "{handle:?}");
    }
}

#[tokio::test]
async fn who_leaves_one_deployment_arrives_in_another_and_leaves_it_the_same() {
    let (here, there) = (World::new(), World::new());
    let id = ada(&here).await;
    let left = departing(&here, id).await;
    assert_eq!(left.password.as_deref(), Some("first"));
    assert!(
        left.factor.totp.is_some() && !left.user.to_string().contains("totp"),
        "the seal of one ring stays with it"
    );
    assert_eq!(there.store.arrive(&app("demo"), &left, NOW).await.expect("arrives"), Imported::Now);
    assert_eq!(departing(&there, id).await, left);
    for world in [&here, &there] {
        let identity = world.identity("ada@example.com").await.expect("an identity");
        assert_eq!((identity.user, identity.proven), (id, true));
        assert_asks_for_a_code(world).await;
        assert_eq!(identity.password, Some(PasswordHash::from_phc("first".to_owned())));
        assert_eq!(identity.others.len(), 2);
    }
    assert_eq!(
        here.store.user(&app("demo"), id).await.expect("answers"),
        there.store.user(&app("demo"), id).await.expect("answers")
    );
}

#[tokio::test]
async fn an_arrival_that_was_stopped_is_ended_by_the_next_and_changes_nothing_else() {
    let (here, there) = (World::new(), World::new());
    let id = ada(&here).await;
    let mut left = departing(&here, id).await;
    let belonging = |name: &str| (format!("X#{name}"), json!({"a": {"S": "b"}}));
    left.belongings.extend(["1", "2", "3"].map(belonging));
    there.store.ring(NOW).await.expect("a ring");
    there.faults.inject(Fault::Drop, On::operation("PutItem"), Times::Forever);
    assert!(there.store.arrive(&app("demo"), &left, NOW).await.is_err(), "it was stopped");
    there.faults.heal();
    let user = there.store.user(&app("demo"), id).await.expect("answers").expect("a user");
    there.store.end_all_sessions(&app("demo"), &user, NOW).await.expect("moves on");
    assert_eq!(there.store.arrive(&app("demo"), &left, NOW).await.expect("is here"), Imported::Before);
    let again = departing(&there, id).await;
    assert_eq!(again.belongings, left.belongings);
    assert_ne!(again.user, left.user, "the epoch that the user has moved on to stays");
}

/// What left, with the ids of mementos up to their tags, which are of the place's own key ring.
fn untagged(left: &DepartingUser) -> String {
    const TAG: usize = 16;
    let text = serde_json::to_string(left).expect("JSON");
    let ids = left.belongings.iter().filter_map(|(name, _)| name.strip_prefix("M#"));
    ids.fold(text, |text, id| text.replace(id, &id[..id.len() - TAG]))
}

#[tokio::test]
async fn wherever_an_arrival_is_killed_the_next_one_brings_all_of_it() {
    let here = World::new();
    let user = everything(&here).await;
    let left = departing(&here, user.id).await;
    for death in Death::each() {
        let there = World::new();
        there.store.ring(NOW).await.expect("a ring");
        let ended = there.faults.kill(death, there.store.arrive(&app("demo"), &left, NOW)).await;
        // Another process, which knows nothing of the first.
        there.another_store().arrive(&app("demo"), &left, NOW).await.expect("arrives");
        assert_eq!(untagged(&departing(&there, user.id).await), untagged(&left), "{death:?}");
        assert!(there.identity("ada@example.com").await.is_some_and(|identity| identity.disabled), "{death:?}");
        if ended.is_some() {
            return;
        }
    }
}

/// The file is given again, a day after its user removed a passkey that was stolen, and took back a grant.
#[tokio::test]
async fn what_a_user_gave_up_since_they_arrived_is_not_given_to_them_again() {
    let (here, there) = (World::new(), World::new());
    let user = everything(&here).await;
    let left = departing(&here, user.id).await;
    there.store.arrive(&app("demo"), &left, NOW).await.expect("arrives");
    let passkey = there.store.passkeys(&app("demo"), &user).await.expect("answers").remove(0).credential.id();
    there.store.remove_passkey(&app("demo"), user.id, &passkey).await.expect("removes");
    assert_eq!(there.store.arrive(&app("demo"), &left, NOW).await.expect("is here"), Imported::Before);
    assert!(there.store.passkeys(&app("demo"), &user).await.expect("answers").is_empty());
}

#[tokio::test]
async fn recovery_codes_that_were_not_used_are_good_where_their_user_arrives() {
    let (here, there, demo) = (World::new(), World::new(), app("demo"));
    let user = here.register("ada@example.com").await.expect("registers").user;
    let codes = set_up_factor(&here, &user).await;
    let spent = codes.digests[3].clone();
    let factor = here.store.factor(&demo, user.id).await.expect("answers").expect("a factor");
    let spending = Spending { factor, spent: Spent::Recovery(spent), ticket: None };
    let opening = Session::open(user.id, user.epoch, Transport::App, Device::default(), &here.random, NOW).into();
    here.store.enter_by_factor(&demo, &opening, &spending, &here.nonce()).await.expect("enters");

    let left = departing(&here, user.id).await;
    assert_eq!(left.factor.recovery_left, [0, 1, 2, 4, 5, 6, 7, 8, 9]);
    assert!(!left.user.to_string().contains("recovery") && !format!("{left:?}").contains("recovery"));
    there.store.arrive(&demo, &left, NOW).await.expect("arrives");
    assert_eq!(departing(&there, user.id).await, left, "it leaves the same");
    let ring = there.store.ring(NOW).await.expect("a ring");
    let stored = there.store.factor(&demo, user.id).await.expect("answers").expect("a factor").recovery;
    let good: Vec<_> = codes.codes.iter().map(|code| stored.contains(&code.digest(&demo, user.id, &ring))).collect();
    assert_eq!(good, (0..10).map(|at| at != 3).collect::<Vec<_>>());
    let before = here.store.factor(&demo, user.id).await.expect("answers").expect("a factor");
    assert!(before.recovery.iter().all(|digest| !stored.contains(digest)), "no digest of one ring is under another");
}

/// Digests of a release that kept no seed, and those of codes that were drawn since by such a release.
#[tokio::test]
async fn recovery_codes_without_their_seed_stay_behind_and_the_factor_does_not() {
    let (here, there, demo) = (World::new(), World::new(), app("demo"));
    let user = here.register("ada@example.com").await.expect("registers").user;
    set_up_factor(&here, &user).await;
    let digests = json!({"SS": ["AAAA", "BBBB"]});
    change(&here, user.id, "SET recovery = :v", &digests);
    let left = departing(&here, user.id).await;
    assert_eq!((left.factor.recovery_seed.as_ref(), left.factor.recovery_left.len()), (None, 0));
    there.store.arrive(&demo, &left, NOW).await.expect("arrives");
    let factor = there.store.factor(&demo, user.id).await.expect("answers").expect("a factor");
    assert!(factor.recovery.is_empty());
}

/// A mail that was sent here has no link that works there, and must not keep the user from being sent another.
#[tokio::test]
async fn an_address_that_was_asked_about_is_asked_about_again_and_a_proven_one_is_not() {
    let (here, there, demo) = (World::new(), World::new(), app("demo"));
    for (address, proven) in [("ada@example.com", true), ("bob@example.com", false)] {
        let mut registration = here.registration(address);
        let (user, ring) = (registration.user.id, here.store.ring(NOW).await.expect("a ring"));
        let (challenge, code, _) = EmailChallenge::issue(&demo, user, &ring, &here.random, NOW);
        registration.challenge = Some(challenge);
        here.store.register(&demo, &registration, &here.nonce(), NOW).await.expect("registers");
        if proven {
            here.store.prove_email_by_code(&demo, user, &code, NOW).await.expect("proves");
        }
        there.store.arrive(&demo, &departing(&here, user).await, NOW).await.expect("arrives");
        let arrived = there.store.user(&demo, user).await.expect("answers").expect("a user");
        let expected = if proven { EmailProof::Proven } else { EmailProof::Missing };
        assert_eq!(arrived.email_proof, expected, "{address}");
        assert_eq!(there.identity(address).await.expect("an identity").proven, proven, "{address}");
    }
}

#[tokio::test]
async fn somebody_elses_handle_or_number_is_not_taken() {
    let (here, there) = (World::new(), World::new());
    let id = ada(&here).await;
    let left = departing(&here, id).await;
    there.register("ada@example.com").await.expect("registers");
    let refused = there.store.arrive(&app("demo"), &left, NOW).await;
    assert!(matches!(refused, Err(NotImported::HandleTaken(_))), "{refused:?}");
    assert!(there.store.departing_user(&app("demo"), id, NOW).await.expect("answers").is_none());
}

#[tokio::test]
async fn a_line_that_no_export_wrote_is_refused() {
    let world = World::new();
    let left = departing(&world, ada(&world).await).await;
    for broken in [
        DepartingUser { id: "0".to_owned(), ..left.clone() },
        DepartingUser { user: Value::Null, ..left.clone() },
        DepartingUser { factor: DepartingFactor { totp: Some("!".to_owned()), ..left.factor.clone() }, ..left.clone() },
        DepartingUser {
            factor: DepartingFactor { recovery_seed: Some("c2hvcnQ=".to_owned()), ..left.factor.clone() },
            ..left.clone()
        },
    ] {
        let refused = world.store.arrive(&app("demo"), &broken, NOW).await;
        assert!(matches!(refused, Err(NotImported::Store(_))), "{refused:?}");
    }
}

/// An endpoint that fails, is turned off and was given another secret.
async fn endpoint(world: &World) -> (Endpoint, [WebhookSecret; 2]) {
    let (demo, id, ring) = (app("demo"), EndpointId::draw(&world.random), world.store.ring(NOW).await.expect("a ring"));
    let secrets = [0; 2].map(|_| WebhookSecret::draw(&world.random));
    let [secret, former] = secrets.each_ref().map(|one| SealedSecret::seal(one, &demo, &id, &ring, &world.random));
    let endpoint = Endpoint {
        app: demo,
        id,
        url: "https://shop.example/hooks".parse().expect("a URL"),
        events: Events::usual(),
        secret,
        former: Some((former, NOW.plus(Seconds(60)))),
        off: Some(Off::Failing),
        failing_since: Some(NOW),
        created: NOW,
        arrived: None,
    };
    world.store.add_webhook(&endpoint).await.expect("added");
    (endpoint, secrets)
}

async fn departing_webhook(world: &World) -> DepartingWebhook {
    world.store.departing_webhooks(&app("demo"), NOW).await.expect("answers").remove(0)
}

#[tokio::test]
async fn an_endpoint_arrives_with_its_secrets_and_leaves_the_same() {
    let (here, there, demo, later) = (World::new(), World::new(), app("demo"), NOW.plus(Seconds(30)));
    let (endpoint, secrets) = endpoint(&here).await;
    let left = departing_webhook(&here).await;
    assert!(!format!("{left:?}").contains("whsec_"));
    // A run that was stopped is given again.
    for _ in 0..2 {
        there.store.arrive_webhook(&demo, &left, later).await.expect("arrives");
    }
    assert_eq!(departing_webhook(&there).await, left);
    let came = there.store.webhook(&demo, &endpoint.id).await.expect("answers").expect("an endpoint");
    let ring = there.store.ring(NOW).await.expect("a ring");
    let opened = came.secrets(NOW).map(|secret| secret.open(&demo, &came.id, &ring).expect("opens").reveal());
    assert_eq!(opened.collect::<Vec<_>>(), secrets.map(|secret| secret.reveal()));
    let (secret, former) = (came.secret.clone(), came.former.clone());
    assert_ne!(secret, endpoint.secret, "it is sealed by another ring");
    assert_eq!(came, Endpoint { secret, former, failing_since: None, arrived: Some(later), ..endpoint });
}

#[tokio::test]
async fn an_app_is_given_no_more_endpoints_than_it_may_have_and_none_that_cannot_be_read() {
    let (here, there, demo) = (World::new(), World::new(), app("demo"));
    endpoint(&here).await;
    let left = departing_webhook(&here).await;
    for broken in [
        DepartingWebhook { id: "../".to_owned(), ..left.clone() },
        DepartingWebhook { webhook: json!({"url": {"S": "file:///etc/passwd"}}), ..left.clone() },
        DepartingWebhook { secret: "whsec_".to_owned(), ..left.clone() },
        DepartingWebhook { former: Some(String::new()), ..left.clone() },
    ] {
        let refused = there.store.arrive_webhook(&demo, &broken, NOW).await;
        assert!(matches!(refused, Err(NotAdded::Store(_))), "{refused:?}");
    }
    let another = || DepartingWebhook { id: EndpointId::draw(&here.random).to_string(), ..left.clone() };
    for _ in 0..MOST {
        there.store.arrive_webhook(&demo, &another(), NOW).await.expect("arrives");
    }
    assert!(matches!(there.store.arrive_webhook(&demo, &another(), NOW).await, Err(NotAdded::TooMany)));
}
