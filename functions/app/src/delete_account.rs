//! Delete the account: `docs/api/app.md#delete-an-account`.

use runtime::{Admitted, Ctx, Endpoint, Gate, Moment, NoInput, Route};
use shared::token::InvalidToken;

use crate::caller::SignedIn;
use crate::wire::{AppApi, AppError, Message};

/// `DELETE /api/v1/auth/account`: removes the user with everything that is theirs.
#[derive(Clone, Copy, Debug)]
pub struct DeleteAccount;

impl Endpoint for DeleteAccount {
    const ROUTE: Route = Route::delete("app-delete-account", "/api/v1/auth/account");
    const SUMMARY: &'static str = "Delete the signed-in user's account. It cannot be undone.";
    const ERRORS: &'static [AppError] = &[
        AppError::MissingCredentials,
        AppError::InvalidCredentials,
        AppError::NoToken,
        AppError::InvalidToken(InvalidToken::Unknown),
        AppError::BodyTooLarge,
    ];
    type Dialect = AppApi;
    type Ctx = Ctx;
    type Caller = SignedIn;
    type Input = NoInput;
    type Output = Message;

    async fn call(at: &Moment, caller: SignedIn, _: NoInput, gate: Gate<'_>) -> Result<Admitted<Message>, AppError> {
        let SignedIn { app, user, session, .. } = caller;
        let pass = gate.pass().await?;
        // `false`: another request deleted the user, or ended this session.
        let deleted = at.store.delete_user(app.id(), &user, &session, at.now).await?;
        if deleted {
            Ok(pass.give(Message::ACCOUNT_DELETED))
        } else {
            Err(AppError::InvalidToken(InvalidToken::NoUser))
        }
    }
}
