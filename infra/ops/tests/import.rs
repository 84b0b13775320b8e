//! Users of other products are brought in. Each fixture has the shape that its product writes, and hashes that Python's
//! libraries made of one password.

#[expect(dead_code, reason = "each test uses its part of it")]
mod support;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use local::faults::{Fault, On, Times};
use serde_json::{Value, json};
use shared::secret::Secret;
use shared::user::email::Email;
use shared::user::identity::Handle;
use shared::user::password::{CanonicalPassword, Hasher, Verdict};
use shared::user::username::Username;
use support::World;

const PASSWORD: &str = "correct horse 17";

/// The bytes from 0 to 63.
const SIGNER_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw==";

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/import").join(name)
}

/// What an import printed: its lines about lines, and its sums.
struct Imported {
    success: bool,
    about: Vec<Value>,
    sums: Value,
    stderr: String,
}

impl World {
    fn import(&self, product: &str, file: &Path, more: &[&str]) -> Result<Imported> {
        let file = file.to_str().context("UTF-8")?;
        let arguments = ["import", "--from", product, "--firebase-signer-key", SIGNER_KEY, file];
        let output = self.run(&[&arguments, more].concat())?;
        let stdout = String::from_utf8(output.stdout)?;
        let mut about = stdout.lines().map(serde_json::from_str).collect::<Result<Vec<Value>, _>>()?;
        let sums = about.pop().map(|mut last| last["sums"].take()).unwrap_or_default();
        Ok(Imported { success: output.status.success(), about, sums, stderr: String::from_utf8(output.stderr)? })
    }

    async fn is_opened(&self, handle: impl Into<Handle>) -> Result<bool> {
        let identity = self.identity(handle).await?.context("somebody")?;
        let verdict = |password: &str| {
            let typed = CanonicalPassword::from_plain(&Secret::new(password.to_owned()));
            Hasher::new().verify(&typed, identity.password.as_ref())
        };
        assert_eq!(verdict("correct horse 18"), Verdict::Wrong);
        Ok(verdict(PASSWORD) == Verdict::RightButStale)
    }
}

fn sums(imported: u64, refused: u64) -> Value {
    json!({"lines": imported + refused, "imported": imported, "here_before": 0, "refused": refused})
}

/// By product and file: users, refused lines, and whose old password opens.
const FILES: [(&str, &str, u64, u64, &[&str]); 12] = [
    ("cognito", "cognito.jsonl", 3, 1, &[]),
    ("cognito", "cognito.csv", 2, 0, &[]),
    ("auth0", "auth0.jsonl", 6, 4, &["ada", "grace", "alan", "edith", "kurt"]),
    ("auth0", "auth0.csv", 2, 0, &["ada"]),
    ("firebase", "firebase.jsonl", 2, 1, &["ada", "grace"]),
    ("firebase", "firebase.csv", 2, 0, &["ada"]),
    ("supabase", "supabase.jsonl", 2, 2, &["ada", "grace"]),
    ("supabase", "supabase.csv", 2, 2, &["ada", "grace"]),
    ("keycloak", "keycloak.jsonl", 4, 1, &["ada", "grace"]),
    ("django", "django.jsonl", 10, 0, &["ada", "grace", "alan", "edith", "kurt", "emmy", "hedy", "john", "rosalind"]),
    ("django", "django.csv", 2, 0, &["ada", "grace"]),
    ("latchet", "latchet.jsonl", 3, 0, &["ada", "grace"]),
];

#[tokio::test]
async fn a_file_of_each_product_brings_its_users_with_their_passwords() -> Result<()> {
    for (product, file, brought, refused, with_password) in FILES {
        let world = World::new().await?;
        let dry = world.import(product, &fixture(file), &["--dry-run"])?;
        assert_eq!((dry.success, &dry.sums), (refused == 0, &sums(brought, refused)), "{file}: {:?}", dry.about);
        assert!(
            world.identity("ada@example.com".parse::<Email>()?).await?.is_none(),
            "{file}: a dry run writes nothing"
        );

        let done = world.import(product, &fixture(file), &[])?;
        assert_eq!((&done.sums, &done.about), (&dry.sums, &dry.about), "{file}: {}", done.stderr);
        for name in with_password {
            let address: Email = format!("{name}@example.com").parse()?;
            assert!(world.is_opened(address).await?, "{file}: {name}");
        }
        let again = world.import(product, &fixture(file), &[])?;
        let before = json!({"lines": brought + refused, "imported": 0, "here_before": brought, "refused": refused});
        assert_eq!(again.sums, before, "{file}: a second run brings nobody");
    }
    Ok(())
}

