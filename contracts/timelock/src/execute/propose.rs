//! Announcing changes, and taking an announcement back.

use cosmwasm_std::{Addr, DepsMut, Env, Response, Storage, Uint64};
use protocol::event::TimelockEvent;
use protocol::timelock::{Change, EXECUTION_PERIOD, MAX_REASON_BYTES, Proposal, ProposalState};
use protocol::{ProposalId, Seconds};

use crate::{ContractError, state};

/// The changes are checked already.
pub fn propose(
    deps: DepsMut,
    env: &Env,
    proposer: Addr,
    changes: Vec<Change>,
    reason: String,
) -> Result<Response, ContractError> {
    let bytes = reason.len();
    if bytes > MAX_REASON_BYTES {
        return Err(ContractError::ReasonLength { bytes });
    }
    let proposal = announced(deps.storage, env, Announced { proposer, changes, reason })?;
    state::save_proposal(deps.storage, &proposal)?;
    Ok(Response::new().add_event(TimelockEvent::ProposalMade {
        proposal: proposal.id,
        changes: u32::try_from(proposal.changes.len()).unwrap_or(u32::MAX),
        executable_at: proposal.executable_at,
        expires_at: proposal.expires_at,
    }))
}

struct Announced {
    proposer: Addr,
    changes: Vec<Change>,
    reason: String,
}

/// Times and heights are fixed now: a later change of the delay does not move them.
fn announced(storage: &mut dyn Storage, env: &Env, what: Announced) -> Result<Proposal, ContractError> {
    let config = state::load_config(storage)?;
    let executable_at = later(Seconds(env.block.time.seconds()), config.delay)?;
    let proposed_height = Uint64::new(env.block.height);
    let executable_height = proposed_height.checked_add(config.min_blocks)?;
    Ok(Proposal {
        id: state::next_proposal_id(storage)?,
        changes: what.changes,
        reason: what.reason,
        proposer: what.proposer,
        proposed_height,
        executable_at,
        executable_height,
        expires_at: later(executable_at, EXECUTION_PERIOD)?,
        expires_height: executable_height.checked_add(config.min_blocks)?,
        state: ProposalState::Waiting,
    })
}

fn later(time: Seconds, by: Seconds) -> Result<Seconds, ContractError> {
    Ok(Seconds(Uint64::new(time.get()).checked_add(Uint64::new(by.get()))?.u64()))
}

/// Possible until it is executed.
pub fn cancel(deps: DepsMut, id: ProposalId) -> Result<Response, ContractError> {
    let proposal = load_open(deps.storage, id)?;
    state::save_proposal(deps.storage, &Proposal { state: ProposalState::Cancelled, ..proposal })?;
    Ok(Response::new().add_event(TimelockEvent::ProposalCancelled { proposal: id }))
}

/// A proposal that was neither executed nor cancelled.
pub fn load_open(storage: &dyn Storage, id: ProposalId) -> Result<Proposal, ContractError> {
    let proposal = state::load_proposal(storage, id)?;
    let done = match proposal.state {
        ProposalState::Executed => "executed",
        ProposalState::Cancelled => "cancelled",
        ProposalState::Waiting | ProposalState::Executable | ProposalState::Expired => return Ok(proposal),
    };
    Err(ContractError::ProposalClosed { proposal: id, done })
}
