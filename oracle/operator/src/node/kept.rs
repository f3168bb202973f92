//! Language models and their curvature in memory, so that each is loaded and measured once while the program runs.

use std::sync::{Arc, Mutex, PoisonError};

use influence::language::{LanguageError, LanguageModel, LanguageScorer};
use protocol::model::VersionManifest;
use rules::hash::Hash;

/// Versions that are kept: those that were used last.
const MOST: usize = 4;

/// What is kept; clones are the same.
#[derive(Clone, Default)]
pub struct Kept(Arc<Mutex<Shelves>>);

#[derive(Default)]
struct Shelves {
    /// By the hash of the weights, last used first.
    models: Vec<(Hash, Arc<LanguageModel>)>,
    /// By what they are of, last used first.
    scorers: Vec<(Hash, Arc<LanguageScorer>)>,
}

impl Kept {
    /// The model that a version's manifest on chain names.
    pub(super) fn model(&self, manifest: &VersionManifest) -> Option<Arc<LanguageModel>> {
        let found = self.with(|shelves| find(&mut shelves.models, manifest.weights_hash.bytes()))?;
        // The same weights may stand under another manifest.
        (found.manifest().hash() == manifest.training_hash.0).then_some(found)
    }

    /// Keeps a model.
    pub(super) fn keep_model(&self, model: &Arc<LanguageModel>) {
        self.with(|shelves| keep(&mut shelves.models, *model.hash(), model));
    }

    /// A measured version, measured now if it is not there.
    pub(super) fn scorer(
        &self,
        key: &Hash,
        measure: impl FnOnce() -> Result<LanguageScorer, LanguageError>,
    ) -> Result<Arc<LanguageScorer>, LanguageError> {
        if let Some(found) = self.with(|shelves| find(&mut shelves.scorers, key)) {
            return Ok(found);
        }
        let scorer = Arc::new(measure()?);
        self.with(|shelves| keep(&mut shelves.scorers, *key, &scorer));
        Ok(scorer)
    }

    fn with<T>(&self, act: impl FnOnce(&mut Shelves) -> T) -> T {
        // What is on the shelves is whole whatever happened to who held the lock.
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn find<T>(shelf: &mut Vec<(Hash, Arc<T>)>, key: &Hash) -> Option<Arc<T>> {
    let place = shelf.iter().position(|(own, _)| own == key)?;
    let found = shelf.remove(place);
    let value = found.1.clone();
    shelf.insert(0, found);
    Some(value)
}

fn keep<T>(shelf: &mut Vec<(Hash, Arc<T>)>, key: Hash, value: &Arc<T>) {
    shelf.retain(|(own, _)| *own != key);
    shelf.insert(0, (key, value.clone()));
    shelf.truncate(MOST);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_used_longest_ago_leaves_first() {
        let mut shelf = Vec::new();
        for number in 0..MOST as u8 {
            keep(&mut shelf, [number; 32], &Arc::new(number));
        }
        assert_eq!(find(&mut shelf, &[0; 32]).as_deref(), Some(&0));
        keep(&mut shelf, [9; 32], &Arc::new(9));
        assert_eq!(find(&mut shelf, &[1; 32]), None);
        let left: Vec<u8> = shelf.iter().map(|(_, value)| **value).collect();
        assert_eq!(left, [9, 0, 3, 2]);
    }
}
