//! `/account/security/passkeys`: the passkeys.

mod change;
mod options;
mod page;
mod show;

pub use change::{Change, ChangeForm};
pub use options::{Offered, Options, OptionsForm};
pub use page::PasskeysPage;
pub use show::{Show, Told};

use shared::service::passkeys::PasskeyOwner;

use crate::reader::{Person, Reader};

/// Its path.
pub const PATH: &str = "/account/security/passkeys";
const FUNCTION: &str = "pages-passkeys";

/// Somebody who is signed in, as the use cases know them.
fn owner<'a>(reader: &'a Reader, person: &'a Person) -> PasskeyOwner<'a> {
    let (app, device, language) = (&reader.app, &reader.device, reader.frame.language);
    PasskeyOwner { app, user: &person.user, session: &person.session, device, language }
}
