//! Duplicate proofs that prove nothing.

use datanet::ContractError;
use protocol::datanet::{MAX_DUPLICATE_PAIRS, Status, Verdict};
use protocol::{ContributionId, Hash32};
use rules::duplicate::{DuplicateError, Side as Which};

use crate::prove_duplicate::CopiedBatch;
use crate::world::{Side, World, duplicate_proof, items};

#[test]
fn a_position_counts_once_though_another_contribution_has_the_item_too() {
    let mut copy = CopiedBatch::of(2, 40);
    copy.prove(&[(0, 0)]).unwrap();
    // Cyd holds the same item, but later: no precedence, and nothing more to take from Ben.
    let cyd = copy.world.contribute("cyd", copy.datanet, &items(0..1));
    let reverse =
        duplicate_proof(Side { id: cyd, items: &items(0..1) }, Side { id: copy.later, items: &copy.copy }, &[(0, 0)]);
    assert_eq!(copy.refused(reverse), ContractError::NotLater { earlier: cyd, later: copy.later });
}

#[test]
fn a_contribution_is_no_copy_of_itself() {
    let mut copy = CopiedBatch::of(4, 40);
    let own = Side { id: copy.later, items: &copy.copy };
    let proof = duplicate_proof(own, Side { id: copy.later, items: &copy.copy }, &[(0, 0)]);
    assert_eq!(copy.refused(proof), ContractError::NotLater { earlier: copy.later, later: copy.later });
}

#[test]
fn one_contributor_does_not_copy_himself() {
    let mut copy = CopiedBatch::of(4, 40);
    let again = copy.world.contribute("ann", copy.datanet, &copy.original);
    let earlier = Side { id: copy.earlier, items: &copy.original };
    let proof = duplicate_proof(earlier, Side { id: again, items: &copy.original }, &[(0, 0)]);
    assert_eq!(copy.refused(proof), ContractError::SameContributor { earlier: copy.earlier, later: again });
}

#[test]
fn datanets_are_apart() {
    let mut copy = CopiedBatch::of(4, 40);
    let elsewhere = copy.world.open_datanet();
    let later = copy.world.contribute("cyd", elsewhere, &copy.original);
    let earlier = Side { id: copy.earlier, items: &copy.original };
    let proof = duplicate_proof(earlier, Side { id: later, items: &copy.original }, &[(0, 0)]);
    assert_eq!(copy.refused(proof), ContractError::DifferentDatanets { earlier: copy.earlier, later });
}

#[test]
fn a_rejected_committed_or_slashed_contribution_cannot_be_slashed() {
    let mut world = World::new();
    let datanet = world.reviewed_datanet();
    let batch = items(0..5);
    let earlier = world.contribute("ann", datanet, &batch);
    world.decide(earlier, Verdict::Accept);
    let rejected = world.contribute("ben", datanet, &batch);
    world.decide(rejected, Verdict::Reject);
    let committed = world.commit("cyd", datanet, &batch).unwrap();
    let slashed = world.contribute("cyd", datanet, &batch);
    let proof_against =
        |later| duplicate_proof(Side { id: earlier, items: &batch }, Side { id: later, items: &batch }, &[(0, 0)]);
    world.prove("eve", proof_against(slashed)).unwrap();
    let cases = [(rejected, Status::Rejected), (committed, Status::Committed), (slashed, Status::Slashed)];
    for (contribution, status) in cases {
        let refused = world.prove("eve", proof_against(contribution)).unwrap_err();
        assert_eq!(refused, ContractError::LaterNotSlashable { contribution, status });
    }
    let unknown = ContributionId(99);
    let refused = world.prove("eve", proof_against(unknown)).unwrap_err();
    assert_eq!(refused, ContractError::UnknownContribution { contribution: unknown });
}

#[test]
fn a_slashed_contribution_gives_no_precedence() {
    let mut copy = CopiedBatch::of(40, 40);
    let pairs: Vec<(u64, u64)> = (0..8).map(|i| (i, i)).collect();
    copy.prove(&pairs).unwrap();
    let third = copy.world.contribute("cyd", copy.datanet, &copy.original);
    let earlier = Side { id: copy.later, items: &copy.copy };
    let proof = duplicate_proof(earlier, Side { id: third, items: &copy.original }, &[(0, 0)]);
    let expected = ContractError::EarlierNotAccepted { contribution: copy.later, status: Status::Slashed };
    assert_eq!(copy.refused(proof), expected);
}

#[test]
fn a_proof_with_too_many_pairs_or_none_is_refused() {
    let mut copy = CopiedBatch::of(4, 40);
    let mut proof = copy.proof(&[(0, 0)]);
    let pair = proof.pairs[0].clone();
    proof.pairs = vec![pair; MAX_DUPLICATE_PAIRS + 1];
    assert_eq!(copy.refused(proof), ContractError::TooManyPairs { count: MAX_DUPLICATE_PAIRS + 1 });
    let none = copy.proof(&[]);
    assert_eq!(copy.refused(none), ContractError::Duplicate(DuplicateError::NoPair));
}

#[test]
fn a_false_proof_moves_nothing() {
    let mut copy = CopiedBatch::of(4, 40);
    let original = copy.proof(&[(0, 0), (1, 1)]);

    let mut twice = original.clone();
    twice.pairs[1] = twice.pairs[0].clone();
    assert_eq!(copy.refused(twice), ContractError::Duplicate(DuplicateError::Order { position: 0 }));

    let mut outside = original.clone();
    outside.pairs[1].later_position = 40_u64.into();
    let expected = DuplicateError::Outside { side: Which::Later, position: 40, item_count: 40 };
    assert_eq!(copy.refused(outside), ContractError::Duplicate(expected));

    let mut other_item = original.clone();
    other_item.pairs[0].digest = Hash32([9; 32]);
    let expected = ContractError::Duplicate(DuplicateError::Root { side: Which::Earlier });
    assert_eq!(copy.refused(other_item), expected);

    let mut short = original.clone();
    short.later_path.pop();
    assert!(matches!(copy.refused(short), ContractError::Duplicate(DuplicateError::Path { side: Which::Later, .. })));

    // Ben's own item is not in Ann's batch.
    let unrelated = copy.proof(&[(5, 5)]);
    let expected = ContractError::Duplicate(DuplicateError::Root { side: Which::Earlier });
    assert_eq!(copy.refused(unrelated), expected);

    assert_eq!(copy.world.contribution(copy.later).duplicates.u64(), 0);
    assert_eq!(copy.world.treasury(), 0);
    copy.world.prove("eve", original).unwrap();
}
