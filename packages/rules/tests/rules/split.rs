//! Splits add up, and rounding never favours the protocol or the owner.

use proptest::collection::vec;
use proptest::prelude::*;
use rules::split::{SplitTerms, WHOLE_BPS, split_fee, split_payees};

/// `count` shares that add up to the whole.
fn shares(count: usize) -> impl Strategy<Value = Vec<u16>> {
    vec(0..=WHOLE_BPS, count - 1).prop_map(|mut cuts| {
        cuts.sort_unstable();
        cuts.push(WHOLE_BPS);
        let mut last = 0;
        cuts.into_iter().map(|cut| cut - std::mem::replace(&mut last, cut)).collect()
    })
}

fn terms(shares: &[u16]) -> SplitTerms {
    SplitTerms { owner_bps: shares[0], stake_bps: shares[1], influence_bps: shares[2], parents_bps: shares[3] }
}

proptest! {
    #[test]
    fn the_parts_of_a_fee_add_up_to_it(
        gross: u128,
        protocol_bps in 0..=WHOLE_BPS,
        shares in shares(4),
    ) {
        let parts = split_fee(gross, protocol_bps, &terms(&shares)).unwrap();
        prop_assert_eq!(parts.total(), Some(gross));
        let net = gross - parts.protocol;
        let exact = net / 10_000 * u128::from(shares[2]);
        prop_assert!(parts.influence >= exact, "influence is rounded up, never down");
    }

    #[test]
    fn parts_of_several_fees_add_up(fees in vec(0..u128::from(u64::MAX), 0..10)) {
        let terms = terms(&[2_000, 1_500, 6_000, 500]);
        let sum = fees.iter().try_fold(Default::default(), |sum: rules::split::FeeParts, fee| {
            sum.checked_add(&split_fee(*fee, 300, &terms).unwrap())
        });
        prop_assert_eq!(sum.unwrap().total(), Some(fees.iter().sum()));
    }

    #[test]
    fn payees_share_the_whole_amount(
        amount: u128,
        shares in (1..=16_usize).prop_flat_map(shares),
    ) {
        let parts = split_payees(amount, &shares).unwrap();
        prop_assert_eq!(parts.len(), shares.len());
        let mut left = amount;
        for part in &parts {
            left = left.checked_sub(*part).expect("no payee is paid beyond the amount");
        }
        prop_assert_eq!(left, 0);
        let dust = parts[0] - rules::math::mul_div_floor(amount, u128::from(shares[0]), 10_000).unwrap();
        prop_assert!(dust < 16, "only what rounding leaves goes to the first");
    }
}
