//! Reviews by k of n.

use datanet::ContractError;
use protocol::ContributionId;
use protocol::datanet::{Admission, Status, Verdict};
use protocol::event::DatanetEvent;

use crate::world::{BOND, FUNDS, Side, World, duplicate_proof, events, items, settings};

#[test]
fn the_threshold_accepts_and_keeps_the_bond() {
    let mut world = World::new();
    let datanet = world.reviewed_datanet();
    let id = world.contribute("ann", datanet, &items(0..3));
    world.review("rev1", id, Verdict::Accept).unwrap();
    assert_eq!(world.contribution(id).status, Status::Pending);
    world.review("rev3", id, Verdict::Reject).unwrap();
    assert_eq!(world.contribution(id).status, Status::Pending);
    world.review("rev2", id, Verdict::Accept).unwrap();

    let contribution = world.contribution(id);
    assert_eq!(contribution.status, Status::Accepted);
    assert_eq!((contribution.accepts, contribution.rejects), (2, 1));
    assert!(contribution.revealed.is_some());
    assert_eq!(world.config().bonds_held.u128(), BOND);
    assert_eq!(world.datanet(datanet).unwrap().version.u64(), 1);
}

#[test]
fn a_contribution_is_rejected_as_soon_as_it_cannot_be_accepted_and_its_bond_goes_back() {
    let mut world = World::new();
    let datanet = world.reviewed_datanet();
    let id = world.contribute("ann", datanet, &items(0..3));
    world.review("rev1", id, Verdict::Reject).unwrap();
    let response = world.review("rev2", id, Verdict::Reject).unwrap();

    let contribution = world.contribution(id);
    assert_eq!(contribution.status, Status::Rejected);
    assert!(contribution.bond_returned);
    assert_eq!(world.balance_of("ann"), FUNDS);
    assert_eq!(world.config().bonds_held.u128(), 0);
    let rejected = DatanetEvent::Rejected { contribution: id, bond: BOND.into() };
    assert!(events(&response).contains(&rejected));
    let late = world.review("rev3", id, Verdict::Accept).unwrap_err();
    assert_eq!(late, ContractError::NotPending { contribution: id, status: Status::Rejected });
}

#[test]
fn a_rejection_returns_what_duplicate_proofs_left() {
    let mut world = World::new();
    let datanet = world.reviewed_datanet();
    let (batch, partly) = (items(0..30), items((0..1).chain(100..129)));
    let earlier = world.contribute("ann", datanet, &batch);
    world.decide(earlier, Verdict::Accept);
    let later = world.contribute("ben", datanet, &partly);
    let proof = duplicate_proof(Side { id: earlier, items: &batch }, Side { id: later, items: &partly }, &[(0, 0)]);
    world.prove("eve", proof).unwrap();
    world.decide(later, Verdict::Reject);
    let taken = BOND / 30;
    assert_eq!(world.balance_of("ben"), FUNDS - taken);
    assert_eq!(world.config().bonds_held.u128(), BOND);
}

#[test]
fn a_reviewer_votes_once() {
    let mut world = World::new();
    let datanet = world.reviewed_datanet();
    let id = world.contribute("ann", datanet, &items(0..3));
    world.review("rev1", id, Verdict::Accept).unwrap();
    let refused = world.review("rev1", id, Verdict::Accept).unwrap_err();
    let reviewer = world.account("rev1").into_string();
    assert_eq!(refused, ContractError::AlreadyVoted { contribution: id, reviewer });
    assert_eq!(world.contribution(id).accepts, 1);
}

#[test]
fn strangers_have_no_vote() {
    let mut world = World::new();
    let datanet = world.reviewed_datanet();
    let id = world.contribute("ann", datanet, &items(0..3));
    for stranger in ["ann", "owner", "governance"] {
        let refused = world.review(stranger, id, Verdict::Accept).unwrap_err();
        let sender = world.account(stranger).into_string();
        assert_eq!(refused, ContractError::NotReviewer { datanet, sender });
    }
}

#[test]
fn a_reviewer_has_no_vote_on_his_own_contribution_and_is_not_waited_for() {
    let mut world = World::new();
    let datanet = world.reviewed_datanet();
    let id = world.contribute("rev1", datanet, &items(0..3));
    let refused = world.review("rev1", id, Verdict::Accept).unwrap_err();
    assert_eq!(refused, ContractError::OwnContribution { contribution: id });
    // Two others remain and both are needed: one rejection decides.
    world.review("rev2", id, Verdict::Reject).unwrap();
    assert_eq!(world.contribution(id).status, Status::Rejected);
}

#[test]
fn only_pending_contributions_are_reviewed() {
    let mut world = World::new();
    let (reviewed, open) = (world.reviewed_datanet(), world.open_datanet());
    let committed = world.commit("ann", reviewed, &items(0..3)).unwrap();
    let accepted = world.contribute("ann", open, &items(0..3));
    for (contribution, status) in [(committed, Status::Committed), (accepted, Status::Accepted)] {
        let refused = world.review("rev1", contribution, Verdict::Accept).unwrap_err();
        assert_eq!(refused, ContractError::NotPending { contribution, status });
    }
    let unknown = ContributionId(9);
    let refused = world.review("rev1", unknown, Verdict::Accept).unwrap_err();
    assert_eq!(refused, ContractError::UnknownContribution { contribution: unknown });
}

#[test]
fn one_reviewer_can_be_enough() {
    let mut world = World::new();
    let reviewers = world.accounts(&["rev1", "rev2"]);
    let datanet = world.create(settings(Admission::Reviewed { reviewers, threshold: 1 })).unwrap();
    let id = world.contribute("ann", datanet, &items(0..3));
    world.review("rev2", id, Verdict::Reject).unwrap();
    assert_eq!(world.contribution(id).status, Status::Pending);
    world.review("rev1", id, Verdict::Accept).unwrap();
    assert_eq!(world.contribution(id).status, Status::Accepted);
}
