use rules::bitmap::Bitmap;
use rules::inputs::Inputs;
use rules::score::{Report, ScoreError, Vector, report_commitment};
use serde::Deserialize;

use super::medians::EntryCase;
use super::{Digest, Hex, Number, Place, cases, hashes};

#[derive(Deserialize)]
struct InputsCase {
    domain: Place,
    model: Number<u64>,
    round: Number<u64>,
    first_epoch: Number<u64>,
    last_epoch: Number<u64>,
    redemption_commitments: Vec<Digest>,
    versions: Vec<Digest>,
    positions: u32,
    validation_root: Digest,
    validation_from: Number<u64>,
    validation_count: Number<u64>,
    method: Number<u64>,
    kind: u8,
    pool: Number<u128>,
    tranche: Number<u128>,
    terms: Hex,
    operators: Vec<String>,
    digest: Digest,
}

#[test]
fn inputs_follow_the_vectors() {
    for case in cases::<InputsCase>("inputs.json") {
        let inputs = Inputs {
            model: case.model.0,
            round: case.round.0,
            first_epoch: case.first_epoch.0,
            last_epoch: case.last_epoch.0,
            redemption_commitments: hashes(&case.redemption_commitments),
            versions: hashes(&case.versions),
            positions: case.positions,
            validation_root: case.validation_root.0,
            validation_from: case.validation_from.0,
            validation_count: case.validation_count.0,
            method: case.method.0,
            kind: case.kind,
            pool: case.pool.0,
            tranche: case.tranche.0,
            terms: case.terms.0,
            operators: case.operators,
        };
        assert_eq!(inputs.digest(&case.domain.domain()), case.digest.0);
    }
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Case {
    Report(Box<ReportCase>),
    Bytes { bytes: Hex },
}

#[derive(Deserialize)]
struct ReportCase {
    domain: Place,
    inputs: Digest,
    operator: String,
    salt: Digest,
    report: Option<VectorCase>,
    bytes: Hex,
    commitment: Digest,
    positions: u32,
    redemptions: u32,
    error: Option<String>,
}

#[derive(Deserialize)]
struct VectorCase {
    entries: Vec<EntryCase>,
    reach: Number<u64>,
    redemptions: usize,
    unresolved: Vec<usize>,
}

impl VectorCase {
    fn vector(self) -> Vector {
        let mut unresolved = Bitmap::new(self.redemptions);
        for position in self.unresolved {
            unresolved.set(position).unwrap();
        }
        Vector { entries: self.entries.into_iter().map(EntryCase::entry).collect(), reach: self.reach.0, unresolved }
    }
}

impl ReportCase {
    fn check(self) {
        let report = match self.report {
            Some(vector) => Report::Vector(vector.vector()),
            None => Report::TooFew,
        };
        assert_eq!(report.to_bytes(), self.bytes.0);
        assert_eq!(Report::from_bytes(&self.bytes.0).as_ref(), Ok(&report));
        let commitment =
            report_commitment(&self.domain.domain(), &self.inputs.0, &self.operator, &report, &self.salt.0);
        assert_eq!(commitment, self.commitment.0);
        let outcome = report.check(self.positions, self.redemptions);
        assert_eq!(outcome.err().map(name), self.error.as_deref());
    }
}

fn name(error: ScoreError) -> &'static str {
    match error {
        ScoreError::Packed { .. } => "packed",
        ScoreError::Report => "bytes",
        ScoreError::Entries { .. } => "entries",
        ScoreError::Unresolved { .. } => "unresolved",
        ScoreError::Score { .. } => "score",
        ScoreError::Error { .. } => "error",
        ScoreError::Reach { .. } => "reach",
        ScoreError::PositiveSum { .. } => "positive sum",
        ScoreError::Magnitude { .. } => "magnitude",
    }
}

#[test]
fn reports_follow_the_vectors() {
    for case in cases::<Case>("reports.json") {
        match case {
            Case::Report(case) => case.check(),
            Case::Bytes { bytes } => {
                assert_eq!(Report::from_bytes(&bytes.0), Err(ScoreError::Report));
            }
        }
    }
}
