//! Duplicate proofs that hold: what they take, from whom, for whom.

use datanet::ContractError;
use protocol::datanet::{DuplicateProof, MAX_DUPLICATE_PAIRS, Status, Verdict};
use protocol::event::DatanetEvent;
use protocol::{ContributionId, DatanetId, ModelId};
use rules::hash::Hash;

use crate::stand_ins::clean;
use crate::world::{BOND, CLEAN_ROUNDS, FUNDS, REVEAL_PERIOD, Side, World, duplicate_proof, events, items};

/// Ann's batch, and Ben's in which the first `copied` items are hers.
pub struct CopiedBatch {
    pub world: World,
    pub datanet: DatanetId,
    pub original: Vec<Hash>,
    pub copy: Vec<Hash>,
    pub earlier: ContributionId,
    pub later: ContributionId,
}

impl CopiedBatch {
    pub fn of(copied: u32, size: u32) -> Self {
        let mut world = World::new();
        let datanet = world.open_datanet();
        let original = items(0..40);
        let copy = items((0..copied).chain(1_000..1_000 + size - copied));
        let earlier = world.contribute("ann", datanet, &original);
        let later = world.contribute("ben", datanet, &copy);
        Self { world, datanet, original, copy, earlier, later }
    }

    pub fn proof(&self, pairs: &[(u64, u64)]) -> DuplicateProof {
        let earlier = Side { id: self.earlier, items: &self.original };
        duplicate_proof(earlier, Side { id: self.later, items: &self.copy }, pairs)
    }

    pub fn prove(&mut self, pairs: &[(u64, u64)]) -> Result<(), ContractError> {
        let proof = self.proof(pairs);
        self.world.prove("eve", proof).map(drop)
    }

    pub fn refused(&mut self, proof: DuplicateProof) -> ContractError {
        self.world.prove("eve", proof).unwrap_err()
    }
}

#[test]
fn a_whole_copy_loses_its_bond_half_to_the_prover_half_to_the_treasury() {
    let mut copy = CopiedBatch::of(8, 40);
    let pairs: Vec<(u64, u64)> = (0..8).map(|i| (i, i)).collect();
    let proof = copy.proof(&pairs);
    let response = copy.world.prove("eve", proof).unwrap();

    let later = copy.world.contribution(copy.later);
    assert_eq!(later.status, Status::Slashed);
    assert_eq!((later.bond_taken.u128(), later.duplicates.u64()), (BOND, 8));
    assert_eq!(copy.world.balance_of("eve"), FUNDS + BOND / 2);
    assert_eq!(copy.world.treasury(), BOND - BOND / 2);
    assert_eq!(copy.world.config().bonds_held.u128(), BOND);
    let proved = DatanetEvent::DuplicatesProved {
        later: copy.later,
        earlier: copy.earlier,
        prover: copy.world.account("eve").into_string(),
        distinct: 8,
        taken: BOND.into(),
        to_prover: (BOND / 2).into(),
        slashed: true,
    };
    assert_eq!(events(&response), [proved]);
    // Nobody uses it yet: settlement has nothing to learn.
    assert_eq!(copy.world.synced(), []);
}

#[test]
fn below_a_fifth_a_part_of_the_bond_goes_and_the_contribution_stays() {
    let mut copy = CopiedBatch::of(8, 41);
    let pairs: Vec<(u64, u64)> = (0..8).map(|i| (i, i)).collect();
    copy.prove(&pairs).unwrap();
    let later = copy.world.contribution(copy.later);
    let taken = BOND * 8 / 41;
    assert_eq!((later.status, later.bond_taken.u128()), (Status::Accepted, taken));
    assert_eq!(copy.world.balance_of("eve"), FUNDS + taken / 2);
    assert_eq!(copy.world.treasury(), taken - taken / 2);
}

#[test]
fn proofs_add_up_to_what_one_proof_takes() {
    let mut copy = CopiedBatch::of(8, 41);
    for i in 0..8 {
        copy.prove(&[(i, i)]).unwrap();
        let expected = BOND * u128::from(i + 1) / 41;
        assert_eq!(copy.world.contribution(copy.later).bond_taken.u128(), expected);
    }
    let taken = BOND * 8 / 41;
    assert_eq!(copy.world.config().bonds_held.u128(), 2 * BOND - taken);
    assert_eq!(copy.world.treasury() + copy.world.balance_of("eve"), FUNDS + taken);
}

#[test]
fn the_last_proof_takes_the_rest_of_the_bond() {
    let mut copy = CopiedBatch::of(8, 40);
    let part: Vec<(u64, u64)> = (0..7).map(|i| (i, i)).collect();
    copy.prove(&part).unwrap();
    assert_eq!(copy.world.contribution(copy.later).status, Status::Accepted);
    copy.prove(&[(7, 7)]).unwrap();
    assert_eq!(copy.world.contribution(copy.later).status, Status::Slashed);
    assert_eq!(copy.world.config().bonds_held.u128(), BOND);
}

