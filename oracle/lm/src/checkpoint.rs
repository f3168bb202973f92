//! A training on disk: one safetensors file that is whole or absent, so that a killed training goes on where it was.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use candle_core::{Device, Tensor};
use compute::persist;

use crate::optimizer::Moments;
use crate::train::Trainer;

/// Why a checkpoint could not be written or used.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// It could not be written or read.
    #[error("cannot {operation} the checkpoint at {}", path.display())]
    File {
        /// `save` or `load`.
        operation: &'static str,
        /// The file.
        path: PathBuf,
        /// What candle said.
        #[source]
        source: Box<candle_core::Error>,
    },
    /// It is of another training.
    #[error("{} is the checkpoint of another training: other items, another plan or another model; remove it to begin anew", .0.display())]
    Other(PathBuf),
}

const IDENTITY: &str = "identity";
const STEP: &str = "step";
const NOTES: &str = "notes";

/// A checkpoint as it was read; the CPU holds it.
pub struct Checkpoint {
    path: PathBuf,
    tensors: HashMap<String, Tensor>,
}

impl Checkpoint {
    /// Reads the checkpoint at `path`, if there is one.
    ///
    /// # Errors
    /// [`CheckpointError::File`] if it is there and cannot be read.
    pub fn find(path: &Path) -> Result<Option<Self>, CheckpointError> {
        if !path.exists() {
            return Ok(None);
        }
        let tensors = candle_core::safetensors::load(path, &Device::Cpu).map_err(failed("load", path))?;
        Ok(Some(Self { path: path.to_path_buf(), tensors }))
    }

    /// What was noted when it was written; nothing if nothing was.
    pub fn notes(&self) -> Vec<u8> {
        self.bytes(NOTES).unwrap_or_default()
    }

    fn bytes(&self, name: &str) -> Option<Vec<u8>> {
        self.tensors.get(name)?.to_vec1().ok()
    }

    fn step(&self) -> Option<usize> {
        let step = u64::from_le_bytes(self.bytes(STEP)?.try_into().ok()?);
        usize::try_from(step).ok()
    }

    /// A numbered list of tensors, on a device.
    fn list(&self, name: &str, count: usize, device: &Device) -> Result<Vec<Tensor>, CheckpointError> {
        let tensor = |index: usize| {
            let found = self.tensors.get(&format!("{name}.{index}"));
            let found = found.ok_or_else(|| CheckpointError::Other(self.path.clone()))?;
            found.to_device(device).map_err(failed("load", &self.path))
        };
        (0..count).map(tensor).collect()
    }
}

impl Trainer<'_> {
    /// Writes all that [`Self::resume`] needs.
    ///
    /// # Errors
    /// [`CheckpointError::File`].
    pub fn save(&self, path: &Path) -> Result<(), CheckpointError> {
        self.save_with(path, &[])
    }

    /// As [`Self::save`], with notes that the caller will want to have as they were at this step.
    ///
    /// # Errors
    /// [`CheckpointError::File`].
    pub fn save_with(&self, path: &Path, notes: &[u8]) -> Result<(), CheckpointError> {
        let mark = |bytes: &[u8]| Tensor::from_slice(bytes, bytes.len(), &Device::Cpu).map_err(failed("save", path));
        let mut tensors = self.state();
        tensors.insert(IDENTITY.to_owned(), mark(&self.identity())?);
        tensors.insert(STEP.to_owned(), mark(&(self.step as u64).to_le_bytes())?);
        if !notes.is_empty() {
            tensors.insert(NOTES.to_owned(), mark(notes)?);
        }
        persist::replace::<candle_core::Error>(path, |partial| candle_core::safetensors::save(&tensors, partial))
            .map_err(failed("save", path))
    }

    fn state(&self) -> HashMap<String, Tensor> {
        let lists =
            [("weight", self.model.trainable()), ("first", &self.moments.first), ("second", &self.moments.second)];
        let named = |(name, list): (&str, &[Tensor])| -> Vec<(String, Tensor)> {
            list.iter().enumerate().map(|(index, tensor)| (format!("{name}.{index}"), tensor.clone())).collect()
        };
        lists.into_iter().flat_map(named).collect()
    }

    /// Goes on from a checkpoint, if there is one at `path`; says whether there was.
    ///
    /// # Errors
    /// If it cannot be read or is of another training.
    pub fn resume(&mut self, path: &Path) -> Result<bool, CheckpointError> {
        let found = Checkpoint::find(path)?;
        found.as_ref().map(|checkpoint| self.go_on(checkpoint)).transpose().map(|done| done.is_some())
    }

    /// Goes on from a checkpoint.
    ///
    /// # Errors
    /// [`CheckpointError::Other`] if it is of another training.
    pub fn go_on(&mut self, checkpoint: &Checkpoint) -> Result<(), CheckpointError> {
        let other = || CheckpointError::Other(checkpoint.path.clone());
        if checkpoint.bytes(IDENTITY).as_deref() != Some(self.identity().as_slice()) {
            return Err(other());
        }
        let step = checkpoint.step().filter(|step| *step <= self.steps()).ok_or_else(other)?;
        let (count, device) = (self.model.trainable().len(), self.model.weights().device());
        let list = |name: &str| checkpoint.list(name, count, device);
        let weights = list("weight")?;
        self.moments = Moments { first: list("first")?, second: list("second")? };
        self.model = self.model.with_trainable(weights);
        self.step = step;
        Ok(())
    }
}

fn failed(operation: &'static str, path: &Path) -> impl Fn(candle_core::Error) -> CheckpointError + use<> {
    let path = path.to_path_buf();
    move |source| CheckpointError::File { operation, path: path.clone(), source: Box::new(source) }
}
