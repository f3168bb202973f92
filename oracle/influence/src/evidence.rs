//! What a round is decided on, and whether it holds together.

use crate::attributable::{Attributable, Misfit};
use crate::digest::Digest;
use crate::job::Cancelled;
use crate::language::LanguageError;
use crate::score::{Preconditioned, ScoreError};

/// Why a report could not be computed.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// Influence could not be computed.
    #[error("cannot compute influence on the round's queries")]
    Influence(#[source] ScoreError),
    /// Influence in a language model could not be computed.
    #[error("cannot compute influence on the round's prompts")]
    Language(#[source] LanguageError),
    /// Somebody stopped it.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// There is no version to score.
    #[error("a report needs at least one version of the model: give those that served the range, or the latest")]
    NoVersions,
    /// The versions disagree about the length of the list of used contributions.
    #[error(
        "version {version} of those given has {found} positions, the first has {expected}: use the round's count for all"
    )]
    Positions {
        /// Rank of the version among those given.
        version: usize,
        /// Its positions.
        found: usize,
        /// Those of the first.
        expected: usize,
    },
    /// Not every validation example has a stratum.
    #[error("{found} strata were given for {expected} validation examples: give one for each")]
    Strata {
        /// Strata given.
        found: usize,
        /// Validation examples.
        expected: usize,
    },
    /// A receipt is not of what the model takes.
    #[error("receipt {receipt} of version {version} of those given does not fit the model")]
    Receipt {
        /// Rank of the version among those given.
        version: usize,
        /// Position of the receipt in its version's list.
        receipt: usize,
        /// What does not fit.
        #[source]
        source: Misfit,
    },
    /// The items' positions do not cover the items.
    #[error("{found} positions were given for {expected} training items")]
    ItemPositions {
        /// Positions given.
        found: usize,
        /// Training items.
        expected: usize,
    },
    /// An item's position is not one of the model's.
    #[error("training item {item} is of position {position}, but the model has {positions} positions")]
    Position {
        /// The item.
        item: usize,
        /// Its position.
        position: u32,
        /// Number of positions.
        positions: usize,
    },
}

impl From<ScoreError> for ReportError {
    fn from(error: ScoreError) -> Self {
        match error {
            ScoreError::Cancelled(cancelled) => Self::Cancelled(cancelled),
            other => Self::Influence(other),
        }
    }
}

impl From<LanguageError> for ReportError {
    fn from(error: LanguageError) -> Self {
        match error {
            LanguageError::Cancelled(cancelled) => Self::Cancelled(cancelled),
            other => Self::Language(other),
        }
    }
}

/// One paid answer of a classifier.
#[derive(Clone, Debug, PartialEq)]
pub struct Receipt {
    /// Fee after the protocol's share, in uopen; 0 counts for nothing.
    pub net_fee_uopen: u128,
    /// The prompt: receipts of the same prompt, and so of the same features, are one draw.
    pub prompt: Digest,
    /// What was asked, as the model sees it.
    pub features: Vec<f32>,
    /// What was answered.
    pub served_label: u16,
}

/// Which contribution each training item belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ownership {
    /// Per training item the position of its contribution in the model's list of used contributions.
    pub item_positions: Vec<u32>,
    /// Length of that list; positions without items score 0.
    pub positions: usize,
}

impl Ownership {
    fn check(&self, items: usize) -> Result<(), ReportError> {
        let Self { item_positions, positions } = self;
        if item_positions.len() != items {
            return Err(ReportError::ItemPositions { found: item_positions.len(), expected: items });
        }
        match item_positions.iter().position(|&position| position as usize >= *positions) {
            Some(item) => Err(ReportError::Position { item, position: item_positions[item], positions: *positions }),
            None => Ok(()),
        }
    }
}

/// A version of the model, and what was paid for its answers.
#[derive(Debug)]
pub struct VersionEvidence<'a, V: Attributable = Preconditioned> {
    /// All that scoring needs of the version.
    pub preconditioned: &'a V,
    /// Whose its training items are.
    pub ownership: &'a Ownership,
    /// Its paid answers, in any order.
    pub receipts: &'a [V::Receipt],
}

impl<V: Attributable> Clone for VersionEvidence<'_, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<V: Attributable> Copy for VersionEvidence<'_, V> {}

/// What a round is decided on.
///
/// A model with one version and one stratum is
/// `Evidence { versions: &[version], validation, strata: &vec![0; validation.len()] }`.
#[derive(Debug)]
pub struct Evidence<'a, V: Attributable = Preconditioned> {
    /// All versions that served paid receipts in the range, of the same number of positions. Where nothing was paid, the last one is
    /// measured.
    pub versions: &'a [VersionEvidence<'a, V>],
    /// The round's fresh validation examples, with true answers.
    pub validation: &'a V::Examples,
    /// The stratum of each validation example.
    pub strata: &'a [u16],
}

impl<V: Attributable> Clone for Evidence<'_, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<V: Attributable> Copy for Evidence<'_, V> {}

impl<V: Attributable> Evidence<'_, V> {
    /// Length of the model's list of used contributions.
    pub(crate) fn positions(&self) -> usize {
        self.versions.first().map_or(0, |version| version.ownership.positions)
    }

    /// Number of validation examples.
    pub(crate) fn examples(&self) -> usize {
        V::count(self.validation)
    }

    pub(crate) fn check(&self) -> Result<(), ReportError> {
        if self.versions.is_empty() {
            return Err(ReportError::NoVersions);
        }
        if self.strata.len() != self.examples() {
            return Err(ReportError::Strata { found: self.strata.len(), expected: self.examples() });
        }
        let expected = self.positions();
        for (version, VersionEvidence { preconditioned, ownership, .. }) in self.versions.iter().enumerate() {
            ownership.check(preconditioned.items())?;
            if ownership.positions != expected {
                return Err(ReportError::Positions { version, found: ownership.positions, expected });
            }
        }
        Ok(())
    }
}
