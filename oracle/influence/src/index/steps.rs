//! The steps of an index and of its scores, and what each needs.

/// A step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// What the index depends on.
    Manifest,
    /// Second moments of a shard's items.
    Factors,
    /// Eigenbases of their sums.
    Basis,
    /// Sums of squared gradients of a shard's items.
    Spectrum,
    /// The damped spectrum.
    Curvature,
    /// The axes of rows.
    Axes,
    /// Rows of a shard's items.
    Build,
    /// Rows of a chunk of queries.
    Queries,
    /// Per query the magnitude of its influence in a shard.
    Pass1,
    /// The same over all shards.
    Total,
    /// Sums over draws of the shares of a shard's contributions.
    Pass2,
    /// Scores of all contributions.
    Scores,
}

/// Which outputs of an earlier step a task needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needed {
    /// That of its own shard.
    Same,
    /// All.
    All,
}

/// A step as a plan takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Planned {
    /// The step.
    pub step: Step,
    /// Number of its tasks.
    pub shards: u32,
}

impl Step {
    /// All steps, each after those that it needs; the first seven are of the index, the others of scores from it.
    pub const ALL: [Self; 12] = [
        Self::Manifest,
        Self::Factors,
        Self::Basis,
        Self::Spectrum,
        Self::Curvature,
        Self::Axes,
        Self::Build,
        Self::Queries,
        Self::Pass1,
        Self::Total,
        Self::Pass2,
        Self::Scores,
    ];

    /// Its name in stores.
    pub fn name(self) -> &'static str {
        match self {
            Self::Manifest => "manifest",
            Self::Factors => "factors",
            Self::Basis => "basis",
            Self::Spectrum => "spectrum",
            Self::Curvature => "curvature",
            Self::Axes => "axes",
            Self::Build => "build",
            Self::Queries => "queries",
            Self::Pass1 => "pass1",
            Self::Total => "total",
            Self::Pass2 => "pass2",
            Self::Scores => "scores",
        }
    }

    /// The step of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.name() == name)
    }

    /// Whether it is of the index, not of scores from it.
    pub fn is_of_index(self) -> bool {
        use Step::{Axes, Basis, Build, Curvature, Factors, Manifest, Spectrum};
        matches!(self, Manifest | Factors | Basis | Spectrum | Curvature | Axes | Build)
    }

    /// What its tasks need.
    pub fn needs(self) -> &'static [(Self, Needed)] {
        use Needed::{All, Same};
        match self {
            Self::Manifest | Self::Factors => &[],
            Self::Basis => &[(Self::Factors, All)],
            Self::Spectrum => &[(Self::Basis, All)],
            Self::Curvature => &[(Self::Spectrum, All)],
            Self::Axes => &[(Self::Basis, All), (Self::Curvature, All)],
            Self::Build | Self::Queries => &[(Self::Basis, All), (Self::Curvature, All), (Self::Axes, All)],
            Self::Pass1 => &[(Self::Build, Same), (Self::Queries, All)],
            Self::Total => &[(Self::Pass1, All)],
            Self::Pass2 => &[(Self::Build, Same), (Self::Queries, All), (Self::Total, All)],
            Self::Scores => &[(Self::Pass2, All)],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_comes_after_what_it_needs() {
        for (rank, step) in Step::ALL.into_iter().enumerate() {
            assert!(step.needs().iter().all(|(needed, _)| Step::ALL[..rank].contains(needed)));
            assert_eq!(Step::named(step.name()), Some(step));
        }
    }
}
