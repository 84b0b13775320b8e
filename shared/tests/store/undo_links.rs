//! The undoing of a change of the address that meets another change of its user. What it does otherwise is in the Browser API's tests.

use local::faults::{Fault, On, Times};
use serde_json::json;
use shared::code::digits::Code;
use shared::code::new_email::NewEmail;
use shared::code::undo::UndoLink;
use shared::id::SessionId;
use shared::passkey::Passkey;
use shared::store::NotUndone;
use shared::user::User;

use crate::passkeys::{add, passkey};
use crate::world::{NOW, World, app, email, session};

const ADA: &str = "ada@example.com";
const NEW: &str = "thief@example.com";

/// A thief has changed Ada's address.
struct Stolen {
    world: World,
    /// Ada, as she is since.
    ada: User,
    /// A session of hers.
    session: SessionId,
    /// What was mailed to her former address.
    link: UndoLink,
}

async fn stolen() -> Stolen {
    let (world, demo, to) = (World::new(), app("demo"), email(NEW));
    let registration = world.register(ADA).await.expect("registers");
    let (user, session) = (&registration.user, session(&registration).id.clone());
    let new = NewEmail { app: &demo, user, session: &session, email: &to };
    let code = Code::draw(&world.random);
    world.store.put_new_email_code(new, &code, &world.nonce(), NOW).await.expect("puts it on record");
    let proof = world.store.try_new_email_code(new, &code, NOW).await.expect("right");
    let (link, _) = UndoLink::issue(&demo, user.id, &email(ADA), &world.random, NOW);
    world.store.change_email(new, &proof, Some(&link), &world.nonce(), NOW).await.expect("changes");
    let ada = world.store.user(&demo, user.id).await.expect("answers").expect("a user");
    Stolen { world, ada, session, link }
}

impl Stolen {
    /// The answer to who reads Ada now.
    fn user_read(&self) -> Fault {
        let key = json!({"pk": {"S": self.partition()}, "sk": {"S": "USER"}});
        Fault::Answer(self.world.raw("GetItem", &json!({"TableName": "core", "Key": key})).to_string())
    }

    /// The answer to who reads her passkeys now.
    fn passkeys_read(&self) -> Fault {
        let query = json!({
            "TableName": "core", "KeyConditionExpression": "pk = :user AND begins_with(sk, :passkeys)",
            "ExpressionAttributeValues": {":user": {"S": self.partition()}, ":passkeys": {"S": "P#"}},
        });
        Fault::Answer(self.world.raw("Query", &query).to_string())
    }

    fn partition(&self) -> String {
        format!("U#demo#{}", self.ada.id)
    }

    /// Adds a passkey on behalf of a session of Ada's.
    async fn add(&self) -> Passkey {
        let passkey = Passkey { epoch: self.ada.epoch, ..passkey(0) };
        add(&self.world, &self.ada, &passkey).await.expect("adds");
        passkey
    }

    /// Undoes the change. A first look reads what these answers say, which is not so any more, and a second one what is so.
    async fn undo_at_the_second_look(&self, stale: [Option<(Fault, &str)>; 2]) {
        let Self { world, ada, link, .. } = self;
        for (read, operation) in stale.into_iter().flatten() {
            world.faults.inject(read, On::operation(operation), Times::Once);
        }
        world.faults.reset_calls();
        let undone = world.store.undo_email_change(link, &world.nonce(), NOW).await.expect("undoes");
        assert_eq!(undone, Some(email(NEW)));
        assert_eq!((world.faults.pending(), world.faults.calls()["TransactWriteItems"]), (0, 2));
        let identity = world.identity(ADA).await.expect("an identity");
        assert!(identity.user == ada.id && identity.password.is_none(), "{identity:?}");
        assert!(world.identity(NEW).await.is_none());
    }
}

/// The answer of the thief's authenticator arrives after the user and the passkeys were read, and before anything is written.
#[tokio::test]
async fn a_passkey_that_is_added_while_a_change_is_undone_goes_too() {
    let stolen = stolen().await;
    let (user, passkeys) = (stolen.user_read(), stolen.passkeys_read());
    let planted = stolen.add().await;
    stolen.undo_at_the_second_look([Some((user, "GetItem")), Some((passkeys, "Query"))]).await;
    let Stolen { world, ada, .. } = &stolen;
    let found = world.store.passkey(&app("demo"), ada.id, &planted.credential.id()).await.expect("answers");
    assert_eq!(found, None);
}

#[tokio::test]
async fn a_sign_out_everywhere_while_a_change_is_undone_does_not_keep_it_from_being_undone() {
    let (stolen, demo) = (stolen().await, app("demo"));
    let user = stolen.user_read();
    let Stolen { world, ada, .. } = &stolen;
    assert!(world.store.end_all_sessions(&demo, ada, NOW).await.expect("answers"));
    stolen.undo_at_the_second_look([Some((user, "GetItem")), None]).await;
    let now = world.store.user(&demo, ada.id).await.expect("answers").expect("a user");
    assert_eq!((now.email, now.epoch), (Some(email(ADA)), ada.epoch.next().next()));
}

#[tokio::test]
async fn a_passkey_that_its_user_removes_while_a_change_is_undone_does_not_keep_it_from_being_undone() {
    let stolen = stolen().await;
    let removed = stolen.add().await.credential.id();
    let passkeys = stolen.passkeys_read();
    let Stolen { world, ada, .. } = &stolen;
    assert!(world.store.remove_passkey(&app("demo"), ada.id, &removed).await.expect("answers"));
    stolen.undo_at_the_second_look([Some((passkeys, "Query")), None]).await;
}

/// The factor is on the identity that comes back, as it is on the user.
#[tokio::test]
async fn a_second_factor_that_is_set_up_while_a_change_is_undone_does_not_keep_it_from_being_undone() {
    let stolen = stolen().await;
    let user = stolen.user_read();
    let Stolen { world, ada, .. } = &stolen;
    world.set_up(ada).await.expect("sets up");
    stolen.undo_at_the_second_look([Some((user, "GetItem")), None]).await;
    assert!(world.identity(ADA).await.expect("an identity").second_factor);
}

/// The user has changed the address back, so that another look would find the same.
#[tokio::test]
async fn a_change_that_its_user_takes_back_while_it_is_undone_leaves_the_link_dead() {
    let (stolen, demo) = (stolen().await, app("demo"));
    let user = stolen.user_read();
    let Stolen { world, ada, session, link } = &stolen;
    let back = email(ADA);
    let new = NewEmail { app: &demo, user: ada, session, email: &back };
    let code = Code::draw(&world.random);
    world.store.put_new_email_code(new, &code, &world.nonce(), NOW).await.expect("puts it on record");
    let proof = world.store.try_new_email_code(new, &code, NOW).await.expect("right");
    world.store.change_email(new, &proof, None, &world.nonce(), NOW).await.expect("changes");
    world.faults.inject(user, On::operation("GetItem"), Times::Once);
    let undone = world.store.undo_email_change(link, &world.nonce(), NOW).await;
    assert!(matches!(undone, Err(NotUndone::Dead)), "{undone:?}");
}
