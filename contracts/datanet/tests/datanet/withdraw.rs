//! Withdrawal.

use datanet::ContractError;
use protocol::datanet::{ExecuteMsg, Status, Verdict};
use protocol::event::DatanetEvent;
use protocol::{ContributionId, ModelId, Seconds};

use crate::world::{
    BOND, FUNDS, MIN_BLOCKS, NOTICE_PERIOD, REVEAL_PERIOD, Side, World, duplicate_proof, edges, events, items,
};

#[test]
fn a_withdrawn_contribution_stays_in_its_snapshots() {
    let mut world = World::new();
    let datanet = world.open_datanet();
    let id = world.contribute("ann", datanet, &items(0..3));
    world.contribute("ben", datanet, &items(3..6));
    let before = (world.datanet(datanet).unwrap(), world.snapshot(datanet, 1).unwrap(), world.contribution(id));
    world.pass(7, 1);
    let response = world.withdraw("ann", id).unwrap();

    assert_eq!(events(&response), [DatanetEvent::Withdrawn { contribution: id }]);
    let after = world.contribution(id);
    assert_eq!((after.status, after.withdrawn_at), (Status::Withdrawn, Some(Seconds(world.now()))));
    assert_eq!((after.rank, after.payees, after.revealed), (before.2.rank, before.2.payees, before.2.revealed));
    assert_eq!((world.datanet(datanet).unwrap(), world.snapshot(datanet, 1).unwrap()), (before.0, before.1));
    assert_eq!(world.config().bonds_held.u128(), 2 * BOND);
    let third = world.contribute("cyd", datanet, &items(6..9));
    assert_eq!(world.contribution(third).rank.unwrap().u64(), 2);
}

#[test]
fn no_model_begins_to_use_it() {
    let mut world = World::new();
    let datanet = world.open_datanet();
    let id = world.contribute("ann", datanet, &items(0..3));
    world.mark_used(&[id]).unwrap();
    world.withdraw("ann", id).unwrap();
    assert_eq!(world.synced().len(), 1, "its payees are paid as before: settlement has nothing to learn");
    for model in [1, 2] {
        let refused = world.mark_used_by(ModelId(model), &[id]).unwrap_err();
        assert_eq!(refused, ContractError::NotAccepted { contribution: id, status: Status::Withdrawn });
    }
}

#[test]
fn only_its_contributor_withdraws_it() {
    let mut world = World::new();
    let datanet = world.curated_datanet();
    let id = world.contribute("ann", datanet, &items(0..3));
    for sender in ["ben", "owner", "governance", "cur1", "model"] {
        let refused = world.withdraw(sender, id).unwrap_err();
        let sender = world.account(sender).into_string();
        assert_eq!(refused, ContractError::NotContributor { contribution: id, sender });
    }
}

#[test]
fn only_an_accepted_or_pending_contribution_is_withdrawn_and_once() {
    let mut world = World::new();
    let datanet = world.reviewed_datanet();
    let batch = items(0..3);
    let earlier = world.contribute("ann", datanet, &batch);
    world.decide(earlier, Verdict::Accept);
    let withdrawn = world.contribute("ben", datanet, &items(3..6));
    world.decide(withdrawn, Verdict::Accept);
    world.withdraw("ben", withdrawn).unwrap();
    let rejected = world.contribute("ben", datanet, &items(9..12));
    world.decide(rejected, Verdict::Reject);
    let slashed = world.contribute("ben", datanet, &batch);
    let proof = duplicate_proof(Side { id: earlier, items: &batch }, Side { id: slashed, items: &batch }, &[(0, 0)]);
    world.prove("eve", proof).unwrap();
    let forfeited = world.commit("ben", datanet, &batch).unwrap();
    world.pass(REVEAL_PERIOD, MIN_BLOCKS);
    world.execute("eve", ExecuteMsg::Forfeit { contribution: forfeited }).unwrap();
    let committed = world.commit("ben", datanet, &batch).unwrap();

    let refused = [
        (withdrawn, Status::Withdrawn),
        (rejected, Status::Rejected),
        (slashed, Status::Slashed),
        (forfeited, Status::Forfeited),
        (committed, Status::Committed),
    ];
    for (contribution, status) in refused {
        let error = world.withdraw("ben", contribution).unwrap_err();
        assert_eq!(error, ContractError::NotWithdrawable { contribution, status });
    }
    let unknown = ContributionId(99);
    let error = world.withdraw("ben", unknown).unwrap_err();
    assert_eq!(error, ContractError::UnknownContribution { contribution: unknown });
}

#[test]
fn a_contribution_that_nobody_reviews_can_be_taken_back_with_its_bond_after_the_notice() {
    for (seconds, blocks, over) in edges(NOTICE_PERIOD) {
        let mut world = World::new();
        let datanet = world.reviewed_datanet();
        let id = world.contribute("ben", datanet, &items(0..3));
        let (due, due_height) = (world.now() + NOTICE_PERIOD, world.app.block_info().height + MIN_BLOCKS);
        world.pass(seconds, blocks);
        let taken_back = world.withdraw("ben", id).map(|response| events(&response));
        if !over {
            assert_eq!(taken_back, Err(ContractError::ReviewRuns { contribution: id, due, due_height }));
            continue;
        }
        assert_eq!(taken_back, Ok(vec![DatanetEvent::Rejected { contribution: id, bond: BOND.into() }]));
        let after = world.contribution(id);
        assert_eq!((after.status, after.rank, after.withdrawn_at), (Status::Rejected, None, None));
        assert_eq!((world.balance_of("ben"), world.config().bonds_held.u128()), (FUNDS, 0));
        assert!(world.withdraw("ben", id).is_err());
    }
}
