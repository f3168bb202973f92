//! Debt cases as they stand now, and when a debt can be taken.

use cosmwasm_std::{StdResult, Storage};
use protocol::datanet::{Contribution, DebtCase, DebtCaseState};
use protocol::settlement::Standing;
use protocol::{DatanetId, ModelId};
use rules::ledger::DEBT_ROUNDS;

use crate::{ContractError, state};

/// The case of a contribution in a model. An open one whose model's recognition was revoked since is void: closed.
pub fn case(storage: &dyn Storage, contribution: &Contribution, model: ModelId) -> StdResult<Option<DebtCase>> {
    let Some(case) = state::debt_case(storage, contribution.id, model)? else { return Ok(None) };
    if case.state == DebtCaseState::Open && !recognised_since(storage, contribution.datanet, &case)? {
        return Ok(Some(DebtCase { state: DebtCaseState::Closed, ..case }));
    }
    Ok(Some(case))
}

/// The open case of a contribution in a model.
///
/// # Errors
/// If there is none.
pub fn open_case(
    storage: &dyn Storage,
    contribution: &Contribution,
    model: ModelId,
) -> Result<DebtCase, ContractError> {
    let open = case(storage, contribution, model)?.filter(|case| case.state == DebtCaseState::Open);
    open.ok_or(ContractError::NoOpenCase { contribution: contribution.id, model })
}

/// Whether the recognition that a case was claimed under still holds. Between an announcement and the first claim lies a notice of
/// at least a second, so an announcement that is not older than the claim is a later one.
pub fn recognised_since(storage: &dyn Storage, datanet: DatanetId, case: &DebtCase) -> StdResult<bool> {
    let now = state::recognition(storage, datanet, case.model)?;
    Ok(now.is_some_and(|now| now.confirmed && now.proposed_at < case.claimed_at))
}

/// Whether an account's debt is beyond doubt for long enough: `rules::ledger::Standing::claimable`, as `settlement` tells it.
pub fn is_claimable(standing: &Standing) -> bool {
    standing.rounds_with_debt >= DEBT_ROUNDS && !standing.proved_debt.is_zero()
}
