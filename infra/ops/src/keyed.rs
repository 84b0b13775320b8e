//! A deployment and the key that wraps its key ring, for the commands that need one.

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use shared::secret::Secret;

use crate::deployment::{Deployment, OperatorContext, WHICH};
use crate::given_secret::GivenSecret;

/// Where the work is done, and by which key.
#[derive(Args, Debug)]
pub(crate) struct KeyedDeployment {
    #[command(flatten)]
    pub(crate) deployment: Deployment,
    /// The secret that wraps the key ring: the stack's on AWS; the local run's is in its info file
    #[arg(long, env = "KEY_RING_KEK", hide_env_values = true, global = true, help_heading = WHICH)]
    kek: Option<GivenSecret>,
}

impl KeyedDeployment {
    /// The deployment for work that does not use the ring. A key that was given is not looked at.
    pub(crate) fn open(&self) -> Result<OperatorContext> {
        self.deployment.open(None)
    }

    /// The deployment with the key. Whether it opens the ring is not known, and there may be no ring.
    pub(crate) fn open_with_key(&self) -> Result<OperatorContext> {
        let kek = self.key()?;
        let kek = kek.context(
            "this command uses the key ring: give the key that wraps it, KEY_RING_KEK in the environment or --kek",
        )?;
        self.deployment.open(Some(kek))
    }

    /// The deployment with the key, which opens its ring. The store makes a ring where there is none: under a key that was mistyped no
    /// function could open it, and nobody could sign in.
    ///
    /// # Errors
    /// When the deployment has no ring yet, or the key does not open it.
    pub(crate) async fn open_with_ring(&self) -> Result<OperatorContext> {
        let context = self.open_with_key()?;
        crate::keys::openable(&context).await?;
        Ok(context)
    }

    /// The key that was given, or the local run's own.
    ///
    /// # Errors
    /// When it is empty.
    pub(crate) fn key(&self) -> Result<Option<Secret<String>>> {
        let kek = match &self.kek {
            Some(kek) => Some(Secret::new(kek.secret().expose().clone())),
            None => self.deployment.local_kek()?,
        };
        if let Some(kek) = &kek {
            not_empty(kek, "KEY_RING_KEK is set from, or at --kek")?;
        }
        Ok(kek)
    }
}

/// Whether there is a key in what was given: a shell puts nothing in the place of a command that failed.
///
/// # Errors
/// When there is none; where to look for the reason.
pub(crate) fn not_empty(kek: &Secret<String>, origin: &str) -> Result<()> {
    ensure!(!kek.expose().trim().is_empty(), "the key is empty: look at what {origin}");
    Ok(())
}
