//! Withdraws a contribution from further use.

use cosmwasm_std::{Addr, DepsMut, Env, Response};
use protocol::datanet::Status;
use protocol::event::DatanetEvent;
use protocol::{ContributionId, Seconds};

use crate::{ContractError, state};

/// Marks an accepted contribution as withdrawn. Snapshots, payees and bond stay as they are.
pub fn withdraw(deps: DepsMut, env: &Env, sender: &Addr, id: ContributionId) -> Result<Response, ContractError> {
    let mut contribution = state::contribution(deps.storage, id)?;
    if contribution.contributor != sender {
        return Err(ContractError::NotContributor { contribution: id, sender: sender.to_string() });
    }
    if contribution.status != Status::Accepted {
        return Err(ContractError::NotWithdrawable { contribution: id, status: contribution.status });
    }
    contribution.status = Status::Withdrawn;
    contribution.withdrawn_at = Some(Seconds(env.block.time.seconds()));
    state::save_contribution(deps.storage, &contribution)?;
    state::save_withdrawn_height(deps.storage, id, env.block.height.into())?;
    Ok(Response::new().add_event(DatanetEvent::Withdrawn { contribution: id }))
}