#[tokio::test]
async fn what_a_product_knows_of_a_user_is_known_here() -> Result<()> {
    // 2023-05-01T09:15:00Z; what a product does not tell begins now.
    const CREATED: i64 = 1_682_932_500;
    for (product, file, lacks) in [
        ("cognito", "cognito.jsonl", &[][..]),
        ("cognito", "cognito.csv", &["created"]),
        ("auth0", "auth0.jsonl", &["phone", "created"]),
        ("auth0", "auth0.csv", &["phone"]),
        ("firebase", "firebase.jsonl", &["username"]),
        ("firebase", "firebase.csv", &["username"]),
        ("supabase", "supabase.jsonl", &[]),
        ("supabase", "supabase.csv", &[]),
        ("keycloak", "keycloak.jsonl", &[]),
        ("django", "django.jsonl", &["phone", "email_verified"]),
        ("django", "django.csv", &["phone", "email_verified"]),
        ("latchet", "latchet.jsonl", &[]),
    ] {
        let world = World::new().await?;
        world.import(product, &fixture(file), &[])?;
        let mut ada = world.user(&["find", "--email", "ada@example.com"])?;
        let mut known = json!({
            "name": "Ada Lovelace", "username": "ada_1815", "email": "ada@example.com", "email_verified": true,
            "phone": "+447400123456", "disabled": false, "created": CREATED,
        });
        for field in lacks.iter().chain(&["id", "roles", "second_factor"]) {
            for user in [&mut ada, &mut known] {
                user.as_object_mut().context("an object")?.remove(*field);
            }
        }
        assert_eq!(ada, known, "{file}");
        let grace = world.user(&["find", "--email", "grace@example.com"])?;
        let is_out = !matches!(file, "cognito.csv");
        assert_eq!((&grace["disabled"], &grace["email_verified"]), (&json!(is_out), &json!(false)), "{file}");
        assert_eq!(world.identity("grace@example.com".parse::<Email>()?).await?.context("her")?.disabled, is_out);
    }
    Ok(())
}

#[tokio::test]
async fn what_is_not_kept_and_who_is_refused_is_told_by_line() -> Result<()> {
    let world = World::new().await?;
    let auth0 = world.import("auth0", &fixture("auth0.jsonl"), &[])?;
    assert!(!auth0.success && auth0.stderr.contains("lines refused: 4,"), "{}", auth0.stderr);
    let told = |line: u64, imported: &Imported| -> Vec<String> {
        let about = imported.about.iter().filter(|about| about["line"] == line);
        about.filter_map(|about| about["refused"].as_str().or(about["without"].as_str()).map(str::to_owned)).collect()
    };
    assert_eq!(told(2, &auth0), [""; 0], "the secret of the authenticator app counts");
    assert_eq!(told(3, &auth0), ["sign-in through other providers"]);
    assert_eq!(told(6, &auth0), ["the password, whose hash is of an unknown kind"]);
    assert_eq!(told(7, &auth0).len(), 1, "{:?}", auth0.about);
    assert_eq!(told(8, &auth0), ["the line has no id of the user: user_id or _id"]);
    assert_eq!(told(9, &auth0), ["the line cannot be read: it is not a JSON object"]);
    assert!(told(10, &auth0)[0].starts_with("the line cannot be read: "));
    let own = world.import("latchet", &fixture("latchet.jsonl"), &[])?;
    // The three of Auth0's file have these addresses.
    assert_eq!(told(1, &own), ["the username belongs to somebody else in this app"]);
    assert_eq!(told(2, &own), ["the email belongs to somebody else in this app"]);
    let world = World::new().await?;
    let own = world.import("latchet", &fixture("latchet.jsonl"), &[])?;
    assert_eq!(told(3, &own).len(), 5, "{:?}", own.about);
    Ok(())
}

