//! Changing payees.

use datanet::ContractError;
use protocol::datanet::{ExecuteMsg, Status, Verdict};
use protocol::{ContributionId, Payee};
use rules::split::SplitError;

use crate::world::{MIN_BLOCKS, REVEAL_PERIOD, Side, World, duplicate_proof, items, payee};

fn set(contribution: ContributionId, payees: Vec<Payee>) -> ExecuteMsg {
    ExecuteMsg::SetPayees { contribution, payees }
}

#[test]
fn the_contributor_names_new_payees_while_pending_and_once_accepted() {
    let mut world = World::new();
    let datanet = world.reviewed_datanet();
    let id = world.contribute("ann", datanet, &items(0..3));
    let first = vec![payee(world.account("ben").as_str(), 10_000)];
    world.execute("ann", set(id, first.clone())).unwrap();
    assert_eq!(world.contribution(id).payees, first);
    world.decide(id, Verdict::Accept);
    let second = vec![payee(world.account("cyd").as_str(), 1), payee(world.account("ben").as_str(), 9_999)];
    world.execute("ann", set(id, second.clone())).unwrap();
    let contribution = world.contribution(id);
    assert_eq!(contribution.payees, second);
    assert_eq!(contribution.revealed.unwrap().payees, []);
    assert_eq!(world.synced(), [], "no model uses it yet");
}

#[test]
fn settlement_learns_of_new_payees_once_a_model_uses_it() {
    let mut world = World::new();
    let datanet = world.open_datanet();
    let id = world.contribute("ann", datanet, &items(0..3));
    world.mark_used(&[id]).unwrap();
    let payees = vec![payee(world.account("ben").as_str(), 10_000)];
    world.execute("ann", set(id, payees.clone())).unwrap();
    let told = world.synced();
    assert_eq!(told.len(), 2);
    assert_eq!((&told[1].payees, told[1].slashed), (&payees, false));
}

#[test]
fn payees_of_a_withdrawn_contribution_are_still_set_and_shown() {
    let mut world = World::new();
    let datanet = world.open_datanet();
    let id = world.contribute("ann", datanet, &items(0..3));
    world.mark_used(&[id]).unwrap();
    world.withdraw("ann", id).unwrap();
    let payees = vec![payee(world.account("ben").as_str(), 10_000)];
    world.execute("ann", set(id, payees.clone())).unwrap();
    let told = world.synced();
    assert_eq!((told.len(), &told[1].payees, told[1].slashed), (2, &payees, false));
}

#[test]
fn nobody_else_names_payees() {
    let mut world = World::new();
    let datanet = world.open_datanet();
    let id = world.contribute("ann", datanet, &items(0..3));
    let payees = vec![payee(world.account("ben").as_str(), 10_000)];
    let refused = world.execute("ben", set(id, payees)).unwrap_err();
    let sender = world.account("ben").into_string();
    assert_eq!(refused, ContractError::NotContributor { contribution: id, sender });
}

#[test]
fn payees_are_checked_again() {
    let mut world = World::new();
    let datanet = world.open_datanet();
    let id = world.contribute("ann", datanet, &items(0..3));
    let refused = world.execute("ann", set(id, vec![])).unwrap_err();
    assert_eq!(refused, ContractError::Shares(SplitError::Payees { count: 0 }));
    let ben = world.account("ben").into_string();
    let refused = world.execute("ann", set(id, vec![payee(&ben, 5_000), payee(&ben, 5_000)])).unwrap_err();
    assert_eq!(refused, ContractError::RepeatedAccount { list: "payees", account: ben });
}

#[test]
fn payees_are_closed_before_the_reveal_and_after_the_end() {
    let mut world = World::new();
    let datanet = world.reviewed_datanet();
    let batch = items(0..3);
    let earlier = world.contribute("ann", datanet, &batch);
    world.decide(earlier, Verdict::Accept);
    let rejected = world.contribute("ben", datanet, &items(5..8));
    world.decide(rejected, Verdict::Reject);
    let slashed = world.contribute("ben", datanet, &batch);
    let proof = duplicate_proof(Side { id: earlier, items: &batch }, Side { id: slashed, items: &batch }, &[(0, 0)]);
    world.prove("eve", proof).unwrap();
    let forfeited = world.commit("ben", datanet, &batch).unwrap();
    world.pass(REVEAL_PERIOD, MIN_BLOCKS);
    world.execute("eve", ExecuteMsg::Forfeit { contribution: forfeited }).unwrap();
    let committed = world.commit("ben", datanet, &batch).unwrap();

    let payees = vec![payee(world.account("cyd").as_str(), 10_000)];
    let closed = [
        (rejected, Status::Rejected),
        (slashed, Status::Slashed),
        (forfeited, Status::Forfeited),
        (committed, Status::Committed),
    ];
    for (contribution, status) in closed {
        let refused = world.execute("ben", set(contribution, payees.clone())).unwrap_err();
        assert_eq!(refused, ContractError::PayeesClosed { contribution, status });
    }
}
