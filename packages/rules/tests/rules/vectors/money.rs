use rules::reserve::reserve_share;
use rules::score::ScoreEntry;
use rules::split::{FeeParts, SplitError, SplitTerms, split_fee, split_payees};
use serde::Deserialize;

use super::{Number, cases};

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Case {
    Fee { gross: Number<u128>, protocol_bps: u16, terms_bps: Terms, parts: Option<Parts>, error: Option<String> },
    Payees { amount: Number<u128>, shares_bps: Vec<u16>, parts: Option<Vec<Number<u128>>>, error: Option<String> },
}

#[derive(Deserialize)]
struct Terms {
    owner: u16,
    stake: u16,
    influence: u16,
    parents: u16,
}

#[derive(Deserialize)]
struct Parts {
    protocol: Number<u128>,
    owner: Number<u128>,
    stake: Number<u128>,
    influence: Number<u128>,
    parents: Number<u128>,
}

impl Terms {
    fn terms(&self) -> SplitTerms {
        SplitTerms {
            owner_bps: self.owner,
            stake_bps: self.stake,
            influence_bps: self.influence,
            parents_bps: self.parents,
        }
    }
}

impl Parts {
    fn parts(&self) -> FeeParts {
        FeeParts {
            protocol: self.protocol.0,
            owner: self.owner.0,
            stake: self.stake.0,
            influence: self.influence.0,
            parents: self.parents.0,
        }
    }
}

fn name(error: SplitError) -> &'static str {
    match error {
        SplitError::Sum { .. } => "sum",
        SplitError::Protocol { .. } => "protocol",
        SplitError::Payees { .. } => "payees",
    }
}

#[test]
fn splits_follow_the_vectors() {
    for case in cases::<Case>("split.json") {
        match case {
            Case::Fee { gross, protocol_bps, terms_bps, parts, error } => {
                let outcome = split_fee(gross.0, protocol_bps, &terms_bps.terms());
                assert_eq!(outcome.ok(), parts.map(|parts| parts.parts()));
                assert_eq!(outcome.err().map(name), error.as_deref());
            }
            Case::Payees { amount, shares_bps, parts, error } => {
                let outcome = split_payees(amount.0, &shares_bps);
                assert_eq!(outcome.as_ref().err().copied().map(name), error.as_deref());
                let parts = parts.map(|parts| parts.iter().map(|part| part.0).collect());
                assert_eq!(outcome.ok(), parts);
            }
        }
    }
}

#[derive(Deserialize)]
struct ReserveCase {
    tranche: Number<u128>,
    score: i32,
    error: u32,
    z_tenths: u8,
    positive_sum: Number<u64>,
    share: Option<Number<u128>>,
}

#[test]
fn reserve_shares_follow_the_vectors() {
    for case in cases::<ReserveCase>("reserve.json") {
        let entry = ScoreEntry { score: case.score, error: case.error };
        let share = reserve_share(case.tranche.0, entry, case.z_tenths, case.positive_sum.0);
        assert_eq!(share, case.share.map(|share| share.0), "{entry:?}");
    }
}
