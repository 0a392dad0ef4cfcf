//! Secrets from files, as Docker and Kubernetes mount them.

use std::error::Error;
use std::ffi::OsString;
use std::fmt;
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::{Secret, Secrets};

/// The largest file that is taken for a secret, in bytes: far more than any key is long.
const LIMIT: usize = 64 * 1024;

impl Secret {
    /// Reads the secret from a file that holds nothing else.
    ///
    /// One line break (`\n` or `\r\n`) at the very end is taken off, since editors and tools add
    /// it; everything else is the secret, byte for byte. A secret that ends in a line break and
    /// means it is read by hand and given to [`Secret::exact`].
    ///
    /// It blocks: call it at start, or on a thread that may block.
    ///
    /// # Errors
    ///
    /// When there is no such file, or it cannot be read, holds nothing, or more than 64 KiB. The
    /// error names the path.
    ///
    /// ```no_run
    /// use hookgate::Secret;
    ///
    /// let secret = Secret::from_file("/run/secrets/harmonizely")?.labelled("2026-11");
    /// # Ok::<(), hookgate::FileError>(())
    /// ```
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, FileError> {
        let path = path.as_ref();
        let bytes = read(path).map_err(|problem| FileError { path: path.into(), problem })?;
        Ok(Self::new(bytes))
    }
}

impl Secrets {
    /// Reads the current secret from the file at `path` and, where there is one, the previous one
    /// from `path` followed by `.previous`. The files' names, without the folders, become the
    /// labels.
    ///
    /// Each file holds one secret, and is read as [`Secret::from_file`] does. It blocks: call it
    /// at start, or on a thread that may block.
    ///
    /// Where a request has a part in the path, such as a tenant's name, take plain names only: one
    /// with a `/` leads elsewhere, and `acme.previous` is the secret of another tenant, `acme`.
    ///
    /// # Errors
    ///
    /// When there is no file at `path`, or one of the two cannot be read, holds nothing, or more
    /// than 64 KiB. The error names the path.
    ///
    /// ```
    /// use hookgate::Secrets;
    ///
    /// # let folder = std::env::temp_dir().join(format!("hookgate-doc-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder)?;
    /// // As `docker secret` or a volume of Kubernetes puts them there.
    /// std::fs::write(folder.join("harmonizely"), "the new secret\n")?;
    /// std::fs::write(folder.join("harmonizely.previous"), "the old secret\n")?;
    ///
    /// let secrets = Secrets::from_file(folder.join("harmonizely"))?;
    /// assert_eq!(secrets.len(), 2);
    /// # std::fs::remove_dir_all(&folder)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, FileError> {
        let path = path.as_ref();
        let mut previous = OsString::from(path);
        previous.push(".previous");
        let current = labelled(path)?;
        let previous = match labelled(Path::new(&previous)) {
            Ok(secret) => Some(secret),
            Err(error) if error.is_not_found() => None,
            Err(error) => return Err(error),
        };
        Ok(Self(std::iter::once(current).chain(previous).collect()))
    }
}

fn labelled(path: &Path) -> Result<Secret, FileError> {
    let secret = Secret::from_file(path)?;
    // Where secrets lie is nobody's business who reads the log of a delivery.
    let name = path.file_name().unwrap_or(path.as_os_str());
    Ok(secret.labelled(name.to_string_lossy()))
}

/// Reads one file, without the line break at its end.
fn read(path: &Path) -> Result<Vec<u8>, FileProblem> {
    let file = File::open(path).map_err(FileProblem::Unreadable)?;
    // One byte more than is taken, to tell. The buffer never grows: that would leave a copy of the
    // secret behind, which nobody wipes.
    let room = LIMIT.saturating_add(1);
    let mut bytes = Zeroizing::new(Vec::with_capacity(room));
    file.take(room as u64).read_to_end(&mut bytes).map_err(FileProblem::Unreadable)?;
    if bytes.len() > LIMIT {
        return Err(FileProblem::TooLarge);
    }
    let secret = bytes.strip_suffix(b"\n").map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let secret = secret.unwrap_or(&bytes);
    if secret.is_empty() { Err(FileProblem::Empty) } else { Ok(secret.to_vec()) }
}

/// A secret could not be read from a file.
///
/// It names the path and never the content. What the operating system says is its
/// [`source`](std::error::Error::source).
pub struct FileError {
    path: PathBuf,
    problem: FileProblem,
}

#[derive(Debug)]
enum FileProblem {
    Unreadable(io::Error),
    Empty,
    TooLarge,
}

impl FileError {
    /// The path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether there is no such file: for look-ups, where that is an unknown tenant and no fault.
    pub fn is_not_found(&self) -> bool {
        let FileProblem::Unreadable(cause) = &self.problem else { return false };
        cause.kind() == ErrorKind::NotFound
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the file {} {}", self.path.display(), self.problem)
    }
}

