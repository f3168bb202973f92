//! What a valuation round of a model would distribute, and when one can open.

use cosmwasm_std::{Addr, Deps, Env, Uint64, Uint128};
use protocol::settlement::{ModelTotals, Valuation};
use protocol::{Epoch, ModelId};
use rules::reserve::largest_tranche;

use crate::error::ContractError;
use crate::state::{self, Setup};
use crate::{peers, windows};

/// The answer to `Valuation`.
pub fn find(deps: Deps, setup: &Setup, env: &Env, model: ModelId) -> Result<Valuation, ContractError> {
    let Some(epoch) = windows::current_epoch(setup, env) else {
        let genesis = setup.config.genesis;
        return Err(ContractError::BeforeGenesis { genesis });
    };
    let commerce = peers::commerce(&deps.querier, setup, model, Some(epoch))?;
    let totals = state::load_model(deps.storage, model)?.totals;
    let left = reserve_left(deps, &commerce.stake, model)?;
    Ok(Valuation {
        epoch,
        not_before: not_before(setup, &totals)?,
        royalties: totals.royalties,
        tranche: largest_tranche(left.u128()).into(),
        valued_versions: totals.valued_versions,
        release_rate: commerce.terms.release_rate,
        cap: commerce.terms.cap,
    })
}

/// The contributors' reserve less what was given to positions and still stands in it, in units.
pub fn reserve_left(deps: Deps, stake: &Addr, model: ModelId) -> Result<Uint128, ContractError> {
    let reserve = peers::stake_reserves(&deps.querier, stake)?.contributors;
    let given = state::load_model(deps.storage, model)?.totals.stake_given;
    let undelivered = given.checked_sub(state::load_all_stake_claimed(deps.storage, model)?)?;
    Ok(reserve.checked_sub(undelivered)?)
}

/// The first epoch in which a valuation can open: `valuation_interval` after the last settled one did.
pub fn not_before(setup: &Setup, totals: &ModelTotals) -> Result<Epoch, ContractError> {
    let Some(last) = totals.valued_in else {
        return Ok(Epoch(0));
    };
    Ok(Epoch(Uint64::from(last.get()).checked_add(setup.config.valuation_interval)?.u64()))
}
