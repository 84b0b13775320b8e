//! Deletions that meet another change of their user.

use shared::session::device::Device;
use shared::session::{Bearer, Opening, Session, Transport};
use shared::store::{Asker, Registration};
use shared::user::User;
use shared::user::identity::Handle;
use shared::user::password::PasswordHash;

use crate::world::{NOW, World, app, session};

impl World {
    /// Gives a user a username on behalf of `session`, which alone stays.
    async fn name(&self, user: &User, session: &Session, name: &str) {
        let (asker, name) = (Asker { user, session: &session.id }, name.parse().expect("a username"));
        self.store.change_username(&app("demo"), asker, &name, &self.nonce(), NOW).await.expect("changes");
    }

    async fn is_known(&self, user: &Registration) -> bool {
        self.store.user(&app("demo"), user.user.id).await.expect("answers").is_some()
    }

    async fn is_taken(&self, name: &str) -> bool {
        let handle = Handle::Username(name.parse().expect("a username"));
        self.store.identity(&app("demo"), &handle, NOW).await.expect("answers").is_some()
    }

    /// Ada as she registered, and the session that has changed her password since. It alone stays.
    async fn password_changed(&self) -> (Registration, Session) {
        let ada = self.register("ada@example.com").await.expect("registers");
        let owners = self.another_session(&ada.user).await;
        let second = PasswordHash::from_phc("second".to_owned());
        self.store.change_password(&app("demo"), &ada.user, &owners.id, &second, NOW).await.expect("changes");
        (ada, owners)
    }

    async fn another_session(&self, user: &User) -> Session {
        let session = Session::open(user.id, user.epoch, Transport::Browser, Device::default(), &self.random, NOW);
        self.store.open_session(&app("demo"), &Opening::from(session.clone())).await.expect("opens");
        session
    }
}

/// The identity would keep the name from everybody, and point at nobody.
#[tokio::test]
async fn a_handle_that_the_user_gets_while_they_are_deleted_goes_with_them() {
    let world = World::new();
    let ada = world.register("ada@example.com").await.expect("registers");
    world.name(&ada.user, session(&ada), "countess").await;
    // The deletion read the user before that.
    assert!(world.store.delete_user(&app("demo"), &ada.user, &session(&ada).id, NOW).await.expect("deletes"));
    assert!(!world.is_known(&ada).await && !world.is_taken("countess").await);
    assert!(world.identity("ada@example.com").await.is_none());

    let bob = world.register("bob@example.com").await.expect("registers");
    world.name(&bob.user, session(&bob), "bobby").await;
    assert!(world.store.delete_user_as_operator(&app("demo"), &bob.user, NOW).await.expect("removes"));
    assert!(!world.is_known(&bob).await && !world.is_taken("bobby").await);
}

/// The owner evicts a thief who is just deleting the account.
#[tokio::test]
async fn a_session_that_has_ended_deletes_nobody() {
    let (world, demo) = (World::new(), app("demo"));
    let (ada, _) = world.password_changed().await;
    assert!(!world.store.delete_user(&demo, &ada.user, &session(&ada).id, NOW).await.expect("answers"));
    assert!(world.is_known(&ada).await && world.identity("ada@example.com").await.is_some());
    // An operator may.
    let user = world.store.user(&demo, ada.user.id).await.expect("answers").expect("a user");
    assert!(world.store.delete_user_as_operator(&demo, &user, NOW).await.expect("removes"));
    assert!(
        !world.store.delete_user_as_operator(&demo, &user, NOW).await.expect("answers"),
        "there is nobody to remove"
    );
}

/// The owner changes the password and deletes the account at once.
#[tokio::test]
async fn a_session_that_moved_on_with_its_user_deletes_them() {
    let (world, demo) = (World::new(), app("demo"));
    let (ada, owners) = world.password_changed().await;
    // The deletion read the user before that.
    assert!(world.store.delete_user(&demo, &ada.user, &owners.id, NOW).await.expect("deletes"));
    assert!(!world.is_known(&ada).await && world.identity("ada@example.com").await.is_none());
}

/// To end one session does not move the user on, so the user is as the deletion read them.
#[tokio::test]
async fn a_session_that_alone_was_ended_deletes_nobody() {
    let world = World::new();
    let demo = app("demo");
    let ada = world.register("ada@example.com").await.expect("registers");
    let bearer = Bearer { user: ada.user.id, session: session(&ada).id.clone() };
    world.store.sign_out(&demo, &bearer, NOW).await.expect("ends");
    assert!(!world.store.delete_user(&demo, &ada.user, &session(&ada).id, NOW).await.expect("answers"));
    assert!(world.is_known(&ada).await && world.identity("ada@example.com").await.is_some());
    assert!(!world.is_signed_in(session(&ada), NOW).await);
}
