//! Takes the bond of a commitment that was never revealed: whoever may commit without revealing can squat on precedence.

use cosmwasm_std::{DepsMut, Env, Response};
use protocol::ContributionId;
use protocol::datanet::Status;
use protocol::event::DatanetEvent;

use crate::{ContractError, bonds, state};

/// Sends the bond of an overdue commitment to the treasury.
pub fn forfeit(deps: DepsMut, env: &Env, id: ContributionId) -> Result<Response, ContractError> {
    let settlement = state::peers(deps.storage)?.settlement;
    let settings = state::settings(deps.storage)?;
    let mut contribution = state::contribution(deps.storage, id)?;
    if contribution.status != Status::Committed {
        return Err(ContractError::NotCommitted { contribution: id, status: contribution.status });
    }
    let window = settings.reveal_window(&contribution);
    if !window.ended(env.block.time.seconds(), env.block.height) {
        let due_height = window.began_height.saturating_add(window.min_blocks);
        return Err(ContractError::NotOverdue { contribution: id, due: window.ends_at, due_height });
    }
    let bond = contribution.bond;
    contribution.status = Status::Forfeited;
    contribution.bond_taken = bond;
    state::save_contribution(deps.storage, &contribution)?;
    state::remove_bond(deps.storage, bond)?;
    Ok(Response::new()
        .add_messages(bonds::give_to_treasury(&settings.open_token, &settlement, bond)?)
        .add_event(DatanetEvent::Forfeited { contribution: id, bond }))
}
