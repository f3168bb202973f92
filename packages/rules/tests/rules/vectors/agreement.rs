use rules::agreement::{Reference, agreement_bps, distance, reward};
use serde::Deserialize;

use super::{Number, cases};

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Case {
    Distance { a: Vec<i32>, b: Vec<i32>, distance: Option<Number<u64>> },
    Agreement { distance: Number<u64>, reference: ReferenceCase, value: Number<u64>, bps: u16 },
    Reward { pot: Number<u128>, n: u32, bps: u16, reward: Number<u128> },
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum ReferenceCase {
    Median,
    Nearest,
}

impl ReferenceCase {
    fn reference(self, value: u64) -> Reference {
        match self {
            Self::Median => Reference::None { median_magnitude: value },
            Self::Nearest => Reference::Nearest(value),
        }
    }
}

#[test]
fn agreement_and_rewards_follow_the_vectors() {
    for case in cases::<Case>("agreement.json") {
        match case {
            Case::Distance { a, b, distance: expected } => {
                assert_eq!(distance(&a, &b), expected.map(|number| number.0));
            }
            Case::Agreement { distance, reference, value, bps } => {
                let reference = reference.reference(value.0);
                assert_eq!(agreement_bps(distance.0, reference), bps, "{reference:?}");
            }
            Case::Reward { pot, n, bps, reward: expected } => assert_eq!(reward(pot.0, n, bps), expected.0),
        }
    }
}
