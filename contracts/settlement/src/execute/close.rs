//! Closes channels: the gateway at once, the payer after a notice in which the gateway can redeem.

use cosmwasm_std::{DepsMut, Response, Uint64};
use protocol::event::SettlementEvent;
use protocol::settlement::Channel;
use protocol::{ChannelId, Seconds};
use rules::clock::Window;

use crate::error::ContractError;
use crate::execute::Call;
use crate::state::Setup;
use crate::{peers, state};

pub fn close(deps: DepsMut, call: &Call, id: ChannelId) -> Result<Response, ContractError> {
    let channel = state::load_open_channel(deps.storage, id)?;
    if *call.sender == channel.gateway {
        refund(deps, call.setup, channel)
    } else if *call.sender == channel.payer {
        give_notice(deps, call, channel)
    } else {
        Err(ContractError::NotChannelParty { channel: id })
    }
}

/// Anyone may finish: the rest goes to the payer in any case.
pub fn finish(deps: DepsMut, call: &Call, id: ChannelId) -> Result<Response, ContractError> {
    let channel = state::load_open_channel(deps.storage, id)?;
    let Some(notice) = notice_window(call.setup, &channel) else {
        return Err(ContractError::NoNotice { channel: id });
    };
    let block = &call.env.block;
    if !notice.ended(block.time.seconds(), block.height) {
        return Err(ContractError::NoticeRunning {
            channel: id,
            close_at: Seconds(notice.ends_at),
            height: notice.began_height.saturating_add(notice.min_blocks),
        });
    }
    refund(deps, call.setup, channel)
}

/// The payer's notice, once given.
pub fn notice_window(setup: &Setup, channel: &Channel) -> Option<Window> {
    Some(Window {
        ends_at: channel.close_at?.get(),
        began_height: channel.notice_height?.u64(),
        min_blocks: setup.config.min_blocks.u64(),
    })
}

fn give_notice(deps: DepsMut, call: &Call, mut channel: Channel) -> Result<Response, ContractError> {
    let id = channel.id;
    if let Some(close_at) = channel.close_at {
        return Err(ContractError::NoticePending { channel: id, close_at });
    }
    let now = Uint64::new(call.env.block.time.seconds());
    let notice = Uint64::new(call.setup.clock().min_notice());
    let close_at = Seconds(now.checked_add(notice)?.u64());
    channel.close_at = Some(close_at);
    channel.notice_height = Some(call.env.block.height.into());
    state::save_channel(deps.storage, &channel)?;
    Ok(Response::new().add_event(SettlementEvent::CloseNoticed { channel: id, close_at }))
}

fn refund(deps: DepsMut, setup: &Setup, mut channel: Channel) -> Result<Response, ContractError> {
    let rest = channel.deposit.checked_sub(channel.redeemed)?;
    channel.closed = true;
    state::save_channel(deps.storage, &channel)?;
    state::move_totals(deps.storage, |totals| {
        totals.channels = totals.channels.checked_sub(rest)?;
        Ok(())
    })?;
    let response = Response::new().add_event(SettlementEvent::ChannelClosed { channel: channel.id, refunded: rest });
    if rest.is_zero() {
        return Ok(response);
    }
    Ok(response.add_message(peers::pay(&setup.config.open_token, &channel.payer, rest)?))
}
