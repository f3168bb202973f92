//! Stake that a valuation gives to positions: booked here, delivered when it is claimed.

use cosmwasm_std::{Storage, Uint64, Uint128};
use protocol::ModelId;
use rules::ledger::LedgerError;
use rules::reserve::reserve_share;
use rules::score::ScoreEntry;

use crate::accounts;
use crate::error::ContractError;
use crate::state::{self, Progress};

/// Gives the positions of one stored chunk their shares of the tranche.
pub fn give(
    storage: &mut dyn Storage,
    (model, number): (ModelId, u32),
    scores: &[ScoreEntry],
    progress: &mut Progress,
) -> Result<(), ContractError> {
    if progress.tranche.is_zero() {
        return Ok(());
    }
    let mut stakes = accounts::load_stakes(storage, model, number);
    stakes.resize(stakes.len().max(scores.len()), 0);
    let mut given = Uint128::zero();
    for (stake, score) in stakes.iter_mut().zip(scores) {
        let units = share(*score, progress)?;
        *stake = Uint64::from(*stake).checked_add(units)?.u64();
        given = given.checked_add(units.into())?;
    }
    if given.is_zero() {
        return Ok(());
    }
    accounts::save_stakes(storage, model, number, &stakes);
    book(storage, model, given, progress)
}

/// The position's share of the tranche, in units. A tranche is never larger than a stake's supply, which 64 bits hold.
fn share(score: ScoreEntry, progress: &Progress) -> Result<Uint64, ContractError> {
    let denominator = progress.denominator.u64();
    let units = reserve_share(progress.tranche.u128(), score, progress.z_tenths, denominator);
    let Some(units) = units.and_then(|units| u64::try_from(units).ok()) else {
        return Err(LedgerError::AboveDenominator { score: score.score, denominator }.into());
    };
    Ok(units.into())
}

/// Adds to what the model has given, and checks that the tranche covers it.
fn book(
    storage: &mut dyn Storage,
    model: ModelId,
    given: Uint128,
    progress: &mut Progress,
) -> Result<(), ContractError> {
    progress.stake_given = progress.stake_given.checked_add(given)?;
    let Progress { round, tranche, stake_given, .. } = *progress;
    if stake_given > tranche {
        return Err(ContractError::TrancheExceeded { model, round, excess: stake_given.checked_sub(tranche)? });
    }
    let mut book = state::load_model(storage, model)?;
    book.totals.stake_given = book.totals.stake_given.checked_add(given)?;
    Ok(state::save_model(storage, model, &book)?)
}
