//! A training on disk: one safetensors file that is whole or absent, so that a killed training goes on where it was.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use candle_core::{Device, Tensor};
use compute::persist;

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

impl Trainer<'_> {
    /// Writes all that [`Self::resume`] needs.
    ///
    /// # Errors
    /// [`CheckpointError::File`].
    pub fn save(&self, path: &Path) -> Result<(), CheckpointError> {
        let failed =
            |source| CheckpointError::File { operation: "save", path: path.to_path_buf(), source: Box::new(source) };
        let mut tensors = self.state();
        let mark = |bytes: &[u8]| Tensor::from_slice(bytes, bytes.len(), &Device::Cpu).map_err(failed);
        tensors.insert(IDENTITY.to_owned(), mark(&self.identity())?);
        tensors.insert(STEP.to_owned(), mark(&(self.step as u64).to_le_bytes())?);
        persist::replace::<candle_core::Error>(path, |partial| candle_core::safetensors::save(&tensors, partial))
            .map_err(failed)
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
        if !path.exists() {
            return Ok(false);
        }
        let failed =
            |source| CheckpointError::File { operation: "load", path: path.to_path_buf(), source: Box::new(source) };
        let tensors = candle_core::safetensors::load(path, self.model.weights().device()).map_err(failed)?;
        let bytes = |name: &str| -> Option<Vec<u8>> { tensors.get(name)?.to_vec1().ok() };
        let other = || CheckpointError::Other(path.to_path_buf());
        if bytes(IDENTITY).as_deref() != Some(self.identity().as_slice()) {
            return Err(other());
        }
        let step = bytes(STEP).and_then(|step| Some(u64::from_le_bytes(step.try_into().ok()?))).ok_or_else(other)?;
        let count = self.model.trainable().len();
        let list = |name: &str| -> Option<Vec<Tensor>> {
            (0..count).map(|index| tensors.get(&format!("{name}.{index}")).cloned()).collect()
        };
        let (weights, first, second) =
            (list("weight").ok_or_else(other)?, list("first").ok_or_else(other)?, list("second").ok_or_else(other)?);
        self.model = self.model.with_trainable(weights);
        (self.moments.first, self.moments.second) = (first, second);
        self.step = step as usize;
        Ok(true)
    }
}
