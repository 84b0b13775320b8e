//! A QR code as SVG, drawn here: nothing of a third party's sees the secret.

use std::fmt::Write as _;

use qrcodegen::{QrCode, QrCodeEcc};

use crate::secret::Secret;

/// The empty border, in modules (ISO/IEC 18004 §5.3.8).
const QUIET: i32 = 4;

/// The QR code of a text, black on white. `None`: it is too long for one.
#[must_use]
pub fn svg(text: &Secret<String>) -> Option<Secret<String>> {
    let code = QrCode::encode_text(text.expose(), QrCodeEcc::Medium).ok()?;
    let modules = code.size();
    let mut path = String::new();
    for y in 0..modules {
        for x in (0..modules).filter(|x| code.get_module(*x, y)) {
            let _ = write!(path, "M{},{}h1v1h-1z", x + QUIET, y + QUIET);
        }
    }
    let side = modules + 2 * QUIET;
    Some(Secret::new(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" role=\"img\" shape-rendering=\"crispEdges\">\
         <path fill=\"#fff\" d=\"M0,0h{side}v{side}h-{side}z\"/><path d=\"{path}\"/></svg>"
    )))
}

#[cfg(test)]
mod tests {
    use super::svg;
    use crate::secret::Secret;

    /// The corner of every QR code is a finder pattern: seven dark modules in a row, beyond the border.
    #[test]
    fn a_code_has_its_border_and_its_finder_patterns() {
        let drawn = svg(&Secret::new("otpauth://totp/a:b?secret=GEZDGNBV".to_owned())).expect("short enough");
        let drawn = drawn.expose();
        assert!((4..11).all(|x| drawn.contains(&format!("M{x},4h1v1h-1z"))), "{drawn}");
        assert!(!drawn.contains("M3,4h") && !drawn.contains("M11,4h"), "{drawn}");
        assert_eq!(svg(&Secret::new("x".repeat(3000))).map(drop), None);
    }
}
