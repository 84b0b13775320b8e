use std::fs::File;
use std::os::unix::fs::FileExt;
use std::process::Stdio;

/// Everything a process prints, standard output and error in one, kept in a file without a name.
///
/// A file and not a pipe: a stack that outlives the test by a moment must not trip over a closed pipe.
pub(crate) struct Output(File);

impl Output {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempfile().expect("a temporary file"))
    }

    /// An end to write to.
    pub(crate) fn sink(&self) -> Stdio {
        self.0.try_clone().expect("a second handle of a file").into()
    }

    /// What has been printed so far. Reads by position: the offset of the file belongs to the writers.
    pub(crate) fn text(&self) -> String {
        let length = self.0.metadata().expect("the size of a file").len();
        let mut bytes = vec![0; usize::try_from(length).expect("an output that fits in memory")];
        self.0.read_exact_at(&mut bytes, 0).expect("the output of the stack");
        String::from_utf8_lossy(&bytes).into_owned()
    }
}
