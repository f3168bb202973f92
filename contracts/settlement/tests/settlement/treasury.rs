//! Gifts to the treasury, and withdrawals of balances.

use cosmwasm_std::Uint128;
use protocol::settlement::{ExecuteMsg, ReceiveMsg};
use settlement::ContractError;

use crate::world::{World, attributes, score};

fn withdraw(world: &mut World, sender: &str) -> Result<(), ContractError> {
    world.execute(sender, &ExecuteMsg::Withdraw {}).map(|_| ())
}

#[test]
fn anyone_can_give_to_the_treasury() {
    let mut world = World::new();
    let response = world.pay("stranger", 500, &ReceiveMsg::Treasury {}).unwrap();
    assert_eq!(attributes(&response, "treasury_received", "amount"), ["500"]);
    assert_eq!(world.totals().treasury, Uint128::new(500));
}

#[test]
fn the_owner_withdraws_its_part_once_the_epoch_is_settled() {
    let mut world = World::new();
    world.earn(0, 1_000);
    let account = world.owner.to_string();
    let nothing = ContractError::NothingToWithdraw { account };
    assert_eq!(withdraw(&mut world, "owner").unwrap_err(), nothing);
    world.settle(&[score(1, 0)]);
    assert_eq!(world.balance("owner"), 270);
    withdraw(&mut world, "owner").unwrap();
    assert_eq!((world.balance("owner"), world.wallet("owner")), (0, 270));
    assert_eq!(withdraw(&mut world, "owner").unwrap_err(), nothing);
}

#[test]
fn an_operator_that_owns_the_model_has_one_balance() {
    let mut world = World::new();
    world.earn(0, 1_000);
    let scores = [score(1, 0)];
    let mut begin = world.begin(&scores);
    begin.rewards = world.rewards(&[("owner", 10_000)]);
    let round = world.next_round();
    world.chunk(round, Some(begin), 0, &scores).unwrap();
    assert_eq!(world.balance("owner"), 270 + 16);
    withdraw(&mut world, "owner").unwrap();
    assert_eq!(world.wallet("owner"), 286);
}
