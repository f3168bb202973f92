//! Releases what doubt holds back in a model that has stopped earning: `payable = liability`, chunk by chunk.
//!
//! A model has stopped when more than `retire_after` epochs began after the last one with fees, or the last valuation round,
//! which pays royalties: so at least `retire_after` whole epochs passed without either. All is checked again at every message.
//! A round between two messages moves the ledger, so the retirement begins again with the first chunk once the model has
//! stopped again; what was released stays released.

use std::ops::Range;

use cosmwasm_std::{DepsMut, Response, Storage, Uint128};
use protocol::event::SettlementEvent;
use protocol::settlement::{DEFAULT_CHUNKS_PER_RETIRE, ENTRIES_PER_CHUNK};
use protocol::{Epoch, ModelId};
use rules::ledger::Entry;

use crate::error::ContractError;
use crate::execute::Call;
use crate::state::{self, ModelBook};
use crate::{accounts, windows};

pub fn retire(deps: DepsMut, call: &Call, model: ModelId, limit: Option<u32>) -> Result<Response, ContractError> {
    let limit = limit.unwrap_or(DEFAULT_CHUNKS_PER_RETIRE);
    if limit == 0 {
        return Err(ContractError::RetireLimit);
    }
    check_settled(deps.storage, model)?;
    let epoch = check_stopped(deps.storage, call, model)?;
    let mut book = state::load_model(deps.storage, model)?;
    let chunks = next_chunks(model, &book, limit)?;
    let (end, complete) = (chunks.end, chunks.end == chunk_count(&book));
    let released = release(deps.storage, model, chunks)?;
    book.totals.payable = book.totals.payable.checked_add(released)?;
    book.retiring = (!complete).then_some(end);
    if complete {
        book.retired = true;
        book.totals.retired_in = Some(epoch);
    }
    state::save_model(deps.storage, model, &book)?;
    let through = end.saturating_mul(ENTRIES_PER_CHUNK).min(book.positions);
    Ok(Response::new().add_event(SettlementEvent::Retired { model, through, released, complete }))
}

/// Nothing of the model may be about to move its ledger.
fn check_settled(storage: &dyn Storage, model: ModelId) -> Result<(), ContractError> {
    if let Some(progress) = state::load_progress(storage, model)? {
        return Err(ContractError::AdvanceInProgress { model, round: progress.round });
    }
    let settled = state::load_model(storage, model)?.totals.settled_through;
    match state::list_books(storage, model, settled, 1)?.first() {
        Some((epoch, _)) => Err(ContractError::StillUnsettled { model, epoch: *epoch }),
        None => Ok(()),
    }
}

/// Refuses a model that earned within `retire_after` epochs; returns the current epoch.
fn check_stopped(storage: &dyn Storage, call: &Call, model: ModelId) -> Result<Epoch, ContractError> {
    let current = windows::current_epoch(call.setup, call.env);
    let current = current.ok_or(ContractError::BeforeGenesis { genesis: call.setup.config.genesis })?;
    let retire_after = call.setup.config.retire_after.u64();
    let valued_in = state::load_model(storage, model)?.totals.valued_in;
    match state::last_earning_epoch(storage, model)?.max(valued_in) {
        Some(last) if current.get().saturating_sub(last.get()) <= retire_after => {
            let from = Epoch(last.get().saturating_add(retire_after).saturating_add(1));
            Err(ContractError::NotStopped { model, last, from })
        }
        _ => Ok(current),
    }
}

/// Where the retirement goes on; a round that begins makes it begin again.
fn next_chunks(model: ModelId, book: &ModelBook, limit: u32) -> Result<Range<u32>, ContractError> {
    if book.retired || book.positions == 0 {
        return Err(ContractError::NothingToRetire { model });
    }
    let first = book.retiring.unwrap_or(0);
    Ok(first..first.saturating_add(limit).min(chunk_count(book)))
}

fn chunk_count(book: &ModelBook) -> u32 {
    book.positions.div_ceil(ENTRIES_PER_CHUNK)
}

/// Makes all that is owed to the accounts of some chunks payable, and returns what was added. What is owed in all stays the same.
fn release(storage: &mut dyn Storage, model: ModelId, chunks: Range<u32>) -> Result<Uint128, ContractError> {
    let mut released = Uint128::zero();
    for chunk in chunks {
        let mut entries = accounts::load_chunk(storage, model, chunk)?;
        for entry in &mut entries {
            let retired = entry.retire();
            released = released.checked_add(newly_payable(entry, &retired))?;
            *entry = retired;
        }
        accounts::save_chunk(storage, model, chunk, &entries);
    }
    Ok(released)
}

/// Payable never falls: it is part of what is owed.
fn newly_payable(before: &Entry, after: &Entry) -> Uint128 {
    after.payable.saturating_sub(before.payable).into()
}
