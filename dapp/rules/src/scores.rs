//! What operators report, and what it comes to.

use rules::{
    bitmap::Bitmap,
    median, reserve,
    score::{Report, ScoreEntry, Vector, report_commitment, unpack_entries},
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    Answer,
    text::{Bytes, Digest, Number, Place},
};

/// A score and its error, in 10^-9.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
struct Score {
    score: i32,
    error: u32,
}

impl From<Score> for ScoreEntry {
    fn from(Score { score, error }: Score) -> Self {
        Self { score, error }
    }
}

impl From<ScoreEntry> for Score {
    fn from(ScoreEntry { score, error }: ScoreEntry) -> Self {
        Self { score, error }
    }
}

/// What operators reported of one position.
#[derive(Debug, Deserialize)]
pub struct Column {
    entries: Vec<Score>,
}

impl Column {
    pub(crate) fn answer(self) -> Answer {
        let entries: Vec<ScoreEntry> = self.entries.into_iter().map(ScoreEntry::from).collect();
        let median = median::median_entry(&entries).ok_or("nobody reported a score")?;
        Ok(json!(Score::from(median)))
    }
}

/// The vectors of a round, as they were revealed: packed entries and reach.
#[derive(Debug, Deserialize)]
pub struct Revealed {
    vectors: Vec<Reported>,
}

#[derive(Debug, Deserialize)]
struct Reported {
    entries: Bytes,
    reach: Number<u64>,
}

impl Revealed {
    /// Medians by position, the upper middle reach, and D. The vectors must have one length.
    pub(crate) fn answer(self) -> Answer {
        let unpacked = |vector: &Reported| unpack_entries(&vector.entries.0).map_err(|error| error.to_string());
        let vectors = self.vectors.iter().map(unpacked).collect::<Result<Vec<_>, _>>()?;
        let positions = vectors.first().ok_or("no vector was revealed")?.len();
        if vectors.iter().any(|vector| vector.len() != positions) {
            return Err("the vectors differ in length".to_owned());
        }
        let at = |position: usize| -> Vec<ScoreEntry> {
            vectors.iter().filter_map(|vector| vector.get(position).copied()).collect()
        };
        let entries = (0..positions).map(|position| median::median_entry(&at(position))).collect::<Option<Vec<_>>>();
        let entries = entries.ok_or("nobody reported a score")?;
        let mut reaches: Vec<u64> = self.vectors.iter().map(|vector| vector.reach.0).collect();
        let reach = median::upper_median_u64(&mut reaches).ok_or("nobody reported a reach")?;
        let positive = entries.iter().map(|entry| u64::from(entry.score.max(0).unsigned_abs())).sum();
        Ok(json!({
            "entries": entries.into_iter().map(Score::from).collect::<Vec<_>>(),
            "reach": Number(reach),
            "denominator": Number(median::denominator(reach, positive)),
        }))
    }
}

/// What an operator is going to say: a vector, or that there is too little to say anything.
#[derive(Debug, Deserialize)]
pub struct Said {
    domain: Place,
    inputs: Digest,
    operator: String,
    salt: Digest,
    report: Option<Statement>,
}

#[derive(Debug, Deserialize)]
struct Statement {
    entries: Vec<Score>,
    reach: Number<u64>,
    redemptions: usize,
    unresolved: Vec<usize>,
}

impl Said {
    /// The commitment, and the packed entries and bitmap that the reveal shows.
    pub(crate) fn answer(self) -> Answer {
        let report = self.report.map_or(Ok(Report::TooFew), |said| said.vector().map(Report::Vector))?;
        let (entries, unresolved) = match &report {
            Report::Vector(vector) => {
                (rules::score::pack_entries(&vector.entries), vector.unresolved.as_bytes().to_vec())
            }
            Report::TooFew => (Vec::new(), Vec::new()),
        };
        let commitment = report_commitment(&self.domain.into(), &self.inputs.0, &self.operator, &report, &self.salt.0);
        Ok(json!({ "commitment": Digest(commitment), "entries": Bytes(entries), "unresolved": Bytes(unresolved) }))
    }
}

impl Statement {
    fn vector(self) -> Result<Vector, String> {
        let mut unresolved = Bitmap::new(self.redemptions);
        for position in self.unresolved {
            unresolved.set(position).map_err(|error| error.to_string())?;
        }
        let entries = self.entries.into_iter().map(ScoreEntry::from).collect();
        Ok(Vector { entries, reach: self.reach.0, unresolved })
    }
}

pub(crate) fn reserve_share(
    tranche: Number<u128>,
    score: i32,
    error: u32,
    z_tenths: u8,
    positive_sum: Number<u64>,
) -> Answer {
    let share = reserve::reserve_share(tranche.0, ScoreEntry { score, error }, z_tenths, positive_sum.0);
    Ok(json!(Number(share.ok_or("the score exceeds the sum that it is divided by")?)))
}
