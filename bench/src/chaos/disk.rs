//! A small disk that can be filled and freed.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};

/// What is written at a time.
const PIECE: usize = 4 << 10;

/// A file system in memory, mounted on a folder; unmounted when dropped.
pub struct SmallDisk {
    at: PathBuf,
}

impl SmallDisk {
    /// Mounts one of so many MiB.
    ///
    /// # Errors
    /// If this machine does not permit it: only root may mount.
    pub fn mount(at: &Path, mib: usize) -> Result<Self> {
        fs::create_dir_all(at)?;
        let size = format!("size={mib}m,mode=0700");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(at).output()?;
        let said = String::from_utf8_lossy(&mounted.stderr);
        ensure!(mounted.status.success(), "cannot mount a small disk on {}: {said}", at.display());
        Ok(Self { at: at.to_owned() })
    }

    fn ballast(&self) -> PathBuf {
        self.at.join("ballast")
    }

    /// Writes until nothing more fits.
    ///
    /// # Errors
    /// If the file cannot be made.
    pub fn fill(&self) -> Result<()> {
        let mut file = fs::OpenOptions::new().create(true).append(true).open(self.ballast()).context("no ballast")?;
        let piece = [0xff; PIECE];
        while file.write_all(&piece).is_ok() {}
        while file.write_all(&[0xff]).is_ok() {}
        Ok(())
    }

    /// Makes room again.
    ///
    /// # Errors
    /// If the file cannot be removed.
    pub fn free(&self) -> Result<()> {
        match fs::remove_file(self.ballast()) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: a file of a process that has just been killed may still count as open. Nobody is left to tell.
        drop(Command::new("umount").arg("--lazy").arg(&self.at).output());
    }
}

#[cfg(test)]
mod tests {
    use operator::store::{Promise, PromisedVector, Store};
    use protocol::{Hash32, ModelId, RoundId};

    use super::*;

    const MODEL: ModelId = ModelId(1);

    fn promise(bytes: usize) -> Promise {
        let entries = vec![7; bytes].into();
        let vector = PromisedVector { entries, reach: 1, unresolved: Vec::new().into(), redemptions: 0 };
        Promise { inputs: Hash32([1; 32]), salt: Hash32([2; 32]), vector: Some(vector) }
    }

    /// A disk of 8 MiB, or nothing where only root may mount.
    fn disk(folder: &Path) -> Option<SmallDisk> {
        SmallDisk::mount(folder, 8).inspect_err(|error| eprintln!("not tested here: {error:#}")).ok()
    }

    #[test]
    fn a_store_on_a_full_disk_still_says_what_was_promised_and_keeps_small_things() {
        let folder = tempfile::tempdir().expect("a folder");
        let Some(disk) = disk(folder.path()) else { return };
        let store = Store::open(folder.path()).expect("a store");
        store.keep(MODEL, RoundId(1), &promise(100)).expect("there is space");
        disk.fill().expect("a full disk");
        for height in 0..50 {
            store.set_cursor("blocks", height).expect("the space was taken before");
        }
        store.keep(MODEL, RoundId(2), &promise(100)).expect("the space was taken before");
        assert_eq!(store.promise(MODEL, RoundId(1)).expect("readable"), Some(promise(100)));
    }

    #[test]
    fn a_store_whose_disk_failed_it_works_again_once_there_is_space() {
        let folder = tempfile::tempdir().expect("a folder");
        let Some(disk) = disk(folder.path()) else { return };
        let store = Store::open(folder.path()).expect("a store");
        store.keep(MODEL, RoundId(1), &promise(100)).expect("there is space");
        disk.fill().expect("a full disk");
        store.keep(MODEL, RoundId(2), &promise(3 << 20)).expect_err("there is no space");
        assert_eq!(store.promise(MODEL, RoundId(1)).expect("readable"), Some(promise(100)));
        assert_eq!(store.promise(MODEL, RoundId(2)).expect("readable"), None);
        disk.free().expect("space");
        store.keep(MODEL, RoundId(2), &promise(100)).expect("there is space");
        drop(store);
        let again = Store::open(folder.path()).expect("a whole file");
        assert_eq!(again.promise(MODEL, RoundId(2)).expect("readable"), Some(promise(100)));
    }
}
