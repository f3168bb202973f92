//! One test for each pitfall of CosmWasm audits that this contract could fall into.
//!
//! Those shown elsewhere: duplicate ids (`redeem`, `claims`, `advance`), cw20 `Receive` from another
//! token or with zero amount (`channels`, `door`), unexpected native coins (`door`), migration
//! (`door`), signature replay on another chain or contract (`redeem`), overlapping phases
//! (`windows`, `close`, `spend`, `lapse`), queries that panic (`queries`), rounding of royalties (`flow`),
//! paying twice (`spend`, `retire`, `lapse`).

use cosmwasm_std::Uint128;
use cw_multi_test::Executor;
use protocol::model::MAX_POSITIONS;
use protocol::settlement::{ExecuteMsg, ReceiveMsg};
use protocol::{Bps, ChannelId, Epoch, ModelId, Seconds, SpendId};
use settlement::ContractError;

use crate::world::{EPOCH, FUNDS, MIN_BLOCKS, MODEL, OTHER_MODEL, World, attributes, score, sum};

#[test]
fn accounting_from_raw_balances_a_donation_changes_nothing() {
    let (mut plain, mut gifted) = (World::new(), World::new());
    gifted.donate(123_456);
    for world in [&mut plain, &mut gifted] {
        world.sync(1, &[("ann", 10_000)], false).unwrap();
        world.earn(0, 1_000);
        world.settle(&[score(1, 0)]);
        world.claim(&[0]).unwrap();
    }
    assert_eq!(plain.totals(), gifted.totals());
    assert_eq!(plain.wallet("ann"), gifted.wallet("ann"));
    gifted.donate(1);
    assert_eq!(plain.totals(), gifted.totals());
}

#[test]
fn rounding_never_favours_the_caller() {
    // Three payees and odd sums: no split ever pays out more than it took.
    let mut world = World::new();
    world.sync(1, &[("ann", 3_334), ("ben", 3_333), ("cem", 3_333)], false).unwrap();
    for (epoch, fee) in [(0, 11), (1, 101), (2, 997)] {
        world.earn(epoch, fee);
        world.settle(&[score(1, 0), score(2, 0), score(3, 0)]);
        let _ = world.claim(&[0]);
    }
    let paid = ["ann", "ben", "cem"].map(|name| world.wallet(name)).iter().sum::<u128>();
    assert_eq!(paid, world.model_totals(MODEL).claimed.u128());
}

#[test]
fn unchecked_arithmetic_amounts_at_the_end_of_their_range_are_named_errors() {
    let mut world = World::new();
    let channel = world.open_channel(100);
    let error = world.redeem_one(channel, 0, u128::MAX).unwrap_err();
    assert!(matches!(error, ContractError::OverDeposit { .. }));
    let error = world.redeem_one(channel, u64::MAX, 50).unwrap_err();
    assert!(matches!(error, ContractError::FutureEpoch { .. }));
    let unknown = ChannelId(u64::MAX);
    let error = world.pay("payer", 1, &ReceiveMsg::TopUp { channel: unknown }).unwrap_err();
    assert_eq!(error, ContractError::UnknownChannel { channel: unknown });
    let error = world.claim(&[u32::MAX]).unwrap_err();
    assert!(matches!(error, ContractError::UnknownPosition { .. }));
}

#[test]
fn a_pool_above_the_supply_is_not_advanced() {
    let mut world = World::new();
    world.earn(0, 2_000_000_000_000_000_000);
    let scores = [score(1, 0)];
    let (begin, round) = (world.begin(&scores), world.next_round());
    let pool = Uint128::new(1_260_000_000_000_000_000);
    assert_eq!(world.chunk(round, Some(begin), 0, &scores).unwrap_err(), ContractError::PoolTooLarge { pool });
}

