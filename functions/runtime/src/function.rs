//! What one Lambda function serves.

use crate::answer::Answer;
use crate::context::Context;
use crate::endpoint::Endpoint;
use crate::event::Event;
use crate::respond::respond;

/// A Lambda function: one operation, or a few that share its process and surroundings.
pub trait Function: 'static {
    /// What it needs around it.
    type Ctx: Context;

    /// Done in INIT: allocate, connect.
    fn prepare(ctx: &Self::Ctx);

    /// Answers one event.
    fn respond(ctx: &Self::Ctx, event: Event) -> impl Future<Output = Answer>;
}

impl<E: Endpoint> Function for E {
    type Ctx = <E as Endpoint>::Ctx;

    fn prepare(ctx: &Self::Ctx) {
        <E as Endpoint>::prepare(ctx);
    }

    async fn respond(ctx: &Self::Ctx, event: Event) -> Answer {
        respond::<E>(ctx, event).await
    }
}

/// The gateway says which route matched; the last answers what is not for the other.
impl<A: Endpoint, B: Endpoint<Ctx = A::Ctx>> Function for (A, B) {
    type Ctx = A::Ctx;

    fn prepare(ctx: &Self::Ctx) {
        A::prepare(ctx);
        B::prepare(ctx);
    }

    async fn respond(ctx: &Self::Ctx, event: Event) -> Answer {
        if event.is_for(&A::ROUTE) { respond::<A>(ctx, event).await } else { respond::<B>(ctx, event).await }
    }
}

/// The gateway says which route matched; the last answers what is for neither of the others.
impl<A: Endpoint, B: Endpoint<Ctx = A::Ctx>, C: Endpoint<Ctx = A::Ctx>> Function for (A, B, C) {
    type Ctx = A::Ctx;

    fn prepare(ctx: &Self::Ctx) {
        A::prepare(ctx);
        B::prepare(ctx);
        C::prepare(ctx);
    }

    async fn respond(ctx: &Self::Ctx, event: Event) -> Answer {
        if event.is_for(&A::ROUTE) {
            respond::<A>(ctx, event).await
        } else if event.is_for(&B::ROUTE) {
            respond::<B>(ctx, event).await
        } else {
            respond::<C>(ctx, event).await
        }
    }
}
