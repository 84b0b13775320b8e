//! What an operator can do about one user.

#[expect(dead_code, reason = "each test uses its part of it")]
mod support;

use std::ops::Deref;

use anyhow::{Context as _, Result};
use local::faults::{Fault, On, Times};
use serde_json::json;
use shared::secret::Secret;
use shared::session::device::Device;
use shared::session::{Opening, Session, Transport};
use shared::store::{Nonce, PasswordTry, Redemption, Registration};
use shared::user::User;
use shared::user::email::Email;
use shared::user::identity::{Identity, Login};
use shared::user::password::{CanonicalPassword, Hasher};

const EMAIL: &str = "grace@example.com";

struct World(support::World);

impl Deref for World {
    type Target = support::World;

    fn deref(&self) -> &support::World {
        &self.0
    }
}

impl World {
    /// A deployment with one user, who has a living session.
    async fn new() -> Result<Self> {
        let world = support::World::new().await?;
        let (random, now) = (&world.context.random, world.context.clock.now());
        let user = User { email: Some(EMAIL.parse()?), username: Some("grace".parse()?), ..User::new(random, now) };
        let session = Session::open(user.id, user.epoch, Transport::App, Device::default(), random, now);
        let password =
            Some(Hasher::new().hash(&CanonicalPassword::from_plain(&Secret::new("secret123".to_owned())), random));
        let opening = Some(Opening { session, refresh: None });
        let registration = Registration { user, password, challenge: None, opening, source: String::new() };
        world.context.store.register(&world.app, &registration, &Nonce::draw(random), now).await?;
        Ok(Self(world))
    }

    /// What a sign-in reads, where the address is somebody's.
    async fn identity(&self) -> Result<Option<Identity>> {
        self.0.identity(EMAIL.parse::<Email>()?).await
    }
}

#[tokio::test]
async fn who_is_disabled_has_no_session_and_a_sign_in_sees_it() -> Result<()> {
    let world = World::new().await?;
    let shown = world.user(&["show", "--email", EMAIL])?;
    assert_eq!((&shown["disabled"], shown["sessions"].as_array().map(Vec::len)), (&json!(false), Some(1)));

    assert_eq!(world.user(&["disable", "--username", "grace"])?["disabled"], json!(true));
    assert!(world.identity().await?.context("somebody")?.disabled);
    assert_eq!(world.user(&["show", "--email", EMAIL])?["sessions"], json!([]));

    assert_eq!(world.user(&["enable", "--email", EMAIL])?["disabled"], json!(false));
    assert!(!world.identity().await?.context("somebody")?.disabled);
    assert_eq!(world.user(&["show", "--email", EMAIL])?["sessions"], json!([]), "what ended stays so");
    Ok(())
}

#[tokio::test]
async fn who_is_signed_out_has_no_session_and_who_is_unlocked_has_no_failure() -> Result<()> {
    let world = World::new().await?;
    world.user(&["sign-out", "--email", EMAIL])?;
    assert_eq!(world.user(&["show", "--email", EMAIL])?["sessions"], json!([]));
    let (login, now) = (Login::read(EMAIL), world.context.clock.now());
    let tried = PasswordTry { app: &world.app, login: &login, source: "203.0.113.1", cap: 10, now };
    let reserved = world.context.store.reserve_try(&tried).await?;
    world.context.store.end_wrong_try(&tried, &reserved).await?;
    assert_eq!(world.identity().await?.context("somebody")?.tries.failed.len(), 1);
    world.user(&["unlock", "--email", EMAIL])?;
    assert_eq!(world.identity().await?.context("somebody")?.tries.failed, []);
    Ok(())
}

#[tokio::test]
async fn nobody_is_removed_by_a_slip() -> Result<()> {
    let world = World::new().await?;
    let id = world.user(&["find", "--email", EMAIL])?["id"].as_str().context("a number")?.to_owned();
    let output = world.run(&["delete", "--id", &id])?;
    assert!(!output.status.success() && String::from_utf8(output.stderr)?.contains("add --yes"));
    assert_eq!(world.user(&["find", "--id", &id])?["email"], json!(EMAIL));
    assert_eq!(world.user(&["delete", "--id", &id, "--yes"])?["deleted"], json!(true));
    for by in [["--id", &id], ["--email", EMAIL], ["--username", "grace"]] {
        let output = world.run(&[&["find"], &by[..]].concat())?;
        assert!(String::from_utf8(output.stderr)?.contains("the app shop has no such user"), "{by:?}");
    }
    assert!(world.identity().await?.is_none());
    Ok(())
}

