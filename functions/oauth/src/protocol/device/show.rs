//! `GET /device`: show the page where a device's code is typed.

use runtime::{Admitted, Ctx, Endpoint, Gate, Moment, NoInput, Route};

use super::page::{DeviceView, Notice};
use super::visitor::DeviceVisitor;
use super::{FUNCTION, PATH};
use crate::pages::{PageError, Pages};

/// `GET /device`: asks for the code; with `?user_code=…`, the code is filled in.
#[derive(Clone, Copy, Debug)]
pub struct ShowDevice;

impl Endpoint for ShowDevice {
    const ROUTE: Route = Route::get("oauth-show-device", PATH).of(FUNCTION);
    const SUMMARY: &'static str = "Show the page on which the user types the code of a device.";
    const ERRORS: &'static [PageError] = &[];
    type Dialect = Pages;
    type Ctx = Ctx;
    type Caller = DeviceVisitor;
    type Input = NoInput;
    type Output = DeviceView;

    async fn call(
        _: &Moment,
        caller: DeviceVisitor,
        _: NoInput,
        gate: Gate<'_>,
    ) -> Result<Admitted<DeviceView>, PageError> {
        Ok(gate.pass().await?.give(DeviceView::ask(caller, Notice::None)))
    }
}
