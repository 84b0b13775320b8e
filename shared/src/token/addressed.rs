//! Opaque tokens that say where their record is.
//!
//! 256 random bits behind the place of the record, and a tag under the root key over both. What is not ours is known
//! without asking the store, and no stranger's token reaches a record that it only names.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::app::AppId;
use crate::secret::Secret;
use crate::token::opaque::NotAToken;
use crate::token::ring::KeyRing;

/// The bytes that nobody can guess.
pub(crate) const SECRET: usize = 32;

/// Half of an HMAC-SHA256 (RFC 2104 §5): a forgery is found out by the store all the same.
const TAG: usize = 16;

/// Longer than any of these tokens; a longer text is not even decoded.
const LONGEST: usize = 256;

/// The token's text. `label` is its kind: tokens of two kinds never pass for each other.
pub(crate) fn write(
    place: &[u8],
    secret: &Secret<[u8; SECRET]>,
    label: &'static str,
    app: &AppId,
    ring: &KeyRing,
) -> Secret<String> {
    let tag = ring.derive(label, app, &[place, secret.expose()]);
    Secret::new(URL_SAFE_NO_PAD.encode([place, secret.expose(), &tag[..TAG]].concat()))
}

/// The place and the secret of a token that we wrote.
pub(crate) fn read<const PLACE: usize>(
    text: &str,
    label: &'static str,
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
    let expected = ring.derive(label, app, &[place, secret]);
    verify_slices_are_equal(&expected[..TAG], tag).map_err(|_| NotAToken)?;
    Ok((*place, Secret::new(*secret)))
}