#[test]
fn an_item_copied_many_times_counts_each_time() {
    let mut world = World::new();
    let datanet = world.open_datanet();
    let (original, copy) = (items(0..4), items([3, 3, 3, 3]));
    let earlier = world.contribute("ann", datanet, &original);
    let later = world.contribute("ben", datanet, &copy);
    let proof = duplicate_proof(
        Side { id: earlier, items: &original },
        Side { id: later, items: &copy },
        &[(3, 0), (3, 1), (3, 3)],
    );
    world.prove("eve", proof).unwrap();
    let later = world.contribution(later);
    assert_eq!((later.duplicates.u64(), later.status), (3, Status::Slashed));
}

#[test]
fn a_position_counts_once() {
    let mut copy = CopiedBatch::of(4, 40);
    copy.prove(&[(0, 0), (1, 1)]).unwrap();
    let before = copy.world.contribution(copy.later);
    let again = ContractError::AlreadyCounted { contribution: copy.later, position: 0 };
    assert_eq!(copy.prove(&[(0, 0), (1, 1)]), Err(again));
    let again = ContractError::AlreadyCounted { contribution: copy.later, position: 1 };
    assert_eq!(copy.prove(&[(1, 1), (2, 2)]), Err(again));
    assert_eq!(copy.world.contribution(copy.later), before);
    copy.prove(&[(2, 2)]).unwrap();
    assert_eq!(copy.world.contribution(copy.later).duplicates.u64(), 3);
}

#[test]
fn precedence_is_the_order_of_commits_not_of_reveals() {
    let mut world = World::new();
    let datanet = world.open_datanet();
    let batch = items(0..5);
    let first = world.commit("ann", datanet, &batch).unwrap();
    let second = world.contribute("ben", datanet, &batch);
    world.reveal("ann", first, crate::world::revealed(&batch)).unwrap();
    let backwards = duplicate_proof(Side { id: second, items: &batch }, Side { id: first, items: &batch }, &[(0, 0)]);
    let refused = world.prove("eve", backwards).unwrap_err();
    assert_eq!(refused, ContractError::NotLater { earlier: second, later: first });
    let forwards = duplicate_proof(Side { id: first, items: &batch }, Side { id: second, items: &batch }, &[(0, 0)]);
    world.prove("eve", forwards).unwrap();
}

#[test]
fn a_withdrawn_contribution_keeps_its_precedence() {
    let mut copy = CopiedBatch::of(8, 40);
    copy.world.withdraw("ann", copy.earlier).unwrap();
    copy.prove(&[(0, 0)]).unwrap();
    assert_eq!(copy.world.contribution(copy.later).bond_taken.u128(), BOND / 40);
}

#[test]
fn a_withdrawn_copy_is_slashed_all_the_same() {
    let mut copy = CopiedBatch::of(8, 40);
    copy.world.mark_used(&[copy.later]).unwrap();
    copy.world.withdraw("ben", copy.later).unwrap();
    let withdrawn_at = copy.world.contribution(copy.later).withdrawn_at;
    copy.prove(&[(0, 0)]).unwrap();
    let later = copy.world.contribution(copy.later);
    assert_eq!((later.status, later.bond_taken.u128()), (Status::Withdrawn, BOND / 40));

    let rest: Vec<(u64, u64)> = (1..8).map(|i| (i, i)).collect();
    copy.prove(&rest).unwrap();
    let later = copy.world.contribution(copy.later);
    assert_eq!((later.status, later.bond_taken.u128()), (Status::Slashed, BOND));
    assert_eq!(later.withdrawn_at, withdrawn_at);
    assert_eq!(copy.world.synced().last().map(|update| update.slashed), Some(true));
}

#[test]
fn a_copy_whose_bond_went_back_can_still_lose_what_it_earns() {
    let mut copy = CopiedBatch::of(8, 40);
    copy.world.mark_used(&[copy.later]).unwrap();
    copy.world.recognise(copy.datanet, ModelId(1));
    copy.world.set_standing(ModelId(1), copy.later, clean(CLEAN_ROUNDS));
    copy.prove(&[(0, 0)]).unwrap();
    copy.world.release(copy.later).unwrap();
    let (taken, treasury) = (BOND / 40, copy.world.treasury());

    let rest: Vec<(u64, u64)> = (1..8).map(|i| (i, i)).collect();
    copy.prove(&rest).unwrap();
    let later = copy.world.contribution(copy.later);
    assert_eq!((later.status, later.bond_taken.u128()), (Status::Slashed, taken));
    assert_eq!((copy.world.treasury(), copy.world.balance_of("ben")), (treasury, FUNDS - taken));
    assert_eq!(copy.world.synced().last().map(|update| update.slashed), Some(true));
}

