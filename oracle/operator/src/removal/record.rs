//! What an audit writes down for a chain: integers and digests, in bytes of one form, under a digest of their own.

use anyhow::Result;
use rules::hash::{Hash, digest};
use serde::{Deserialize, Serialize};

use super::{
    Wanted,
    case::{Case, items_digest},
    measured::Measured,
};

/// Form of the record; a change of it gets another name.
pub const FORM: &str = "removal-audit/1";
/// Tag of the record's digest.
pub const TAG: &str = "removal-audit/v1";
/// Parts of one in which correlations, shares and nats are told.
const BILLION: f64 = 1e9;

/// An audit as it is recorded. Correlations and shares are in 10^-9, effects in 10^-9 nats, rounded to the nearest; 64-bit numbers are strings.
///
/// No message of the protocol takes the record itself. Its [`line`](Self::line), 81 characters, fits wherever a message has a text: the
/// `reason` of a proposal to governance, the `uri` of a version, the memo of a transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// [`FORM`]
    pub form: String,
    /// Hash of the audited weights.
    pub weights: String,
    /// Hash of the audited adapter, if there is one.
    pub adapter: Option<String>,
    /// Digest of the training plan.
    pub plan: String,
    /// Digest of the items as tokens, in their order.
    pub items: String,
    /// Digest of the queries as tokens, in their order.
    pub queries: String,
    /// Seed of the draw.
    pub draw_seed: String,
    /// Contributions that there were to draw from.
    pub contributions: u32,
    /// Seeds of the trainings.
    pub seeds: Vec<String>,
    /// Whether the plan gave the audited model again.
    pub reproduced: bool,
    /// What was drawn.
    pub drawn: Vec<RecordedContribution>,
    /// Spearman's correlation of net influence with the effects.
    pub spearman: i32,
    /// Lower end of its 95 % interval.
    pub low: i32,
    /// Upper end.
    pub high: i32,
    /// Ceiling of the truth, with two seeds or more.
    pub ceiling: Option<i32>,
    /// What was claimed.
    pub at_least: Option<i32>,
    /// Whether the claim stands.
    pub holds: bool,
}

/// A drawn contribution as it is recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedContribution {
    /// Its name.
    pub contribution: String,
    /// Merkle root of its items as a DataNet holds them, where they are texts: it ties the name to a contribution on chain.
    pub items_root: Option<String>,
    /// Net influence.
    pub net: i32,
    /// What the mean loss on a query rises by without it.
    pub effect: String,
}

impl Record {
    pub(super) fn of(case: &Case, wanted: &Wanted, drawn: &[usize], measured: &Measured) -> Result<Self> {
        let own = measured.net();
        let contribution = |(place, row): (&usize, &super::measured::Drawn)| RecordedContribution {
            contribution: row.contribution.clone(),
            items_root: case.items_root(*place).map(hex::encode),
            net: billionths(row.net),
            effect: ((row.effect * BILLION).round() as i64).to_string(),
        };
        let adapter = case.model.adapter().map(|adapter| adapter.hash()).transpose()?;
        Ok(Self {
            form: FORM.to_owned(),
            weights: hex::encode(case.model.weights().hash()?),
            adapter: adapter.map(hex::encode),
            plan: hex::encode(case.plan_digest()),
            items: hex::encode(items_digest(&case.items)),
            queries: hex::encode(items_digest(&case.queries)),
            draw_seed: wanted.seed.to_string(),
            contributions: measured.contributions as u32,
            seeds: measured.seeds.iter().map(u64::to_string).collect(),
            reproduced: measured.reproduced,
            drawn: drawn.iter().zip(&measured.drawn).map(contribution).collect(),
            spearman: billionths(own.spearman),
            low: billionths(own.low),
            high: billionths(own.high),
            ceiling: measured.ceiling.map(billionths),
            at_least: measured.at_least.map(billionths),
            holds: measured.holds,
        })
    }

    /// Canonical bytes: JSON without white space, fields in the order of their declaration.
    pub fn canonical(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("plain structs always serialise")
    }

    /// `digest("removal-audit/v1", canonical bytes)`.
    pub fn digest(&self) -> Hash {
        digest(TAG, &[&self.canonical()])
    }

    /// What stands for the record in a text on chain.
    pub fn line(&self) -> String {
        format!("{TAG}:{}", hex::encode(self.digest()))
    }
}

/// Correlations and shares are at most 1 in size.
fn billionths(value: f64) -> i32 {
    (value * BILLION).round().clamp(-BILLION, BILLION) as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_reads_back_and_every_field_moves_its_digest() {
        let record = Record { form: FORM.to_owned(), spearman: 500_000_000, ..Record::default() };
        let read: Record = serde_json::from_slice(&record.canonical()).expect("its own bytes");
        assert_eq!(read, record);
        assert_ne!(Record { spearman: 499_999_999, ..record.clone() }.digest(), record.digest());
        assert_ne!(Record { holds: true, ..record.clone() }.digest(), record.digest());
        assert_eq!(record.line().len(), TAG.len() + 1 + 64);
    }

    #[test]
    fn figures_are_rounded_to_the_nearest_billionth_and_bounded() {
        assert_eq!(billionths(0.123_456_789_6), 123_456_790);
        assert_eq!(billionths(-1.000_000_1), -1_000_000_000);
    }
}
