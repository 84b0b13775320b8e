//! Texts as the portal's function holds them: as files of gzip (RFC 1952), whole or in parts that it only puts one behind the other.

use std::io::Write as _;

use anyhow::{Result, ensure};
use flate2::{Compress, Compression, Crc, FlushCompress, GzBuilder};

/// As a file of gzip without a name and a time, so that the same text is the same bytes.
pub(super) fn whole(text: &str) -> Result<Vec<u8>> {
    let mut gzip = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
    gzip.write_all(text.as_bytes())?;
    Ok(gzip.finish()?)
}

/// What a file of gzip begins with, without a name and a time (§2.3).
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255];

/// The last block of a stream, with nothing in it (RFC 1951 §3.2.6).
const LAST_BLOCK: [u8; 2] = [3, 0];

/// The frame of `text`, which [`text`] has packed: the last eight bytes of the file, and then all that comes before the text.
pub(super) fn frame(beginning: &str, text: &str) -> Result<Vec<u8>> {
    let mut sum = Crc::new();
    sum.update(beginning.as_bytes());
    sum.update(text.as_bytes());
    let mut frame = [sum.sum().to_le_bytes(), sum.amount().to_le_bytes()].concat();
    frame.extend(HEADER);
    frame.extend(deflated(beginning)?);
    Ok(frame)
}

/// A text that may stand in several frames.
pub(super) fn text(text: &str) -> Result<Vec<u8>> {
    let mut packed = deflated(text)?;
    packed.extend(LAST_BLOCK);
    Ok(packed)
}

/// As blocks that end with a byte and refer to nothing outside of them, so that others may stand before and behind them.
fn deflated(text: &str) -> Result<Vec<u8>> {
    let mut stream = Compress::new(Compression::best(), false);
    // No text of ours gets longer.
    let mut bytes = Vec::with_capacity(text.len() + 1024);
    stream.compress_vec(text.as_bytes(), &mut bytes, FlushCompress::Sync)?;
    ensure!(usize::try_from(stream.total_in())? == text.len(), "a text does not fit when it is compressed");
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use anyhow::Result;
    use flate2::read::GzDecoder;

    use super::{frame, text};

    #[test]
    fn a_text_in_any_of_its_frames_is_a_file_of_gzip() -> Result<()> {
        let content = "<p>某个文本 of some length</p>\n".repeat(2000);
        let packed = text(&content)?;
        assert!(packed.len() * 10 < content.len());
        for beginning in ["<html lang=\"zh\">", "<html lang=\"en\"><nav>", ""] {
            let frame = frame(beginning, &content)?;
            let (trailer, start) = frame.split_at(8);
            let file = [start, &packed, trailer].concat();
            let mut unpacked = String::new();
            GzDecoder::new(file.as_slice()).read_to_string(&mut unpacked)?;
            assert!(unpacked == format!("{beginning}{content}"), "{beginning}");
        }
        Ok(())
    }
}
