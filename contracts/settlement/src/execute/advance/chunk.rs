//! Moves consecutive accounts of the ledger, 32 to a stored chunk, and ends the round with the last.

use cosmwasm_std::{Storage, Uint128};
use protocol::ModelId;
use protocol::attribution::RoundKind;
use protocol::event::SettlementEvent;
use protocol::settlement::{ENTRIES_PER_CHUNK, ModelTotals};
use rules::ledger::{self, Entry, RoundTerms, Standing};
use rules::score::{ScoreEntry, unpack_entries};

use super::{Chunk, stake};
use crate::accounts::{self, PER_CHUNK};
use crate::error::ContractError;
use crate::state::{self, Progress};

/// Sums over the accounts that were moved.
#[derive(Default)]
struct Sums {
    liability: Uint128,
    payable: Uint128,
}

#[derive(Default)]
struct Moved {
    before: Sums,
    after: Sums,
}

pub fn advance(
    storage: &mut dyn Storage,
    model: ModelId,
    mut progress: Progress,
    chunk: &Chunk,
) -> Result<Option<SettlementEvent>, ContractError> {
    let scores = unpack_entries(&chunk.entries)?;
    let end = check_place(&progress, chunk, &scores)?;
    let mut moved = Moved::default();
    let first_chunk = chunk.first_position / ENTRIES_PER_CHUNK;
    for (number, scores) in (first_chunk..).zip(scores.chunks(PER_CHUNK)) {
        if progress.moves_accounts() {
            move_accounts(storage, (model, number), scores, &progress, &mut moved)?;
        }
        stake::give(storage, (model, number), scores, &mut progress)?;
    }
    let mut book = state::load_model(storage, model)?;
    book_moved(storage, model, &progress, &moved, &mut book.totals)?;
    progress.cursor = end;
    let settled = if end < progress.positions {
        state::save_progress(storage, model, &progress)?;
        None
    } else {
        Some(finish(storage, model, &progress, &mut book.totals)?)
    };
    state::save_model(storage, model, &book)?;
    Ok(settled)
}

/// The position after the chunk, which must follow the last one and be whole or the rest.
fn check_place(progress: &Progress, chunk: &Chunk, scores: &[ScoreEntry]) -> Result<u32, ContractError> {
    let Chunk { first_position, .. } = *chunk;
    let expected = progress.cursor;
    if first_position != expected {
        return Err(ContractError::ChunkOrder { first_position, expected });
    }
    let entries = scores.len();
    let wrong = ContractError::ChunkLength { first_position, entries, positions: progress.positions };
    let end = u32::try_from(entries).ok().and_then(|count| first_position.checked_add(count));
    let Some(end) = end.filter(|end| *end <= progress.positions) else {
        return Err(wrong);
    };
    let whole = entries.is_multiple_of(PER_CHUNK) || end == progress.positions;
    if entries == 0 || !whole {
        return Err(wrong);
    }
    Ok(end)
}

impl Progress {
    /// A valuation without royalties gives stake alone, and leaves the accounts as they are.
    fn moves_accounts(&self) -> bool {
        self.kind == RoundKind::Fees || !self.pool.is_zero()
    }

    /// Only fees that were paid weigh anybody's debt.
    fn moves_standings(&self) -> bool {
        self.kind == RoundKind::Fees && !self.pool.is_zero()
    }
}

/// Moves the accounts of one stored chunk, and with them their standings.
fn move_accounts(
    storage: &mut dyn Storage,
    (model, number): (ModelId, u32),
    scores: &[ScoreEntry],
    progress: &Progress,
    moved: &mut Moved,
) -> Result<(), ContractError> {
    let mut entries = accounts::load_chunk(storage, model, number)?;
    entries.resize(entries.len().max(scores.len()), Entry::default());
    for (entry, score) in entries.iter_mut().zip(scores) {
        moved.before.add(entry)?;
        *entry = move_entry(entry, *score, progress)?;
        moved.after.add(entry)?;
    }
    accounts::save_chunk(storage, model, number, &entries);
    if progress.moves_standings() {
        move_standings(storage, model, number, &entries)?;
    }
    Ok(())
}

