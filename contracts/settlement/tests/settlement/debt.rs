//! Debt that `datanet` took from a bond: the treasury's, and credited to the account.

use cosmwasm_std::Uint128;
use cw_multi_test::Executor;
use cw20::Cw20ExecuteMsg;
use protocol::ModelId;
use protocol::settlement::{Account, QueryMsg, ReceiveMsg, Standing};
use rules::ledger::LedgerError;
use settlement::ContractError;

use crate::world::{FUNDS, MODEL, OTHER_MODEL, Outcome, World, attributes, score};

/// Position 70 of 130, in the second chunk, owes half of the influence pool of 1,000 uopen.
const DEBTOR: u32 = 70;
const DEBT: u128 = 315;

fn world() -> World {
    let mut world = World::new();
    fund_datanet(&mut world, 10_000);
    world.earn(0, 1_000);
    let scores: Vec<_> = (0..130).map(|at| if at == DEBTOR { score(-5, 0) } else { score(0, 0) }).collect();
    let mut begin = world.begin(&scores);
    begin.denominator = 10_u64.into();
    let round = world.next_round();
    world.chunk(round, Some(begin), 0, &scores).unwrap();
    assert_eq!(debtor(&world).debt.u64(), DEBT as u64);
    world
}

/// Bonds stand in `datanet`.
fn fund_datanet(world: &mut World, amount: u128) {
    let (stranger, open) = (world.stranger.clone(), world.open.clone());
    let recipient = world.account("datanet").into();
    let msg = Cw20ExecuteMsg::Transfer { recipient, amount: amount.into() };
    world.app.execute_contract(stranger, open, &msg, &[]).unwrap();
}

fn repay(world: &mut World, position: u32, amount: u128) -> Outcome {
    world.pay("datanet", amount, &ReceiveMsg::Debt { model: MODEL, position })
}

fn debtor(world: &World) -> Account {
    world.accounts(MODEL).swap_remove(DEBTOR as usize)
}

fn standing(world: &World) -> Standing {
    world.query(&QueryMsg::Standing { model: MODEL, position: DEBTOR })
}

fn too_much(amount: u64, debt: u64) -> ContractError {
    ContractError::Ledger(LedgerError::Repay { amount, debt })
}

#[test]
fn what_was_taken_from_a_bond_is_the_treasurys_and_credited() {
    let mut world = world();
    let before = world.totals();
    let response = repay(&mut world, DEBTOR, 100).unwrap();
    assert_eq!(attributes(&response, "debt_repaid", "amount"), ["100"]);
    assert_eq!(attributes(&response, "debt_repaid", "position"), ["70"]);
    let after = world.totals();
    assert_eq!(after.treasury - before.treasury, Uint128::new(100));
    assert_eq!((after.liability, after.pools), (before.liability, before.pools));
    assert_eq!((debtor(&world).debt.u64(), debtor(&world).accrued.i64()), (215, -215));
    assert_eq!(world.model_totals(MODEL).debt_collected.u128(), 100);
    assert_eq!(world.model_totals(OTHER_MODEL).debt_collected.u128(), 0);
}

#[test]
fn a_debt_is_repaid_to_the_last_uopen_and_not_beyond() {
    let mut world = world();
    assert_eq!(repay(&mut world, DEBTOR, DEBT + 1).unwrap_err(), too_much(316, 315));
    assert_eq!(world.wallet("datanet"), 10_000);
    repay(&mut world, DEBTOR, DEBT).unwrap();
    let account = debtor(&world);
    assert_eq!((account.accrued.i64(), account.payable.u64(), account.held_back.u64()), (0, 0, 0));
    assert_eq!(repay(&mut world, DEBTOR, 1).unwrap_err(), too_much(1, 0));
    assert_eq!(world.model_totals(MODEL).debt_collected.u128(), DEBT);
}

