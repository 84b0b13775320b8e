//! The Cognito pool whose users move to an app when they first sign in.

use clap::Args;
use shared::app::user_pool::{UserPool, UserPoolClient};
use shared::outbound::WebUrl;

/// What an operator says about the pool.
#[derive(Args, Clone, Debug)]
pub(super) struct Pool {
    /// Cognito's endpoint in the old pool's region, `https://cognito-idp.REGION.amazonaws.com`: a login that nobody has here is asked about
    /// there, once
    #[arg(long, value_name = "URL", requires = "user_pool_client")]
    user_pool: Option<WebUrl>,
    /// An app client of that pool without a secret, with `ALLOW_USER_PASSWORD_AUTH`
    #[arg(long, value_name = "ID", requires = "user_pool")]
    user_pool_client: Option<UserPoolClient>,
}

impl Pool {
    /// The pool, where one was named.
    pub(super) fn named(&self) -> Option<UserPool> {
        let (endpoint, client) = (self.user_pool.clone()?, self.user_pool_client.clone()?);
        Some(UserPool { endpoint, client })
    }
}
