//! CBOR in the canonical form of CTAP2 (CTAP 2.1 §8, a subset of RFC 8949), which authenticators write.
//!
//! The reader makes no tree: a caller asks for the member that it knows and skips the others. Lengths come from strangers, so nothing
//! is allocated for them, and nesting ends at four levels as in CTAP2.

/// How deep arrays and maps may stand in each other (CTAP 2.1 §8).
const DEEPEST: u8 = 4;

/// The bytes are not CBOR in the canonical form of CTAP2, or not what was expected there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the expected CBOR in the canonical form of CTAP2")]
pub struct NotCbor;

/// What stands at the beginning of the bytes. The members of an array or map follow it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Item<'a> {
    /// A number from 0.
    Unsigned(u64),
    /// The number −1 − n.
    Negative(u64),
    /// A byte string.
    Bytes(&'a [u8]),
    /// A text string.
    Text(&'a str),
    /// An array of so many items.
    Array(u64),
    /// A map of so many pairs.
    Map(u64),
    /// `false`, `true` or `null`.
    Simple,
}

/// Reads items one after another.
#[derive(Clone, Debug)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
    depth: u8,
}

impl<'a> Reader<'a> {
    /// Begins at the first of `bytes`.
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, depth: 0 }
    }

    /// What was not read yet.
    pub(super) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Checks that nothing is left.
    pub(super) const fn end(&self) -> Result<(), NotCbor> {
        if self.rest.is_empty() { Ok(()) } else { Err(NotCbor) }
    }

    /// The next bytes as they are.
    pub(super) fn take(&mut self, count: u64) -> Result<&'a [u8], NotCbor> {
        let count = usize::try_from(count).map_err(|_| NotCbor)?;
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(NotCbor)?;
        self.rest = rest;
        Ok(taken)
    }

    /// The next bytes, `N` of them.
    pub(super) fn array<const N: usize>(&mut self) -> Result<&'a [u8; N], NotCbor> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or(NotCbor)?;
        self.rest = rest;
        Ok(taken)
    }

    /// The next item.
    pub(super) fn item(&mut self) -> Result<Item<'a>, NotCbor> {
        let [first] = *self.array()?;
        let (major, short) = (first >> 5, first & 0x1f);
        // A number is written as short as possible; 28 to 30 mean nothing, and 31 an indefinite length.
        let (number, least) = match short {
            0..=23 => (u64::from(short), 0),
            24 => (u64::from(self.array::<1>()?[0]), 24),
            25 => (u64::from(u16::from_be_bytes(*self.array()?)), 1 << 8),
            26 => (u64::from(u32::from_be_bytes(*self.array()?)), 1 << 16),
            27 => (u64::from_be_bytes(*self.array()?), 1 << 32),
            _ => return Err(NotCbor),
        };
        if number < least {
            return Err(NotCbor);
        }
        match major {
            0 => Ok(Item::Unsigned(number)),
            1 => Ok(Item::Negative(number)),
            2 => Ok(Item::Bytes(self.take(number)?)),
            3 => Ok(Item::Text(std::str::from_utf8(self.take(number)?).map_err(|_| NotCbor)?)),
            4 => Ok(Item::Array(number)),
            5 => Ok(Item::Map(number)),
            7 if (20..=22).contains(&short) => Ok(Item::Simple),
            // CTAP2 has no tags, and no structure of WebAuthn has a fraction.
            _ => Err(NotCbor),
        }
    }

    /// The next item, which is a byte string.
    pub(super) fn bytes(&mut self) -> Result<&'a [u8], NotCbor> {
        if let Item::Bytes(bytes) = self.item()? { Ok(bytes) } else { Err(NotCbor) }
    }

    /// The next item, which is a text string.
    pub(super) fn text(&mut self) -> Result<&'a str, NotCbor> {
        if let Item::Text(text) = self.item()? { Ok(text) } else { Err(NotCbor) }
    }

    /// The next item, which is an integer.
    pub(super) fn integer(&mut self) -> Result<i64, NotCbor> {
        match self.item()? {
            Item::Unsigned(number) => i64::try_from(number).map_err(|_| NotCbor),
            Item::Negative(number) => i64::try_from(number).map(|number| -1 - number).map_err(|_| NotCbor),
            _ => Err(NotCbor),
        }
    }

    /// The next item, which is a map: `member` is given each key, and reads its value.
    pub(super) fn map(
        &mut self,
        member: impl FnMut(Item<'a>, &mut Self) -> Result<(), NotCbor>,
    ) -> Result<(), NotCbor> {
        if let Item::Map(count) = self.item()? { self.members(count, member) } else { Err(NotCbor) }
    }

    /// Passes over the next item with all that is in it.
    pub(super) fn skip(&mut self) -> Result<(), NotCbor> {
        match self.item()? {
            Item::Array(count) => {
                self.enter()?;
                for _ in 0..count {
                    self.skip()?;
                }
                self.depth -= 1;
                Ok(())
            }
            Item::Map(count) => self.members(count, |_, reader| reader.skip()),
            _ => Ok(()),
        }
    }

    fn members(
        &mut self,
        count: u64,
        mut member: impl FnMut(Item<'a>, &mut Self) -> Result<(), NotCbor>,
    ) -> Result<(), NotCbor> {
        self.enter()?;
        let mut before: Option<&[u8]> = None;
        for _ in 0..count {
            let start = self.rest;
            let key = self.item()?;
            if !matches!(key, Item::Unsigned(_) | Item::Negative(_) | Item::Text(_)) {
                return Err(NotCbor);
            }
            let written = &start[..start.len() - self.rest.len()];
            // Ascending by kind, then by length, then byte by byte: so no key stands twice.
            let place = |key: &'a [u8]| (key[0] >> 5, key.len(), key);
            if before.is_some_and(|before| place(before) >= place(written)) {
                return Err(NotCbor);
            }
            before = Some(written);
            member(key, self)?;
        }
        self.depth -= 1;
        Ok(())
    }

    const fn enter(&mut self) -> Result<(), NotCbor> {
        if self.depth == DEEPEST {
            return Err(NotCbor);
        }
        self.depth += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Item, NotCbor, Reader};

    /// Reads one item with all that is in it, and nothing else.
    fn whole(bytes: &[u8]) -> Result<(), NotCbor> {
        let mut reader = Reader::new(bytes);
        reader.skip()?;
        reader.end()
    }

    #[test]
    fn items_are_read_as_rfc_8949_writes_them() {
        let read = |bytes: &'static [u8]| Reader::new(bytes).item();
        assert_eq!(read(&[0x17]), Ok(Item::Unsigned(23)));
        assert_eq!(read(&[0x18, 24]), Ok(Item::Unsigned(24)));
        assert_eq!(read(&[0x19, 1, 0]), Ok(Item::Unsigned(256)));
        assert_eq!(read(&[0x1a, 0, 1, 0, 0]), Ok(Item::Unsigned(65_536)));
        assert_eq!(read(&[0x1b, 0, 0, 0, 1, 0, 0, 0, 0]), Ok(Item::Unsigned(1 << 32)));
        assert_eq!(Reader::new(&[0x26]).integer(), Ok(-7));
        assert_eq!(Reader::new(&[0x39, 1, 0]).integer(), Ok(-257));
        assert_eq!(Reader::new(&[0x3b, 0x7f, 255, 255, 255, 255, 255, 255, 255]).integer(), Ok(i64::MIN));
        assert_eq!(read(&[0x42, 7, 8]), Ok(Item::Bytes(&[7, 8])));
        assert_eq!(read(&[0x63, b'f', b'm', b't']), Ok(Item::Text("fmt")));
        assert_eq!(whole(&[0x83, 0xf4, 0xf5, 0xf6]), Ok(()));
    }

    #[test]
    fn what_is_not_canonical_is_refused() {
        for bytes in [
            // Numbers and lengths that are written longer than needed.
            &[0x18, 23][..],
            &[0x19, 0, 255],
            &[0x1a, 0, 0, 255, 255],
            &[0x1b, 0, 0, 0, 0, 255, 255, 255, 255],
            &[0x58, 1, 7],
            &[0x78, 1, b'a'],
            // Indefinite lengths, reserved numbers.
            &[0x5f, 0x41, 7, 0xff],
            &[0x9f, 0xff],
            &[0xbf, 0xff],
            &[0x1c],
            // A tag, fractions, `undefined`, another simple value.
            &[0xc1, 0],
            &[0xf9, 0x3c, 0],
            &[0xfa, 0, 0, 0, 0],
            &[0xf7],
            &[0xf8, 32],
            // Text that is not UTF-8.
            &[0x61, 0xff],
            // Keys in another order, twice, or of another kind.
            &[0xa2, 2, 0, 1, 0],
            &[0xa2, 1, 0, 1, 0],
            &[0xa2, 0x20, 0, 1, 0],
            &[0xa2, 0x62, b'a', b'a', 0, 0x61, b'b', 0],
            &[0xa1, 0x41, 7, 0],
            &[0xa1, 0xf5, 0],
        ] {
            assert_eq!(whole(bytes), Err(NotCbor), "{bytes:02x?}");
        }
        assert_eq!(whole(&[0xa3, 1, 0, 0x20, 0, 0x61, b'b', 0]), Ok(()));
    }

    #[test]
    fn bytes_that_end_early_or_late_are_refused() {
        let good = [0xa2, 0x61, b'a', 0x82, 1, 2, 0x61, b'b', 0x42, 7, 8];
        assert_eq!(whole(&good), Ok(()));
        for end in 0..good.len() {
            assert_eq!(whole(&good[..end]), Err(NotCbor), "{end}");
        }
        assert_eq!(whole(&[&good[..], &[0]].concat()), Err(NotCbor));
        // More items, and more bytes, than memory holds.
        assert_eq!(whole(&[0x9b, 255, 255, 255, 255, 255, 255, 255, 255]), Err(NotCbor));
        assert_eq!(whole(&[0x5b, 255, 255, 255, 255, 255, 255, 255, 255]), Err(NotCbor));
    }

    #[test]
    fn nesting_ends_at_four_levels() {
        assert_eq!(whole(&[0x81, 0x81, 0x81, 0x81, 0]), Ok(()));
        assert_eq!(whole(&[0x81, 0x81, 0x81, 0x81, 0x80]), Err(NotCbor));
        assert_eq!(whole(&[0xa1, 0, 0xa1, 0, 0xa1, 0, 0xa1, 0, 0xa0]), Err(NotCbor));
        // The levels of one member do not count for the next.
        assert_eq!(whole(&[0x82, 0x81, 0x81, 0x80, 0x81, 0x81, 0x80]), Ok(()));
        assert_eq!(whole(&vec![0x81; 1 << 20]), Err(NotCbor));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = whole(&bytes);
        }
    }
}
