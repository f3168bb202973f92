//! Takes proved debt from bonds.

use cosmwasm_std::{Deps, DepsMut, Env, Response, Uint128};
use protocol::datanet::{Contribution, DebtCase, DebtCaseState};
use protocol::event::DatanetEvent;
use protocol::{ContributionId, ModelId};

use crate::state::Settings;
use crate::{ContractError, bonds, debts, peers, state};

/// What a case comes to: an amount in uopen, and whose account is credited.
struct Due {
    position: u32,
    amount: Uint128,
}

/// Takes `min(bond left, proved debt)` once the appeal window is over, and closes the case. It closes with nothing taken if nothing
/// is left of the bond, the debt has vanished, or the model's recognition was revoked.
pub fn collect(deps: DepsMut, env: &Env, id: ContributionId, model: ModelId) -> Result<Response, ContractError> {
    let settings = state::settings(deps.storage)?;
    let mut contribution = state::contribution(deps.storage, id)?;
    let mut case = claimed(deps.as_ref(), id, model)?;
    check_window(&settings, env, &case)?;
    let due = due(deps.as_ref(), &contribution, &case)?;
    let taken = due.as_ref().map(|due| due.amount).unwrap_or_default();
    contribution.bond_taken = add(contribution.bond_taken, taken)?;
    case.collected = add(case.collected, taken)?;
    case.state = DebtCaseState::Closed;
    state::save_contribution(deps.storage, &contribution)?;
    state::save_debt_case(deps.storage, &case)?;
    state::remove_bond(deps.storage, taken)?;

    let mut response = Response::new();
    if let Some(Due { position, amount }) = due {
        let settlement = state::peers(deps.storage)?.settlement;
        response = response.add_messages(bonds::repay(&settings.open_token, &settlement, amount, model, position)?);
    }
    Ok(response.add_event(DatanetEvent::DebtCollected { contribution: id, model, taken }))
}

/// The case as it was last written: a void one too can be closed here, with nothing taken.
fn claimed(deps: Deps, id: ContributionId, model: ModelId) -> Result<DebtCase, ContractError> {
    let case = state::debt_case(deps.storage, id, model)?;
    let open = case.filter(|case| case.state == DebtCaseState::Open);
    open.ok_or(ContractError::NoOpenCase { contribution: id, model })
}

fn check_window(settings: &Settings, env: &Env, case: &DebtCase) -> Result<(), ContractError> {
    let window = settings.appeal_window(case);
    if window.ended(env.block.time.seconds(), env.block.height) {
        return Ok(());
    }
    let due_height = window.began_height.saturating_add(window.min_blocks);
    let (contribution, model) = (case.contribution, case.model);
    Err(ContractError::AppealOpen { contribution, model, due: window.ends_at, due_height })
}

/// What can still be taken. A settled round without proved debt since the claim counts as a debt that has vanished, though it came
/// back: it can be claimed again.
fn due(deps: Deps, contribution: &Contribution, case: &DebtCase) -> Result<Option<Due>, ContractError> {
    let left = bonds::left(contribution)?;
    if left.is_zero() || !debts::recognised_since(deps.storage, contribution.datanet, case)? {
        return Ok(None);
    }
    let account = peers::account(deps, contribution.id, case.model)?;
    if !debts::is_claimable(&account.standing) {
        return Ok(None);
    }
    let amount = left.min(account.standing.proved_debt.into());
    Ok(Some(Due { position: account.position, amount }))
}

fn add(total: Uint128, taken: Uint128) -> Result<Uint128, ContractError> {
    total.checked_add(taken).map_err(|_| ContractError::Overflow { quantity: "bond" })
}
