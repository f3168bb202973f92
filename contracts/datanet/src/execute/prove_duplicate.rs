//! Slashes copies on proof, whoever brings it.

use cosmwasm_std::{Addr, DepsMut, Response, Uint64, Uint128};
use protocol::Hash32;
use protocol::datanet::{Contribution, DuplicatePair, DuplicateProof, MAX_DUPLICATE_PAIRS, Status};
use protocol::event::DatanetEvent;
use rules::duplicate::{Batch, Pair, Slash, prover_share, slash, verify};
use rules::hash::Hash;

use crate::{ContractError, bonds, state};

/// Counts items proved to be copies and takes their part of the later contribution's bond, half of it for the prover.
pub fn prove(deps: DepsMut, prover: &Addr, proof: DuplicateProof) -> Result<Response, ContractError> {
    let settlement = state::peers(deps.storage)?.settlement;
    if proof.pairs.len() > MAX_DUPLICATE_PAIRS {
        return Err(ContractError::TooManyPairs { count: proof.pairs.len() });
    }
    let earlier = state::contribution(deps.storage, proof.earlier)?;
    let mut later = state::contribution(deps.storage, proof.later)?;
    check_parties(&earlier, &later)?;
    check_items(&earlier, &later, &proof)?;
    let positions = proof.pairs.iter().map(|pair| pair.later_position.u64());
    state::count_duplicates(deps.storage, later.id, positions)?;

    let taken = take(&mut later, proof.pairs.len())?;
    state::save_contribution(deps.storage, &later)?;
    state::remove_bond(deps.storage, taken)?;
    let to_prover = Uint128::new(prover_share(taken.u128()));
    let to_treasury = taken.checked_sub(to_prover).map_err(|_| overflow("prover's share"))?;
    let open_token = state::settings(deps.storage)?.open_token;
    let slashed = later.status == Status::Slashed;
    let shown = (slashed && later.used).then(|| bonds::sync(&settlement, vec![bonds::update_of(&later)]));
    Ok(Response::new()
        .add_messages(bonds::pay(&open_token, prover, to_prover)?)
        .add_messages(bonds::give_to_treasury(&open_token, &settlement, to_treasury)?)
        .add_messages(shown.transpose()?)
        .add_event(DatanetEvent::DuplicatesProved {
            later: later.id,
            earlier: earlier.id,
            prover: prover.to_string(),
            distinct: later.duplicates.u64(),
            taken,
            to_prover,
            slashed,
        }))
}

/// Whether the earlier contribution has precedence over the later one at all.
fn check_parties(earlier: &Contribution, later: &Contribution) -> Result<(), ContractError> {
    let ids = (earlier.id, later.id);
    if later.id <= earlier.id {
        return Err(ContractError::NotLater { earlier: ids.0, later: ids.1 });
    }
    if earlier.datanet != later.datanet {
        return Err(ContractError::DifferentDatanets { earlier: ids.0, later: ids.1 });
    }
    if earlier.contributor == later.contributor {
        return Err(ContractError::SameContributor { earlier: ids.0, later: ids.1 });
    }
    if !matches!(earlier.status, Status::Accepted | Status::Withdrawn) {
        return Err(ContractError::EarlierNotAccepted { contribution: earlier.id, status: earlier.status });
    }
    if !matches!(later.status, Status::Pending | Status::Accepted | Status::Withdrawn) {
        return Err(ContractError::LaterNotSlashable { contribution: later.id, status: later.status });
    }
    Ok(())
}

fn check_items(earlier: &Contribution, later: &Contribution, proof: &DuplicateProof) -> Result<(), ContractError> {
    let (Some(original), Some(copy)) = (&earlier.revealed, &later.revealed) else {
        // Every status that passed above comes after the reveal.
        return Err(ContractError::LaterNotSlashable { contribution: later.id, status: later.status });
    };
    let original = Batch { items_root: original.items_root.bytes(), item_count: original.item_count.u64() };
    let copy = Batch { items_root: copy.items_root.bytes(), item_count: copy.item_count.u64() };
    let pairs: Vec<Pair> = proof.pairs.iter().map(pair).collect();
    Ok(verify(&original, &copy, &pairs, &path(&proof.earlier_path), &path(&proof.later_path))?)
}

fn pair(pair: &DuplicatePair) -> Pair {
    Pair {
        digest: pair.digest.into(),
        earlier_position: pair.earlier_position.u64(),
        later_position: pair.later_position.u64(),
    }
}

fn path(hashes: &[Hash32]) -> Vec<Hash> {
    hashes.iter().map(|hash| *hash.bytes()).collect()
}

/// Adds proved copies to the contribution's record; returns what of its bond goes now, in uopen: what these copies cost, or what
/// proved debt and earlier copies have left.
fn take(later: &mut Contribution, proved: usize) -> Result<Uint128, ContractError> {
    let proved = u64::try_from(proved).map_err(|_| overflow("duplicates"))?;
    let distinct = later.duplicates.checked_add(Uint64::new(proved)).map_err(|_| overflow("duplicates"))?;
    let left = bonds::left(later)?;
    let taken = match cost(later, distinct)? {
        Slash::Part { total } => Uint128::new(total.saturating_sub(cost_so_far(later)?)).min(left),
        Slash::Whole => {
            later.status = Status::Slashed;
            left
        }
    };
    later.duplicates = distinct;
    later.bond_taken = later.bond_taken.checked_add(taken).map_err(|_| overflow("bond"))?;
    Ok(taken)
}

/// What of the bond `distinct` copies cost.
fn cost(later: &Contribution, distinct: Uint64) -> Result<Slash, ContractError> {
    let items = later.revealed.as_ref().map_or(0, |revealed| revealed.item_count.u64());
    Ok(slash(later.bond.u128(), distinct.u64(), items)?)
}

/// What the copies proved before cost, in uopen.
fn cost_so_far(later: &Contribution) -> Result<u128, ContractError> {
    match cost(later, later.duplicates)? {
        Slash::Part { total } => Ok(total),
        Slash::Whole => Ok(later.bond.u128()),
    }
}

const fn overflow(quantity: &'static str) -> ContractError {
    ContractError::Overflow { quantity }
}
