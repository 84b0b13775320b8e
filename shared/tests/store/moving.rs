//! Users leave one deployment and arrive in another.

use local::faults::{Death, Fault, On, Times};
use serde_json::{Value, json};
use shared::audit::Author;
use shared::code::email::EmailChallenge;
use shared::factor::recovery::RecoveryCodes;
use shared::factor::sealed::SealedTotp;
use shared::factor::totp::Step;
use shared::id::UserId;
use shared::secret::Secret;
use shared::session::device::Device;
use shared::session::{Session, Transport};
use shared::store::{
    DepartingClient, DepartingFactor, DepartingUser, Import, Imported, NewFactor, NotImported, Spending, Spent, Unfit,
};
use shared::user::User;
use shared::user::email_proof::EmailProof;
use shared::user::identity::Handle;
use shared::user::password::PasswordHash;

use crate::audit::client;
use crate::moving_attributes::everything;
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

pub(crate) async fn set_up_factor(world: &World, user: &User) -> RecoveryCodes {
    let (demo, ring) = (app("demo"), world.store.ring(NOW).await.expect("a ring"));
    let totp = SealedTotp::seal(&Secret::new(b"a secret of twenty b".to_vec()), &demo, user.id, &ring, &world.random);
    let codes = RecoveryCodes::draw(&demo, user.id, &ring, &world.random);
    let new = NewFactor { totp: &totp, step: Step(60_000_000), recovery: &codes, session: None };
    world.store.set_up_factor(&demo, user, &new, &world.nonce(), NOW).await.expect("sets up");
    codes
}

/// Changes the user's item past the store.
pub(crate) fn change(world: &World, user: UserId, expression: &str, value: &Value) {
    let key = json!({"pk": {"S": format!("U#demo#{user}")}, "sk": {"S": "USER"}});
    world.raw(
        "UpdateItem",
        &json!({
            "TableName": "core", "Key": key, "UpdateExpression": expression, "ExpressionAttributeValues": {":v": value},
        }),
    );
}

pub(crate) async fn departing(world: &World, id: UserId) -> DepartingUser {
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
        assert!(matches!(refused, Err(NotImported::Unfit(_))), "{refused:?}");
    }
}

/// The allowance for what an arrival adds is enough: the longest ids and names, and a whole second factor.
#[tokio::test]
async fn what_weighs_as_much_as_it_may_is_taken_with_all_that_an_arrival_adds() {
    const MOST: usize = 400 * 1024;
    let (here, there, long_app) = (World::new(), World::new(), app(&"a".repeat(32)));
    let store = there.store.on_behalf_of(Author::operator(&"𝄞".repeat(200)));
    let mut left = departing(&here, everything(&here).await.id).await;
    left.user["email"] = json!({"S": format!("{}@{}.example", "a".repeat(64), "b".repeat(60))});
    left.belongings.retain(|(name, _)| name.starts_with("G#"));
    left.belongings.push((format!("X#{}", "x".repeat(1022)), json!({})));
    let over = |left: &DepartingUser| match left.checked() {
        Err(Unfit::TooLarge { bytes, .. }) => bytes - MOST,
        other => panic!("{other:?}"),
    };
    let note = |length: usize| json!({"S": "n".repeat(length)});
    left.user["note"] = note(MOST);
    left.user["note"] = note(MOST - over(&left));
    left.password = Some("p".repeat(MOST));
    left.password = Some("p".repeat(MOST - over(&left)));
    for number in [0, 1] {
        left.belongings[number].1["note"] = note(MOST);
        left.belongings[number].1["note"] = note(MOST - over(&left));
    }
    left.checked().expect("it weighs as much as it may");
    assert_eq!(store.arrive(&long_app, &left, NOW).await.expect("arrives"), Imported::Now);
    left.belongings[1].1["note"] = note(MOST);
    assert!(matches!(store.arrive(&long_app, &left, NOW).await, Err(NotImported::Unfit(_))));
}

#[tokio::test]
async fn an_app_knows_that_clients_arrived() {
    let (here, demo) = (World::new(), app("demo"));
    let reader = client(&here);
    here.store.create_client(&reader).await.expect("creates");
    let left = here.store.departing_client(&demo, &reader.id).await.expect("answers").expect("a client");
    for death in Death::each() {
        let there = World::new();
        there.store.create_app(&there.app_record("demo")).await.expect("creates");
        let ended = there.faults.kill(death, there.store.arrive_client(&demo, &left)).await;
        there.store.arrive_client(&demo, &left).await.expect("arrives");
        let record = there.store.app(&demo).await.expect("answers").expect("an app");
        assert!(record.has_clients, "{death:?}: its issuer has metadata");
        assert_eq!(there.store.clients().await.expect("answers"), std::slice::from_ref(&reader.id), "{death:?}");
        if ended.is_some() {
            return;
        }
    }
}

#[tokio::test]
async fn a_client_that_cannot_be_read_is_not_written() {
    let world = World::new();
    let id = client(&world).id;
    let broken = DepartingClient { id: id.to_string(), client: json!({"name": {"S": "Reader"}}) };
    let refused = world.store.arrive_client(&app("demo"), &broken).await;
    assert!(matches!(refused, Err(NotImported::Unfit(_))), "{refused:?}");
    assert!(world.store.clients().await.expect("answers").is_empty());
}
