//! An app's users leave in an encrypted file and come back. The program `age` has to be there; CI installs it.

#[expect(dead_code, reason = "each test uses its part of it")]
mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::HEXLOWER;
use local::faults::{Fault, On, Times};
use serde_json::{Value, json};
use shared::secret::Secret;
use shared::user::email::Email;
use shared::user::password::{CanonicalPassword, Hasher, Verdict};
use support::World;

/// The file of a key, and its public half.
fn key(world: &World) -> Result<(String, String)> {
    let file = world.path("key.txt")?;
    let made = Command::new("age-keygen").args(["-o", &file]).output();
    let said = String::from_utf8(made.context("age is not installed: .ci/setup installs it")?.stderr)?;
    let public = said.split_whitespace().last().context("a public key")?.to_owned();
    Ok((file, public))
}

impl World {
    fn app(&self, arguments: &[&str]) -> Result<Value> {
        let output = self.ops(&[&["app"], arguments].concat())?;
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    fn webhook(&self, arguments: &[&str]) -> Result<Value> {
        let output = self.ops(&[&["webhook"], arguments].concat())?;
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    fn path(&self, name: &str) -> Result<String> {
        Ok(self.folder.path().join(name).to_str().context("UTF-8")?.to_owned())
    }

    /// A file of these lines that only its recipient can read.
    fn sealed(&self, recipient: &str, name: &str, lines: &[String]) -> Result<String> {
        let (plain, sealed) = (self.path("plain")?, self.path(name)?);
        std::fs::write(&plain, lines.join("\n") + "\n")?;
        assert!(Command::new("age").args(["-r", recipient, "-o", &sealed, &plain]).status()?.success());
        Ok(sealed)
    }

    fn opened(identity: &str, file: &str) -> Result<String> {
        let opened = Command::new("age").args(["--decrypt", "--identity", identity, file]).output()?;
        assert!(opened.status.success(), "{opened:?}");
        Ok(String::from_utf8(opened.stdout)?)
    }
}

const USERS: u32 = 250;

/// As many as the command `cargo dev test --moves` moves.
const MANY: u32 = 10_000;

/// The password of the user of that number at the other product.
fn password(id: u32) -> String {
    format!("correct horse {id}")
}

/// A line of Auth0's export, as it has users who came to it with a hash: a digest that costs nothing, for ten thousand of a real hash
/// would take the machine half an hour. Each user has a salt of their own.
fn auth0(id: u32) -> String {
    let (salt, password) = (format!("salt{id}"), password(id));
    let digest = HEXLOWER.encode(digest(&SHA256, format!("{salt}{password}").as_bytes()).as_ref());
    let created = 1_700_000_000 + u64::from(id) / 7;
    json!({
        "user_id": format!("auth0|{id}"), "email": format!("user{id}@example.com"), "email_verified": id.is_multiple_of(2),
        "username": format!("user{id}"), "name": format!("User {id}"), "blocked": id % 50 == 49,
        "created_at": format!("{created}"),
        "custom_password_hash": {
            "algorithm": "sha256", "hash": {"value": digest, "encoding": "hex"},
            "salt": {"value": salt, "encoding": "utf8", "position": "prefix"},
        },
    })
    .to_string()
}

/// What an import prints last, where nothing is refused.
fn brought(imported: u32, here_before: u32, webhooks: [u32; 2]) -> Value {
    let tally =
        |[imported, here_before]: [u32; 2]| json!({"imported": imported, "here_before": here_before, "refused": 0});
    let (users, webhooks) = (tally([imported, here_before]), tally(webhooks));
    json!({"users": users, "clients": tally([0; 2]), "webhooks": webhooks, "unreadable_lines": 0})
}

/// Runs a command, and says how many users a second it did.
#[expect(clippy::disallowed_methods, reason = "how long a move takes is what is measured")]
fn timed(users: u32, what: &str, run: impl FnOnce() -> Result<Value>) -> Result<(Value, f64)> {
    let began = Instant::now();
    let said = run()?;
    let rate = f64::from(users) / began.elapsed().as_secs_f64();
    println!("{what}: {users} users, {rate:.0} a second");
    Ok((said, rate))
}

impl World {
    /// Whether the stored hash of that user takes the password that they had at the other product.
    async fn is_opened_by_the_old_password(&self, id: u32) -> Result<bool> {
        let address: Email = format!("user{id}@example.com").parse()?;
        let stored = self.identity(address).await?.context("somebody")?.password;
        let verdict =
            |text: String| Hasher::new().verify(&CanonicalPassword::from_plain(&Secret::new(text)), stored.as_ref());
        Ok(verdict(password(id)) == Verdict::RightButStale && verdict(password(id + 1)) == Verdict::Wrong)
    }
}

/// The hash of each user, by address, as the file of an export has it.
fn hashes(opened: &str) -> Result<BTreeMap<String, String>> {
    let users = opened.lines().map(serde_json::from_str::<Value>).collect::<Result<Vec<_>, _>>()?;
    let users = users.iter().filter(|line| line["kind"] == "user");
    let hash =
        |line: &Value| Some((line["user"]["email"]["S"].as_str()?.to_owned(), line["password"].as_str()?.to_owned()));
    users.map(|line| hash(line).context("a user without address or hash")).collect()
}

/// In from another product's export, out encrypted, and into an empty deployment: everybody keeps their hash, and what leaves the second
/// is what left the first. How many users a second the first step brought in.
async fn round_trip(users: u32, step: usize) -> Result<f64> {
    let (world, other) = (World::in_a_file().await?, World::in_a_file().await?);
    world.past_the_faults()?;
    other.past_the_faults()?;
    let (identity, recipient) = key(&world)?;
    let (file, first, second) = (world.path("auth0.jsonl")?, world.path("first.age")?, world.path("second.age")?);
    std::fs::write(&file, (0..users).map(auth0).collect::<Vec<_>>().join("\n"))?;
    let (imported, rate) = timed(users, "in from Auth0", || {
        let output = world.run(&["import", "--from", "auth0", &file])?;
        assert!(output.status.success(), "{output:?}");
        Ok(serde_json::from_str(String::from_utf8(output.stdout)?.lines().last().context("sums")?)?)
    })?;
    assert_eq!(imported["sums"]["imported"], json!(users));
    let sums = json!({"clients": 0, "users": users, "webhooks": 0});
    let out = ["export", "shop", "--to", recipient.as_str()];
    assert_eq!(timed(users, "out, encrypted", || world.app(&[&out[..], &[first.as_str()]].concat()))?.0, sums);
    assert_eq!(world.app(&["verify-export", "--identity", &identity, &first])?, sums);
    let arrival = ["import", "shop", "--identity", identity.as_str(), first.as_str()];
    assert_eq!(timed(users, "in to an empty deployment", || other.app(&arrival))?.0, brought(users, 0, [0; 2]));
    assert_eq!(other.app(&[&out[..], &[second.as_str()]].concat())?, sums);
    let opened = World::opened(&identity, &first)?;
    // No diff of ten thousand lines.
    assert!(
        opened == World::opened(&identity, &second)?,
        "what leaves the second deployment is not what left the first"
    );
    let hashes = hashes(&opened)?;
    assert_eq!(hashes.len(), usize::try_from(users)?);
    let distinct: BTreeSet<_> = hashes.values().collect();
    assert_eq!(distinct.len(), hashes.len(), "each user has a salt of their own, so no two hashes are alike");
    for id in (0..users).step_by(step) {
        assert!(other.is_opened_by_the_old_password(id).await?, "user {id}");
    }
    Ok(rate)
}

#[tokio::test]
async fn users_of_another_product_go_in_and_out_and_in_again_with_their_passwords() -> Result<()> {
    round_trip(300, 60).await.map(drop)
}

/// docs/decisions/0316-how-a-move-is-measured.md.
#[tokio::test]
#[ignore = "it takes minutes, and says something on a machine that does nothing else: cargo dev test --moves"]
async fn ten_thousand_users_move_at_five_hundred_a_second() -> Result<()> {
    let rate = round_trip(MANY, 200).await?;
    assert!(rate >= 500.0, "{rate:.0} users a second came in, and 500 should");
    Ok(())
}

#[tokio::test]
async fn all_users_leave_and_come_back_with_their_passwords_and_leave_the_same() -> Result<()> {
    let world = World::new().await?;
    let (identity, recipient) = key(&world)?;
    let users = world.path("users.jsonl")?;
    // The MD5 of `correct horse 17`; several register in one second.
    let line = |id: u32| {
        json!({
            "id": id, "email": format!("user{id}@example.com"), "username": format!("user{id}"),
            "created": 1_700_000_000 + id / 7, "password_hash": "$salted-md5$$$hxzeUhtqB92G1I9wx3mloQ",
            "totp": "JBSWY3DPEHPK3PXP",
        })
    };
    std::fs::write(&users, (0..USERS).map(|id| line(id).to_string()).collect::<Vec<_>>().join("\n"))?;
    assert!(world.run(&["import", "--from", "latchet", &users])?.status.success());
    world.user(&["role", "add", "editor", "--email", "user7@example.com"])?;
    world.app(&["update", "shop", "--claim", "plan=gold"])?;
    let endpoint = world.webhook(&["add", "shop", "https://shop.example/hooks", "--events", "user.deleted"])?;
    let id = endpoint["endpoint"].as_str().context("an id")?;
    let secret = world.webhook(&["rotate", "shop", id])?["secret"].clone();
    let (first, second) = (world.path("first.age")?, world.path("second.age")?);
    let sums = json!({"clients": 0, "users": USERS, "webhooks": 1});
    assert_eq!(world.app(&["export", "shop", "--to", &recipient, &first])?, sums);
    assert_eq!(world.app(&["verify-export", "--identity", &identity, &first])?, sums);
    assert!(!std::fs::read(&first)?.windows(12).any(|window| window == b"@example.com"), "it is encrypted");

    let other = World::new().await?;
    let arrival = ["import", "shop", "--identity", identity.as_str(), first.as_str()];
    assert_eq!(other.app(&arrival)?, brought(USERS, 0, [1, 0]));
    assert_eq!(other.app(&arrival)?, brought(0, USERS, [0, 1]), "it can be given again");
    assert_eq!(other.app(&["export", "shop", "--to", &recipient, &second])?, sums);
    let opened = World::opened(&identity, &first)?;
    assert_eq!(opened, World::opened(&identity, &second)?);
    let last_but_one = opened.lines().rev().nth(1).context("a line")?;
    let webhook: Value = serde_json::from_str(last_but_one)?;
    assert_eq!((&webhook["kind"], &webhook["secret"]), (&json!("webhook"), &secret), "the users come before");
    assert_eq!(other.webhook(&["list", "shop"])?, world.webhook(&["list", "shop"])?);
    assert_eq!(other.user(&["role", "list", "--email", "user7@example.com"])?, json!(["editor"]));
    assert_eq!(other.app(&["list"])?["claims"], json!({"plan": "gold"}));
    for id in [0, 77, USERS - 1] {
        let address: Email = format!("user{id}@example.com").parse()?;
        let stored = other.identity(address).await?.context("somebody")?.password;
        let typed = CanonicalPassword::from_plain(&Secret::new("correct horse 17".to_owned()));
        assert_eq!(Hasher::new().verify(&typed, stored.as_ref()), Verdict::RightButStale);
    }
    Ok(())
}

/// The SDK tries a call three times, so three faults end a call of the store. The queries are of the endpoints, the clients, the list of
/// users and the user.
#[tokio::test]
async fn an_export_waits_for_a_store_that_is_busy_whatever_it_reads() -> Result<()> {
    let world = World::new().await?;
    let (_, recipient) = key(&world)?;
    let users = world.path("users.jsonl")?;
    std::fs::write(&users, json!({"id": 1, "email": "ada@example.com"}).to_string())?;
    assert!(world.run(&["import", "--from", "latchet", &users])?.status.success());
    for passed in 0..4 {
        if passed > 0 {
            world.faults.inject(Fault::Slow(Duration::ZERO), On::operation("Query"), Times::Exactly(passed));
        }
        world.faults.inject(Fault::Throttle, On::operation("Query"), Times::Exactly(3));
        let exported = world.app(&["export", "shop", "--to", &recipient, &world.path(&format!("{passed}.age"))?])?;
        assert_eq!((&exported["users"], world.faults.pending()), (&json!(1), 0), "query {passed}");
    }
    Ok(())
}

/// An app that is copied beside itself cannot have its clients, whose ids are the deployment's.
#[tokio::test]
async fn a_client_that_is_another_apps_is_told_and_not_taken() -> Result<()> {
    let world = World::new().await?;
    let (identity, recipient) = key(&world)?;
    let file = world.path("shop.age")?;
    let made = ["client", "create", "--app", "shop", "--name", "Reader", "--redirect-uri", "https://reader.example/cb"];
    assert!(world.ops(&made)?.status.success());
    world.app(&["export", "shop", "--to", &recipient, &file])?;
    world.app(&["create", "copy"])?;
    let refused = world.ops(&["app", "import", "copy", "--identity", &identity, &file])?;
    let said = String::from_utf8(refused.stderr)?;
    assert!(!refused.status.success() && said.contains("lines refused: 1,"), "{said}");
    let told = String::from_utf8(refused.stdout)?;
    let told = told.lines().map(serde_json::from_str).collect::<Result<Vec<Value>, _>>()?;
    let why = told[0]["refused"].as_str().context("a reason")?;
    assert!(
        told[0]["line"] == 2 && told[0]["client"].is_string() && why.contains("belongs to another app"),
        "{told:?}"
    );
    assert_eq!(told[1]["clients"], json!({"imported": 0, "here_before": 0, "refused": 1}));
    let empty = World::new().await?;
    assert_eq!(empty.app(&["import", "shop", "--identity", &identity, &file])?["clients"]["imported"], json!(1));
    Ok(())
}

#[tokio::test]
async fn a_file_that_was_cut_is_not_whole() -> Result<()> {
    let world = World::new().await?;
    let (identity, recipient) = key(&world)?;
    let whole = world.path("whole.age")?;
    world.app(&["export", "shop", "--to", &recipient, &whole])?;
    let text = World::opened(&identity, &whole)?;
    let (first, _) = text.split_once('\n').context("a line")?;
    assert!(first.contains("\"format\":1") && !text.contains("\"kind\":\"webhook\""), "{text}");
    let cut = world.sealed(&recipient, "cut.age", &[first.to_owned()])?;
    let refused = world.ops(&["app", "verify-export", "--identity", &identity, &cut])?;
    let said = String::from_utf8(refused.stderr)?;
    assert!(!refused.status.success() && said.contains("its last line is missing"), "{said}");
    let over = world.ops(&["app", "export", "shop", "--to", &recipient, &whole])?;
    assert!(!over.status.success() && String::from_utf8(over.stderr)?.contains("is there already"));
    Ok(())
}

/// A user of an export, with whatever else the line has.
fn user(id: u32, more: &Value) -> Value {
    let mut line = json!({
        "kind": "user", "id": id.to_string(),
        "user": {
            "created": {"N": "1700000000"}, "epoch": {"N": "0"}, "email": {"S": format!("user{id}@example.com")},
            "users_of": {"S": "shop"},
        },
    });
    for (name, value) in more.as_object().into_iter().flatten() {
        match (name.as_str(), value) {
            ("user", Value::Object(attributes)) => {
                line["user"].as_object_mut().into_iter().for_each(|user| user.extend(attributes.clone()));
            }
            _ => line[name] = value.clone(),
        }
    }
    line
}

const HALF: usize = 200 * 1024;

/// Belongings of half of what an item may have, each.
fn belongings(count: usize) -> Value {
    (0..count).map(|number| json!([format!("X#{number}"), {"a": {"S": "a".repeat(HALF)}}])).collect()
}

fn belonging(name: &str, item: &Value) -> Value {
    json!({"belongings": [[name, item]]})
}

/// What a user's line says more that makes it unfit, and why it is refused.
fn unfit() -> Vec<(Value, &'static str)> {
    let memento = "0".repeat(23) + "g" + &"0".repeat(16);
    let long = "a".repeat(2 * HALF);
    vec![
        (json!({"id": "no number"}), "`id` is not as an export writes it"),
        (json!({"user": {"created": {"S": "today"}}}), "`created` is not"),
        (json!({"user": {"roles": {"SS": []}}}), "`user` is not"),
        (json!({"user": {"count": {"N": "x"}}}), "`user` is not"),
        (json!({"user": {"note": {"S": long}}}), "`user` would be an item of"),
        (json!({"password": long}), "`password` would be an item of"),
        (json!({"totp": "!"}), "`totp` is not"),
        (json!({"totp": ""}), "`totp` is not"),
        (json!({"recovery_seed": "AAAAAAAAAAAAAAAAAAAAAA==", "recovery_left": [1, 1]}), "`recovery_left` is not"),
        (json!({"recovery_seed": "AAAAAAAAAAAAAAAAAAAAAA==", "recovery_left": [10]}), "`recovery_left` is not"),
        (belonging(&format!("M#{memento}"), &json!({})), "`mementos` is not"),
        (belonging("P#", &json!({})), "`passkeys` is not"),
        (belonging("G#1", &json!({"mementos": {"SS": ["x"]}})), "`mementos` is not"),
        (belonging("", &json!({})), "`belongings` is not"),
        (belonging("USER", &json!({})), "`belongings` is not"),
        (belonging("X#1", &json!({"users_of": {"S": "shop"}})), "`belongings` is not"),
        (belonging("X#1", &json!({"set": {"SS": []}})), "`belongings` is not"),
        (belonging("X#1", &json!({"text": {"S": long}})), "`belongings` would be an item of"),
    ]
}

/// Each of these ended the run once, and a repetition stopped at the same line.
#[tokio::test]
async fn a_line_that_cannot_be_written_is_refused_with_its_number_and_the_others_are_done() -> Result<()> {
    let world = World::new().await?;
    let (identity, recipient) = key(&world)?;
    let refused = unfit();
    // What only the store knows: a number that is too great for it.
    let great = user(90, &belonging("X#1", &json!({"number": {"N": "1e200"}})));
    let mut lines = vec![json!({"kind": "app", "app": "shop", "format": 1}).to_string()];
    lines.extend((1..).zip(&refused).map(|(id, (more, _))| user(id, more).to_string()));
    lines.extend(["{\"kind\":\"user\",\"id\":7}".to_owned(), "\u{1b}[2J".to_owned()]);
    lines.extend([user(50, &json!({})), user(51, &json!({"belongings": belongings(3)}))].map(|user| user.to_string()));
    let sums = |users: usize| json!({"kind": "end", "users": users, "clients": 0, "webhooks": 0}).to_string();
    let seen = refused.len() + 2;
    let file = world.sealed(&recipient, "bad.age", &[&lines[..], &[sums(seen + 2)]].concat())?;
    lines.push(great.to_string());
    let with_great = world.sealed(&recipient, "worse.age", &[&lines[..], &[sums(seen + 3)]].concat())?;

    let told = |output: &std::process::Output| -> Result<Vec<Value>> {
        let text = String::from_utf8(output.stdout.clone())?;
        Ok(text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?)
    };
    let verified = world.ops(&["app", "verify-export", "--identity", &identity, &file])?;
    let said = String::from_utf8(verified.stderr.clone())?;
    assert!(!verified.status.success() && said.contains("an import would refuse 20 lines"), "{said}");
    let verified = told(&verified)?;
    assert_eq!(verified.last(), Some(&json!({"clients": 0, "users": seen, "webhooks": 0})));

    let imported = world.ops(&["app", "import", "shop", "--identity", &identity, &with_great])?;
    let said = String::from_utf8(imported.stderr.clone())?;
    assert!(!imported.status.success() && said.contains("lines refused: 21,"), "{said}");
    let imported = told(&imported)?;
    assert_eq!(verified[..20], imported[..20], "both say the same of the same lines");
    for ((number, (more, why)), said) in (2..).zip(&refused).zip(&verified) {
        assert_eq!(said["line"], json!(number), "{more}");
        assert!(said["refused"].as_str().is_some_and(|text| text.contains(why)), "{why}: {said}");
    }
    assert_eq!((&verified[0]["user"], &verified[1]["user"]), (&json!(null), &json!("2")));
    for said in &verified[18..20] {
        assert_eq!(said["refused"], json!("no export writes such a line"));
    }
    let why = imported[20]["refused"].as_str().context("a reason")?;
    assert!(imported[20]["user"] == "90" && why.contains("the store refuses it"), "{why}");
    let users = json!({"imported": 2, "here_before": 0, "refused": 19});
    assert_eq!((&imported[21]["users"], &imported[21]["unreadable_lines"]), (&users, &json!(2)));
    let large = world.context.store.departing_user(&world.app, "51".parse()?, world.context.clock.now()).await?;
    assert_eq!(large.context("a user")?.belongings.len(), 3, "the line is long, and no item is");
    Ok(())
}

/// The SDK tries a call three times, so three faults end a call of the store.
#[tokio::test]
async fn an_import_waits_for_a_busy_store_with_claims_and_endpoints_too() -> Result<()> {
    let (world, other) = (World::new().await?, World::new().await?);
    let (identity, recipient) = key(&world)?;
    let file = world.path("shop.age")?;
    world.app(&["update", "shop", "--claim", "plan=gold"])?;
    world.webhook(&["add", "shop", "https://shop.example/hooks"])?;
    world.app(&["export", "shop", "--to", &recipient, &file])?;
    for operation in ["TransactWriteItems", "PutItem"] {
        other.faults.inject(Fault::Throttle, On::operation(operation), Times::Exactly(3));
    }
    let arrival = ["import", "shop", "--identity", identity.as_str(), file.as_str()];
    assert_eq!((other.app(&arrival)?, other.faults.pending()), (brought(0, 0, [1, 0]), 0));
    assert_eq!(other.app(&["list"])?["claims"], json!({"plan": "gold"}));
    Ok(())
}
