//! An endpoint behind pointers: what [`crate::respond`] runs, so that a program has one copy of the flow for each dialect and not one for each
//! of its operations (docs/decisions/0369-one-flow-per-dialect.md).

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use shared::config::{Config, Origins};
use shared::language::Language;
use shared::limit::Quota;

use crate::answer::Answer;
use crate::context::Context;
use crate::endpoint::{At, Caller, Cors, Counted, Dialect, Endpoint, ErrorOf, Input, Output};
use crate::event::Request;
use crate::gate::{Admitted, Gate};
use crate::reason::Reason;
use crate::route::Route;

/// What an operation answered with success.
pub(crate) struct Answered {
    /// For the log, where a page asks again.
    pub(crate) reason: Option<Reason>,
    pub(crate) answer: Answer,
}

impl Answered {
    fn with(output: impl Output) -> Self {
        Self { reason: output.reason(), answer: output.answer() }
    }
}

/// An endpoint without its own types, over its moment `M` and its dialect's error `Er`. The fields have the names of what they come from.
pub(crate) struct Erased<M, Er> {
    pub(crate) route: Route,
    pub(crate) counted: bool,
    pub(crate) reads_body: bool,
    pub(crate) caller: CallerRules<M, Er>,
    pub(crate) dialect: DialectRules,
}

/// The caller, while the credentials are checked.
type Identifying<'a, M, Er> = BoxFuture<'a, Result<Box<dyn Identified<M, Er>>, Er>>;

/// How a caller is found: [`Caller`].
pub(crate) struct CallerRules<M, Er> {
    pub(crate) in_body: bool,
    pub(crate) has_a_counter: bool,
    pub(crate) is_found_elsewhere: fn(&M, &Request) -> bool,
    pub(crate) identify: for<'a> fn(&'a M, &'a Request) -> Identifying<'a, M, Er>,
}

/// What all operations of a dialect share: [`Dialect`].
pub(crate) struct DialectRules {
    pub(crate) name: &'static str,
    pub(crate) resource_metadata: Option<&'static str>,
    pub(crate) chosen_language: fn(&Request) -> Option<Language>,
    pub(crate) quota: fn(&Config) -> Quota,
    pub(crate) cors: fn(&Origins) -> Cors<'_>,
}

impl<M, Er> Erased<M, Er> {
    pub(crate) const fn of<E>() -> Self
    where
        E: Endpoint<Dialect: Dialect<Error = Er>, Ctx: Context<Moment = M>>,
    {
        Self {
            route: E::ROUTE,
            counted: E::COUNTED,
            reads_body: E::READS_BODY,
            caller: CallerRules {
                in_body: E::Caller::IN_BODY,
                has_a_counter: E::Caller::HAS_A_COUNTER,
                is_found_elsewhere: E::Caller::is_found_elsewhere,
                identify: identify::<E>,
            },
            dialect: DialectRules {
                name: E::Dialect::NAME,
                resource_metadata: E::Dialect::RESOURCE_METADATA,
                chosen_language: E::Dialect::chosen_language,
                quota: E::Dialect::quota,
                cors: E::Dialect::cors,
            },
        }
    }
}

/// A caller that was authenticated, with the operation that is asked for.
pub(crate) trait Identified<M, Er>: Send {
    fn app(&self) -> Option<&str>;

    fn origins(&self) -> &[String];

    fn counted(&self, config: &Config) -> Option<Counted>;

    /// Parses the input and runs the operation.
    fn operate<'a, 'g: 'a>(
        self: Box<Self>,
        at: &'a M,
        request: &'a Request,
        gate: Gate<'g>,
    ) -> BoxFuture<'a, Result<Admitted<Answered>, Er>>;
}

/// The caller of `E`.
struct CallerOf<E: Endpoint>(E::Caller);

impl<E: Endpoint> Identified<At<E>, ErrorOf<E>> for CallerOf<E> {
    fn app(&self) -> Option<&str> {
        self.0.app()
    }

    fn origins(&self) -> &[String] {
        self.0.origins()
    }

    fn counted(&self, config: &Config) -> Option<Counted> {
        self.0.counted(config)
    }

    fn operate<'a, 'g: 'a>(
        self: Box<Self>,
        at: &'a At<E>,
        request: &'a Request,
        gate: Gate<'g>,
    ) -> BoxFuture<'a, Result<Admitted<Answered>, ErrorOf<E>>> {
        async move { Ok(E::call(at, self.0, E::Input::parse(request)?, gate).await?.map(Answered::with)) }.boxed()
    }
}

fn identify<'a, E: Endpoint>(at: &'a At<E>, request: &'a Request) -> Identifying<'a, At<E>, ErrorOf<E>> {
    async move { Ok(Box::new(CallerOf::<E>(E::Caller::identify(at, request).await?)) as Box<dyn Identified<_, _>>) }
        .boxed()
}
