//! Books vouchers: to the epoch that each was signed for, at the terms of that epoch.

use std::collections::BTreeSet;

use cosmwasm_std::{DepsMut, Response, Uint128};
use protocol::event::SettlementEvent;
use protocol::settlement::{BookedRedemption, Channel, MAX_REDEMPTIONS, MAX_VOUCHERS, Parts, SignedVoucher};
use protocol::{ChannelId, Epoch, Hash32, ModelId};
use rules::payment::Voucher;
use rules::redemption::{Redemption, fold, genesis_fold};

use crate::error::ContractError;
use crate::execute::{Call, close};
use crate::state::{self, Book};
use crate::{parts, peers, windows};

/// Books all vouchers or none. Those of one channel come in rising epoch order.
pub fn redeem(mut deps: DepsMut, call: &Call, vouchers: &[SignedVoucher]) -> Result<Response, ContractError> {
    let count = vouchers.len();
    if count == 0 || count > MAX_VOUCHERS {
        return Err(ContractError::VoucherCount { count });
    }
    check_distinct(vouchers)?;
    let mut response = Response::new();
    for voucher in vouchers {
        let channel = load_redeemable(&deps, call, voucher.channel)?;
        check_signature(&deps, call, &channel, voucher)?;
        check_epoch(&deps, call, &channel, voucher.epoch)?;
        let amount = check_amount(call, &channel, voucher.cumulative)?;
        let event = book(deps.branch(), call, channel, voucher, amount)?;
        response = response.add_event(event);
    }
    Ok(response)
}

fn check_distinct(vouchers: &[SignedVoucher]) -> Result<(), ContractError> {
    let mut seen = BTreeSet::new();
    for SignedVoucher { channel, epoch, .. } in vouchers {
        if !seen.insert((channel, epoch)) {
            return Err(ContractError::DuplicateVoucher { channel: *channel, epoch: *epoch });
        }
    }
    Ok(())
}

/// A channel that the sender may redeem now.
fn load_redeemable(deps: &DepsMut, call: &Call, id: ChannelId) -> Result<Channel, ContractError> {
    let channel = state::load_open_channel(deps.storage, id)?;
    if *call.sender != channel.gateway {
        return Err(ContractError::NotGateway { channel: id });
    }
    let block = &call.env.block;
    let notice = close::notice_window(call.setup, &channel);
    if notice.is_some_and(|notice| notice.ended(block.time.seconds(), block.height)) {
        return Err(ContractError::NoticeOver { channel: id });
    }
    Ok(channel)
}

fn check_signature(
    deps: &DepsMut,
    call: &Call,
    channel: &Channel,
    voucher: &SignedVoucher,
) -> Result<(), ContractError> {
    let digest = Voucher {
        channel: voucher.channel.get(),
        epoch: voucher.epoch.get(),
        cumulative: voucher.cumulative.u128(),
        head: voucher.head.into(),
    }
    .digest(&call.setup.domain());
    let verified = deps.api.secp256k1_verify(&digest, &voucher.signature, &channel.voucher_key);
    // A signature that cannot be read, or a key that is no point, fits nothing either.
    if verified.unwrap_or(false) { Ok(()) } else { Err(ContractError::InvalidSignature { channel: channel.id }) }
}

fn check_epoch(deps: &DepsMut, call: &Call, channel: &Channel, epoch: Epoch) -> Result<(), ContractError> {
    let Some(current) = windows::current_epoch(call.setup, call.env) else {
        let genesis = call.setup.config.genesis;
        return Err(ContractError::BeforeGenesis { genesis });
    };
    if let Some(last) = channel.last_epoch.filter(|last| epoch < *last) {
        return Err(ContractError::VoucherEpochDecreased { channel: channel.id, epoch, last });
    }
    if epoch > current {
        return Err(ContractError::FutureEpoch { epoch, current });
    }
    let model = channel.model;
    let settled = state::load_model(deps.storage, model)?.totals.settled_through;
    if settled.is_some_and(|last| epoch <= last) {
        return Err(ContractError::EpochSettled { model, epoch });
    }
    if windows::redemption_over(deps.storage, call.setup, call.env, epoch)? {
        let until = windows::redemption_end(call.setup, epoch)?;
        return Err(ContractError::RedemptionOver { epoch, until });
    }
    Ok(())
}