/// The account after the round. Fees of nothing add nothing and take nothing, but what was earned
/// before may still be released.
fn move_entry(entry: &Entry, score: ScoreEntry, progress: &Progress) -> Result<Entry, ContractError> {
    let terms = RoundTerms {
        pool: progress.pool.u64(),
        denominator: progress.denominator.u64(),
        z_tenths: progress.z_tenths,
        release_bps: progress.release_rate.0,
        cap: progress.cap.u64(),
    };
    Ok(match progress.kind {
        RoundKind::Fees => ledger::advance(entry, score, &terms)?,
        RoundKind::Valuation => ledger::revalue(entry, score, &terms)?,
    })
}

fn move_standings(
    storage: &mut dyn Storage,
    model: ModelId,
    number: u32,
    entries: &[Entry],
) -> Result<(), ContractError> {
    let mut standings = accounts::load_standings(storage, model, number)?;
    standings.resize(entries.len(), Standing::default());
    for (standing, entry) in standings.iter_mut().zip(entries) {
        *standing = standing.after(entry);
    }
    accounts::save_standings(storage, model, number, &standings);
    Ok(())
}

impl Sums {
    fn add(&mut self, entry: &Entry) -> Result<(), ContractError> {
        self.liability = self.liability.checked_add(entry.liability().into())?;
        self.payable = self.payable.checked_add(entry.payable.into())?;
        Ok(())
    }
}

/// Moves what the accounts gained from the pool to the liabilities, and checks that the pool covers
/// it: `Σ liability' ≤ Σ liability + P`.
fn book_moved(
    storage: &mut dyn Storage,
    model: ModelId,
    progress: &Progress,
    Moved { before, after }: &Moved,
    totals: &mut ModelTotals,
) -> Result<(), ContractError> {
    let covered = totals.in_progress.checked_add(before.liability)?;
    let Ok(in_progress) = covered.checked_sub(after.liability) else {
        return Err(ContractError::SolvencyViolated {
            model,
            round: progress.round,
            excess: after.liability.checked_sub(covered)?,
        });
    };
    state::move_totals(storage, |all| {
        all.pools = all.pools.checked_add(before.liability)?.checked_sub(after.liability)?;
        all.liability = all.liability.checked_add(after.liability)?.checked_sub(before.liability)?;
        Ok(())
    })?;
    totals.in_progress = in_progress;
    totals.liability = totals.liability.checked_add(after.liability)?.checked_sub(before.liability)?;
    totals.payable = totals.payable.checked_add(after.payable)?.checked_sub(before.payable)?;
    Ok(())
}

/// What is left of the pool is owed to nobody: the treasury's.
fn finish(
    storage: &mut dyn Storage,
    model: ModelId,
    progress: &Progress,
    totals: &mut ModelTotals,
) -> Result<SettlementEvent, ContractError> {
    let round = progress.round;
    let residual = std::mem::take(&mut totals.in_progress);
    let begun = state::load_round(storage, model, round)?;
    let mut settled = begun.ok_or(ContractError::AdvanceNotBegun { model, round })?;
    if progress.kind == RoundKind::Valuation {
        totals.valued_versions = progress.versions;
        totals.valued_in = Some(settled.last_epoch);
    }
    state::move_totals(storage, |all| {
        all.pools = all.pools.checked_sub(residual)?;
        all.treasury = all.treasury.checked_add(residual)?;
        Ok(())
    })?;
    settled.residual = residual;
    settled.stake_given = progress.stake_given;
    settled.complete = true;
    state::save_round(storage, model, &settled)?;
    state::remove_progress(storage, model);
    Ok(SettlementEvent::RoundSettled { model, round, residual, stake_given: progress.stake_given })
}