#[test]
fn a_pending_copy_can_be_slashed_and_then_not_be_accepted() {
    let mut world = World::new();
    let datanet = world.reviewed_datanet();
    let batch = items(0..5);
    let earlier = world.contribute("ann", datanet, &batch);
    let later = world.contribute("ben", datanet, &batch);
    let pairs: Vec<(u64, u64)> = (0..5).map(|i| (i, i)).collect();
    let proof = duplicate_proof(Side { id: earlier, items: &batch }, Side { id: later, items: &batch }, &pairs);
    // Ann's own is not accepted yet.
    let refused = world.prove("eve", proof.clone()).unwrap_err();
    assert_eq!(refused, ContractError::EarlierNotAccepted { contribution: earlier, status: Status::Pending });

    world.decide(earlier, Verdict::Accept);
    world.review("rev1", later, Verdict::Accept).unwrap();
    world.prove("eve", proof).unwrap();
    let refused = world.review("rev2", later, Verdict::Accept).unwrap_err();
    assert_eq!(refused, ContractError::NotPending { contribution: later, status: Status::Slashed });
    assert_eq!(world.datanet(datanet).unwrap().version.u64(), 1);
}

#[test]
fn a_slashed_contribution_stays_in_its_snapshot() {
    let mut copy = CopiedBatch::of(40, 40);
    let before = copy.world.datanet(copy.datanet).unwrap();
    let pairs: Vec<(u64, u64)> = (0..8).map(|i| (i, i)).collect();
    copy.prove(&pairs).unwrap();
    assert_eq!(copy.world.datanet(copy.datanet).unwrap(), before);
    assert_eq!(copy.world.contribution(copy.later).rank.unwrap().u64(), 1);
}

#[test]
fn settlement_learns_of_a_slashed_contribution_that_a_model_uses() {
    let mut copy = CopiedBatch::of(40, 40);
    copy.world.mark_used(&[copy.earlier, copy.later]).unwrap();
    copy.prove(&[(0, 0)]).unwrap();
    assert_eq!(copy.world.synced().len(), 2, "a part of the bond changes no payout");
    let pairs: Vec<(u64, u64)> = (1..8).map(|i| (i, i)).collect();
    copy.prove(&pairs).unwrap();
    let told = copy.world.synced();
    assert_eq!(told.len(), 3);
    assert_eq!((told[2].contribution, told[2].slashed), (copy.later, true));
}

#[test]
fn a_slash_that_rounds_to_nothing_still_counts() {
    let mut world = World::new();
    let small = protocol::datanet::NewDatanet {
        bond: 2_u128.into(),
        ..crate::world::settings(protocol::datanet::Admission::Open {})
    };
    let datanet = world.create(small).unwrap();
    let batch = items(0..10);
    let earlier = world.contribute("ann", datanet, &batch);
    let later = world.contribute("ben", datanet, &batch);
    let sides = || (Side { id: earlier, items: &batch }, Side { id: later, items: &batch });
    world.prove("eve", duplicate_proof(sides().0, sides().1, &[(0, 0)])).unwrap();
    let now = world.contribution(later);
    assert_eq!((now.duplicates.u64(), now.bond_taken.u128(), now.status), (1, 0, Status::Accepted));
    assert_eq!((world.balance_of("eve"), world.treasury()), (FUNDS, 0));
    world.prove("eve", duplicate_proof(sides().0, sides().1, &[(1, 1)])).unwrap();
    assert_eq!(world.contribution(later).status, Status::Slashed);
    assert_eq!((world.balance_of("eve"), world.treasury()), (FUNDS + 1, 1));
}

#[test]
fn the_largest_proof_is_handled_in_one_message() {
    let mut world = World::new();
    let datanet = world.open_datanet();
    let batch = items(0..2_000);
    let earlier = world.contribute("ann", datanet, &batch);
    let later = world.contribute("ben", datanet, &batch);
    let count = MAX_DUPLICATE_PAIRS as u64;
    let pairs: Vec<(u64, u64)> = (0..count).map(|i| (i * 7, i * 7)).collect();
    let proof = duplicate_proof(Side { id: earlier, items: &batch }, Side { id: later, items: &batch }, &pairs);
    world.prove("eve", proof).unwrap();
    assert_eq!(world.contribution(later).duplicates.u64(), count);
}

#[test]
fn a_proof_knows_no_deadline() {
    let mut copy = CopiedBatch::of(4, 40);
    copy.world.pass(1_000 * REVEAL_PERIOD, 1_000_000);
    copy.prove(&[(0, 0)]).unwrap();
}
