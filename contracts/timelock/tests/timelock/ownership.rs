//! The right to propose: handed over in two steps, or given up.

use cosmwasm_std::Addr;
use cw_ownable::{Action, Ownership, OwnershipError};
use protocol::timelock::{ExecuteMsg, QueryMsg};
use timelock::ContractError;

use crate::world::{FIRST, World};

fn update(world: &mut World, sender: &str, action: Action) -> Result<(), ContractError> {
    world.execute(sender, &ExecuteMsg::UpdateOwnership(action)).map(drop)
}

#[test]
fn it_is_handed_over_in_two_steps_and_announced_proposals_stay() {
    let mut world = World::new();
    world.propose(vec![world.migrate("{}")]).unwrap();
    let offer = Action::TransferOwnership { new_owner: world.account("council").into(), expiry: None };
    assert!(matches!(update(&mut world, "stranger", offer.clone()), Err(ContractError::Ownership(_))));
    update(&mut world, "proposer", offer).unwrap();
    assert!(matches!(world.cancel("council", FIRST), Err(ContractError::Ownership(_))));
    assert!(matches!(update(&mut world, "stranger", Action::AcceptOwnership), Err(ContractError::Ownership(_))));
    update(&mut world, "council", Action::AcceptOwnership).unwrap();
    let ownership: Ownership<Addr> = world.query(&QueryMsg::Ownership {});
    assert_eq!(ownership.owner, Some(world.account("council")));
    assert!(matches!(world.propose(vec![world.migrate("{}")]), Err(ContractError::Ownership(_))));
    world.cancel("council", FIRST).unwrap();
}

#[test]
fn after_it_is_given_up_nothing_is_announced_but_what_was_announced_is_made() {
    let mut world = World::new();
    world.propose(vec![world.migrate("{}")]).unwrap();
    update(&mut world, "proposer", Action::RenounceOwnership).unwrap();
    let nobody = ContractError::Ownership(OwnershipError::NoOwner);
    assert_eq!(world.propose(vec![world.migrate("{}")]).unwrap_err(), nobody);
    assert_eq!(world.cancel("proposer", FIRST).unwrap_err(), nobody);
    world.wait();
    world.run(FIRST).unwrap();
}
