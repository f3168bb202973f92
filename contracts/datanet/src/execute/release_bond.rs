//! Pays bonds back that are no longer needed.

use cosmwasm_std::{Deps, DepsMut, Env, Response, StdResult};
use protocol::datanet::{Contribution, DebtCaseState, Recognition};
use protocol::event::DatanetEvent;
use protocol::{ContributionId, ModelId};

use crate::{ContractError, bonds, debts, peers, state};

/// Pays what is left of a bond to the contributor, once no recognised model can claim anything of it. The contribution keeps its
/// status and what it earns.
pub fn release(deps: DepsMut, env: &Env, id: ContributionId) -> Result<Response, ContractError> {
    let mut contribution = state::contribution(deps.storage, id)?;
    let bond = bonds::at_stake(&contribution)?;
    check_models(deps.as_ref(), env, &contribution)?;
    contribution.bond_returned = true;
    state::save_contribution(deps.storage, &contribution)?;
    state::remove_bond(deps.storage, bond)?;
    let open_token = state::settings(deps.storage)?.open_token;
    let to = contribution.contributor;
    Ok(Response::new().add_messages(bonds::pay(&open_token, &to, bond)?).add_event(DatanetEvent::BondReleased {
        contribution: id,
        to: to.into_string(),
        bond,
    }))
}

/// Every recognised model that uses the contribution must have done with it; without one, the notice of its withdrawal must be over.
fn check_models(deps: Deps, env: &Env, contribution: &Contribution) -> Result<(), ContractError> {
    let (confirmed, announced): (Vec<Recognition>, Vec<Recognition>) =
        users(deps, contribution)?.into_iter().partition(|recognition| recognition.confirmed);
    if confirmed.is_empty() {
        return check_unused(deps, env, contribution, &announced);
    }
    confirmed.iter().try_for_each(|recognition| check_clean(deps, contribution, recognition.model))
}

/// Recognised and announced models that use the contribution.
fn users(deps: Deps, contribution: &Contribution) -> StdResult<Vec<Recognition>> {
    let mut listed = state::recognitions(deps.storage, contribution.datanet)?;
    listed.retain(|recognition| state::uses(deps.storage, recognition.model, contribution.id));
    Ok(listed)
}

fn check_unused(
    deps: Deps,
    env: &Env,
    contribution: &Contribution,
    announced: &[Recognition],
) -> Result<(), ContractError> {
    let id = contribution.id;
    let Some(withdrawn_at) = contribution.withdrawn_at else {
        return Err(ContractError::NotWithdrawn { contribution: id });
    };
    if let Some(Recognition { model, .. }) = announced.first() {
        return Err(ContractError::RecognitionPending { contribution: id, model: *model });
    }
    let height = state::withdrawn_height(deps.storage, id)?;
    let notice = state::settings(deps.storage)?.notice_window(withdrawn_at, height);
    if notice.ended(env.block.time.seconds(), env.block.height) {
        return Ok(());
    }
    let due_height = notice.began_height.saturating_add(notice.min_blocks);
    Err(ContractError::ReleaseTooEarly { contribution: id, due: notice.ends_at, due_height })
}

/// Whether a recognised model has had nothing to claim for long enough.
fn check_clean(deps: Deps, contribution: &Contribution, model: ModelId) -> Result<(), ContractError> {
    let id = contribution.id;
    if debts::case(deps.storage, contribution, model)?.is_some_and(|case| case.state == DebtCaseState::Open) {
        return Err(ContractError::CaseOpen { contribution: id, model });
    }
    let standing = peers::account(deps, id, model)?.standing;
    if !standing.proved_debt.is_zero() {
        return Err(ContractError::InDebt { contribution: id, model, debt: standing.proved_debt.u64() });
    }
    let (rounds, needed) = (standing.rounds_without_debt, state::settings(deps.storage)?.clean_rounds);
    if standing.retired || rounds >= needed {
        return Ok(());
    }
    Err(ContractError::TooFewCleanRounds { contribution: id, model, rounds, needed })
}
