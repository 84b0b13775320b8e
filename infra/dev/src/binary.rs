//! What a function's binary weighs and needs.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use flate2::Compression;
use flate2::write::DeflateEncoder;
use serde::{Deserialize, Serialize};

/// A binary's size and needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Binary {
    /// As it lies on the disk.
    pub(crate) bytes: u64,
    /// In the zip that is uploaded.
    pub(crate) zip_bytes: u64,
    /// The newest version of glibc that it asks for; no newer than [`GLIBC`] will do.
    pub(crate) glibc: (u32, u32),
}

/// The newest glibc that the deployment target has: Amazon Linux 2023's.
pub(crate) const GLIBC: (u32, u32) = (2, 34);

/// Where a plain release build leaves a binary, relative to the repository's root.
pub(crate) fn path(bin: &str) -> PathBuf {
    Path::new("target/release").join(bin)
}

/// Headers and directory of a zip that holds one file named `bootstrap`.
const ZIP_FRAME: u64 = 30 + 46 + 22 + 2 * 9;

impl Binary {
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let bytes = fs::read(path).with_context(|| format!("no {}: build it first", path.display()))?;
        let mut zip = DeflateEncoder::new(Vec::new(), Compression::best());
        zip.write_all(&bytes)?;
        let zip_bytes = u64::try_from(zip.finish()?.len())? + ZIP_FRAME;
        Ok(Self { bytes: u64::try_from(bytes.len())?, zip_bytes, glibc: newest_glibc(&bytes) })
    }
}

/// Versioned symbols are named in clear, stripped or not.
fn newest_glibc(binary: &[u8]) -> (u32, u32) {
    const NAME: &[u8] = b"GLIBC_";
    let versions =
        binary.windows(NAME.len()).enumerate().filter(|(_, window)| *window == NAME).filter_map(|(at, _)| {
            let version = binary[at + NAME.len()..].split(|byte| !byte.is_ascii_digit() && *byte != b'.').next()?;
            let mut parts = std::str::from_utf8(version).ok()?.split('.').map(str::parse);
            Some((parts.next()?.ok()?, parts.next()?.ok()?))
        });
    versions.max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::newest_glibc;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert_eq!(newest_glibc(b"\0GLIBC_2.4\0GLIBC_2.34\0GLIBC_2.2.5\0GLIBC_PRIVATE\0"), (2, 34));
    }
}
