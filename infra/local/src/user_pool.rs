//! A Cognito user pool: `InitiateAuth` with `USER_PASSWORD_AUTH`, and what the pool was asked.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::server::Server;

/// The one app client that is known.
pub const CLIENT: &str = "3n4b5urk1ft4fl3mg5e62d9ado";

/// A user of the pool.
#[derive(Clone, Debug)]
pub struct PoolUser {
    /// What the user signs in by.
    pub login: String,
    /// Their password.
    pub password: String,
    /// The claims of their ID token.
    pub claims: Value,
    /// What the pool asks for after the password.
    pub challenge: Option<String>,
}

#[derive(Debug, Default)]
struct Pool {
    users: Vec<PoolUser>,
    asked: Vec<String>,
}

/// A running pool; it ends when dropped.
#[derive(Debug)]
pub struct UserPool {
    server: Server,
    pool: Arc<Mutex<Pool>>,
}

impl UserPool {
    /// A pool of `users` on any free port.
    ///
    /// # Errors
    /// When no port is free.
    pub fn start(users: Vec<PoolUser>) -> Result<Self> {
        let pool = Arc::new(Mutex::new(Pool { users, asked: Vec::new() }));
        let router = Router::new().route("/", post(answer)).with_state(Arc::clone(&pool));
        Ok(Self { server: Server::router(0, "user pool", router)?, pool })
    }

    /// Cognito's endpoint, for the policy of an app or for a [`crate::faults::FaultProxy`].
    #[must_use]
    pub fn endpoint(&self) -> String {
        self.server.url()
    }

    /// The logins that the pool was asked about, oldest first.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        // A panic elsewhere leaves a list that is still a list.
        self.pool.lock().unwrap_or_else(PoisonError::into_inner).asked.clone()
    }
}

async fn answer(State(pool): State<Arc<Mutex<Pool>>>, headers: HeaderMap, body: Bytes) -> (StatusCode, Json<Value>) {
    let refused = |kind: &str| (StatusCode::BAD_REQUEST, Json(json!({"__type": kind, "message": "refused"})));
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_json = header("content-type") == "application/x-amz-json-1.1";
    if !is_json || header("x-amz-target") != "AWSCognitoIdentityProviderService.InitiateAuth" {
        return refused("SerializationException");
    }
    let Ok(request) = serde_json::from_slice::<Value>(&body) else { return refused("SerializationException") };
    if request["ClientId"] != CLIENT || request["AuthFlow"] != "USER_PASSWORD_AUTH" {
        return refused("ResourceNotFoundException");
    }
    let text = |name: &str| request["AuthParameters"][name].as_str().unwrap_or_default().to_owned();
    let (login, password) = (text("USERNAME"), text("PASSWORD"));
    let mut pool = pool.lock().unwrap_or_else(PoisonError::into_inner);
    pool.asked.push(login.clone());
    let Some(user) = pool.users.iter().find(|user| user.login == login) else {
        return refused("UserNotFoundException");
    };
    if user.password != password {
        return refused("NotAuthorizedException");
    }
    if let Some(challenge) = &user.challenge {
        return (StatusCode::OK, Json(json!({"ChallengeName": challenge, "ChallengeParameters": {}, "Session": "s"})));
    }
    let token = format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(user.claims.to_string()));
    let result =
        json!({"IdToken": token, "AccessToken": "a", "RefreshToken": "r", "ExpiresIn": 3600, "TokenType": "Bearer"});
    (StatusCode::OK, Json(json!({"AuthenticationResult": result, "ChallengeParameters": {}})))
}