#[test]
fn only_datanet_repays_and_what_others_send_comes_back() {
    let mut world = world();
    let expected = "the datanet contract";
    for sender in ["stranger", "payer"] {
        let before = world.wallet(sender);
        let msg = ReceiveMsg::Debt { model: MODEL, position: DEBTOR };
        assert_eq!(world.pay(sender, 100, &msg).unwrap_err(), ContractError::Unauthorized { expected });
        assert_eq!(world.wallet(sender), before);
    }
    assert_eq!(debtor(&world).debt.u64(), DEBT as u64);
}

#[test]
fn accounts_without_debt_take_nothing() {
    let mut world = world();
    // A clean neighbour, the end of the model, positions and models that no round has reached.
    for position in [DEBTOR - 1, 129, 130, 191, 192, u32::MAX] {
        assert_eq!(repay(&mut world, position, 1).unwrap_err(), too_much(1, 0), "{position}");
    }
    let msg = ReceiveMsg::Debt { model: ModelId(u64::MAX), position: 0 };
    assert_eq!(world.pay("datanet", 1, &msg).unwrap_err(), too_much(1, 0));
}

#[test]
fn amounts_beyond_64_bits_are_refused_by_name() {
    let mut world = world();
    let beyond = u128::from(u64::MAX) + 1;
    // More than anyone holds in one place: OPEN's contract says so itself, but for these tests.
    let (payer, open) = (world.payer.clone(), world.open.clone());
    for (sender, amount) in [(payer, FUNDS - 1_000), (world.stranger.clone(), beyond - FUNDS)] {
        let recipient = world.account("datanet").into();
        let msg = Cw20ExecuteMsg::Transfer { recipient, amount: amount.into() };
        world.app.execute_contract(sender, open.clone(), &msg, &[]).unwrap();
    }
    let error = repay(&mut world, DEBTOR, beyond).unwrap_err();
    assert_eq!(error, too_much(u64::MAX, DEBT as u64));
}

#[test]
fn the_standing_shows_what_is_left_and_keeps_its_rounds() {
    let mut world = world();
    let before = standing(&world);
    assert_eq!((before.proved_debt.u64(), before.rounds_with_debt, before.retired), (DEBT as u64, 1, false));
    repay(&mut world, DEBTOR, DEBT - 1).unwrap();
    let after = standing(&world);
    assert_eq!((after.proved_debt.u64(), after.rounds_with_debt), (1, 1));
    // Only a round counts.
    repay(&mut world, DEBTOR, 1).unwrap();
    assert_eq!((standing(&world).proved_debt.u64(), standing(&world).rounds_with_debt), (0, 1));
}

#[test]
fn a_repaid_account_earns_again_from_zero() {
    let mut world = world();
    world.sync(u64::from(DEBTOR) + 1, &[("ann", 10_000)], false).unwrap();
    repay(&mut world, DEBTOR, DEBT).unwrap();
    world.earn(1, 1_000);
    let scores: Vec<_> = (0..130).map(|at| if at == DEBTOR { score(1, 0) } else { score(0, 0) }).collect();
    world.settle(&scores);
    assert_eq!((debtor(&world).accrued.i64(), debtor(&world).payable.u64()), (630, 315));
    world.claim(&[DEBTOR]).unwrap();
    assert_eq!(world.wallet("ann"), 315);
}

#[test]
fn debt_is_repaid_between_the_chunks_of_a_round() {
    let mut world = world();
    world.earn(1, 1_000);
    let scores: Vec<_> = (0..130).map(|at| if at == DEBTOR { score(-5, 0) } else { score(0, 0) }).collect();
    let mut begin = world.begin(&scores);
    begin.denominator = 10_u64.into();
    let round = world.next_round();
    world.chunk(round, Some(begin), 0, &scores[..64]).unwrap();
    repay(&mut world, DEBTOR, 100).unwrap();
    world.chunk(round, None, 64, &scores[64..]).unwrap();
    assert_eq!(debtor(&world).debt.u64(), 530);
    repay(&mut world, DEBTOR, 530).unwrap();
}
