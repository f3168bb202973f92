//! Agreement and rewards within their bounds.

use proptest::collection::vec;
use proptest::prelude::*;
use rules::agreement::{FULL_BPS, Reference, agreement_bps, distance, magnitude, reward};

proptest! {
    #[test]
    fn agreement_stays_in_bounds_and_falls_with_distance(near: u64, further: u64, value: u64) {
        let (near, further) = (near.min(further), near.max(further));
        let reference = Reference::Nearest(value);
        prop_assert!(agreement_bps(near, reference) <= FULL_BPS);
        prop_assert!(agreement_bps(further, reference) <= agreement_bps(near, reference));
        prop_assert_eq!(agreement_bps(0, reference), FULL_BPS);
        let first = Reference::None { median_magnitude: value };
        prop_assert_eq!(agreement_bps(near, first), agreement_bps(near, reference));
    }

    #[test]
    fn agreement_starts_at_a_quarter_of_the_reference(value in 1..u64::MAX / 4) {
        let reference = Reference::Nearest(value);
        prop_assert_eq!(agreement_bps(value.div_ceil(4), reference), 0);
        prop_assert_eq!(agreement_bps(value, reference), 0);
    }

    #[test]
    fn distance_is_a_metric(
        rows in vec((any::<i32>(), any::<i32>(), any::<i32>()), 0..30),
    ) {
        let a: Vec<i32> = rows.iter().map(|row| row.0).collect();
        let b: Vec<i32> = rows.iter().map(|row| row.1).collect();
        let c: Vec<i32> = rows.iter().map(|row| row.2).collect();
        prop_assert_eq!(distance(&a, &a), Some(0));
        prop_assert_eq!(distance(&a, &b), distance(&b, &a));
        let around = distance(&a, &c).unwrap() + distance(&c, &b).unwrap();
        prop_assert!(distance(&a, &b).unwrap() <= around);
        prop_assert_eq!(magnitude(&a), distance(&a, &vec![0; a.len()]).unwrap());
    }

    #[test]
    fn rewards_never_exceed_the_pot(pot: u128, agreements in vec(0..=FULL_BPS, 1..40)) {
        let n = u32::try_from(agreements.len()).unwrap();
        let mut left = pot;
        for bps in agreements {
            left = left.checked_sub(reward(pot, n, bps)).expect("the pot covers every reward");
        }
    }
}
