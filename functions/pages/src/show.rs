//! The operation that shows a page of the account to its user.

use std::marker::PhantomData;

use runtime::{Admitted, Ctx, Endpoint, Gate, Input, Moment, Route};
use web::{AccountPages, PageError, WayBack};

use crate::reader::{Person, Reader};
use crate::view::{Page, View};

/// A page that only the user is shown who is signed in. [`Show`] is its operation.
pub trait UserPage: Page + Sized + 'static {
    /// Where it is served.
    const ROUTE: Route;
    /// One sentence for the reference.
    const SUMMARY: &'static str;
    /// What its address says beside the path.
    type Address: Input<Show<Self>>;

    /// Done in INIT: connect.
    fn prepare(_: &Ctx) {}

    /// The way back to the page for somebody who has to sign in first.
    #[must_use]
    fn way_back(_: &Self::Address) -> WayBack {
        WayBack::to(Self::ROUTE.path)
    }

    /// The page, filled for `person`.
    ///
    /// # Errors
    /// The store's.
    fn open(
        at: &Moment,
        reader: &Reader,
        person: &Person,
        address: Self::Address,
    ) -> impl Future<Output = Result<Self, PageError>> + Send;
}

/// Shows the page `P` to the user who is signed in, and sends everybody else to the sign-in page, which leads back.
#[derive(Clone, Copy, Debug)]
pub struct Show<P>(PhantomData<P>);

impl<P: UserPage> Endpoint for Show<P> {
    const ROUTE: Route = P::ROUTE;
    const SUMMARY: &'static str = P::SUMMARY;
    const ERRORS: &'static [PageError] = &[];
    type Dialect = AccountPages;
    type Ctx = Ctx;
    type Caller = Reader;
    type Input = P::Address;
    type Output = View<P>;

    fn prepare(ctx: &Ctx) {
        P::prepare(ctx);
    }

    async fn call(
        at: &Moment,
        caller: Reader,
        address: P::Address,
        gate: Gate<'_>,
    ) -> Result<Admitted<View<P>>, PageError> {
        let person = caller.person(at).await?;
        let pass = gate.pass().await?;
        let Some(person) = person else { return Ok(pass.give(caller.sign_in_again(P::way_back(&address)).into())) };
        Ok(pass.give(View::page(P::open(at, &caller, &person, address).await?)))
    }
}
