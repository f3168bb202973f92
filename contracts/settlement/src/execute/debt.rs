//! Proved debt that `datanet` took from a bond: the treasury's, and credited to the account.

use cosmwasm_std::{DepsMut, Response, Storage, Uint128};
use protocol::ModelId;
use protocol::event::SettlementEvent;
use protocol::settlement::ENTRIES_PER_CHUNK;
use rules::ledger::{Entry, LedgerError};

use crate::error::ContractError;
use crate::execute::Call;
use crate::execute::channel::Paid;
use crate::{accounts, state};

/// Takes at most the debt. Whether it is proved, and for how long, `datanet` has asked before.
pub fn receive(
    deps: DepsMut,
    call: &Call,
    paid: &Paid,
    (model, position): (ModelId, u32),
) -> Result<Response, ContractError> {
    if paid.by != call.setup.config.datanet {
        let expected = "the datanet contract";
        return Err(ContractError::Unauthorized { expected });
    }
    repay(deps.storage, model, position, paid.amount)?;
    let mut book = state::load_model(deps.storage, model)?;
    book.totals.debt_collected = book.totals.debt_collected.checked_add(paid.amount)?;
    state::save_model(deps.storage, model, &book)?;
    state::move_totals(deps.storage, |totals| {
        totals.treasury = totals.treasury.checked_add(paid.amount)?;
        Ok(())
    })?;
    Ok(Response::new().add_event(SettlementEvent::DebtRepaid { model, position, amount: paid.amount }))
}

/// Liabilities stay as they are: an account in debt accrues no more than 0 by it.
fn repay(storage: &mut dyn Storage, model: ModelId, position: u32, amount: Uint128) -> Result<(), ContractError> {
    // No debt comes near the largest 64-bit amount, so more than that is refused like that.
    let amount = u64::try_from(amount.u128()).unwrap_or(u64::MAX);
    let chunk = position / ENTRIES_PER_CHUNK;
    let place = usize::try_from(position % ENTRIES_PER_CHUNK).unwrap_or(usize::MAX);
    let mut entries = accounts::load_chunk(storage, model, chunk)?;
    let entry = entries.get_mut(place).ok_or(no_debt(amount))?;
    *entry = entry.repay(amount)?;
    accounts::save_chunk(storage, model, chunk, &entries);
    Ok(())
}

/// A position that no round has reached.
fn no_debt(amount: u64) -> LedgerError {
    LedgerError::Repay { amount, debt: Entry::default().debt() }
}
