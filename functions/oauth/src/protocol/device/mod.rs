//! The device grant (RFC 8628): `docs/api/oauth.md#devices`.
//!
//! A device asks at [`DeviceAuthorization`] and shows a code. Its user types that on the page [`ShowDevice`], signs in and
//! decides at [`DecideDevice`]. The device asks the token endpoint meanwhile.

mod authorization;
mod decide;
mod page;
mod show;
mod visitor;

pub use authorization::{DeviceAuthorization, DeviceBody, DeviceCodes};
pub use decide::{DecideDevice, DeviceForm};
pub use page::{DevicePage, DeviceView};
pub use show::ShowDevice;
pub use visitor::DeviceVisitor;

/// Where the page is.
pub(crate) const PATH: &str = "/device";
const FUNCTION: &str = "oauth-device";
