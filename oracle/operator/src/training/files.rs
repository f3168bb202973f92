//! Members as the files that are published, and back. The engine reads and writes files by path, so that they pass through a folder of
//! their own, which is gone afterwards.

use std::{
    fs::{self, DirBuilder},
    io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use influence::mlp::{Architecture, Mlp};

use super::{TrainingError, member_path};
use crate::published::Kind;

/// A folder for the time of one conversion, for this user's eyes.
pub(super) struct Scratch(PathBuf);

impl Scratch {
    /// Makes one.
    pub(super) fn new() -> Result<Self, TrainingError> {
        let path = std::env::temp_dir().join(format!("oracle-weights-{}", hex::encode(rand::random::<[u8; 16]>())));
        DirBuilder::new().mode(0o700).create(&path).map_err(failed(&path))?;
        Ok(Self(path))
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            tracing::warn!(folder = %self.0.display(), %error, "a temporary folder was left: remove it");
        }
    }
}

/// Members' weights as safetensors, in their order. The same members give the same bytes.
pub(super) fn encode(members: &[Mlp]) -> Result<Vec<Vec<u8>>, TrainingError> {
    let scratch = Scratch::new()?;
    let encoded = |(index, member): (usize, &Mlp)| {
        let path = member_path(&scratch.0, index);
        member.save(&path)?;
        fs::read(&path).map_err(failed(&path))
    };
    members.iter().enumerate().map(encoded).collect()
}

/// What [`encode`] gave.
///
/// # Errors
/// Why the files are no members of that architecture; [`TrainingError::Io`] if it is this machine's fault.
pub(super) fn decode(architecture: &Architecture, files: &[Vec<u8>]) -> Result<Vec<Mlp>, TrainingError> {
    let scratch = Scratch::new()?;
    let decoded = |(index, bytes): (usize, &Vec<u8>)| {
        let path = member_path(&scratch.0, index);
        fs::write(&path, bytes).map_err(failed(&path))?;
        Ok(Mlp::load(architecture.clone(), &path)?)
    };
    files.iter().enumerate().map(decoded).collect()
}

/// Whether weights of these layers fit what is read of a version: sizes that do not are refused before anything is made of them.
pub(super) fn fits(architecture: &Architecture) -> bool {
    let of_pair = |pair: &[usize]| pair[0].checked_add(1)?.checked_mul(pair[1])?.checked_mul(size_of::<f32>());
    let layers = architecture.layers().windows(2);
    let bytes = layers.map(of_pair).try_fold(0_usize, |sum, bytes| sum.checked_add(bytes?));
    bytes.is_some_and(|bytes| bytes <= Kind::Weights.max_bytes())
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> TrainingError {
    let path = path.to_owned();
    move |source| TrainingError::Io { path, source }
}
