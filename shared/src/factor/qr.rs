//! A QR code as SVG, drawn here: nothing of a third party's sees the secret.

use std::fmt::Write as _;

use qrcodegen::{QrCode, QrCodeEcc};

use crate::secret::Secret;

/// The empty border, in modules (ISO/IEC 18004 §5.3.8).
const QUIET: i32 = 4;

/// The QR code of a text, black on white: a line for each run of dark modules. `None`: it is too long for one.
#[must_use]
pub fn svg(text: &Secret<String>) -> Option<Secret<String>> {
    let code = QrCode::encode_text(text.expose(), QrCodeEcc::Medium).ok()?;
    let modules = code.size();
    let mut path = String::new();
    for y in 0..modules {
        let mut x = 0;
        while x < modules {
            let run = (x..modules).take_while(|x| code.get_module(*x, y)).map(|_| 1).sum::<i32>();
            if run > 0 {
                let _ = write!(path, "M{},{}h{run}", x + QUIET, y + QUIET);
            }
            x += run.max(1);
        }
    }
    let side = modules + 2 * QUIET;
    Some(Secret::new(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\">\
         <path fill=\"#fff\" d=\"M0,0h{side}v{side}h-{side}z\"/><path stroke=\"#000\" transform=\"translate(0 .5)\" d=\"{path}\"/></svg>"
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
        assert!(drawn.contains("\"M4,4h7M") && !drawn.contains("M11,4h"), "{drawn}");
        assert!(drawn.contains("M4,5h1M10,5h1M") && drawn.contains("M4,6h1M6,6h3M10,6h1M"), "{drawn}");
        assert_eq!(svg(&Secret::new("x".repeat(3000))).map(drop), None);
    }
}
