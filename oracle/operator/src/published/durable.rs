//! Files that a crash leaves whole: the old one or the new one.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

/// Writes a file so that a crash leaves either the old one or the new one: write, flush, rename.
pub fn write_durably(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    // Beside it under its whole name: files that differ only in their extension do not meet there.
    let mut beside = path.as_os_str().to_owned();
    beside.push(".part");
    let temporary = PathBuf::from(beside);
    let mut file = fs::File::create(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&temporary, path)?;
    fs::File::open(folder)?.sync_all()
}