/// However many are written at once. The last line has the first one's id.
#[tokio::test]
async fn of_lines_with_one_id_or_address_the_first_counts_in_a_dry_run_too() -> Result<()> {
    let world = World::new().await?;
    let file = world.folder.path().join("twice.jsonl");
    let line = |id: u32, email: &str| json!({"id": id, "email": email, "name": format!("line {id}")}).to_string();
    let (first, second, third) = (line(1, "ada@example.com"), line(2, "Ada@example.com"), line(1, "grace@example.com"));
    std::fs::write(&file, format!("{first}\n\n{second}\n{third}\n"))?;
    for more in [&["--dry-run"][..], &[]] {
        let imported = world.import("latchet", &file, more)?;
        let lines: Vec<_> = imported.about.iter().filter_map(|about| about["line"].as_u64()).collect();
        assert_eq!((imported.sums, lines), (sums(1, 2), vec![3, 4]), "{more:?}");
    }
    assert_eq!(world.user(&["find", "--email", "ada@example.com"])?["name"], json!("line 1"));
    assert!(world.identity("grace@example.com".parse::<Email>()?).await?.is_none());
    Ok(())
}

/// A line that DynamoDB takes no item for would end the run, and each one after it.
#[tokio::test]
async fn a_line_with_values_of_any_length_ends_no_run() -> Result<()> {
    let world = World::new().await?;
    let file = world.folder.path().join("long.jsonl");
    let long = "A".repeat(500_000);
    let mut lines = vec![json!({"id": long, "email": "id@example.com"})];
    for field in ["email", "phone", "username", "name", "password_hash", "totp", "created"] {
        let mut line = json!({"id": field, "email": format!("{field}@example.com"), field: long});
        // One thing to sign in by is left where the address is what is long.
        if field == "email" {
            line["username"] = json!("by_name");
        }
        lines.push(line);
    }
    lines.push(json!({"id": "salt", "email": "salt@example.com", "password_hash": format!("$salted-md5${long}$$hxzeUhtqB92G1I9wx3mloQ")}));
    lines.push(json!({"id": "last", "email": "last@example.com"}));
    std::fs::write(&file, lines.iter().map(Value::to_string).collect::<Vec<_>>().join("\n"))?;
    let imported = world.import("latchet", &file, &[])?;
    assert_eq!(imported.sums, sums(9, 1), "{}", imported.stderr);
    let first = imported.about[0]["refused"].as_str().context("a reason")?;
    assert!(first.contains("more than 512 bytes"), "{first}");
    assert!(world.identity("last@example.com".parse::<Email>()?).await?.is_some());
    Ok(())
}

#[tokio::test]
async fn a_file_is_read_as_programs_of_windows_and_spreadsheets_write_it() -> Result<()> {
    let world = World::new().await?;
    let csv = world.folder.path().join("users.CSV");
    let rows = "\u{feff}id,email,name,username\r\n1,ada@example.com,\"Lovelace, \"\"Ada\"\"\",ada\r\n\
                2,grace@example.com,\"two\r\nlines\",grace\r\n3,alan@example.com\r\n";
    std::fs::write(&csv, rows)?;
    let imported = world.import("latchet", &csv, &[])?;
    assert_eq!(imported.sums, sums(3, 0), "{:?}", imported.about);
    // A name of two lines is left out; its row begins in line 3.
    assert_eq!(imported.about.iter().map(|about| about["line"].as_u64()).collect::<Vec<_>>(), [Some(3)]);
    assert_eq!(world.user(&["find", "--username", "ada"])?["name"], json!("Lovelace, \"Ada\""));
    let jsonl = world.folder.path().join("users.jsonl");
    let line = |id: u32| json!({"id": id, "email": format!("user{id}@example.com")}).to_string();
    std::fs::write(&jsonl, format!("\u{feff}{}\r\n{}\r\n", line(4), line(5)))?;
    assert_eq!(world.import("latchet", &jsonl, &[])?.sums, sums(2, 0));
    Ok(())
}

/// A folder can be opened as a file can, and each look at it fails.
#[tokio::test]
async fn a_file_that_cannot_be_read_ends_the_run_and_a_line_that_is_no_text_does_not() -> Result<()> {
    let world = World::new().await?;
    let folder = world.import("latchet", world.folder.path(), &[])?;
    assert!(!folder.success && folder.sums == sums(0, 1), "{}", folder.stderr);
    let without_header = world.folder.path().join("folder.csv");
    std::fs::create_dir(&without_header)?;
    let folder = world.import("firebase", &without_header, &[])?;
    assert!(!folder.success && folder.sums == sums(0, 1), "{}", folder.stderr);
    let file = world.folder.path().join("latin1.jsonl");
    let (first, last) =
        (json!({"id": "1", "email": "ada@example.com"}), json!({"id": "2", "email": "bob@example.com"}));
    std::fs::write(&file, [first.to_string().as_bytes(), b"\n\xe9\n", last.to_string().as_bytes()].concat())?;
    let imported = world.import("latchet", &file, &[])?;
    assert_eq!((imported.sums, imported.about[0]["line"].as_u64()), (sums(2, 1), Some(2)));
    Ok(())
}

