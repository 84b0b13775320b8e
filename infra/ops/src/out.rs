//! What the commands print. `println!` panics once nobody reads on, as behind `| head -1`.

use std::fmt::Arguments;
use std::io::{self, ErrorKind, Write};

/// Prints a line. A reader that has gone away does not stop the work.
///
/// # Errors
/// That it cannot be written, to a full disk say: a secret is shown once.
pub fn line(line: Arguments<'_>) -> io::Result<()> {
    heard(writeln!(io::stdout().lock(), "{line}"))
}

/// Prints a line beside the output.
pub fn aside(line: Arguments<'_>) {
    // There is nowhere left to say that it failed.
    let _ = writeln!(io::stderr().lock(), "{line}");
}

fn heard(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Prints a line, formatted.
#[macro_export]
macro_rules! say {
    ($($line:tt)*) => { $crate::out::line(format_args!($($line)*)) };
}
pub use crate::say;

#[cfg(test)]
mod tests {
    use std::io::{Error, ErrorKind};

    use super::heard;

    #[test]
    fn nobody_who_reads_on_is_no_error_and_a_full_disk_is() {
        assert!(heard(Err(Error::from(ErrorKind::BrokenPipe))).is_ok());
        assert!(heard(Err(Error::from(ErrorKind::StorageFull))).is_err());
    }
}
