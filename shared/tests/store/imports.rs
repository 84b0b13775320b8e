use std::time::Duration;

use local::faults::{Death, Fault, On, Times};
use shared::factor::sealed::SealedTotp;
use shared::secret::Secret;
use shared::store::{Import, Imported, NotImported};
use shared::user::User;
use shared::user::email_proof::EmailProof;
use shared::user::identity::Handle;
use shared::user::password::PasswordHash;

use crate::world::{NOW, World, app, email};

async fn import(world: &World, origin: &str, address: &str) -> Import {
    let id = world.store.number_of(&app("demo"), origin, NOW).await.expect("answers");
    let user = User {
        id,
        email: Some(email(address)),
        email_proof: EmailProof::Proven,
        username: Some("ada".parse().expect("a username")),
        ..User::new(&world.random, NOW)
    };
    let password = Some(PasswordHash::from_phc("foreign:first".to_owned()));
    Import { user, origin: origin.to_owned(), password, totp: None, nonce: world.nonce() }
}

#[tokio::test]
async fn a_user_of_another_product_is_here_once_and_known_by_every_handle() {
    let world = World::new();
    let ada = import(&world, "7", "ada@example.com").await;
    assert_eq!(world.store.import_standing(&app("demo"), &ada, NOW).await.expect("free"), Imported::Now);
    assert!(world.identity("ada@example.com").await.is_none(), "asking writes nothing");
    assert_eq!(world.store.import(&app("demo"), &ada, NOW).await.expect("imports"), Imported::Now);
    assert_eq!(world.store.user(&app("demo"), ada.user.id).await.expect("answers"), Some(ada.user.clone()));
    let by_email = world.identity("ada@example.com").await.expect("an identity");
    let by_name = Handle::Username("ada".parse().expect("a username"));
    let by_name = world.store.identity(&app("demo"), &by_name, NOW).await.expect("answers").expect("an identity");
    for identity in [&by_email, &by_name] {
        assert_eq!((identity.user, &identity.password), (ada.user.id, &ada.password));
        assert!(identity.proven && !identity.disabled);
    }
    assert_eq!(by_email.others, [Handle::Username("ada".parse().expect("a username"))]);

    assert_eq!(
        world.store.import(&app("demo"), &ada, NOW).await.expect("here"),
        Imported::Now,
        "it is the same import"
    );
    assert_eq!(world.store.import_standing(&app("demo"), &ada, NOW).await.expect("here"), Imported::Before);
    let again = import(&world, "7", "ada@example.com").await;
    assert_eq!(world.store.import(&app("demo"), &again, NOW).await.expect("here"), Imported::Before);
    let other = import(&world, "7", "ada@new.example").await;
    assert_eq!(world.store.import(&app("demo"), &other, NOW).await.expect("here"), Imported::Before);
    assert!(world.identity("ada@new.example").await.is_none());
}

#[tokio::test]
async fn a_handle_of_somebody_else_lets_nothing_be_written() {
    let world = World::new();
    let first = world.register("ada@example.com").await.expect("registers");
    let ada = import(&world, "7", "ada@example.com").await;
    for said in
        [world.store.import(&app("demo"), &ada, NOW).await, world.store.import_standing(&app("demo"), &ada, NOW).await]
    {
        assert!(matches!(&said, Err(NotImported::HandleTaken(Handle::Email(_)))), "{said:?}");
    }
    assert_eq!(world.identity("ada@example.com").await.expect("an identity").user, first.user.id);
    let by_name = Handle::Username("ada".parse().expect("a username"));
    assert!(world.store.identity(&app("demo"), &by_name, NOW).await.expect("answers").is_none());
    assert_eq!(world.store.user(&app("demo"), ada.user.id).await.expect("answers"), None);
}

#[tokio::test]
async fn a_number_is_the_same_each_time_and_another_in_another_app() {
    let world = World::new();
    let number = async |id: &str, origin: &str| world.store.number_of(&app(id), origin, NOW).await.expect("answers");
    assert_eq!(number("demo", "7").await, number("demo", "7").await);
    assert_ne!(number("demo", "7").await, number("demo", "8").await);
    assert_ne!(number("demo", "7").await, number("demo-2", "7").await);
}

#[tokio::test]
async fn who_is_disabled_there_is_disabled_here() {
    let world = World::new();
    let ada = import(&world, "7", "ada@example.com").await;
    let ada = Import { user: User { disabled: true, ..ada.user }, ..ada };
    world.store.import(&app("demo"), &ada, NOW).await.expect("imports");
    assert!(world.identity("ada@example.com").await.expect("an identity").disabled);
    let user = world.store.user(&app("demo"), ada.user.id).await.expect("answers").expect("a user");
    assert!(user.disabled && world.store.set_disabled(&app("demo"), &user, false, NOW).await.expect("enables"));
    assert!(!world.identity("ada@example.com").await.expect("an identity").disabled);
}

#[tokio::test]
async fn an_import_survives_any_single_fault() {
    for fault in [
        Fault::Throttle,
        Fault::InternalError,
        Fault::Drop,
        Fault::AnswerLost,
        Fault::Garbage,
        Fault::Conflict,
        Fault::Slow(Duration::from_millis(1200)),
    ] {
        let world = World::new();
        let ada = import(&world, "7", "ada@example.com").await;
        world.faults.inject(fault.clone(), On::operation("TransactWriteItems"), Times::Once);
        world.store.import(&app("demo"), &ada, NOW).await.unwrap_or_else(|error| panic!("{fault:?}: {error}"));
        assert_eq!(world.identity("ada@example.com").await.expect("an identity").user, ada.user.id, "{fault:?}");
    }
}

#[tokio::test]
async fn wherever_an_import_is_killed_the_next_run_has_the_user_whole_and_once() {
    for death in Death::each() {
        let world = World::new();
        let ada = import(&world, "7", "ada@example.com").await;
        let ended = world.faults.kill(death, world.store.import(&app("demo"), &ada, NOW)).await;
        // Another process, which knows nothing of the first.
        let again = import(&world, "7", "ada@example.com").await;
        world
            .another_store()
            .import(&app("demo"), &again, NOW)
            .await
            .unwrap_or_else(|error| panic!("{death:?}: {error}"));
        let by_name = Handle::Username("ada".parse().expect("a username"));
        let by_name = world.store.identity(&app("demo"), &by_name, NOW).await.expect("answers").expect("an identity");
        let by_email = world.identity("ada@example.com").await.expect("an identity");
        assert_eq!((by_name.user, by_email.user), (ada.user.id, ada.user.id), "{death:?}");
        let listed = world.store.users_by_creation(&app("demo"), None, 10, true).await.expect("answers");
        assert_eq!(listed.users.len(), 1, "{death:?}");
        if ended.is_some() {
            return;
        }
    }
}

#[tokio::test]
async fn a_deleted_user_leaves_nothing_and_is_brought_in_by_another_run() {
    let world = World::new();
    let ada = import(&world, "7", "ada@example.com").await;
    let ring = world.store.ring(NOW).await.expect("a ring");
    let secret = Secret::new(b"a secret of twenty b".to_vec());
    let totp = Some(SealedTotp::seal(&secret, &app("demo"), ada.user.id, &ring, &world.random));
    let ada = Import { totp, ..ada };
    world.store.import(&app("demo"), &ada, NOW).await.expect("imports");
    assert!(world.store.delete_user_as_operator(&app("demo"), &ada.user, NOW).await.expect("deletes"));
    assert!(world.identity("ada@example.com").await.is_none());
    assert_eq!(world.store.import(&app("demo"), &ada, NOW).await.expect("imports"), Imported::Now);
}
