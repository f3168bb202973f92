//! Payers and gateways who try to pay less, to be paid more, or to be paid by somebody else.

use protocol::model::{self, Price};
use protocol::settlement::{ExecuteMsg, SignedVoucher};
use protocol::{ChannelId, Epoch, ModelId};
use rules::hash::Domain;
use settlement::ContractError;
use testing::err;
use testing::scenario::{World, new_model};

use crate::attacker::{FEE, REACH, SCORES, to_settlement, wealth};

/// A call is answered and paid for, and the gateway has not redeemed it yet.
fn signed(world: &mut World, fee: u128) -> SignedVoucher {
    let (domain, epoch) = (world.settlement_domain(), world.epoch());
    world.channels[0].pay(&domain, epoch, fee)
}

/// Another model of the same owner and gateway, with a channel of its own; the world's model stays the first.
fn second_model(world: &mut World) -> ModelId {
    let first = world.model;
    world.add_model();
    world.append_all();
    world.register_version().unwrap();
    let payer = world.accounts.stranger.clone();
    world.open_channel(&payer, FEE).unwrap();
    std::mem::replace(&mut world.model, first)
}

#[test]
fn closing_a_channel_does_not_escape_the_voucher_signed_before() {
    let mut world = World::new();
    let payer = world.accounts.payer.clone();
    let (id, deposit) = (world.channels[0].id, world.channel(world.channels[0].id).deposit.u128());
    let before = wealth(&world, &[&payer]);
    let voucher = signed(&mut world, FEE);
    world.settle_as(&payer, &ExecuteMsg::CloseChannel { channel: id }).unwrap();
    let close_at = world.channel(id).close_at.unwrap().get();
    world.chain.set_time(close_at - 5).unwrap();
    let error: ContractError = err(world.settle_as(&payer, &ExecuteMsg::FinishClose { channel: id }));
    assert!(matches!(error, ContractError::NoticeRunning { .. }), "{error}");
    let error: ContractError = err(world.settle_as(&payer, &ExecuteMsg::CloseChannel { channel: id }));
    assert!(matches!(error, ContractError::NoticePending { .. }), "{error}");
    // The last block in which the gateway can redeem.
    world.redeem(vec![voucher]).unwrap();
    world.chain.set_time(close_at).unwrap();
    world.settle_as(&payer, &ExecuteMsg::FinishClose { channel: id }).unwrap();
    assert_eq!(wealth(&world, &[&payer]), before + deposit - FEE);
    let error: ContractError = err(world.settle_as(&payer, &ExecuteMsg::FinishClose { channel: id }));
    assert_eq!(error, ContractError::ChannelIsClosed { channel: id });
}

#[test]
fn a_gateway_that_sleeps_through_the_notice_loses_its_call_and_nothing_else_moves() {
    let mut world = World::new();
    let payer = world.accounts.payer.clone();
    let id = world.channels[0].id;
    let voucher = signed(&mut world, FEE);
    world.settle_as(&payer, &ExecuteMsg::CloseChannel { channel: id }).unwrap();
    world.chain.set_time(world.channel(id).close_at.unwrap().get()).unwrap();
    let pools = world.totals().pools;
    let error: ContractError = err(world.redeem(vec![voucher]));
    assert_eq!(error, ContractError::NoticeOver { channel: id });
    assert_eq!(world.totals().pools, pools);
}

#[test]
fn vouchers_out_of_order_or_twice_are_booked_once_or_not_at_all() {
    let mut world = World::new();
    let domain = world.settlement_domain();
    let first_epoch = world.epoch();
    let first = signed(&mut world, FEE);
    world.to_next_epoch();
    let second = signed(&mut world, FEE);
    let id = first.channel;
    let before = world.totals();

    let error: ContractError = err(world.redeem(vec![first.clone(), first.clone()]));
    assert_eq!(error, ContractError::DuplicateVoucher { channel: id, epoch: Epoch(first_epoch) });
    let error: ContractError = err(world.redeem(vec![second.clone(), first.clone()]));
    assert!(matches!(error, ContractError::VoucherEpochDecreased { .. }), "{error}");
    // A later sum signed for the epoch before: the payer's mistake, and still no way back.
    let mut backdated = world.channels[0].clone();
    let backdated = backdated.pay(&domain, first_epoch, FEE);
    let error: ContractError = err(world.redeem(vec![second.clone(), backdated]));
    assert!(matches!(error, ContractError::VoucherEpochDecreased { .. }), "{error}");
    let redeem = to_settlement(&world, &ExecuteMsg::Redeem { vouchers: vec![first.clone()] });
    let gateway = world.accounts.gateway.clone();
    let error: ContractError = err(world.chain.execute_all(&gateway, vec![redeem.clone(), redeem]));
    assert!(matches!(error, ContractError::VoucherNotAboveLast { .. }), "{error}");
    assert_eq!(world.totals(), before, "a refused message books none of its vouchers");

    world.redeem(vec![first, second]).unwrap();
    assert_eq!(world.channel(id).redeemed.u128(), 2 * FEE);
    assert_eq!(world.totals().pools.u128(), 2 * FEE);
}

