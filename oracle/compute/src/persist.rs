//! Files that are either whole or absent: written beside their place, flushed, renamed.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Lets `write` fill a file beside `path`, flushes it to the disk and renames it to `path`, where it is for good when this returns.
pub fn replace<E: From<io::Error>>(path: &Path, write: impl FnOnce(&Path) -> Result<(), E>) -> Result<(), E> {
    let partial = beside(path);
    let written = write(&partial).and_then(|()| {
        File::open(&partial)?.sync_all()?;
        std::fs::rename(&partial, path)?;
        Ok(flush_folder(path)?)
    });
    if written.is_err() {
        // The error that matters is the one above; a leftover file is harmless.
        let _ = std::fs::remove_file(&partial);
    }
    written
}

/// Makes a renaming last: it is the folder that knows the name.
fn flush_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// Whether a file of this name was being written by another process, which may be gone.
pub fn is_of_another_process(name: &str) -> bool {
    name.ends_with(".partial") && !name.contains(&format!(".{}-", std::process::id()))
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
