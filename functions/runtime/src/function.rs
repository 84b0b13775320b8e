//! A Lambda function and the operations that it serves.

use crate::answer::Answer;
use crate::context::Context;
use crate::endpoint::Endpoint;
use crate::event::{Event, is_for};
use crate::respond::respond;

/// A Lambda function: one operation, or a few that share its process and surroundings.
pub trait Function: 'static {
    /// What it needs around it.
    type Ctx: Context;

    /// Done in INIT: allocate, connect.
    fn prepare(ctx: &Self::Ctx);

    /// Whether the gateway matched a route of its own.
    fn serves(event: &Event) -> bool;

    /// Answers one event.
    fn respond(ctx: &Self::Ctx, event: Event) -> impl Future<Output = Answer>;
}

impl<E: Endpoint> Function for E {
    type Ctx = <E as Endpoint>::Ctx;

    fn prepare(ctx: &Self::Ctx) {
        <E as Endpoint>::prepare(ctx);
    }

    fn serves(event: &Event) -> bool {
        is_for(event, &E::ROUTE)
    }

    async fn respond(ctx: &Self::Ctx, event: Event) -> Answer {
        respond::<E>(ctx, event).await
    }
}

/// The gateway says which route matched; the last answers what is not for the other. Pairs of pairs serve more.
impl<A: Function, B: Function<Ctx = A::Ctx>> Function for (A, B) {
    type Ctx = A::Ctx;

    fn prepare(ctx: &Self::Ctx) {
        A::prepare(ctx);
        B::prepare(ctx);
    }

    fn serves(event: &Event) -> bool {
        A::serves(event) || B::serves(event)
    }

    async fn respond(ctx: &Self::Ctx, event: Event) -> Answer {
        if A::serves(&event) { A::respond(ctx, event).await } else { B::respond(ctx, event).await }
    }
}

/// The gateway says which route matched; the last answers what is for neither of the others.
impl<A: Function, B: Function<Ctx = A::Ctx>, C: Function<Ctx = A::Ctx>> Function for (A, B, C) {
    type Ctx = A::Ctx;

    fn prepare(ctx: &Self::Ctx) {
        <(A, (B, C))>::prepare(ctx);
    }

    fn serves(event: &Event) -> bool {
        <(A, (B, C))>::serves(event)
    }

    async fn respond(ctx: &Self::Ctx, event: Event) -> Answer {
        <(A, (B, C))>::respond(ctx, event).await
    }
}
