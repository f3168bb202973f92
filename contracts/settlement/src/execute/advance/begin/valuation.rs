//! A valuation: royalties that came in become a pool, an owner's part and a dividend, and a tranche of the stake reserve is given
//! to positions. Neither fees nor operators take part.

use cosmwasm_std::{DepsMut, Storage, Uint128};
use protocol::attribution::RoundKind;
use protocol::settlement::{AdvanceBegin, ModelTotals, Parts, SettledRound};
use protocol::{ModelId, RoundId};

use super::payout::{self, Payout};
use crate::error::ContractError;
use crate::execute::Call;
use crate::{peers, state, valuation, windows};

pub fn begin(
    deps: DepsMut,
    call: &Call,
    (model, round): (ModelId, RoundId),
    begin: &AdvanceBegin,
    totals: &mut ModelTotals,
) -> Result<(SettledRound, Payout), ContractError> {
    check_epoch(totals, call, model, begin)?;
    // Terms of the epoch that it opened in: what operators were told, whenever it is settled.
    let commerce = peers::commerce(&deps.querier, call.setup, model, Some(begin.last_epoch))?;
    let left = valuation::reserve_left(deps.as_ref(), &commerce.stake, model)?;
    if begin.tranche > left {
        return Err(ContractError::TrancheTooLarge { model, tranche: begin.tranche, left });
    }
    let taken = take_royalties(deps.storage, model, begin.royalties, totals)?;
    let payout = payout::pay(deps.storage, call.setup, (model, round), &commerce, &taken)?;
    let settled = SettledRound {
        round,
        kind: RoundKind::Valuation,
        first_epoch: begin.first_epoch,
        last_epoch: begin.last_epoch,
        tranche: begin.tranche,
        stake_given: Uint128::zero(),
        gross: taken.influence.checked_add(taken.owner)?.checked_add(taken.stake)?,
        parts: taken,
        unresolved: Uint128::zero(),
        operator_rewards: Uint128::zero(),
        residual: Uint128::zero(),
        denominator: begin.denominator,
        z_tenths: begin.z_tenths,
        release_rate: commerce.terms.release_rate,
        cap: commerce.terms.cap,
        complete: false,
    };
    Ok((settled, payout))
}

/// The one epoch of its opening: begun, and late enough after the last valuation.
fn check_epoch(totals: &ModelTotals, call: &Call, model: ModelId, begin: &AdvanceBegin) -> Result<(), ContractError> {
    let (first, last) = (begin.first_epoch, begin.last_epoch);
    let not_before = valuation::not_before(call.setup, totals)?;
    let begun = windows::current_epoch(call.setup, call.env).is_some_and(|current| last <= current);
    if first != last || first < not_before || !begun {
        return Err(ContractError::ValuationEpoch { model, first, last, not_before });
    }
    Ok(())
}

/// Takes the pool, as it was fixed at the opening, and all of owner's and stake's parts from the royalties that wait. What came in
/// for contributors since waits for the next valuation.
fn take_royalties(
    storage: &mut dyn Storage,
    model: ModelId,
    pool: Uint128,
    totals: &mut ModelTotals,
) -> Result<Parts, ContractError> {
    let waiting = &mut totals.royalties;
    let Ok(influence) = waiting.influence.checked_sub(pool) else {
        return Err(ContractError::RoyaltiesUnavailable { model, royalties: pool, waiting: waiting.influence });
    };
    let taken = Parts { influence: pool, ..std::mem::take(waiting) };
    waiting.influence = influence;
    let leaving = pool.checked_add(taken.owner)?.checked_add(taken.stake)?;
    state::move_totals(storage, |totals| {
        totals.royalties = totals.royalties.checked_sub(leaving)?;
        totals.pools = totals.pools.checked_add(pool)?;
        Ok(())
    })?;
    Ok(taken)
}
