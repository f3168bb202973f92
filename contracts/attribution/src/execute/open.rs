//! Opening a round over fees.

use cosmwasm_std::{Deps, DepsMut, Env, Response, Uint128};
use protocol::ModelId;
use protocol::attribution::{MethodParams, RoundKind};
use protocol::settlement::{OpenRange, Openable, QueryMsg as SettlementQuery};

use super::opening::{self, Subject};
use crate::{ContractError, state};

/// Opens a round over all unsettled epochs whose redemption period is over.
pub fn run(deps: DepsMut, env: &Env, model: ModelId) -> Result<Response, ContractError> {
    opening::require_none_open(deps.storage, model)?;
    let range = load_range(deps.as_ref(), model)?;
    let scope = opening::load_scope(deps.as_ref(), model, range.fixed_by)?;
    check_pool(&range, &scope.method)?;
    opening::open(deps, env, model, &subject(&range), &scope)
}

/// Asks `settlement` what a round would cover.
pub fn query_openable(deps: Deps, model: ModelId) -> Result<Openable, ContractError> {
    let settlement = state::load_settlement(deps.storage)?;
    let asked = SettlementQuery::Openable { model };
    Ok(deps.querier.query_wasm_smart(settlement, &asked)?)
}

fn load_range(deps: Deps, model: ModelId) -> Result<OpenRange, ContractError> {
    match query_openable(deps, model)? {
        Openable::Range(range) => Ok(*range),
        Openable::Redeemable { epoch, until } => Err(ContractError::StillRedeemable { epoch, until }),
        Openable::NoFees {} => Err(ContractError::NoFees { model }),
    }
}

fn check_pool(range: &OpenRange, method: &MethodParams) -> Result<(), ContractError> {
    let (pool, minimum) = (range.pool, method.min_pool);
    // A full range can only be waited out by settling it, however little it holds.
    if pool < minimum && !range.full {
        return Err(ContractError::PoolBelowMinimum { pool, minimum });
    }
    Ok(())
}

fn subject(range: &OpenRange) -> Subject {
    Subject {
        kind: RoundKind::Fees,
        first_epoch: range.first_epoch,
        last_epoch: range.last_epoch,
        commitments: range.books.iter().map(|book| book.commitment.into()).collect(),
        redemptions: range.redemptions,
        pool: range.pool,
        tranche: Uint128::zero(),
        terms: (range.release_rate, range.cap),
    }
}
