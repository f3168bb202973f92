//! Moves royalties one hop: from the model that owes them into the intakes of its parents.
//!
//! Money only changes places within the royalties: what a parent's own parents get of it waits for the next `Flow`, everything
//! else for a valuation round of the parent. So no message is longer than the 16 parents of one model, however deep the lineage.

use cosmwasm_std::{DepsMut, OverflowError, Response, Storage, Uint128};
use protocol::ModelId;
use protocol::event::SettlementEvent;
use protocol::model::{Parent, Terms};
use protocol::settlement::{ModelTotals, Parts};
use rules::royalty;

use crate::error::ContractError;
use crate::execute::Call;
use crate::{parts, peers, state, windows};

pub fn flow(deps: DepsMut, call: &Call, model: ModelId) -> Result<Response, ContractError> {
    let epoch = windows::current_epoch(call.setup, call.env);
    let parents = peers::commerce(&deps.querier, call.setup, model, epoch)?.parents;
    let flow = share_out(deps.storage, model, &parents)?;
    let mut response = Response::new();
    for (parent, amount) in parents.iter().zip(flow.parts) {
        let terms = peers::commerce(&deps.querier, call.setup, parent.model, epoch)?.terms;
        take_in(deps.storage, parent.model, amount.into(), &terms)?;
        let amount = amount.into();
        response = response.add_event(SettlementEvent::RoyaltiesFlowed { model, parent: parent.model, amount });
    }
    Ok(response)
}

/// Takes from the model all that its parents get now; what rounding leaves stays owed.
fn share_out(storage: &mut dyn Storage, model: ModelId, parents: &[Parent]) -> Result<royalty::Flow, ContractError> {
    let mut book = state::load_model(storage, model)?;
    let owed = book.totals.royalties_owed;
    if parents.is_empty() {
        return Err(ContractError::NoParents { model });
    }
    if owed.u128() < royalty::MIN_FLOW {
        return Err(ContractError::FlowTooSmall { model, owed });
    }
    let shares: Vec<u16> = parents.iter().map(|parent| parent.share.0).collect();
    let flow = royalty::flow(owed.u128(), &shares)?;
    let carried = Uint128::new(flow.carried);
    let flowed = book.totals.royalties_flowed.checked_add(owed.checked_sub(carried)?)?;
    book.totals.royalties_owed = carried;
    book.totals.royalties_flowed = flowed;
    state::save_model(storage, model, &book)?;
    Ok(flow)
}

/// Adds a parent's part to its intake, split by its terms of today.
fn take_in(storage: &mut dyn Storage, parent: ModelId, amount: Uint128, terms: &Terms) -> Result<(), ContractError> {
    let taken = parts::take_in(amount, terms)?;
    let mut book = state::load_model(storage, parent)?;
    add_intake(&mut book.totals, taken)?;
    Ok(state::save_model(storage, parent, &book)?)
}

/// The part of the parent's own parents moves on with its next `Flow`; the rest waits for a valuation round.
fn add_intake(totals: &mut ModelTotals, taken: Parts) -> Result<(), OverflowError> {
    totals.royalties_owed = totals.royalties_owed.checked_add(taken.parents)?;
    let waiting = Parts { parents: Uint128::zero(), ..taken };
    totals.royalties = parts::add(&totals.royalties, &waiting)?;
    Ok(())
}
