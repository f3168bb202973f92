//! Files that are either whole or absent: written beside their place, flushed, renamed.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Lets `write` fill a file beside `path`, flushes it to the disk and renames it to `path`.
pub(crate) fn replace<E: From<io::Error>>(path: &Path, write: impl FnOnce(&Path) -> Result<(), E>) -> Result<(), E> {
    let partial = beside(path);
    let written = write(&partial).and_then(|()| {
        File::open(&partial)?.sync_all()?;
        Ok(std::fs::rename(&partial, path)?)
    });
    if written.is_err() {
        // The error that matters is the one above; a leftover file is harmless and overwritten next time.
        let _ = std::fs::remove_file(&partial);
    }
    written
}

/// `path` with `.partial`, the process id and a count added to its name, so that no two writers share it.
fn beside(path: &Path) -> PathBuf {
    static WRITES: AtomicU64 = AtomicU64::new(0);
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}-{}.partial", std::process::id(), WRITES.fetch_add(1, Ordering::Relaxed)));
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_writers_of_one_file_do_not_disturb_each_other() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("kept");
        let outer = replace::<io::Error>(&path, |partial| {
            std::fs::write(partial, b"outer")?;
            replace::<io::Error>(&path, |partial| std::fs::write(partial, b"inner"))
        });
        outer.expect("the outer one's file is still there");
        assert_eq!(std::fs::read(&path).expect("readable"), b"outer");
    }

    #[test]
    fn a_failed_write_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("kept");
        std::fs::write(&path, b"old").expect("writable");
        let failed = replace::<io::Error>(&path, |partial| {
            std::fs::write(partial, b"half")?;
            Err(io::Error::other("disk full"))
        });
        assert!(failed.is_err());
        assert_eq!(std::fs::read(&path).expect("readable"), b"old");
        assert_eq!(std::fs::read_dir(folder.path()).expect("readable").count(), 1);
    }
}
