//! The folder of a training: a checkpoint while it goes on, the model and its record at the end. Files are whole or absent, and one
//! process at a time works in it.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use compute::persist;
use lm::train::Checkpoint;
use serde_json::Value;

/// State of a training that is not done.
const CHECKPOINT: &str = "checkpoint.safetensors";
/// Written last: a folder with it is done.
pub const RECORD: &str = "training.json";
/// How the loss went.
pub const PLOT: &str = "loss.svg";
/// What the `model` contract takes.
pub const MANIFEST: &str = "manifest.json";
/// How the version was made, is asked and is scored: what operators load it by.
pub const VERSION: &str = "version.json";
/// Contributions that were learned from.
pub const SNAPSHOT: &str = "snapshot.json";
/// The tokenizer.
pub const TOKENIZER: &str = "tokenizer.json";
/// The model's configuration.
pub const CONFIG: &str = "config.json";
/// Files of models and adapters, by which a folder that holds another's is known.
const OF_MODELS: [&str; 4] = [CONFIG, "model.safetensors", "adapter_config.json", "adapter_model.safetensors"];

/// A folder that this process alone works in.
pub struct Folder {
    path: PathBuf,
    /// The folder itself, locked: a lock file would stay in it.
    _alone: File,
}

/// How far the training in a folder has come.
pub enum State {
    /// It has not begun.
    New,
    /// It was interrupted.
    Begun(Checkpoint),
    /// It is done; its record.
    Done(Value),
}

impl Folder {
    /// Makes the folder if it is missing, and takes it.
    ///
    /// # Errors
    /// If it cannot be used, or another process works in it.
    pub fn take(path: &Path) -> Result<Self> {
        let failed = || format!("cannot use the folder {}", path.display());
        fs::create_dir_all(path).with_context(failed)?;
        let alone = File::open(path).with_context(failed)?;
        if alone.try_lock().is_err() {
            bail!("another training is at work in {}: wait for it, or name another folder with --out", path.display())
        }
        let folder = Self { path: path.to_path_buf(), _alone: alone };
        folder.tidy().with_context(failed)?;
        Ok(folder)
    }

    /// Removes what a process that was killed had begun to write.
    fn tidy(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if persist::is_of_another_process(&name) && is_own(&name) {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }

    /// How far it is.
    ///
    /// # Errors
    /// If the folder holds a model that no training of this program left there, or what is there cannot be read.
    pub fn state(&self) -> Result<State> {
        let record = self.file(RECORD);
        if record.exists() {
            let text = fs::read(&record).with_context(|| format!("cannot read {}", record.display()))?;
            let value = serde_json::from_slice(&text)
                .with_context(|| format!("{} is no record of a training: remove it to begin anew", record.display()))?;
            return Ok(State::Done(value));
        }
        if let Some(checkpoint) = Checkpoint::find(&self.file(CHECKPOINT))? {
            return Ok(State::Begun(checkpoint));
        }
        match OF_MODELS.iter().find(|name| self.file(name).exists()) {
            Some(name) => {
                bail!(
                    "{} already holds a {name} that this training did not write: name another folder with --out",
                    self.path.display()
                )
            }
            None => Ok(State::New),
        }
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A file in it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Where the checkpoint is.
    pub fn checkpoint(&self) -> PathBuf {
        self.file(CHECKPOINT)
    }

    /// Writes a file.
    ///
    /// # Errors
    /// Names it.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let path = self.file(name);
        persist::replace::<io::Error>(&path, |partial| fs::write(partial, bytes))
            .with_context(|| format!("cannot write {}", path.display()))
    }

    /// Lets `write` fill a file that is gone afterwards; gives its bytes.
    ///
    /// # Errors
    /// What `write` says.
    pub fn bytes_of(&self, name: &str, write: impl FnOnce(&Path) -> Result<()>) -> Result<Vec<u8>> {
        let path = self.file(&format!("{name}.{}-bytes.partial", std::process::id()));
        let bytes =
            write(&path).and_then(|()| fs::read(&path).with_context(|| format!("cannot read {}", path.display())));
        // What is left of it is removed with the next training.
        let _ = fs::remove_file(&path);
        bytes
    }

    /// Removes the checkpoint of a training that is done.
    ///
    /// # Errors
    /// If it cannot be removed.
    pub fn forget_checkpoint(&self) -> Result<()> {
        let path = self.checkpoint();
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(error).with_context(|| format!("cannot remove {}", path.display()))
            }
            _ => Ok(()),
        }
    }
}

/// Whether a file of this name is one that a training writes, or the beginning of one.
fn is_own(name: &str) -> bool {
    let own = [CHECKPOINT, RECORD, PLOT, MANIFEST, VERSION, SNAPSHOT, TOKENIZER];
    own.iter().chain(&OF_MODELS).any(|own| name.starts_with(own))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_process_at_a_time_and_what_a_killed_one_had_begun_is_gone() {
        let place = tempfile::tempdir().unwrap();
        let out = place.path().join("out");
        let folder = Folder::take(&out).unwrap();
        assert!(Folder::take(&out).err().unwrap().to_string().contains("another training is at work"));
        drop(folder);
        fs::write(out.join("model.safetensors.1-0.partial"), "half").unwrap();
        fs::write(out.join("notes.1-0.partial"), "somebody else's").unwrap();
        let folder = Folder::take(&out).unwrap();
        assert!(!folder.file("model.safetensors.1-0.partial").exists());
        assert!(folder.file("notes.1-0.partial").exists());
        assert!(matches!(folder.state().unwrap(), State::New));
    }

    #[test]
    fn a_folder_with_somebodys_model_is_refused() {
        let place = tempfile::tempdir().unwrap();
        fs::write(place.path().join("config.json"), "{}").unwrap();
        let refused = Folder::take(place.path()).unwrap().state().err().unwrap().to_string();
        assert!(refused.contains("config.json") && refused.contains("--out"), "{refused}");
    }
}
