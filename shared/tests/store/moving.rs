use serde_json::Value;
use shared::factor::sealed::SealedTotp;
use shared::id::UserId;
use shared::secret::Secret;
use shared::store::{DepartingUser, Import, Imported, NotImported};
use shared::user::User;
use shared::user::email_proof::EmailProof;
use shared::user::password::PasswordHash;

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
    let import = Import { user, origin: "7".to_owned(), password, totp };
    world.store.import(&app("demo"), &import, NOW).await.expect("imports");
    id
}

async fn departing(world: &World, id: UserId) -> DepartingUser {
    world.store.departing_user(&app("demo"), id, NOW).await.expect("answers").expect("a user")
}

#[tokio::test]
async fn who_leaves_one_deployment_arrives_in_another_and_leaves_it_the_same() {
    let (here, there) = (World::new(), World::new());
    let id = ada(&here).await;
    let left = departing(&here, id).await;
    assert_eq!(left.password.as_deref(), Some("first"));
    assert!(left.totp.is_some() && !left.user.to_string().contains("totp"), "the seal of one ring stays with it");
    assert_eq!(there.store.arrive(&app("demo"), &left, NOW).await.expect("arrives"), Imported::Now);
    assert_eq!(departing(&there, id).await, left);
    for world in [&here, &there] {
        let identity = world.identity("ada@example.com").await.expect("an identity");
        assert_eq!((identity.user, identity.proven), (id, true));
        assert_eq!(identity.password, Some(PasswordHash::from_phc("first".to_owned())));
        assert_eq!(identity.others.len(), 2);
    }
    assert_eq!(
        here.store.user(&app("demo"), id).await.expect("answers"),
        there.store.user(&app("demo"), id).await.expect("answers")
    );
}

#[tokio::test]
async fn a_second_arrival_changes_nothing_and_brings_what_is_missing() {
    let (here, there) = (World::new(), World::new());
    let id = ada(&here).await;
    let mut left = departing(&here, id).await;
    there.store.arrive(&app("demo"), &left, NOW).await.expect("arrives");
    let user = there.store.user(&app("demo"), id).await.expect("answers").expect("a user");
    there.store.end_all_sessions(&app("demo"), &user, NOW).await.expect("moves on");
    left.belongings.push(("X#of a later release".to_owned(), serde_json::json!({"a": {"S": "b"}})));
    assert_eq!(there.store.arrive(&app("demo"), &left, NOW).await.expect("is here"), Imported::Before);
    let again = departing(&there, id).await;
    assert_eq!(again.belongings, left.belongings);
    assert_ne!(again.user, left.user, "the epoch that the user has moved on to stays");
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
        DepartingUser { totp: Some("!".to_owned()), ..left.clone() },
    ] {
        let refused = world.store.arrive(&app("demo"), &broken, NOW).await;
        assert!(matches!(refused, Err(NotImported::Store(_))), "{refused:?}");
    }
}
