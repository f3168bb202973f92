use rules::reserve::{largest_tranche, reserve_share, work_payment};
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
pub(super) struct Terms {
    owner: u16,
    stake: u16,
    influence: u16,
    parents: u16,
}

#[derive(Deserialize)]
pub(super) struct Parts {
    protocol: Number<u128>,
    owner: Number<u128>,
    stake: Number<u128>,
    influence: Number<u128>,
    parents: Number<u128>,
}

impl Terms {
    pub(super) fn terms(&self) -> SplitTerms {
        SplitTerms {
            owner_bps: self.owner,
            stake_bps: self.stake,
            influence_bps: self.influence,
            parents_bps: self.parents,
        }
    }
}

impl Parts {
    pub(super) fn parts(&self) -> FeeParts {
        FeeParts {
            protocol: self.protocol.0,
            owner: self.owner.0,
            stake: self.stake.0,
            influence: self.influence.0,
            parents: self.parents.0,
        }
    }
}

pub(super) fn name(error: SplitError) -> &'static str {
    match error {
        SplitError::Sum { .. } => "sum",
        SplitError::Protocol { .. } => "protocol",
        SplitError::Parents { .. } => "parents",
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
#[serde(tag = "kind", rename_all = "lowercase")]
enum ReserveCase {
    Share(ShareCase),
    Tranche { left: Number<u128>, largest: Number<u128> },
    Work { left: Number<u128>, share_bps: u16, payment: Number<u128> },
}

#[derive(Deserialize)]
struct ShareCase {
    tranche: Number<u128>,
    score: i32,
    error: u32,
    z_tenths: u8,
    positive_sum: Number<u64>,
    share: Option<Number<u128>>,
}

impl ShareCase {
    fn check(&self) {
        let entry = ScoreEntry { score: self.score, error: self.error };
        let share = reserve_share(self.tranche.0, entry, self.z_tenths, self.positive_sum.0);
        assert_eq!(share, self.share.map(|share| share.0), "{entry:?}");
    }
}

#[test]
fn reserves_follow_the_vectors() {
    for case in cases::<ReserveCase>("reserve.json") {
        match case {
            ReserveCase::Share(share) => share.check(),
            ReserveCase::Tranche { left, largest } => assert_eq!(largest_tranche(left.0), largest.0),
            ReserveCase::Work { left, share_bps, payment } => {
                assert_eq!(work_payment(left.0, share_bps), payment.0, "{} at {share_bps}", left.0);
            }
        }
    }
}
