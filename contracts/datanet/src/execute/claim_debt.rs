//! Opens debt cases.

use cosmwasm_std::{DepsMut, Env, Response, Storage};
use protocol::datanet::{Contribution, DebtCase, DebtCaseState};
use protocol::event::DatanetEvent;
use protocol::{ContributionId, ModelId, Seconds};

use crate::{ContractError, bonds, debts, peers, state};

/// Opens a case over debt that is beyond doubt. Nothing moves before the appeal window is over.
pub fn claim(deps: DepsMut, env: &Env, id: ContributionId, model: ModelId) -> Result<Response, ContractError> {
    let contribution = state::contribution(deps.storage, id)?;
    bonds::at_stake(&contribution)?;
    check_recognised(deps.storage, &contribution, model)?;
    let earlier = debts::case(deps.storage, &contribution, model)?;
    check_may_claim(earlier.as_ref())?;
    let standing = peers::account(deps.as_ref(), id, model)?.standing;
    if !debts::is_claimable(&standing) {
        let (debt, rounds) = (standing.proved_debt.u64(), standing.rounds_with_debt);
        return Err(ContractError::NoProvedDebt { contribution: id, model, debt, rounds });
    }
    let case = DebtCase {
        contribution: id,
        model,
        state: DebtCaseState::Open,
        claimed_at: Seconds(env.block.time.seconds()),
        claimed_height: env.block.height.into(),
        appeals: 0,
        collected: earlier.map(|case| case.collected).unwrap_or_default(),
    };
    state::save_debt_case(deps.storage, &case)?;
    let not_before = Seconds(state::settings(deps.storage)?.appeal_window(&case).ends_at);
    let debt = standing.proved_debt.into();
    Ok(Response::new().add_event(DatanetEvent::DebtClaimed { contribution: id, model, debt, not_before }))
}

fn check_recognised(storage: &dyn Storage, contribution: &Contribution, model: ModelId) -> Result<(), ContractError> {
    let datanet = contribution.datanet;
    if state::recognition(storage, datanet, model)?.is_some_and(|recognition| recognition.confirmed) {
        return Ok(());
    }
    Err(ContractError::NotRecognised { datanet, model })
}

fn check_may_claim(earlier: Option<&DebtCase>) -> Result<(), ContractError> {
    let Some(&DebtCase { contribution, model, state, .. }) = earlier else { return Ok(()) };
    match state {
        DebtCaseState::Open => Err(ContractError::CaseOpen { contribution, model }),
        DebtCaseState::Closed => Ok(()),
        DebtCaseState::Barred => Err(ContractError::Barred { contribution, model }),
    }
}