#[tokio::test]
async fn who_chose_another_address_since_is_not_brought_in_again() -> Result<()> {
    let world = World::new().await?;
    let file = world.folder.path().join("one.jsonl");
    std::fs::write(&file, json!({"id": "7", "email": "ada@example.com", "username": "ada"}).to_string())?;
    assert_eq!(world.import("latchet", &file, &[])?.sums, sums(1, 0));
    std::fs::write(&file, json!({"id": "7", "email": "ada@old.example"}).to_string())?;
    let again = world.import("latchet", &file, &[])?;
    assert_eq!(again.sums["here_before"], json!(1));
    assert!(world.identity("ada@old.example".parse::<Email>()?).await?.is_none());
    Ok(())
}

#[tokio::test]
async fn a_run_that_ends_says_where_to_go_on_and_nothing_is_lost_or_twice() -> Result<()> {
    let world = World::new().await?;
    let file = world.folder.path().join("many.jsonl");
    let line = |id: u32| json!({"id": id, "email": format!("user{id}@example.com"), "username": format!("user{id}")});
    std::fs::write(&file, (1..=120).map(|id| line(id).to_string()).collect::<Vec<_>>().join("\n"))?;
    let first = world.folder.path().join("first.jsonl");
    std::fs::write(&first, (1..=40).map(|id| line(id).to_string()).collect::<Vec<_>>().join("\n"))?;
    assert_eq!(world.import("latchet", &first, &[])?.sums, sums(40, 0));

    world.faults.inject(Fault::Drop, On::operation("TransactWriteItems"), Times::Forever);
    let ended = world.import("latchet", &file, &["--after", "40", "--tries", "1"])?;
    assert!(!ended.success && ended.stderr.contains("--after 40"), "{}", ended.stderr);
    world.faults.heal();
    assert_eq!(world.import("latchet", &file, &["--after", "40"])?.sums, sums(80, 0));
    let all = world.import("latchet", &file, &[])?;
    assert_eq!(all.sums, json!({"lines": 120, "imported": 0, "here_before": 120, "refused": 0}));
    for id in [1, 40, 41, 120] {
        let address: Email = format!("user{id}@example.com").parse()?;
        let username: Username = format!("user{id}").parse()?;
        let (by_email, by_name) = (world.identity(address).await?, world.identity(username).await?);
        assert_eq!(by_email.context("one")?.user, by_name.context("the same")?.user);
    }
    Ok(())
}

/// The SDK tries a call three times, so three faults end a call of the store.
#[tokio::test]
async fn a_user_is_written_again_when_the_store_was_busy_and_is_counted_once() -> Result<()> {
    for fault in
        [Fault::Throttle, Fault::InternalError, Fault::Drop, Fault::Garbage, Fault::AnswerLost, Fault::AnswerGarbled]
    {
        let world = World::new().await?;
        let file = world.folder.path().join("three.jsonl");
        let line = |id: u32| json!({"id": id, "email": format!("user{id}@example.com")}).to_string();
        std::fs::write(&file, [1, 2, 3].map(line).join("\n"))?;
        world.faults.inject(fault.clone(), On::operation("TransactWriteItems"), Times::Exactly(3));
        let done = world.import("latchet", &file, &["--at-once", "1"])?;
        assert_eq!((done.success, &done.sums), (true, &sums(3, 0)), "{fault:?}: {}", done.stderr);
        assert_eq!(world.faults.pending(), 0, "{fault:?}");
    }
    Ok(())
}

/// docs/decisions/0351-what-an-imported-user-costs.md.
#[tokio::test]
async fn a_user_is_one_call_and_nothing_is_read_for_them() -> Result<()> {
    let world = World::new().await?;
    let file = world.folder.path().join("users.jsonl");
    let line = |id: u32| json!({"id": id, "email": format!("user{id}@example.com"), "username": format!("user{id}")});
    let mut others = Vec::new();
    for users in [1..=2, 3..=20] {
        std::fs::write(&file, users.clone().map(|id| line(id).to_string()).collect::<Vec<_>>().join("\n"))?;
        world.faults.reset_calls();
        assert!(world.import("latchet", &file, &["--at-once", "1"])?.success);
        let mut calls = world.faults.calls();
        assert_eq!(calls.remove("TransactWriteItems"), Some(users.count()));
        others.push(calls);
    }
    assert_eq!(others[0], others[1], "the app and the key ring are read once");
    Ok(())
}

