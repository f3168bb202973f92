//! Gives the fees of epochs that no round could settle to the treasury, so that later ones can be settled.
//!
//! A range lapses up to the last epoch that is overdue itself: younger epochs stay for a round, even where a round would have
//! covered them too.

use cosmwasm_std::{DepsMut, QuerierWrapper, Response, Storage};
use protocol::attribution::{QueryMsg, Round};
use protocol::event::SettlementEvent;
use protocol::{Epoch, ModelId};

use crate::error::ContractError;
use crate::execute::Call;
use crate::range::{self, Found, Range};
use crate::state::{self, Setup};
use crate::{parts, windows};

pub fn lapse(deps: DepsMut, call: &Call, model: ModelId) -> Result<Response, ContractError> {
    let last_overdue = check_overdue(deps.storage, call, model)?;
    check_no_round(&deps, call, model)?;
    let range = match range::find(deps.storage, call.setup, call.env, model, Some(last_overdue))? {
        Found::Range(range) => range,
        Found::Redeemable(epoch) => return Err(redeemable(call, model, epoch)?),
        Found::NoFees => return Err(ContractError::NothingToLapse { model }),
    };
    give_to_treasury(deps.storage, model, &range)?;
    Ok(Response::new().add_event(SettlementEvent::Lapsed {
        model,
        first_epoch: range.first_epoch,
        last_epoch: range.last_epoch,
        amount: range.gross,
    }))
}

/// The last epoch that more than `lapse_after` epochs began after; the earliest unsettled one must not be later.
fn check_overdue(storage: &dyn Storage, call: &Call, model: ModelId) -> Result<Epoch, ContractError> {
    let settled = state::load_model(storage, model)?.totals.settled_through;
    let books = state::list_books(storage, model, settled, 1)?;
    let (earliest, _) = books.first().ok_or(ContractError::NothingToLapse { model })?;
    let lapse_after = call.setup.config.lapse_after.u64();
    let current = windows::current_epoch(call.setup, call.env).map_or(0, Epoch::get);
    let last_overdue = current.checked_sub(lapse_after).and_then(|epoch| epoch.checked_sub(1)).map(Epoch);
    let from = Epoch(earliest.get().saturating_add(lapse_after).saturating_add(1));
    last_overdue.filter(|last| earliest <= last).ok_or(ContractError::NotOverdue { model, epoch: *earliest, from })
}

/// A round that is open, or whose chunks are not all in, may still settle what it covers.
fn check_no_round(deps: &DepsMut, call: &Call, model: ModelId) -> Result<(), ContractError> {
    if let Some(progress) = state::load_progress(deps.storage, model)? {
        return Err(ContractError::AdvanceInProgress { model, round: progress.round });
    }
    match open_round(&deps.querier, call.setup, model)? {
        Some(round) => Err(ContractError::RoundOpen { model, round: round.id }),
        None => Ok(()),
    }
}

/// If `attribution` cannot answer, nothing lapses.
fn open_round(querier: &QuerierWrapper, setup: &Setup, model: ModelId) -> Result<Option<Round>, ContractError> {
    Ok(querier.query_wasm_smart(&setup.config.attribution, &QueryMsg::OpenRound { model })?)
}

fn redeemable(call: &Call, model: ModelId, epoch: Epoch) -> Result<ContractError, ContractError> {
    let until = windows::redemption_end(call.setup, epoch)?;
    Ok(ContractError::StillRedeemable { model, epoch, until })
}

/// The range counts as settled, though by no round.
fn give_to_treasury(storage: &mut dyn Storage, model: ModelId, range: &Range) -> Result<(), ContractError> {
    let mut book = state::load_model(storage, model)?;
    book.totals.settled_through = Some(range.last_epoch);
    book.totals.unsettled = parts::sub(&book.totals.unsettled, &range.parts)?;
    state::save_model(storage, model, &book)?;
    state::move_totals(storage, |totals| {
        totals.pools = totals.pools.checked_sub(range.gross)?;
        totals.treasury = totals.treasury.checked_add(range.gross)?;
        Ok(())
    })
}
