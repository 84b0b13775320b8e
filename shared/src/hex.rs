//! Lower-case hexadecimal text.

/// The bytes as lower-case hex digits. A request writes a thousand of them, most for the signatures of its calls.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| b"0123456789abcdef"[usize::from(nibble)];
    let mut text = vec![0; 2 * bytes.len()];
    for (pair, byte) in text.as_chunks_mut().0.iter_mut().zip(bytes) {
        *pair = [digit(byte >> 4), digit(byte & 15)];
    }
    // Digits are text.
    String::from_utf8(text).unwrap_or_default()
}

/// The bytes that exactly `2 * N` lower-case hex digits spell.
pub(crate) fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let value = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let (digits, []) = text.as_bytes().as_chunks::<2>() else { return None };
    let mut bytes = [0; N];
    if digits.len() != N {
        return None;
    }
    for (byte, [high, low]) in bytes.iter_mut().zip(digits) {
        *byte = value(*high)? << 4 | value(*low)?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::{hex, unhex};

    #[test]
    fn bytes_read_back() {
        assert_eq!(hex(&[0x00, 0x9a, 0xff]), "009aff");
        assert_eq!(unhex("009aff"), Some([0x00, 0x9a, 0xff]));
    }

    #[test]
    fn only_that_many_lower_case_digits_are_read() {
        for text in ["", "009af", "009aff0", "009aff00", "009AFF", "00 9af", "0x9aff", "é9aff"] {
            assert_eq!(unhex::<3>(text), None, "{text}");
        }
    }
}
