//! Every attribute of a user leaves and arrives, or is on a list here.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Value, json};
use shared::clock::Seconds;
use shared::id::{ClientId, GrantId, UserId};
use shared::language::Language;
use shared::oauth::grant::Ticket;
use shared::oauth::memento::{Memento, MementoName};
use shared::oauth::scope::Scope;
use shared::session::device::Device;
use shared::session::{Bearer, Session, Transport};
use shared::store::{Consent, Registration};
use shared::user::User;
use shared::user::email_proof::EmailProof;
use shared::user::password::PasswordHash;

use crate::moving::{change, departing, set_up_factor};
use crate::passkeys;
use crate::world::{NOW, World, app, email};

/// A user with everything that a user can have, in every item of theirs.
pub(crate) async fn everything(world: &World) -> User {
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
        servers: &["https://api.example".to_owned()],
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
const OF_OTHER_ITEMS: [&str; 45] = [
    "acts",
    "app_parts",
    "apps",
    "arriving",
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