#[test]
fn an_epoch_that_ends_beyond_the_clock_is_not_redeemed() {
    let mut world = World::with(|msg| msg.epoch_length = Seconds(u64::MAX));
    let channel = world.open_channel(100);
    let error = world.redeem_one(channel, 0, 50).unwrap_err();
    assert_eq!(error, ContractError::BeyondClock { epoch: Epoch(0) });
    // The notice saturates, and only the sum of now and notice leaves its range.
    let close = ExecuteMsg::CloseChannel { channel };
    let error = world.execute("payer", &close).unwrap_err();
    assert!(matches!(error, ContractError::Overflow(_)));
    world.execute("gateway", &close).unwrap();
    assert_eq!(world.wallet("payer"), FUNDS);
}

#[test]
fn fee_sums_above_the_whole_are_not_booked() {
    let mut world = World::new();
    let channel = world.open_channel(100);
    let mut known = world.known(MODEL);
    known.commerce.terms.owner = Bps(9_000);
    world.set_model(known);
    let error = world.redeem_one(channel, 0, 50).unwrap_err();
    assert!(matches!(error, ContractError::Split(_)), "{error}");
}

#[test]
fn storage_keys_do_not_collide() {
    // Ids with equal bytes at different places: model 1 epoch 0, model 256 and so on.
    let mut world = World::new();
    let far = ModelId(1 << 32);
    world.create_model(far, |_| ());
    let (near, other) = (world.open_channel(1_000), world.open_channel_of(OTHER_MODEL, 1_000));
    let distant = world.open_channel_of(OTHER_MODEL, 1_000);
    world.at(EPOCH, 1);
    world.redeem_one(near, 1, 100).unwrap();
    world.redeem_one(other, 1, 200).unwrap();
    world.redeem_one(distant, 1, 300).unwrap();
    assert_eq!(sum(&world.model_totals(MODEL).unsettled).u128(), 100);
    assert_eq!(sum(&world.model_totals(OTHER_MODEL).unsettled).u128(), 500);
    assert_eq!(sum(&world.model_totals(far).unsettled), Uint128::zero());
}

#[test]
fn a_payee_that_cannot_receive_stops_nobody() {
    // Payees are paid by cw20 Transfer, which calls nobody: a contract without a hook is paid too.
    let mut world = World::new();
    let stub = world.stub.to_string();
    let mut update = world.update(1, &[("ann", 5_000), ("ben", 5_000)], false);
    update.payees[1].account = stub;
    let updates = vec![update];
    let msg = ExecuteMsg::SyncContributions { updates };
    world.execute("datanet", &msg).unwrap();
    world.earn(0, 1_000);
    world.settle(&[score(1, 0)]);
    world.claim(&[0]).unwrap();
    assert_eq!(world.wallet("ann"), 158);
}

#[test]
fn a_failed_payment_is_not_swallowed() {
    // Should the token refuse the transfer, the claim fails as a whole and can be repeated.
    let mut world = World::new();
    world.sync(1, &[("ann", 10_000)], false).unwrap();
    world.earn(0, 1_000);
    world.settle(&[score(1, 0)]);
    let totals = world.totals();
    let burn = cw20::Cw20ExecuteMsg::Burn { amount: Uint128::new(900) };
    let (settlement, open) = (world.settlement.clone(), world.open.clone());
    world.app.execute_contract(settlement.clone(), open.clone(), &burn, &[]).unwrap();
    let claims = vec![crate::world::item(MODEL, &[0])];
    let msg = ExecuteMsg::Claim { claims };
    let stranger = world.stranger.clone();
    assert!(world.app.execute_contract(stranger.clone(), settlement.clone(), &msg, &[]).is_err());
    assert_eq!(world.totals(), totals);
    let refill = cw20::Cw20ExecuteMsg::Transfer { recipient: settlement.into(), amount: Uint128::new(900) };
    world.app.execute_contract(stranger, open, &refill, &[]).unwrap();
    world.claim(&[0]).unwrap();
    assert_eq!(world.wallet("ann"), 315);
}

