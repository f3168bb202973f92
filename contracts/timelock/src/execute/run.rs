//! Making announced changes: all together, or none if one of them fails.

use cosmwasm_std::{Addr, BlockInfo, DepsMut, Env, Response, Storage};
use protocol::event::TimelockEvent;
use protocol::timelock::{Change, Config, Proposal, ProposalState};
use protocol::{ProposalId, Seconds};

use super::{change, propose};
use crate::{ContractError, state, window};

/// Anyone may: what is changed is fixed. A change that the chain refuses leaves the proposal open.
pub fn run(deps: DepsMut, env: &Env, sender: &Addr, id: ProposalId) -> Result<Response, ContractError> {
    let proposal = propose::load_open(deps.storage, id)?;
    check_time(&proposal, &env.block)?;
    let delay = last_delay(&proposal.changes);
    let messages: Vec<_> = proposal.changes.iter().filter_map(change::message).collect();
    state::save_proposal(deps.storage, &Proposal { state: ProposalState::Executed, ..proposal })?;
    let executed = TimelockEvent::ProposalExecuted { proposal: id, by: sender.to_string() };
    let response = Response::new().add_messages(messages).add_event(executed);
    match delay {
        Some(delay) => Ok(response.add_event(set_delay(deps.storage, delay)?)),
        None => Ok(response),
    }
}

fn check_time(proposal: &Proposal, block: &BlockInfo) -> Result<(), ContractError> {
    let Proposal { id, executable_at, expires_at, .. } = *proposal;
    match window::state_at(proposal, block) {
        ProposalState::Waiting => {
            let height = proposal.executable_height.u64();
            Err(ContractError::ProposalNotDue { proposal: id, executable_at, height })
        }
        ProposalState::Expired => Err(ContractError::ProposalExpired { proposal: id, expires_at }),
        ProposalState::Executable | ProposalState::Executed | ProposalState::Cancelled => Ok(()),
    }
}

fn last_delay(changes: &[Change]) -> Option<Seconds> {
    changes.iter().rev().find_map(|change| match change {
        Change::SetDelay { delay } => Some(*delay),
        Change::Migrate { .. } | Change::SetAdmin { .. } | Change::ClearAdmin { .. } => None,
    })
}

fn set_delay(storage: &mut dyn Storage, delay: Seconds) -> Result<TimelockEvent, ContractError> {
    let config = state::load_config(storage)?;
    state::save_config(storage, &Config { delay, ..config })?;
    Ok(TimelockEvent::DelayChanged { delay })
}
