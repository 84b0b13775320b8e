//! `cargo ops user role`: what a user may be in an app.

use anyhow::{Context as _, Result, ensure};
use clap::{Args, Subcommand};
use serde_json::json;
use shared::user::role::Role;

use super::{Who, done};
use crate::deployment::OperatorContext;
use crate::out::say;

/// What is done.
#[derive(Debug, Subcommand)]
pub(super) enum Action {
    /// Give the user a role. The user's next tokens have it
    Add(Holding),
    /// Remove a role of the user. Tokens that have it expire within an hour
    Remove(Holding),
    /// List the user's roles
    List(Who),
}

/// A role and a user.
#[derive(Args, Debug)]
pub(super) struct Holding {
    /// The role
    role: Role,
    #[command(flatten)]
    who: Who,
}

pub(super) async fn run(context: &OperatorContext, action: &Action, json: bool) -> Result<()> {
    match action {
        Action::Add(Holding { role, who }) => {
            let user = who.user(context).await?;
            let given = context.store.give_role(&who.app, user.id, role).await;
            given.with_context(|| format!("{} of {} was not given {role}", user.id, who.app))?;
            done(context, &who.app, user.id, &format!("holds the role {role}"), json).await
        }
        Action::Remove(Holding { role, who }) => {
            let user = who.user(context).await?;
            ensure!(context.store.take_role(&who.app, user.id, role).await?, "the user is gone by now");
            done(context, &who.app, user.id, &format!("does not hold the role {role}"), json).await
        }
        Action::List(who) => {
            let user = who.user(context).await?;
            if json {
                say!("{}", json!(user.roles.iter().map(Role::as_str).collect::<Vec<_>>()))?;
                return Ok(());
            }
            user.roles.iter().try_for_each(|role| say!("{role}"))?;
            Ok(())
        }
    }
}