#[test]
fn what_was_claimed_is_never_lowered_by_a_later_round() {
    let mut world = World::new();
    world.sync(1, &[("ann", 10_000)], false).unwrap();
    world.earn(0, 1_000);
    world.settle(&[score(1, 0), score(0, 0)]);
    world.claim(&[0]).unwrap();
    let paid = world.wallet("ann");
    let channel = world.open_channel(100_000);
    world.redeem_one(channel, 1, 100_000).unwrap();
    world.end_redemption(1);
    world.settle(&[score(-1_000_000_000, 0), score(1, 0)]);
    let account = world.accounts(MODEL)[0].clone();
    assert_eq!((account.payable.u64(), account.claimed.u128()), (315, paid));
    assert!(account.debt.u64() > 0);
    assert_eq!(world.claim(&[0]).unwrap_err(), ContractError::NothingPayable);
}

#[test]
fn a_voucher_is_not_replayed() {
    let mut world = World::new();
    let channel = world.open_channel(1_000);
    let voucher = world.voucher(channel, 0, 400);
    world.redeem(vec![voucher.clone()]).unwrap();
    assert!(matches!(world.redeem(vec![voucher]), Err(ContractError::VoucherNotAboveLast { .. })));
    assert_eq!(world.wallet("payer"), FUNDS - 1_000);
}

#[test]
fn unbounded_iteration_the_largest_ledger_is_retired_in_eight_messages() {
    let mut world = World::new();
    world.earn(0, 100_000_000);
    world.settle(&vec![score(5, 3); MAX_POSITIONS as usize]);
    world.at(6 * EPOCH, 1);
    let retire = ExecuteMsg::Retire { model: MODEL, limit: None };
    for message in 1..=8_u32 {
        let response = world.execute("stranger", &retire).unwrap();
        assert_eq!(attributes(&response, "ledger_retired", "through"), [(message * 2_048).to_string()]);
        assert_eq!(attributes(&response, "ledger_retired", "complete"), [(message == 8).to_string()]);
    }
    let totals = world.model_totals(MODEL);
    assert_eq!(totals.payable, totals.liability);
}

#[test]
fn released_money_is_claimed_once() {
    let mut world = World::new();
    world.sync(1, &[("ann", 10_000)], false).unwrap();
    world.earn(0, 1_000);
    world.settle(&[score(1, 0)]);
    world.claim(&[0]).unwrap();
    assert_eq!(world.wallet("ann"), 315);
    world.at(6 * EPOCH, 1);
    world.execute("stranger", &ExecuteMsg::Retire { model: MODEL, limit: None }).unwrap();
    world.claim(&[0]).unwrap();
    assert_eq!(world.wallet("ann"), 630);
    assert_eq!(world.claim(&[0]).unwrap_err(), ContractError::NothingPayable);
}

#[test]
fn a_resolver_that_is_a_party_governance_gets_at_nothing_but_the_treasury() {
    let mut world = World::new();
    world.open_channel(1_000);
    world.earn(0, 1_000);
    let (to, reason) = (world.account("governance").to_string(), String::new());
    let msg = ExecuteMsg::ProposeSpend { to, amount: Uint128::new(100), reason };
    world.execute("governance", &msg).unwrap();
    world.at(3 * EPOCH, MIN_BLOCKS);
    let spend = ExecuteMsg::ExecuteSpend { spend: SpendId(1) };
    // Fees of unsettled epochs and deposits are in the contract, but nothing of them is the treasury's yet.
    assert!(matches!(world.execute("governance", &spend), Err(ContractError::TreasuryTooSmall { .. })));
    world.settle(&[score(1, 0)]);
    let before = world.totals();
    world.execute("governance", &spend).unwrap();
    let after = world.totals();
    assert_eq!((before.treasury - after.treasury, world.wallet("governance")), (Uint128::new(100), 100));
    assert_eq!((before.channels, before.liability, before.balances), (after.channels, after.liability, after.balances));
}
