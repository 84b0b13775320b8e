//! OpenID Connect, on top of OAuth: what a client chose of it, and the sign-in that its tokens go back to.

use crate::id::SessionId;
use crate::oauth::redirect::RedirectUri;
use crate::session::method::SignInEvent;
use crate::token::Algorithm;

/// The scope that makes an authorization request one of OpenID Connect (Core §3.1.2.1).
pub const SCOPE: &str = "openid";

/// What a client chose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How its ID tokens are signed: one of [`Algorithm::ASYMMETRIC`].
    pub id_token_algorithm: Algorithm,
    /// Where a browser may be sent after its user signed out.
    pub post_logout_redirect_uris: Vec<RedirectUri>,
    /// A client of the app's own owner. A request of it that asks for nothing new shows no page.
    pub first_party: bool,
}

impl Default for Settings {
    /// RS256 is what every library of relying parties reads (Core §15.1).
    fn default() -> Self {
        Self { id_token_algorithm: Algorithm::Rs256, post_logout_redirect_uris: Vec::new(), first_party: false }
    }
}

/// The sign-in behind a client's session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authentication {
    /// The session of the browser that its user agreed in, where the client's ends with it. A device stays signed in.
    pub session: Option<SessionId>,
    /// When and how its user signed in there.
    pub sign_in: SignInEvent,
}
