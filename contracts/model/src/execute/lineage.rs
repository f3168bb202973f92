//! Lineage: what a new model may be made from. Parents exist already, so it has no cycles, and royalties no ring to run in.

use std::collections::BTreeSet;

use cosmwasm_std::Storage;
use protocol::ModelId;
use protocol::model::{MAX_DEPTH, MAX_PARENTS, ModelKind, Parent};
use rules::royalty;

use crate::{ContractError, state};

/// Checks number, ids and shares of parents, and gives the new model's depth: one more than its deepest parent's.
pub fn checked_depth(storage: &dyn Storage, kind: ModelKind, parents: &[Parent]) -> Result<u8, ContractError> {
    check_count(kind, parents.len())?;
    check_parents(parents)?;
    let mut deepest = 0;
    for parent in parents {
        deepest = state::load_model(storage, parent.model)?.depth.max(deepest);
    }
    let depth = deepest.saturating_add(1);
    if depth > MAX_DEPTH {
        return Err(ContractError::TooDeep { depth });
    }
    Ok(depth)
}

fn check_count(kind: ModelKind, count: usize) -> Result<(), ContractError> {
    let (least, most) = match kind {
        ModelKind::Base => (0, 0),
        ModelKind::Adapter => (1, MAX_PARENTS),
        ModelKind::Merge => (2, MAX_PARENTS),
    };
    if count < least || count > most {
        return Err(ContractError::ParentCount { count, least, most });
    }
    Ok(())
}

fn check_parents(parents: &[Parent]) -> Result<(), ContractError> {
    let mut seen: BTreeSet<ModelId> = BTreeSet::new();
    for Parent { model: parent, share } in parents.iter().copied() {
        if !seen.insert(parent) {
            return Err(ContractError::DuplicateParent { parent });
        }
        if share.0 == 0 {
            return Err(ContractError::ZeroParentShare { parent });
        }
    }
    if parents.is_empty() {
        return Ok(());
    }
    // Royalties will be divided so; a flow of nothing asks whether they can be.
    let shares: Vec<u16> = parents.iter().map(|parent| parent.share.0).collect();
    royalty::flow(0, &shares).map_err(ContractError::ParentShares)?;
    Ok(())
}
