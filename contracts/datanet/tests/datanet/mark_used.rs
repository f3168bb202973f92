//! Use by models.

use datanet::ContractError;
use protocol::datanet::{Admission, ExecuteMsg, MAX_MARKED, NewDatanet, Status};
use protocol::settlement::ContributionUpdate;
use protocol::{Bps, ContributionId, ModelId};

use crate::world::{Side, World, duplicate_proof, items, payee, settings};

fn marked(influence_share: Bps, contributions: Vec<ContributionId>) -> ExecuteMsg {
    ExecuteMsg::MarkUsed { model: ModelId(1), influence_share, contributions }
}

#[test]
fn settlement_learns_the_payees_of_used_contributions() {
    let mut world = World::new();
    let datanet = world.open_datanet();
    let first = world.contribute("ann", datanet, &items(0..3));
    let second = world.contribute("ben", datanet, &items(3..6));
    world.mark_used(&[second, first]).unwrap();
    assert!(world.contribution(first).used && world.contribution(second).used);
    let update = |contribution, name| ContributionUpdate {
        contribution,
        payees: vec![payee(world.account(name).as_str(), 10_000)],
        slashed: false,
    };
    assert_eq!(world.synced(), [update(second, "ben"), update(first, "ann")]);
}

#[test]
fn several_models_can_use_one_contribution() {
    let mut world = World::new();
    let datanet = world.open_datanet();
    let id = world.contribute("ann", datanet, &items(0..3));
    world.mark_used(&[id]).unwrap();
    world.mark_used(&[id]).unwrap();
    assert_eq!(world.synced().len(), 2);
}

#[test]
fn only_the_model_contract_marks() {
    let mut world = World::new();
    let datanet = world.open_datanet();
    let id = world.contribute("ann", datanet, &items(0..3));
    for sender in ["ann", "governance"] {
        let refused = world.execute(sender, marked(Bps(10_000), vec![id])).unwrap_err();
        let sender = world.account(sender).into_string();
        assert_eq!(refused, ContractError::Unauthorized { sender, needed: "the model contract" });
    }
}

#[test]
fn a_datanets_least_influence_share_is_met_or_nothing_is_marked() {
    let mut world = World::new();
    let easy = world.open_datanet();
    let strict = NewDatanet { min_influence_share: Bps(6_001), ..settings(Admission::Open {}) };
    let strict = world.create(strict).unwrap();
    let first = world.contribute("ann", easy, &items(0..3));
    let second = world.contribute("ann", strict, &items(0..3));
    let refused = world.execute("model", marked(Bps(6_000), vec![first, second])).unwrap_err();
    let expected = ContractError::InfluenceTooLow { datanet: strict, min: Bps(6_001), offered: Bps(6_000) };
    assert_eq!(refused, expected);
    assert!(!world.contribution(first).used);
    world.execute("model", marked(Bps(6_001), vec![first, second])).unwrap();
}

#[test]
fn contributions_that_are_not_accepted_cannot_be_used() {
    let mut world = World::new();
    let (open, reviewed) = (world.open_datanet(), world.reviewed_datanet());
    let batch = items(0..3);
    let good = world.contribute("ann", open, &batch);
    let slashed = world.contribute("ben", open, &batch);
    let proof = duplicate_proof(Side { id: good, items: &batch }, Side { id: slashed, items: &batch }, &[(0, 0)]);
    world.prove("eve", proof).unwrap();
    let pending = world.contribute("ann", reviewed, &batch);
    let committed = world.commit("ann", open, &batch).unwrap();
    let cases = [(slashed, Status::Slashed), (pending, Status::Pending), (committed, Status::Committed)];
    for (contribution, status) in cases {
        let refused = world.mark_used(&[good, contribution]).unwrap_err();
        assert_eq!(refused, ContractError::NotAccepted { contribution, status });
    }
    let unknown = ContributionId(99);
    let refused = world.mark_used(&[unknown]).unwrap_err();
    assert_eq!(refused, ContractError::UnknownContribution { contribution: unknown });
    assert!(!world.contribution(good).used);
}

#[test]
fn lists_are_neither_empty_nor_too_long() {
    let mut world = World::new();
    assert_eq!(world.mark_used(&[]).unwrap_err(), ContractError::NothingToMark);
    let many: Vec<ContributionId> = (0..=MAX_MARKED as u64).map(ContributionId).collect();
    assert_eq!(world.mark_used(&many).unwrap_err(), ContractError::TooManyMarked { count: MAX_MARKED + 1 });
}
