//! Royalties: models that others were made from are paid, though nobody calls them.

use protocol::attribution::{Outcome, RoundKind};
use protocol::{Bps, ModelId};
use settlement::ContractError;
use testing::err;
use testing::scenario::{DEPOSIT, World, new_adapter};

use crate::attacker::{FEE, SCORES};

/// Of a fee, without the protocol's 5 %.
const NET: u128 = 9_500_000;
/// Contributors' reserve of a model, in units.
const RESERVE: u128 = 300_000_000_000;

/// All of an adapter's influence to its one contribution.
fn settle(world: &mut World, model: ModelId) {
    let round = world.with_model(model, |world| world.settle(FEE, &[(900_000_000, 0)], 900_000_000)).unwrap();
    assert_eq!(round.outcome, Some(Outcome::Settled));
}

fn flow(world: &mut World, model: ModelId) {
    world.with_model(model, World::flow).unwrap();
}

#[test]
fn an_adapter_pays_the_contributors_of_a_base_that_has_no_receipts_of_its_own() {
    let mut world = World::new();
    let adapter = world.adapter(DEPOSIT);
    settle(&mut world, adapter);
    let owed = NET * 3 / 10;
    let totals = world.with_model(adapter, |world| world.model_totals());
    assert_eq!((totals.royalties_owed.u128(), world.totals().royalties.u128()), (owed, owed));

    flow(&mut world, adapter);
    let royalties = world.model_totals().royalties;
    let (owner, stake, influence) = (owed * 2 / 10, owed / 10, owed * 7 / 10);
    assert_eq!((royalties.owner.u128(), royalties.stake.u128()), (owner, stake));
    assert_eq!((royalties.influence.u128(), royalties.parents.u128()), (influence, 0));
    assert!(world.epochs().is_empty() && world.ledger().is_empty(), "nobody called the base");

    // The owner's and the stake's part wait with the contributors'.
    let account = world.accounts.owner.clone();
    let balance = world.settlement_balance(&account);
    assert_eq!(balance, NET * 2 / 10, "the adapter's alone");
    let round = world.value(&SCORES).unwrap();
    assert_eq!((round.kind, round.outcome), (RoundKind::Valuation, Some(Outcome::Settled)));
    assert_eq!((round.pool.u128(), round.tranche.u128()), (influence, RESERVE / 4));
    assert_eq!(world.settlement_balance(&account), balance + owner);
    assert_eq!(world.dividend_totals().received.u128(), stake);
    assert_eq!(world.totals().royalties.u128(), 0);

    let ledger = world.ledger();
    let (first, second) = (influence * 5 / 8, influence * 3 / 8);
    assert_eq!((ledger[0].payable.u64(), ledger[1].payable.u64()), (first as u64, second as u64));
    assert_eq!(u128::from(ledger[2].debt.u64()), influence / 8, "harm is a debt in a valuation, too");
    assert_eq!(ledger[2].rounds_with_debt, 0, "but proves none");

    let payees = world.accounts.contributors.clone();
    let before: Vec<u128> = payees.iter().map(|payee| world.open_balance(payee)).collect();
    world.claim(&[0, 1]).unwrap();
    assert_eq!(world.open_balance(&payees[0]), before[0] + first);
    assert_eq!(world.open_balance(&payees[1]), before[1] + second);
    assert_eq!(world.stake_balance(&payees[0]), RESERVE / 4 * 5 / 8);
    assert_eq!(world.stake_balance(&payees[1]), RESERVE / 4 * 3 / 8);
    assert_eq!(world.reserves().contributors.u128(), RESERVE - RESERVE / 4);
}

#[test]
fn royalties_of_a_third_generation_reach_the_first_in_two_hops() {
    let mut world = World::new();
    let base = world.model;
    let adapter = world.adapter(DEPOSIT);
    let third = world.create_model(new_adapter(&world, &[(adapter, Bps::WHOLE.0)])).unwrap();
    world.with_model(third, |world| world.serve("third text", DEPOSIT));
    settle(&mut world, third);

    flow(&mut world, third);
    let owed = NET * 3 / 10 * 3 / 10;
    let totals = world.with_model(adapter, |world| world.model_totals());
    assert_eq!(totals.royalties_owed.u128(), owed);
    assert_eq!(totals.royalties.influence.u128(), NET * 3 / 10 * 4 / 10);
    flow(&mut world, adapter);
    let totals = world.with_model(base, |world| world.model_totals());
    assert_eq!(totals.royalties.influence.u128(), owed * 7 / 10);
    let error: ContractError = err(world.flow());
    assert_eq!(error, ContractError::NoParents { model: base });
    let error: ContractError = err(world.with_model(third, World::flow));
    assert!(matches!(error, ContractError::FlowTooSmall { .. }), "{error}");

    // The generation between takes its own part by a valuation of its own.
    world.with_model(adapter, |world| world.value(&[(100_000_000, 0)])).unwrap();
    world.value(&SCORES).unwrap();
    assert_eq!(world.totals().royalties.u128(), 0);
}

#[test]
fn parents_share_by_their_shares_and_what_rounding_leaves_waits() {
    let mut world = World::new();
    let base = world.model;
    let adapter = world.adapter(DEPOSIT);
    let merge = world.create_model(new_adapter(&world, &[(base, 3_333), (adapter, 6_667)])).unwrap();
    world.with_model(merge, |world| world.serve("merged text", DEPOSIT));
    world.with_model(merge, |world| world.settle(1_000_010, &[(900_000_000, 0)], 900_000_000)).unwrap();
    let owed = world.with_model(merge, |world| world.model_totals()).royalties_owed.u128();
    flow(&mut world, merge);
    let (to_base, to_adapter) = (owed * 3_333 / 10_000, owed * 6_667 / 10_000);
    let totals = world.with_model(merge, |world| world.model_totals());
    assert_eq!(totals.royalties_owed.u128(), owed - to_base - to_adapter);
    assert_eq!(totals.royalties_flowed.u128(), to_base + to_adapter);
    let of = |parts: protocol::settlement::Parts| (parts.owner + parts.stake + parts.influence).u128();
    assert_eq!(of(world.model_totals().royalties), to_base);
    let totals = world.with_model(adapter, |world| world.model_totals());
    assert_eq!(of(totals.royalties) + totals.royalties_owed.u128(), to_adapter);
}

#[test]
fn an_owner_of_an_adapter_who_never_lets_royalties_flow_cannot_take_them() {
    let mut world = World::new();
    let adapter = world.adapter(DEPOSIT);
    settle(&mut world, adapter);
    let owner = world.accounts.owner.clone();
    world.settle_as(&owner, &protocol::settlement::ExecuteMsg::Withdraw {}).unwrap();
    assert_eq!(world.totals().royalties.u128(), NET * 3 / 10);
    // Anyone may move them.
    flow(&mut world, adapter);
    assert_eq!(world.with_model(adapter, |world| world.model_totals()).royalties_owed.u128(), 0);
}
