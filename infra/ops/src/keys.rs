//! `cargo ops keys`: the operator's work on the key ring.

use anyhow::{Context as _, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::{Args, Subcommand};
use serde_json::json;
use shared::clock::Timestamp;
use shared::id::AppId;
use shared::token::Algorithm;
use shared::token::ring::SealedRing;
use shared::token::seal::Kek;

use crate::deployment::OperatorContext;
use crate::given_secret::GivenSecret;
use crate::keyed::{KeyedDeployment, not_empty};
use crate::out::say;

/// What is done, and where.
#[derive(Args, Debug)]
pub struct Command {
    #[command(flatten)]
    at: KeyedDeployment,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the generations of signing keys, and say which one signs
    List,
    /// The keys that an app's own backend verifies the app's HS256 tokens with: secrets, by generation. Tokens do not name
    /// theirs, so a backend tries each
    AppKey {
        /// The app
        #[arg(long)]
        app: AppId,
    },
    /// Publish a new generation. It signs after three hours, and the previous one still verifies for eight days
    Rotate,
    /// After a leak: replace all generations by a new one. Every access token is refused within five minutes
    Revoke,
    /// After a leak of `KEY_RING_KEK`: encrypt the ring with a new key. Functions that have the old key fail until the next deploy
    Rewrap {
        /// The new key. The functions' secret must have the same value
        #[arg(long, env = "NEW_KEY_RING_KEK", hide_env_values = true)]
        new_kek: GivenSecret,
    },
}

impl Command {
    pub(crate) async fn run(self) -> Result<()> {
        let context = self.at.open_with_key()?;
        match self.action {
            Action::List => list(&context, self.at.deployment.json).await,
            Action::AppKey { app } => app_key(&context, &app, self.at.deployment.json).await,
            Action::Rotate => rotate(&context).await,
            Action::Revoke => revoke(&context).await,
            Action::Rewrap { new_kek } => {
                not_empty(new_kek.secret(), "NEW_KEY_RING_KEK is set from, or at --new-kek")?;
                rewrap(&context, &Kek::new(new_kek.secret())).await
            }
        }
    }
}

async fn list(context: &OperatorContext, json: bool) -> Result<()> {
    let now = context.clock.now();
    let ring = stored(context).await?;
    let current = ring.generations.iter().rposition(|generation| generation.from <= now).unwrap_or_default();
    for (position, generation) in ring.generations.iter().enumerate() {
        let state = match position.cmp(&current) {
            std::cmp::Ordering::Less => "previous",
            std::cmp::Ordering::Equal => "current",
            std::cmp::Ordering::Greater => "next",
        };
        if json {
            say!("{}", json!({"id": generation.id, "state": state, "signs_from": generation.from.unix()}))?;
        } else {
            say!("{}  {state}, signs from {}", generation.id, age(generation.from, now))?;
        }
    }
    Ok(())
}

async fn app_key(context: &OperatorContext, id: &AppId, json: bool) -> Result<()> {
    let app = context.store.app(id).await?.with_context(|| format!("there is no app {id}"))?;
    let algorithm = app.policy.algorithm;
    ensure!(
        algorithm == Algorithm::Hs256,
        "{id} signs with {algorithm}: its tokens are verified with the public keys in /.well-known/jwks.json"
    );
    let stored = context
        .store
        .stored_ring()
        .await?
        .context("this deployment has no keys yet: they are made with its first request")?;
    for (generation, key) in stored.open(context.kek.clone())?.app_keys(id) {
        let key = URL_SAFE_NO_PAD.encode(key.expose());
        if json {
            say!("{}", json!({"generation": generation, "kty": "oct", "alg": "HS256", "k": key}))?;
        } else {
            say!("{generation}  {key}")?;
        }
    }
    Ok(())
}

async fn rotate(context: &OperatorContext) -> Result<()> {
    let now = context.clock.now();
    let ring = openable(context).await?;
    let rotated = ring.rotate(&context.kek, &context.random, now)?;
    context.store.replace_ring(&rotated).await?;
    say!("a new generation is published and signs in three hours")?;
    Ok(())
}

async fn revoke(context: &OperatorContext) -> Result<()> {
    let now = context.clock.now();
    let replaced = openable(context).await?.replace_all(&context.kek, &context.random, now)?;
    context.store.replace_ring(&replaced).await?;
    say!("one new generation signs; within 5 minutes no function takes a token of the former ones")?;
    Ok(())
}

async fn rewrap(context: &OperatorContext, new: &Kek) -> Result<()> {
    let ring = stored(context).await?;
    context.store.replace_ring(&ring.rewrap(&context.kek, new, &context.random)?).await?;
    say!("the ring opens with the new key alone: cargo ops release, and deploy now")?;
    Ok(())
}

/// The ring as it is stored. None is made here: under a key that was mistyped no function could open it, and nobody could sign in.
///
/// # Errors
/// When the deployment has none yet.
pub(crate) async fn stored(context: &OperatorContext) -> Result<SealedRing> {
    let ring = context.store.stored_ring().await?;
    ring.context("this deployment has no key ring yet, and none is made here: the first request for a token makes it")
}

/// The ring, which this key opens: it must not get a generation, or be asked for a secret, that nobody can use.
///
/// # Errors
/// When there is none yet, or the key is another one's.
pub(crate) async fn openable(context: &OperatorContext) -> Result<SealedRing> {
    let ring = stored(context).await?;
    ring.clone()
        .open(context.kek.clone())
        .context("the key that was given does not open the key ring of this deployment")?;
    Ok(ring)
}

fn age(from: Timestamp, now: Timestamp) -> String {
    match now.since(from).0 {
        ahead if ahead < 0 => format!("{} minutes from now", -ahead / 60),
        0..3600 => "less than an hour ago".to_owned(),
        3600..7200 => "an hour ago".to_owned(),
        past => format!("{} hours ago", past / 3600),
    }
}
