//! Withdraws a contribution from further use, or from a review that does not come to an end.

use cosmwasm_std::{Addr, DepsMut, Env, Response, Storage};
use protocol::datanet::{Contribution, Status};
use protocol::event::DatanetEvent;
use protocol::{ContributionId, Seconds};

use super::review;
use crate::{ContractError, state};

/// Marks an accepted contribution as withdrawn: snapshots, payees and bond stay as they are. A pending one, on which reviewers have
/// not decided within the notice period since its commit, counts as rejected, and its bond goes back.
pub fn withdraw(deps: DepsMut, env: &Env, sender: &Addr, id: ContributionId) -> Result<Response, ContractError> {
    let contribution = state::contribution(deps.storage, id)?;
    if contribution.contributor != sender {
        return Err(ContractError::NotContributor { contribution: id, sender: sender.to_string() });
    }
    match contribution.status {
        Status::Accepted => leave(deps, env, contribution),
        Status::Pending => {
            check_review_over(deps.storage, env, &contribution)?;
            review::reject(deps, contribution, Response::new())
        }
        status => Err(ContractError::NotWithdrawable { contribution: id, status }),
    }
}

fn leave(deps: DepsMut, env: &Env, mut contribution: Contribution) -> Result<Response, ContractError> {
    let id = contribution.id;
    contribution.status = Status::Withdrawn;
    contribution.withdrawn_at = Some(Seconds(env.block.time.seconds()));
    state::save_contribution(deps.storage, &contribution)?;
    state::save_withdrawn_height(deps.storage, id, env.block.height.into())?;
    Ok(Response::new().add_event(DatanetEvent::Withdrawn { contribution: id }))
}

/// Reviewers, and whoever can prove copies, have had their time.
fn check_review_over(storage: &dyn Storage, env: &Env, contribution: &Contribution) -> Result<(), ContractError> {
    let notice = state::settings(storage)?.notice_window(contribution.committed_at, contribution.committed_height);
    if notice.ended(env.block.time.seconds(), env.block.height) {
        return Ok(());
    }
    let due_height = notice.began_height.saturating_add(notice.min_blocks);
    Err(ContractError::ReviewRuns { contribution: contribution.id, due: notice.ends_at, due_height })
}