/// 250 users are three pages, and one of them is met by a fault.
#[tokio::test]
async fn all_users_of_a_disabled_app_are_deleted_and_of_no_other_app() -> Result<()> {
    let world = World::new().await?;
    let file = world.folder.path().join("many.jsonl");
    let line = |id: u32| json!({"id": id, "email": format!("user{id}@example.com"), "created": 1_700_000_000 + id / 7});
    std::fs::write(&file, (1..=249).map(|id| line(id).to_string()).collect::<Vec<_>>().join("\n"))?;
    let file = file.to_str().context("UTF-8")?;
    assert!(world.run(&["import", "--from", "latchet", file])?.status.success());
    assert!(world.ops(&["app", "create", "other"])?.status.success());
    assert!(world.ops(&["user", "import", "--app", "other", "--from", "latchet", file])?.status.success());
    let refused = |more: &[&str], why: &str| -> Result<()> {
        let output = world.run(&[&["delete", "--all"], more].concat())?;
        let said = String::from_utf8(output.stderr)?;
        assert!(!output.status.success() && said.contains(why), "{said}");
        Ok(())
    };
    refused(&["--yes"], "cargo ops app disable shop first")?;
    assert!(world.ops(&["app", "disable", "shop"])?.status.success());
    refused(&[], "add --yes")?;
    refused(&["--yes", "--email", EMAIL], "cannot be used with")?;
    assert!(!world.run(&["delete", "--yes"])?.status.success(), "nobody is named");
    world.faults.inject(Fault::Throttle, On::operation("TransactWriteItems"), Times::Exactly(3));
    assert_eq!(world.user(&["delete", "--all", "--yes"])?, json!({"app": "shop", "deleted": 250}));
    assert_eq!(world.faults.pending(), 0);
    assert_eq!(world.user(&["list"])?["users"], json!([]));
    assert!(world.identity().await?.is_none());
    let other = world.ops(&["user", "list", "--app", "other", "--limit", "100"])?;
    let other: serde_json::Value = serde_json::from_slice(&other.stdout)?;
    assert_eq!(other["users"].as_array().map(Vec::len), Some(100));
    assert_eq!(world.user(&["delete", "--all", "--yes"])?["deleted"], json!(0));
    Ok(())
}

/// The loop of before ended as if all were deleted.
#[tokio::test]
async fn a_deletion_of_all_users_that_cannot_go_on_says_so_and_is_given_again() -> Result<()> {
    let world = World::new().await?;
    assert!(world.ops(&["app", "disable", "shop"])?.status.success());
    // A user whom this release cannot read cannot be deleted.
    let id = world.user(&["find", "--email", EMAIL])?["id"].as_str().context("a number")?.to_owned();
    world.faults.inject(Fault::Answer("{\"Items\":[{}]}".to_owned()), On::operation("Query"), Times::Once);
    let output = world.run(&["delete", "--all", "--yes"])?;
    let said = String::from_utf8(output.stderr)?;
    assert!(!output.status.success() && said.contains("0 users of shop are removed, and others are left"), "{said}");
    assert!(world.user(&["find", "--id", &id])?["email"] == EMAIL);
    assert_eq!(world.user(&["delete", "--all", "--yes"])?["deleted"], json!(1));
    Ok(())
}

#[tokio::test]
async fn users_are_listed_by_creation_a_page_at_a_time() -> Result<()> {
    let world = World::new().await?;
    let file = world.folder.path().join("five.jsonl");
    let line = |id: u32| json!({"id": id, "email": format!("user{id}@example.com"), "created": 1_700_000_000 + id});
    std::fs::write(&file, (1..=5).map(|id| line(id).to_string()).collect::<Vec<_>>().join("\n"))?;
    assert!(world.run(&["import", "--from", "latchet", file.to_str().context("UTF-8")?])?.status.success());
    let listed = |arguments: &[&str]| -> Result<Vec<String>> {
        let (mut names, mut after) = (Vec::new(), None::<String>);
        loop {
            let place = after.iter().flat_map(|after| ["--after", after]).collect::<Vec<_>>();
            let page = world.user(&[&["list", "--limit", "2"], arguments, &place].concat())?;
            let users = page["users"].as_array().context("users")?;
            assert!(users.len() <= 2);
            names.extend(users.iter().filter_map(|user| Some(user["email"].as_str()?.to_owned())));
            match page["next"].as_str() {
                Some(next) => after = Some(next.to_owned()),
                None => return Ok(names),
            }
        }
    };
    let oldest = [1, 2, 3, 4, 5].map(|id| format!("user{id}@example.com"));
    let oldest: Vec<_> = oldest.into_iter().chain([EMAIL.to_owned()]).collect();
    assert_eq!(listed(&["--oldest-first"])?, oldest);
    assert_eq!(listed(&[])?, oldest.iter().rev().cloned().collect::<Vec<_>>());
    world.user(&["delete", "--email", "user3@example.com", "--yes"])?;
    assert!(!listed(&[])?.contains(&"user3@example.com".to_owned()));
    let other = world.ops(&["user", "list", "--app", "another"])?;
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&other.stdout)?["users"], json!([]));
    Ok(())
}

