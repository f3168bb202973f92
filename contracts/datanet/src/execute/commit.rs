//! Commits a contribution by sending its bond.

use cosmwasm_std::{Addr, DepsMut, Env, Response, Uint64, Uint128, from_json};
use cw20::Cw20ReceiveMsg;
use protocol::datanet::{Admission, Contribution, NewDatanet, ReceiveMsg, Status};
use protocol::event::DatanetEvent;
use protocol::{ContributionId, DatanetId, Hash32, Seconds};

use crate::{ContractError, checks, state};

/// A commitment and what came with it.
struct Commit {
    contributor: Addr,
    bond: Uint128,
    datanet: DatanetId,
    commitment: Hash32,
}

/// Takes OPEN. That it is OPEN was checked at the door.
pub fn receive(deps: DepsMut, env: &Env, sent: Cw20ReceiveMsg) -> Result<Response, ContractError> {
    if sent.amount.is_zero() {
        return Err(ContractError::ZeroAmount);
    }
    let contributor = checks::address(deps.api, &sent.sender)?;
    match from_json(&sent.msg).map_err(|error| ContractError::UnknownHook { reason: error.to_string() })? {
        ReceiveMsg::Commit { datanet, commitment } => {
            commit(deps, env, Commit { contributor, bond: sent.amount, datanet, commitment })
        }
    }
}

fn commit(deps: DepsMut, env: &Env, commit: Commit) -> Result<Response, ContractError> {
    let settings = state::datanet_settings(deps.storage, commit.datanet)?;
    check_bond(&settings, &commit)?;
    check_admission(&settings.admission, &commit)?;
    let now = env.block.time.seconds();
    state::count_commit(deps.storage, commit.datanet, &commit.contributor, now, settings.commits_per_day)?;
    let id = state::next_contribution(deps.storage)?;
    let contribution = committed(env, id, commit);
    state::append_contribution(deps.storage, &contribution)?;
    state::add_bond(deps.storage, contribution.bond)?;
    Ok(Response::new().add_event(DatanetEvent::Committed {
        contribution: id,
        datanet: contribution.datanet,
        contributor: contribution.contributor.into_string(),
        bond: contribution.bond,
    }))
}

fn check_bond(settings: &NewDatanet, commit: &Commit) -> Result<(), ContractError> {
    if commit.bond == settings.bond {
        return Ok(());
    }
    Err(ContractError::WrongBond { datanet: commit.datanet, bond: settings.bond, sent: commit.bond })
}

/// Refuses who may not contribute, and who could never be accepted because too few others review.
fn check_admission(admission: &Admission, commit: &Commit) -> Result<(), ContractError> {
    let (datanet, contributor) = (commit.datanet, &commit.contributor);
    match admission {
        Admission::Open {} => Ok(()),
        Admission::Allowlist { accounts } if accounts.iter().any(|account| contributor.as_str() == account) => Ok(()),
        Admission::Allowlist { .. } => Err(ContractError::NotListed { datanet, contributor: contributor.to_string() }),
        Admission::Reviewed { reviewers, threshold } => {
            let eligible = super::review::eligible(reviewers, contributor)?;
            if eligible >= *threshold {
                return Ok(());
            }
            Err(ContractError::TooFewReviewers { datanet, threshold: *threshold, eligible })
        }
    }
}

fn committed(env: &Env, id: ContributionId, commit: Commit) -> Contribution {
    Contribution {
        id,
        datanet: commit.datanet,
        contributor: commit.contributor,
        commitment: commit.commitment,
        committed_at: Seconds(env.block.time.seconds()),
        committed_height: env.block.height.into(),
        accepted_at: None,
        rank: None,
        bond: commit.bond,
        bond_taken: Uint128::zero(),
        bond_returned: false,
        status: Status::Committed,
        revealed: None,
        payees: vec![],
        accepts: 0,
        rejects: 0,
        duplicates: Uint64::zero(),
        used: false,
        withdrawn_at: None,
    }
}
