//! Duplicate proofs over random pairs of contributions.

use proptest::collection::vec;
use proptest::prelude::*;
use rules::duplicate::{Batch, Pair, Slash, prover_share, slash, verify};
use rules::hash::Hash;
use rules::item::{item_digest, items_commitment};
use rules::tree::{leaf, prove_many};

/// Few distinct items, so that contributions share some and repeat some.
fn contribution(items: &[u8]) -> Vec<Hash> {
    items.iter().map(|item| item_digest(&[*item])).collect()
}

fn position(rank: usize) -> u64 {
    u64::try_from(rank).unwrap()
}

fn pairs(earlier: &[Hash], later: &[Hash]) -> Vec<Pair> {
    let found = later.iter().enumerate().filter_map(|(rank, digest)| {
        let earlier_position = position(earlier.iter().position(|other| other == digest)?);
        Some(Pair { digest: *digest, earlier_position, later_position: position(rank) })
    });
    found.collect()
}

fn path(digests: &[Hash], mut positions: Vec<u64>) -> Vec<Hash> {
    positions.sort_unstable();
    positions.dedup();
    let leaves: Vec<Hash> = digests.iter().map(|digest| leaf(digest)).collect();
    prove_many(&leaves, &positions).map_or_else(Vec::new, |proof| proof.path)
}

proptest! {
    #[test]
    fn what_is_repeated_can_be_proved_and_nothing_else(
        earlier in vec(0..30_u8, 1..20),
        later in vec(0..30_u8, 1..20),
        forged: Hash,
    ) {
        let (earlier, later) = (contribution(&earlier), contribution(&later));
        let (earlier_root, later_root) = (items_commitment(&earlier), items_commitment(&later));
        let older = Batch { items_root: &earlier_root, item_count: position(earlier.len()) };
        let newer = Batch { items_root: &later_root, item_count: position(later.len()) };
        let mut pairs = pairs(&earlier, &later);
        let older_path = path(&earlier, pairs.iter().map(|pair| pair.earlier_position).collect());
        let newer_path = path(&later, pairs.iter().map(|pair| pair.later_position).collect());
        let outcome = verify(&older, &newer, &pairs, &older_path, &newer_path);
        prop_assert_eq!(outcome.is_ok(), !pairs.is_empty());
        if let Some(last) = pairs.last_mut() {
            last.digest = forged;
            prop_assert!(verify(&older, &newer, &pairs, &older_path, &newer_path).is_err());
        }
    }

    #[test]
    fn slashing_grows_with_duplicates_and_takes_all_from_a_fifth_on(
        bond: u128,
        item_count in 1..1_000_u64,
    ) {
        let mut last = 0;
        for distinct in 0..=item_count {
            match slash(bond, distinct, item_count).unwrap() {
                Slash::Part { total } => {
                    prop_assert!(distinct * 5 < item_count && total >= last && total <= bond);
                    last = total;
                }
                Slash::Whole => prop_assert!(distinct * 5 >= item_count),
            }
        }
        prop_assert!(slash(bond, item_count + 1, item_count).is_err());
    }

    #[test]
    fn the_prover_never_gets_more_than_the_treasury(amount: u128) {
        let prover = prover_share(amount);
        prop_assert!(prover <= amount - prover && amount - prover - prover <= 1);
    }
}