impl fmt::Debug for FileError {
    /// In words: a `main` that returns it prints this, and the mend should stand there.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileError({self})")
    }
}

impl Error for FileError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.problem {
            FileProblem::Unreadable(cause) => Some(cause),
            FileProblem::Empty | FileProblem::TooLarge => None,
        }
    }
}

impl fmt::Display for FileProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(cause) if cause.kind() == ErrorKind::NotFound => {
                f.write_str("does not exist: put the provider's signing secret into it")
            }
            Self::Unreadable(cause) => write!(f, "cannot be read: {}", cause.kind()),
            Self::Empty => f.write_str("is empty: put the provider's signing secret into it"),
            Self::TooLarge => {
                write!(f, "holds more than {LIMIT} bytes: a secret stands in a file of its own")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BuildError, Endpoint, SecretError, harmonizely::Harmonizely};

    /// A folder that goes away with the test.
    struct Folder(PathBuf);

    impl Folder {
        fn new(test: &str) -> Self {
            let name = format!("hookgate-file-{test}-{}", std::process::id());
            let folder = std::env::temp_dir().join(name);
            std::fs::create_dir_all(&folder).unwrap();
            Self(folder)
        }

        fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
            let path = self.0.join(name);
            std::fs::write(&path, content).unwrap();
            path
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn one_line_break_at_the_end_is_the_editors_and_all_else_the_secret() {
        let folder = Folder::new("breaks");
        for (content, secret) in [
            (&b"s3cret"[..], &b"s3cret"[..]),
            (b"s3cret\n", b"s3cret"),
            (b"s3cret\r\n", b"s3cret"),
            (b"s3cret\n\n", b"s3cret\n"),
            (b"s3cret\r\r\n", b"s3cret\r"),
            (b"s3cret\r", b"s3cret\r"),
            (b" s3cret \n", b" s3cret "),
            (b"\xef\xbb\xbf\x00\xff\n", b"\xef\xbb\xbf\x00\xff"),
            (
                b"-----BEGIN A KEY-----\nAAAA\r\n-----END\n",
                b"-----BEGIN A KEY-----\nAAAA\r\n-----END",
            ),
            (&[b'k'; LIMIT], &[b'k'; LIMIT]),
        ] {
            let read = Secret::from_file(folder.file("secret", content)).unwrap();
            assert_eq!(read.as_bytes(), secret);
        }
    }

    #[test]
    fn a_second_line_break_is_refused_when_the_endpoint_is_built() {
        let folder = Folder::new("second");
        let secrets = Secrets::from_file(folder.file("hook", "s3cret\n\n")).unwrap();
        let refused = Endpoint::builder(Harmonizely).secrets(secrets).build().unwrap_err();
        let (label, error) = ("hook".into(), SecretError::LineBreak);
        assert_eq!(refused, BuildError::Secret { label, error });
    }

    #[test]
    fn an_error_names_the_path_and_never_the_content() {
        let folder = Folder::new("wrong");
        let large = [&b"s3cret"[..], &[b'k'; LIMIT]].concat();
        for (path, want, caused) in [
            (folder.0.join("missing"), "missing does not exist", true),
            (folder.0.clone(), "cannot be read: is a directory", true),
            (folder.file("empty", ""), "empty is empty", false),
            (folder.file("line", "\n"), "line is empty", false),
            (folder.file("lines", "\r\n"), "lines is empty", false),
            (folder.file("large", large), "large holds more than 65536 bytes", false),
        ] {
            let error = Secrets::from_file(&path).unwrap_err();
            let text = error.to_string();
            assert!(text.contains(want), "{text}");
            assert_eq!(format!("{error:?}"), format!("FileError({text})"));
            assert!(!text.contains("s3cret"), "{text}");
            assert_eq!(error.source().is_some(), caused, "{text}");
            assert_eq!(error.is_not_found(), path.ends_with("missing"), "{text}");
            assert_eq!(error.path(), path);
        }
    }

    #[test]
    fn the_previous_secret_lies_beside_the_current_one() {
        let folder = Folder::new("previous");
        let path = folder.file("hook", "new\n");
        let labels = || {
            let secrets = Secrets::from_file(&path).unwrap();
            secrets.iter().map(|secret| secret.label().unwrap().to_string()).collect::<Vec<_>>()
        };
        assert_eq!(labels(), ["hook"]);
        let previous = folder.file("hook.previous", "old\n");
        assert_eq!(labels(), ["hook", "hook.previous"]);

        // One that is there and cannot be right is a mistake, not an end of the rotation.
        folder.file("hook.previous", "");
        assert_eq!(Secrets::from_file(&path).unwrap_err().path(), previous);
        // One alone is none.
        std::fs::remove_file(&path).unwrap();
        assert!(Secrets::from_file(&path).unwrap_err().is_not_found());
    }
}