#[test]
fn a_voucher_is_worth_nothing_for_another_channel_model_chain_or_contract() {
    let mut world = World::new();
    let second = second_model(&mut world);
    let (domain, epoch) = (world.settlement_domain(), world.epoch());
    let of_second = world.channels[1].clone().pay(&domain, epoch, FEE / 2);
    let moved = SignedVoucher { channel: world.channels[0].id, ..of_second.clone() };
    let elsewhere = Domain { chain_id: "elsewhere-1".to_owned(), ..domain.clone() };
    let other_contract = Domain { contract: world.at.attribution.to_string(), ..domain };
    let foreign = [elsewhere, other_contract].map(|domain| world.channels[0].clone().pay(&domain, epoch, FEE));
    let mut stolen = world.channels[0].clone();
    stolen.key = world.channels[1].key.clone();
    let stolen = stolen.pay(&world.settlement_domain(), epoch, FEE);
    for voucher in foreign.into_iter().chain([moved, stolen]) {
        let error: ContractError = err(world.redeem(vec![voucher]));
        assert!(matches!(error, ContractError::InvalidSignature { .. }), "{error}");
    }
    world.redeem(vec![of_second]).unwrap();
    assert_eq!(world.model_totals().unsettled, Default::default(), "the first model earned nothing");
    world.model = second;
    assert_eq!(world.model_totals().unsettled.owner.u128(), FEE / 2 * 95 / 100 / 5);
}

#[test]
fn an_owner_who_pays_itself_loses_the_protocol_share_and_what_is_owed_to_nobody() {
    let mut world = World::new();
    let accounts = world.accounts.clone();
    // Payer, owner, gateway and every contributor are one.
    let mut ring = vec![&accounts.payer, &accounts.owner, &accounts.gateway];
    ring.extend(&accounts.contributors);
    let before = wealth(&world, &ring) + world.totals().channels.u128();
    for _ in 0..3 {
        world.settle(FEE, &SCORES, REACH).unwrap();
    }
    world.claim(&[0, 1]).unwrap();
    world.claim_dividends(&[&accounts.owner]).unwrap();
    // What cannot be shared among the units comes with the next dividend.
    let carried = world.dividend_totals().outstanding.u128();
    assert!(carried <= 1, "{carried}");
    let after = wealth(&world, &ring) + world.totals().channels.u128() + carried;
    let residual: u128 = world.settled_rounds().iter().map(|round| round.residual.u128()).sum();
    assert_eq!(before - after, 3 * FEE * 5 / 100 + residual);
}

#[test]
fn a_price_sheet_changed_in_the_middle_of_an_epoch_changes_no_booked_fee_and_no_split() {
    let mut world = World::new();
    let model = world.model;
    let early = signed(&mut world, FEE);
    let prices = vec![Price::flat("standard", 999_999_999_999)];
    world.by_owner(&model::ExecuteMsg::SetPrices { model, prices }).unwrap();
    world.redeem(vec![early]).unwrap();
    world.pay(FEE).unwrap();
    let [book] = world.epochs().try_into().unwrap();
    assert_eq!(book.gross.u128(), 2 * FEE);
    assert_eq!(book.parts.protocol.u128(), 2 * FEE * 5 / 100);
    assert_eq!(book.parts.owner.u128(), 2 * FEE * 95 / 100 / 5);
    let query = model::QueryMsg::PriceSheet { model, version: 1 };
    let sheet: model::PriceSheet = world.chain.query(&world.at.model, &query).unwrap();
    assert_eq!(sheet.prices, new_model(&world).prices);
    // The payer's risk ends at its signature: a deposit is not a price.
    assert_eq!(world.channel(world.channels[0].id).redeemed.u128(), 2 * FEE);
}

#[test]
fn bad_vouchers_are_named_and_leave_the_channel_as_it_was() {
    let mut world = World::new();
    let domain = world.settlement_domain();
    world.settle(FEE, &SCORES, REACH).unwrap();
    let (id, epoch) = (world.channels[0].id, world.epoch());
    let before = (world.channel(id), world.totals());
    let over = world.channels[0].clone().pay(&domain, epoch, u128::MAX / 2);
    let error: ContractError = err(world.redeem(vec![over]));
    assert!(matches!(error, ContractError::OverDeposit { .. }), "{error}");
    let last = world.channels[0].voucher(&domain, epoch);
    let error: ContractError = err(world.redeem(vec![last]));
    assert!(matches!(error, ContractError::VoucherNotAboveLast { .. }), "{error}");
    let settled = world.model_totals().settled_through.unwrap().get();
    let settled = world.channels[0].clone().pay(&domain, settled, FEE);
    let error: ContractError = err(world.redeem(vec![settled]));
    assert!(matches!(error, ContractError::EpochSettled { .. }), "{error}");
    let future = world.channels[0].clone().pay(&domain, epoch + 1, FEE);
    let error: ContractError = err(world.redeem(vec![future]));
    assert!(matches!(error, ContractError::FutureEpoch { .. }), "{error}");
    let unknown = SignedVoucher { channel: ChannelId(99), ..world.channels[0].voucher(&domain, epoch) };
    let error: ContractError = err(world.redeem(vec![unknown]));
    assert!(matches!(error, ContractError::UnknownChannel { .. }), "{error}");
    assert_eq!(before, (world.channel(id), world.totals()));
}
