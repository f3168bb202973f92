//! Trees of every small shape: what was proved verifies, and nothing else does.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use rules::hash::Hash;
use rules::tree::{Frontier, MultiProof, Proof, TAG_ITEMS, TreeError, commitment, leaf, prove, prove_many, top};

fn leaves(n: u64) -> Vec<Hash> {
    (0..n).map(|rank| leaf(&rank.to_be_bytes())).collect()
}

/// Whether a proof made for other leaves, positions or sizes leads to the published commitment.
fn accepted(n: u64, reached: Result<Hash, TreeError>, published: &Hash) -> bool {
    reached.is_ok_and(|top| commitment(TAG_ITEMS, n, &top) == *published)
}

#[test]
fn an_append_only_frontier_has_the_top_of_the_whole_tree() {
    let all = leaves(300);
    let mut frontier = Frontier::default();
    for n in 0..all.len() {
        assert_eq!(frontier.top(), top(&all[..n]), "n = {n}");
        assert_eq!(frontier.peaks.len(), usize::try_from(n.count_ones()).unwrap());
        frontier.append(all[n]).unwrap();
    }
}

#[test]
fn a_damaged_or_full_frontier_takes_no_leaf_and_stays_as_it_was() {
    let mut damaged = Frontier { n: 3, peaks: leaves(1) };
    let before = damaged.clone();
    assert!(matches!(damaged.append([0; 32]), Err(TreeError::Peaks { .. })));
    assert_eq!(damaged, before);
    let mut full = Frontier { n: u64::MAX, peaks: leaves(64) };
    assert_eq!(full.append([0; 32]), Err(TreeError::Full));
}

#[test]
fn every_leaf_of_every_small_tree_can_be_proved() {
    for n in 0..40 {
        let all = leaves(n);
        for position in 0..n {
            let proof = prove(&all, position).unwrap();
            assert_eq!(proof.top(&leaf(&position.to_be_bytes())), Ok(top(&all)), "{position} of {n}");
        }
        assert_eq!(prove(&all, n), None);
    }
}

#[test]
fn the_largest_tree_is_walked_in_bounded_depth() {
    let ends = MultiProof { n: u64::MAX, positions: vec![0, u64::MAX - 1], path: vec![[7; 32]; 125] };
    assert!(ends.top(&leaves(2)).is_ok());
    let single = Proof { position: u64::MAX - 1, n: u64::MAX, path: vec![[7; 32]; 63] };
    assert!(single.top(&[1; 32]).is_ok());
}

proptest! {
    #[test]
    fn a_changed_proof_leads_elsewhere(
        n in 2..200_u64,
        at in any::<Index>(),
        byte in any::<Index>(),
        other_position: u64,
        other_n: u64,
    ) {
        let all = leaves(n);
        let published = commitment(TAG_ITEMS, n, &top(&all));
        let position = u64::try_from(at.index(all.len())).unwrap();
        let leaf = all[at.index(all.len())];
        let proof = prove(&all, position).unwrap();
        prop_assert!(accepted(n, proof.top(&leaf), &published));

        let mut path = proof.path.clone();
        let rank = byte.index(path.len() * 32);
        path[rank / 32][rank % 32] ^= 1;
        let bent = Proof { path, ..proof.clone() };
        prop_assert!(!accepted(n, bent.top(&leaf), &published));

        let moved = Proof { position: other_position % (n + 1), ..proof.clone() };
        prop_assert!(moved == proof || !accepted(n, moved.top(&leaf), &published));

        let resized = Proof { n: other_n % 400, ..proof.clone() };
        prop_assert!(resized == proof || !accepted(resized.n, resized.top(&leaf), &published));

        prop_assert!(!accepted(n, proof.top(&[0; 32]), &published));
    }

    #[test]
    fn several_leaves_are_proved_at_once_and_only_those(
        n in 1..150_u64,
        chosen in vec(any::<Index>(), 1..20),
        bent in any::<Index>(),
    ) {
        let all = leaves(n);
        let published = commitment(TAG_ITEMS, n, &top(&all));
        let mut ranks: Vec<usize> = chosen.iter().map(|index| index.index(all.len())).collect();
        ranks.sort_unstable();
        ranks.dedup();
        let positions: Vec<u64> = ranks.iter().map(|rank| *rank as u64).collect();
        let mut proved: Vec<Hash> = ranks.iter().map(|rank| all[*rank]).collect();
        let proof = prove_many(&all, &positions).unwrap();
        prop_assert_eq!(proof.top(&proved), Ok(top(&all)));

        let mut longer = proof.clone();
        longer.path.push([0; 32]);
        prop_assert_eq!(longer.top(&proved), Err(TreeError::PathLong { left: 1 }));
        let mut shorter = proof.clone();
        if shorter.path.pop().is_some() {
            prop_assert_eq!(shorter.top(&proved), Err(TreeError::PathShort));
        }
        let place = bent.index(proved.len());
        proved[place][0] ^= 1;
        prop_assert!(!accepted(n, proof.top(&proved), &published));
    }

    #[test]
    fn a_proof_of_one_leaf_holds_the_same_hashes_as_a_single_proof(
        n in 1..100_u64,
        at in any::<Index>(),
    ) {
        let all = leaves(n);
        let position = u64::try_from(at.index(all.len())).unwrap();
        let mut single = prove(&all, position).unwrap().path;
        let mut multi = prove_many(&all, &[position]).unwrap().path;
        single.sort_unstable();
        multi.sort_unstable();
        prop_assert_eq!(single, multi);
    }

    #[test]
    fn arbitrary_proofs_never_panic(
        n: u64,
        positions in vec(any::<u64>(), 0..6),
        path in vec(any::<Hash>(), 0..80),
        proved in vec(any::<Hash>(), 0..6),
    ) {
        let position = positions.first().copied().unwrap_or(0);
        let _ = Proof { position, n, path: path.clone() }.top(&[0; 32]);
        let _ = MultiProof { n, positions, path }.top(&proved);
    }
}