/// They could not be given one by another run.
#[tokio::test]
async fn without_firebases_signer_key_nobody_is_brought_in_without_their_password() -> Result<()> {
    let world = World::new().await?;
    let file = fixture("firebase.jsonl");
    let file = file.to_str().context("UTF-8")?;
    let output = world.run(&["import", "--from", "firebase", file])?;
    let told = String::from_utf8(output.stdout)?;
    assert!(!output.status.success() && told.contains("takes Firebase's signer key"), "{told}");
    assert!(world.identity("ada@example.com".parse::<Email>()?).await?.is_none());
    assert!(world.is_opened("grace@example.com".parse::<Email>()?).await?, "her hash is bcrypt's");
    let with = |option: &str, value: &str, key: &str| {
        world.run(&["import", "--from", "firebase", "--firebase-signer-key", key, option, value, file])
    };
    let cut = with("--at-once", "1", &SIGNER_KEY[..40])?;
    let told = String::from_utf8(cut.stdout)?;
    assert!(!cut.status.success() && told.contains("not as long as --firebase-signer-key"), "{told}");
    for (option, value, key, said) in [
        ("--at-once", "1", "not base64", "is not base64"),
        ("--firebase-mem-cost", "40", SIGNER_KEY, "check --firebase-signer-key"),
        ("--firebase-rounds", "0", SIGNER_KEY, "check --firebase-signer-key"),
    ] {
        let odd = with(option, value, key)?;
        let told = String::from_utf8(odd.stderr)?;
        assert!(!odd.status.success() && told.contains(said), "{told}");
    }
    assert!(world.identity("ada@example.com".parse::<Email>()?).await?.is_none());
    Ok(())
}

#[tokio::test]
async fn a_username_that_looks_like_an_address_is_an_address_that_nobody_verified() -> Result<()> {
    let world = World::new().await?;
    let file = world.folder.path().join("one.jsonl");
    let line = json!({"id": "1", "username": "ada@example.com", "emailVerified": true, "enabled": true});
    std::fs::write(&file, line.to_string())?;
    assert_eq!(world.import("keycloak", &file, &[])?.sums, sums(1, 0));
    let ada = world.user(&["find", "--email", "ada@example.com"])?;
    assert_eq!((&ada["username"], &ada["email_verified"]), (&json!(null), &json!(false)));
    Ok(())
}

#[tokio::test]
async fn nobody_was_created_before_1970_or_after_now() -> Result<()> {
    let world = World::new().await?;
    let file = world.folder.path().join("times.jsonl");
    let line = |(id, created): (&str, i64)| json!({"id": id, "email": format!("{id}@example.com"), "created": created});
    std::fs::write(&file, [("early", -5), ("late", 99_999_999_999)].map(|user| line(user).to_string()).join("\n"))?;
    assert_eq!(world.import("latchet", &file, &[])?.sums, sums(2, 0));
    let created = |id: &str| {
        Ok::<_, anyhow::Error>(world.user(&["find", "--email", &format!("{id}@example.com")])?["created"].as_i64())
    };
    assert_eq!(created("early")?, Some(0));
    assert!(created("late")?.is_some_and(|late| late <= world.context.clock.now().unix()));
    Ok(())
}

#[tokio::test]
async fn a_day_of_registration_that_cannot_be_read_is_told_and_others_are_kept() -> Result<()> {
    let world = World::new().await?;
    let file = world.folder.path().join("days.jsonl");
    let days = [json!("2023-05-01"), json!(1_682_932_500.123), json!("1.5.2023"), json!(""), json!({"at": 1})];
    let line = |(id, created): (usize, &Value)| json!({"id": id, "email": format!("user{id}@example.com"), "created": created});
    let lines = (1..).zip(&days).map(|user| line(user).to_string());
    std::fs::write(&file, lines.collect::<Vec<_>>().join("\n"))?;
    let imported = world.import("latchet", &file, &[])?;
    let why = "the day of registration, which cannot be read: today's is used";
    assert_eq!(imported.about, [3, 5].map(|number| json!({"line": number, "without": why})));
    for (id, created) in [(1, 1_682_899_200), (2, 1_682_932_500)] {
        assert_eq!(world.user(&["find", "--email", &format!("user{id}@example.com")])?["created"], json!(created));
    }
    Ok(())
}

