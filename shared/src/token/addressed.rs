//! Opaque tokens that say where their record is.
//!
//! 256 random bits behind the place of the record, and a tag under the root key over both. What is not ours is known
//! without asking the store, and no stranger's token reaches a record that it only names.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::id::AppId;
use crate::secret::Secret;
use crate::token::opaque::NotAToken;
use crate::token::ring::KeyRing;

/// The bytes that nobody can guess.
pub(crate) const SECRET: usize = 32;

/// Half of an HMAC-SHA256 (RFC 2104 §5): a forgery is found out by the store all the same.
const TAG: usize = 16;

/// Longer than any of these tokens; a longer text is not even decoded.
const LONGEST: usize = 256;

/// What a token is: tokens of two kinds, or of one kind for two holders, never pass for each other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind<'a> {
    /// The kind's name.
    pub(crate) label: &'static str,
    /// Who alone may present it; empty where any bearer may.
    pub(crate) holder: &'a str,
}

impl From<&'static str> for Kind<'_> {
    fn from(label: &'static str) -> Self {
        Self { label, holder: "" }
    }
}

/// The token's text.
pub(crate) fn write<'a>(
    place: &[u8],
    secret: &Secret<[u8; SECRET]>,
    kind: impl Into<Kind<'a>>,
    app: &AppId,
    ring: &KeyRing,
) -> Secret<String> {
    let Kind { label, holder } = kind.into();
    let tag = ring.derive(label, app, &[place, secret.expose(), holder.as_bytes()]);
    Secret::new(URL_SAFE_NO_PAD.encode([place, secret.expose(), &tag[..TAG]].concat()))
}

/// The place and the secret of a token that we wrote.
pub(crate) fn read<'a, const PLACE: usize>(
    text: &str,
    kind: impl Into<Kind<'a>>,
    app: &AppId,
    ring: &KeyRing,
) -> Result<([u8; PLACE], Secret<[u8; SECRET]>), NotAToken> {
    if text.len() > LONGEST {
        return Err(NotAToken);
    }
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| NotAToken)?;
    let (place, rest) = bytes.split_first_chunk::<PLACE>().ok_or(NotAToken)?;
    let (secret, tag) = rest.split_first_chunk::<SECRET>().ok_or(NotAToken)?;
    // The tag is what is left: a longer or shorter token has none that fits.
    let Kind { label, holder } = kind.into();
    let expected = ring.derive(label, app, &[place, secret, holder.as_bytes()]);
    verify_slices_are_equal(&expected[..TAG], tag).map_err(|_| NotAToken)?;
    Ok((*place, Secret::new(*secret)))
}