/// What the voucher adds to what is redeemed.
fn check_amount(call: &Call, channel: &Channel, cumulative: Uint128) -> Result<Uint128, ContractError> {
    let (id, redeemed, deposit) = (channel.id, channel.redeemed, channel.deposit);
    if cumulative <= redeemed {
        return Err(ContractError::VoucherNotAboveLast { channel: id, cumulative, redeemed });
    }
    if cumulative > deposit {
        return Err(ContractError::OverDeposit { channel: id, cumulative, deposit });
    }
    let amount = cumulative.checked_sub(redeemed)?;
    let minimum = call.setup.config.min_redemption;
    if amount < minimum {
        return Err(ContractError::BelowMinimum { channel: id, amount, minimum });
    }
    Ok(amount)
}

/// Moves the amount from the channel into the epoch's book.
fn book(
    deps: DepsMut,
    call: &Call,
    mut channel: Channel,
    voucher: &SignedVoucher,
    amount: Uint128,
) -> Result<SettlementEvent, ContractError> {
    let (model, epoch) = (channel.model, voucher.epoch);
    let mut book = load_or_begin(&deps, call, model, epoch)?;
    let booked = BookedRedemption {
        channel: channel.id,
        number: book.redemptions,
        previous_head: channel.head,
        head: voucher.head,
        amount,
    };
    let added = enter(&mut book, call, &booked)?;
    state::save_book(deps.storage, model, epoch, &book)?;
    state::save_redemption(deps.storage, model, epoch, &booked)?;

    let mut earned = state::load_model(deps.storage, model)?;
    earned.totals.unsettled = parts::add(&earned.totals.unsettled, &added)?;
    state::save_model(deps.storage, model, &earned)?;
    state::move_totals(deps.storage, |totals| {
        totals.channels = totals.channels.checked_sub(amount)?;
        totals.pools = totals.pools.checked_add(amount)?;
        Ok(())
    })?;

    channel.redeemed = voucher.cumulative;
    channel.head = voucher.head;
    channel.last_epoch = Some(epoch);
    state::save_channel(deps.storage, &channel)?;
    Ok(SettlementEvent::Redeemed {
        channel: channel.id,
        model,
        epoch,
        number: booked.number,
        previous_head: booked.previous_head,
        head: booked.head,
        amount,
    })
}

/// The epoch's book. Its first redemption writes down the epoch's own terms, those in force in it: terms that are set later hold
/// for later epochs only.
fn load_or_begin(deps: &DepsMut, call: &Call, model: ModelId, epoch: Epoch) -> Result<Book, ContractError> {
    if let Some(book) = state::load_book(deps.storage, model, epoch)? {
        if book.redemptions >= MAX_REDEMPTIONS {
            return Err(ContractError::EpochFull { model, epoch });
        }
        return Ok(book);
    }
    let terms = peers::commerce(&deps.querier, call.setup, model, Some(epoch))?.terms;
    let commitment = genesis_fold(&call.setup.domain(), model.get(), epoch.get());
    Ok(Book {
        redemptions: 0,
        commitment: Hash32(commitment),
        gross: Uint128::zero(),
        parts: Parts::default(),
        terms,
        settled_by: None,
    })
}

/// Counts, folds and adds a redemption; returns its parts.
fn enter(book: &mut Book, call: &Call, booked: &BookedRedemption) -> Result<Parts, ContractError> {
    let added = parts::split(booked.amount, call.setup.config.protocol_share, &book.terms)?;
    let link = Redemption {
        channel: booked.channel.get(),
        number: booked.number,
        previous_head: booked.previous_head.into(),
        head: booked.head.into(),
        amount: booked.amount.u128(),
    };
    // Below MAX_REDEMPTIONS, so the count does not saturate.
    book.redemptions = book.redemptions.saturating_add(1);
    book.commitment = Hash32(fold(book.commitment.bytes(), &link));
    book.gross = book.gross.checked_add(booked.amount)?;
    book.parts = parts::add(&book.parts, &added)?;
    Ok(added)
}
