//! How much each stage of an adapter's making has in what it answers: what its base learned before, and what it learned itself.

use serde::{Deserialize, Serialize};

use super::{Answered, LanguageError, LanguageScorer};
use crate::digest::hex;
use crate::ekfac::Subject;
use crate::ekfac::score::{self, Stages};
use crate::job::Job;
use crate::score::Influence;

/// One stage's part in the answers to some questions: means over questions of parts of `Σ|φ|`, which runs over the items of both stages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StageShare {
    /// `Σφ` over the stage's items: what helped less what harmed, the measure that fees are settled by. From −1 to 1.
    pub net: f64,
    /// `Σ|φ|` over the stage's items. From 0 to 1; both stages' sum to 1 where anything has influence.
    pub size: f64,
}

/// Both stages of an adapter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StageShares {
    /// What the base learned.
    pub base: StageShare,
    /// What the adapter learned.
    pub adapter: StageShare,
}

/// The shares of both stages in an adapter's answers: its own items' influence goes through its weights, the base's items' through the base's
/// weights, whose curvature is that of the base when it learned ([`score::matrix_between`]).
///
/// # Errors
/// If the base is not the adapter's, a question cannot be read, or the job is cancelled.
pub fn shares(
    adapter: &LanguageScorer,
    base: &LanguageScorer,
    questions: &[Answered],
    job: &Job,
) -> Result<StageShares, LanguageError> {
    let named = adapter.model().manifest().adapter.as_ref().map(|plan| plan.base.as_str());
    if named != Some(hex(base.model().hash()).as_str()) {
        return Err(LanguageError::NotThatOne { what: "base" });
    }
    let asked = adapter.questions(questions.iter())?;
    let own = adapter.influence(&asked, job)?;
    let before = through_base(adapter, base, &asked, job)?;
    Ok(mean_shares(&before, &own))
}

/// φ of the base's items on the adapter's answers.
fn through_base(
    adapter: &LanguageScorer,
    base: &LanguageScorer,
    asked: &[lm::pack::TokenItem],
    job: &Job,
) -> Result<Influence, LanguageError> {
    let learned = base.subject();
    let later = Subject { model: adapter.model().model(), ..learned.clone() };
    let (stages, settings) = (Stages { learned: &learned, asked: &later }, &base.model().manifest().scoring);
    let data = (base.token_items(), asked);
    job.control.begin(score::steps(data.0, asked.len(), settings) - score::steps(data.0, 0, settings));
    let matrix = score::matrix_between(stages, base.curvature(), data, settings, job)?;
    Ok(Influence::new(data.0.len(), matrix.values.iter().map(|value| f64::from(*value)).collect()))
}

/// Questions on which nothing has influence count for nothing.
fn mean_shares(base: &Influence, adapter: &Influence) -> StageShares {
    let mut shares = StageShares::default();
    let mut counted = 0.0;
    for question in 0..base.queries() {
        let rows = [base.row(question), adapter.row(question)];
        let whole: f64 = rows.iter().flat_map(|row| row.iter()).map(|value| value.abs()).sum();
        if whole > 0.0 {
            counted += 1.0;
            for (row, share) in rows.into_iter().zip([&mut shares.base, &mut shares.adapter]) {
                share.net += row.iter().sum::<f64>() / whole;
                share.size += row.iter().map(|value| value.abs()).sum::<f64>() / whole;
            }
        }
    }
    for share in [&mut shares.base, &mut shares.adapter] {
        share.net /= f64::max(counted, 1.0);
        share.size /= f64::max(counted, 1.0);
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_means_over_questions_that_anything_influences() {
        let base = Influence::new(2, vec![1.0, 1.0, 0.0, 0.0, 0.0, 3.0]);
        let adapter = Influence::new(1, vec![-2.0, 0.0, 1.0]);
        let shares = mean_shares(&base, &adapter);
        assert_eq!(shares.base, StageShare { net: (0.5 + 0.75) / 2.0, size: (0.5 + 0.75) / 2.0 });
        assert_eq!(shares.adapter, StageShare { net: (-0.5 + 0.25) / 2.0, size: (0.5 + 0.25) / 2.0 });
    }
}
