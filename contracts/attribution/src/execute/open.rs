//! Opening a round over fees.

use cosmwasm_std::{Deps, DepsMut, Env, Response, Storage, Uint128};
use protocol::attribution::{MethodParams, RoundKind};
use protocol::settlement::{OpenRange, Openable, QueryMsg as SettlementQuery};
use protocol::{Epoch, ModelId};

use super::opening::{self, Subject};
use crate::ContractError;
use crate::state::{self, Attempt};

/// Opens a round over all unsettled epochs whose redemption period is over, unless one over any of them failed in this
/// epoch.
pub fn run(deps: DepsMut, env: &Env, model: ModelId) -> Result<Response, ContractError> {
    opening::require_none_open(deps.storage, model)?;
    let range = load_range(deps.as_ref(), model)?;
    let attempt = Attempt { epoch: current_epoch(deps.as_ref())?, last_epoch: range.last_epoch };
    check_time(deps.storage, model, &range, attempt.epoch)?;
    let scope = opening::load_scope(deps.as_ref(), model, range.fixed_by)?;
    check_pool(&range, &scope.method)?;
    state::save_attempt(deps.storage, model, &attempt)?;
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

/// Before genesis there are no fees: epoch 0 stands for that time.
fn current_epoch(deps: Deps) -> Result<Epoch, ContractError> {
    let settlement = state::load_settlement(deps.storage)?;
    let epoch: Option<Epoch> = deps.querier.query_wasm_smart(settlement, &SettlementQuery::CurrentEpoch {})?;
    Ok(epoch.unwrap_or(Epoch(0)))
}

/// Fees whose round failed wait for the next epoch, or whoever opens them again and again would use up the validation
/// examples and make many missed rounds of one absence. A range that settled lies before the next one. A range that
/// failed may have grown within the epoch, since redemption ends in the midst of the next: it waits all the same.
fn check_time(storage: &dyn Storage, model: ModelId, range: &OpenRange, epoch: Epoch) -> Result<(), ContractError> {
    let Some(last) = state::find_attempt(storage, model)? else {
        return Ok(());
    };
    if range.first_epoch > last.last_epoch || epoch > last.epoch {
        return Ok(());
    }
    let not_before = last.epoch.next().ok_or(ContractError::Overflow)?;
    Err(ContractError::ReopenedTooEarly { epoch: last.epoch, not_before })
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
