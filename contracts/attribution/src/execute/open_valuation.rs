//! Opening a valuation: a round that scores utility alone, over royalties and, after a new version, a tranche of the stake reserve.

use cosmwasm_std::{Deps, DepsMut, Env, Response, Storage, Uint128};
use protocol::attribution::RoundKind;
use protocol::settlement::{QueryMsg as SettlementQuery, Valuation};
use protocol::{ModelId, Seconds};

use super::opening::{self, Scope, Subject};
use crate::ContractError;
use crate::state::{self, Valued};

/// Opens a valuation when a version or enough royalties came in since the last one, and its time has come.
pub fn run(deps: DepsMut, env: &Env, model: ModelId) -> Result<Response, ContractError> {
    opening::require_none_open(deps.storage, model)?;
    let valuation = load_valuation(deps.as_ref(), model)?;
    check_time(deps.storage, model, &valuation)?;
    let now = Seconds(env.block.time.seconds());
    let scope = opening::load_scope(deps.as_ref(), model, now)?;
    check_news(model, &valuation, &scope)?;
    let valued = Valued { epoch: valuation.epoch, versions: scope.basis.versions };
    state::save_valued(deps.storage, model, &valued)?;
    opening::open(deps, env, model, &subject(&valuation, &scope), &scope)
}

fn load_valuation(deps: Deps, model: ModelId) -> Result<Valuation, ContractError> {
    let settlement = state::load_settlement(deps.storage)?;
    Ok(deps.querier.query_wasm_smart(settlement, &SettlementQuery::Valuation { model })?)
}

/// `settlement` counts from the last settled valuation. One that failed can be repeated from the next epoch on: not at
/// once, or whoever opens it again and again would use up the validation examples.
fn check_time(storage: &dyn Storage, model: ModelId, valuation: &Valuation) -> Result<(), ContractError> {
    let (epoch, mut not_before) = (valuation.epoch, valuation.not_before);
    if let Some(last) = state::find_valued(storage, model)? {
        not_before = not_before.max(last.epoch.next().ok_or(ContractError::Overflow)?);
    }
    if epoch < not_before {
        return Err(ContractError::ValuationTooEarly { epoch, not_before });
    }
    Ok(())
}

/// A version alone opens a valuation only where it has something to give: examples are not spent for nothing.
fn check_news(model: ModelId, valuation: &Valuation, scope: &Scope) -> Result<(), ContractError> {
    let (royalties, minimum) = (valuation.royalties.influence, scope.method.min_pool);
    if royalties >= minimum {
        return Ok(());
    }
    if scope.basis.versions <= valuation.valued_versions {
        return Err(ContractError::NothingNew { model, royalties, minimum });
    }
    let parts = &valuation.royalties;
    if [parts.influence, parts.owner, parts.stake, valuation.tranche].iter().all(|part| part.is_zero()) {
        return Err(ContractError::NothingToGive { model });
    }
    Ok(())
}

/// Without a new version there is no tranche: else whoever is best today could take quarter after quarter of the reserve ahead of
/// better data, for nothing but a little royalty each time.
fn subject(valuation: &Valuation, scope: &Scope) -> Subject {
    let is_new = scope.basis.versions > valuation.valued_versions;
    Subject {
        kind: RoundKind::Valuation,
        first_epoch: valuation.epoch,
        last_epoch: valuation.epoch,
        commitments: vec![],
        redemptions: 0,
        pool: valuation.royalties.influence,
        tranche: if is_new { valuation.tranche } else { Uint128::zero() },
        terms: (valuation.release_rate, valuation.cap),
    }
}