/// Auth0's export job gives such a file.
#[tokio::test]
async fn a_compressed_file_is_refused_once_and_not_by_line() -> Result<()> {
    let world = World::new().await?;
    for name in ["users.json.gz", "users.csv"] {
        let file = world.folder.path().join(name);
        std::fs::write(&file, b"\x1f\x8b\x08\x00\n\n\n")?;
        let refused = world.import("auth0", &file, &[])?;
        assert!(!refused.success && refused.about.is_empty(), "{name}: {:?}", refused.about);
        assert!(refused.stderr.contains("gunzip"), "{}", refused.stderr);
    }
    Ok(())
}

#[tokio::test]
async fn a_hash_of_a_password_in_another_encoding_is_told_as_unknown() -> Result<()> {
    let world = World::new().await?;
    let file = world.folder.path().join("encodings.jsonl");
    let line = |(id, encoding): (u32, &str)| {
        json!({
            "user_id": id.to_string(), "email": format!("user{id}@example.com"),
            "custom_password_hash": {
                "algorithm": "md5", "hash": {"value": "871cde521b6a07dd86d48f70c779a5a1", "encoding": "hex"},
                "password": {"encoding": encoding},
            },
        })
    };
    std::fs::write(&file, [(1, "utf8"), (2, "utf16le")].map(|user| line(user).to_string()).join("\n"))?;
    let imported = world.import("auth0", &file, &[])?;
    assert_eq!(imported.about, [json!({"line": 2, "without": "the password, whose hash is of an unknown kind"})]);
    assert!(world.identity("user1@example.com".parse::<Email>()?).await?.context("one")?.password.is_some());
    Ok(())
}

/// Its name at the pool is `Google_1234567890`.
#[tokio::test]
async fn who_came_to_a_pool_from_another_provider_has_no_username_here() -> Result<()> {
    let world = World::new().await?;
    world.import("cognito", &fixture("cognito.jsonl"), &[])?;
    assert_eq!(world.user(&["find", "--email", "alan@example.com"])?["username"], json!(null));
    Ok(())
}

#[tokio::test]
async fn a_ban_that_is_over_shuts_nobody_out() -> Result<()> {
    let world = World::new().await?;
    let file = world.folder.path().join("bans.jsonl");
    let bans = [("ada", "2024-05-01 09:15:00+00"), ("grace", "2999-05-01 09:15:00+00"), ("alan", "infinity")];
    let line = |(name, until): (&str, &str)| json!({"id": name, "email": format!("{name}@example.com"), "banned_until": until});
    std::fs::write(&file, bans.map(|ban| line(ban).to_string()).join("\n"))?;
    assert_eq!(world.import("supabase", &file, &[])?.sums, sums(3, 0));
    for (name, is_out) in [("ada", false), ("grace", true), ("alan", true)] {
        let user = world.user(&["find", "--email", &format!("{name}@example.com")])?;
        assert_eq!(user["disabled"], json!(is_out), "{name}");
    }
    Ok(())
}

#[tokio::test]
async fn data_that_is_not_kept_is_told_for_each_product_that_has_some() -> Result<()> {
    let data = "groups, roles, claims and other data of the product";
    let everybodys =
        json!({"id": "1", "email": "ada@example.com", "realmRoles": ["default-roles-a", "offline_access"]});
    for (product, line, told) in [
        ("cognito", json!({"Username": "ada", "Attributes": [{"Name": "custom:plan", "Value": "gold"}]}), true),
        ("cognito", json!({"Username": "ada", "Attributes": [{"Name": "custom:plan", "Value": ""}]}), false),
        ("keycloak", json!({"id": "1", "username": "ada", "realmRoles": ["editor"]}), true),
        ("keycloak", json!({"id": "1", "username": "ada", "attributes": {"plan": ["gold"]}}), true),
        ("keycloak", everybodys, false),
        ("supabase", json!({"id": "1", "email": "ada@example.com", "raw_app_meta_data": {"plan": "gold"}}), true),
        ("supabase", json!({"id": "1", "email": "ada@example.com", "raw_user_meta_data": {"city": "London"}}), true),
        ("supabase", json!({"id": "1", "email": "ada@example.com", "raw_user_meta_data": {"sub": "1"}}), false),
    ] {
        let world = World::new().await?;
        let file = world.folder.path().join("one.jsonl");
        std::fs::write(&file, line.to_string())?;
        let imported = world.import(product, &file, &["--dry-run"])?;
        assert_eq!(imported.about.iter().any(|about| about["without"] == data), told, "{line}: {:?}", imported.about);
    }
    Ok(())
}