#[tokio::test]
async fn every_command_about_users_prints_lines_of_json() -> Result<()> {
    let world = World::new().await?;
    let file = world.folder.path().join("one.jsonl");
    let line = json!({"id": "1", "email": "ada@example.com", "phone": "+447400123456", "phone_verified": true});
    std::fs::write(&file, line.to_string())?;
    let grace = ["--email", EMAIL];
    for command in [
        &["import", "--from", "latchet", file.to_str().context("UTF-8")?][..],
        &["find", "--phone", "+447400123456"][..],
        &["find", "--username", "Grace"][..],
        &["list"][..],
        &["list", "--limit", "1", "--oldest-first"][..],
        &[&["show"], &grace[..]].concat()[..],
        &[&["sign-out"], &grace[..]].concat()[..],
        &[&["disable"], &grace[..]].concat()[..],
        &[&["enable"], &grace[..]].concat()[..],
        &[&["unlock"], &grace[..]].concat()[..],
        &[&["verify"], &grace[..]].concat()[..],
        &[&["role", "add", "editor"], &grace[..]].concat()[..],
        &[&["role", "list"], &grace[..]].concat()[..],
        &[&["role", "remove", "editor"], &grace[..]].concat()[..],
        &[&["factors", "list"], &grace[..]].concat()[..],
        &[&["set-password-link", "--public-url", "https://auth.example"], &grace[..]].concat()[..],
        &[&["export"], &grace[..]].concat()[..],
        &[&["delete", "--yes"], &grace[..]].concat()[..],
    ] {
        let output = world.run(command)?;
        assert!(output.status.success(), "{command:?}: {output:?}");
        let printed = String::from_utf8(output.stdout)?;
        let lines = printed.lines().map(serde_json::from_str::<serde_json::Value>).collect::<Result<Vec<_>, _>>();
        assert!(lines.is_ok_and(|lines| !lines.is_empty()), "{command:?}: {printed}");
    }
    let index = world.ops(&["user", "index"])?;
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&index.stdout)?, json!({"listed": 0}));
    Ok(())
}

#[tokio::test]
async fn a_user_is_given_roles_and_loses_them() -> Result<()> {
    let world = World::new().await?;
    assert_eq!(world.user(&["role", "add", "editor", "--email", EMAIL])?["roles"], json!(["editor"]));
    assert_eq!(world.user(&["role", "add", "admin", "--username", "grace"])?["roles"], json!(["admin", "editor"]));
    assert_eq!(world.user(&["role", "list", "--email", EMAIL])?, json!(["admin", "editor"]));
    assert_eq!(world.user(&["show", "--email", EMAIL])?["roles"], json!(["admin", "editor"]));
    assert_eq!(world.user(&["role", "remove", "editor", "--email", EMAIL])?["roles"], json!(["admin"]));
    let refused = world.run(&["role", "add", "a b", "--email", EMAIL])?;
    assert!(!refused.status.success() && String::from_utf8(refused.stderr)?.contains("begins with a letter"));
    Ok(())
}

#[tokio::test]
async fn an_address_is_verified_by_the_operators_word() -> Result<()> {
    let world = World::new().await?;
    assert_eq!(world.user(&["show", "--email", EMAIL])?["email_verified"], json!(false));
    assert_eq!(world.user(&["verify", "--username", "grace"])?["email_verified"], json!(true));
    assert!(world.identity().await?.context("somebody")?.proven);
    assert_eq!(world.user(&["verify", "--email", EMAIL])?["email_verified"], json!(true), "again changes nothing");
    Ok(())
}

#[tokio::test]
async fn a_link_that_is_handed_over_sets_a_password_once_and_proves_no_address() -> Result<()> {
    let world = World::new().await?;
    let link = world.user(&["set-password-link", "--email", EMAIL, "--public-url", "https://auth.example"])?;
    let link = link["link"].as_str().context("a link")?;
    let token = link.strip_prefix("https://auth.example/account/reset-password?token=").context("the page")?;
    let (store, now) = (&world.context.store, world.context.clock.now());
    let live = store.live_link(&world.app, &token.parse()?, now).await?.context("alive")?;
    let hash = Hasher::new()
        .hash(&CanonicalPassword::from_plain(&Secret::new("another 123".to_owned())), &world.context.random);
    let nonce = Nonce::draw(&world.context.random);
    let redemption = Redemption { link: &live, password: &hash, source: "192.0.2.1", now };
    store.redeem_reset_link(&world.app, &redemption, &nonce).await?;
    let shown = world.user(&["show", "--email", EMAIL])?;
    assert_eq!((&shown["email_verified"], &shown["sessions"]), (&json!(false), &json!([])));
    assert!(world.identity().await?.context("somebody")?.password == Some(hash));
    assert!(store.live_link(&world.app, &token.parse()?, now).await?.is_none(), "it is good once");
    Ok(())
}

#[tokio::test]
async fn what_is_stored_of_a_person_is_given_out_without_what_opens_something() -> Result<()> {
    let world = World::new().await?;
    let exported = world.user(&["export", "--email", EMAIL])?;
    assert_eq!((&exported["email"], &exported["app"]), (&json!(EMAIL), &json!("shop")));
    assert_eq!(exported["sessions"].as_array().map(Vec::len), Some(1));
    for nothing in ["connected_apps", "factors", "mementos"] {
        assert_eq!(exported[nothing], json!([]), "{nothing}");
    }
    assert!(!exported.to_string().contains("argon2"));
    Ok(())
}
