//! A7: somebody leaves for good.

use runtime::{Ctx, Endpoint, NoInput, Route};

use crate::caller::SignedIn;
use crate::wire::{AppApi, AppError, Message};

/// `DELETE /api/v1/auth/account`: removes the user with everything that is theirs.
#[derive(Clone, Copy, Debug)]
pub struct DeleteAccount;

impl Endpoint for DeleteAccount {
    const ROUTE: Route = Route::delete("app-delete-account", "/api/v1/auth/account");
    const SUMMARY: &'static str = "Delete the signed-in user's account. Irreversible.";
    const REFUSALS: &'static [AppError] = &[
        AppError::MissingCredentials,
        AppError::InvalidCredentials,
        AppError::NoToken,
        AppError::InvalidToken,
        AppError::BodyTooLarge,
    ];
    type Dialect = AppApi;
    type Ctx = Ctx;
    type Caller = SignedIn;
    type Input = NoInput;
    type Loaded = ();
    type Output = Message;

    async fn load(_: &Ctx, _: &SignedIn, _: &NoInput) -> Result<(), AppError> {
        Ok(())
    }

    async fn call(ctx: &Ctx, caller: SignedIn, _: NoInput, (): ()) -> Result<Message, AppError> {
        let SignedIn { app, user, session } = caller;
        let deleted = ctx.store.delete_user(app.id(), &user, &session, ctx.now()).await?;
        // Two requests with one token: whoever comes second finds nobody, as any later request would.
        deleted.then_some(Message::ACCOUNT_DELETED).ok_or(AppError::InvalidToken)
    }
}
