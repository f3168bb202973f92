//! Forfeiting overdue commitments.

use datanet::ContractError;
use protocol::ContributionId;
use protocol::datanet::{ExecuteMsg, Status};

use crate::world::{BOND, FUNDS, MIN_BLOCKS, REVEAL_PERIOD, World, items, revealed};

fn forfeit(contribution: ContributionId) -> ExecuteMsg {
    ExecuteMsg::Forfeit { contribution }
}

#[test]
fn an_overdue_bond_goes_to_the_treasury_once() {
    let mut world = World::new();
    let datanet = world.open_datanet();
    let id = world.commit("ann", datanet, &items(0..3)).unwrap();
    world.pass(REVEAL_PERIOD, MIN_BLOCKS);
    world.execute("eve", forfeit(id)).unwrap();

    let contribution = world.contribution(id);
    assert_eq!(contribution.status, Status::Forfeited);
    assert_eq!((contribution.bond_taken.u128(), contribution.bond_returned), (BOND, false));
    assert_eq!(world.treasury(), BOND);
    assert_eq!(world.config().bonds_held.u128(), 0);
    assert_eq!(world.balance_of("ann"), FUNDS - BOND);
    assert_eq!(world.balance_of("eve"), FUNDS);

    let again = world.execute("eve", forfeit(id)).unwrap_err();
    assert_eq!(again, ContractError::NotCommitted { contribution: id, status: Status::Forfeited });
    let late = world.reveal("ann", id, revealed(&items(0..3))).unwrap_err();
    assert_eq!(late, ContractError::NotCommitted { contribution: id, status: Status::Forfeited });
}

#[test]
fn a_commitment_in_time_cannot_be_forfeited() {
    for (seconds, blocks) in [(REVEAL_PERIOD - 1, MIN_BLOCKS), (REVEAL_PERIOD, MIN_BLOCKS - 1), (86_400, 1)] {
        let mut world = World::new();
        let datanet = world.open_datanet();
        let id = world.commit("ann", datanet, &items(0..3)).unwrap();
        let (due, due_height) = (world.now() + REVEAL_PERIOD, world.app.block_info().height + MIN_BLOCKS);
        world.pass(seconds, blocks);
        let refused = world.execute("eve", forfeit(id)).unwrap_err();
        assert_eq!(refused, ContractError::NotOverdue { contribution: id, due, due_height });
        world.reveal("ann", id, revealed(&items(0..3))).unwrap();
    }
}

#[test]
fn what_was_revealed_or_never_committed_cannot_be_forfeited() {
    let mut world = World::new();
    let datanet = world.open_datanet();
    let id = world.contribute("ann", datanet, &items(0..3));
    world.pass(REVEAL_PERIOD, MIN_BLOCKS);
    let refused = world.execute("eve", forfeit(id)).unwrap_err();
    assert_eq!(refused, ContractError::NotCommitted { contribution: id, status: Status::Accepted });
    let unknown = ContributionId(99);
    let refused = world.execute("eve", forfeit(unknown)).unwrap_err();
    assert_eq!(refused, ContractError::UnknownContribution { contribution: unknown });
}
