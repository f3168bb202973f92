//! Opens payment channels and adds to their deposits.

use cosmwasm_std::{Addr, Binary, DepsMut, Response, Uint128};
use protocol::event::SettlementEvent;
use protocol::settlement::Channel;
use protocol::{ChannelId, Hash32, ModelId};
use rules::payment::genesis_head;

use crate::error::ContractError;
use crate::execute::Call;
use crate::{peers, state, windows};

/// Bytes of a compressed secp256k1 key.
const COMPRESSED_KEY_BYTES: usize = 33;

/// OPEN that has arrived: never zero.
pub struct Paid {
    pub by: Addr,
    pub amount: Uint128,
}

pub fn open(
    deps: DepsMut,
    call: &Call,
    paid: &Paid,
    model: ModelId,
    voucher_key: Binary,
) -> Result<Response, ContractError> {
    check_key(&voucher_key)?;
    let epoch = windows::current_epoch(call.setup, call.env);
    let commerce = peers::commerce(&deps.querier, call.setup, model, epoch)?;
    if commerce.versions == 0 {
        return Err(ContractError::NotServable { model });
    }
    let id = state::next_channel_id(deps.storage)?;
    let channel = Channel {
        id,
        payer: paid.by.clone(),
        voucher_key,
        model,
        gateway: commerce.gateway,
        deposit: paid.amount,
        redeemed: Uint128::zero(),
        head: Hash32(genesis_head(&call.setup.domain(), id.get())),
        last_epoch: None,
        close_at: None,
        notice_height: None,
        closed: false,
    };
    state::save_channel(deps.storage, &channel)?;
    take_deposit(deps, paid.amount)?;
    Ok(Response::new().add_event(SettlementEvent::ChannelOpened {
        channel: id,
        model,
        payer: channel.payer.into(),
        gateway: channel.gateway.into(),
        deposit: channel.deposit,
    }))
}

/// Anyone may add to a channel; what is not redeemed goes back to its payer.
pub fn top_up(deps: DepsMut, paid: &Paid, id: ChannelId) -> Result<Response, ContractError> {
    let mut channel = state::load_open_channel(deps.storage, id)?;
    if let Some(close_at) = channel.close_at {
        return Err(ContractError::NoticePending { channel: id, close_at });
    }
    channel.deposit = channel.deposit.checked_add(paid.amount)?;
    state::save_channel(deps.storage, &channel)?;
    take_deposit(deps, paid.amount)?;
    Ok(Response::new().add_event(SettlementEvent::ChannelToppedUp { channel: id, deposit: channel.deposit }))
}

fn take_deposit(deps: DepsMut, amount: Uint128) -> Result<(), ContractError> {
    state::move_totals(deps.storage, |totals| {
        totals.channels = totals.channels.checked_add(amount)?;
        Ok(())
    })
}

fn check_key(key: &Binary) -> Result<(), ContractError> {
    let compressed = matches!(key.first(), Some(2 | 3));
    if compressed && key.len() == COMPRESSED_KEY_BYTES {
        Ok(())
    } else {
        Err(ContractError::VoucherKey { bytes: key.len() })
    }
}
