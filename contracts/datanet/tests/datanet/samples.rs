//! Settings, items, reveals and proofs that nothing is wrong with.

use cosmwasm_std::{Uint64, Uint128};
use protocol::datanet::{Admission, ContributionKind, DuplicatePair, DuplicateProof, NewDatanet, RevealedContribution};
use protocol::{Bps, ContributionId, Hash32, Payee};
use rules::hash::Hash;
use rules::item::{item_digest, items_commitment};
use rules::tree::{leaf, prove_many};

use crate::world::{BOND, SALT};

/// Settings that nothing is wrong with.
pub fn settings(admission: Admission) -> NewDatanet {
    NewDatanet {
        name: "digits".to_owned(),
        description: "Handwritten digits".to_owned(),
        media: "image/x-grey8".to_owned(),
        schema: String::new(),
        licence: "CC-BY-4.0".to_owned(),
        admission,
        bond: Uint128::new(BOND),
        commits_per_day: 10,
        min_influence_share: Bps(5_000),
        curators: vec![],
        item_key: None,
    }
}

/// Digests of the items with these numbers.
pub fn items(numbers: impl IntoIterator<Item = u32>) -> Vec<Hash> {
    numbers.into_iter().map(|number| item_digest(&number.to_be_bytes())).collect()
}

/// The reveal that opens `World::commitment`.
pub fn revealed(items: &[Hash]) -> RevealedContribution {
    RevealedContribution {
        kind: ContributionKind::Data,
        items_root: items_commitment(items).into(),
        item_count: Uint64::new(items.len() as u64),
        bytes: Uint64::new(64),
        uri: "https://example.org/batch".to_owned(),
        licence: "CC-BY-4.0".to_owned(),
        salt: SALT,
        payees: vec![],
    }
}

pub fn payee(account: &str, share: u16) -> Payee {
    Payee { account: account.to_owned(), share: Bps(share) }
}

/// One side of a duplicate proof.
pub struct Side<'a> {
    pub id: ContributionId,
    pub items: &'a [Hash],
}

/// Proves that the items at the pairs' (earlier, later) positions are the same.
pub fn duplicate_proof(earlier: Side, later: Side, pairs: &[(u64, u64)]) -> DuplicateProof {
    let pair = |(earlier_position, later_position): &(u64, u64)| DuplicatePair {
        digest: later.items[*later_position as usize].into(),
        earlier_position: (*earlier_position).into(),
        later_position: (*later_position).into(),
    };
    let mut earlier_positions: Vec<u64> = pairs.iter().map(|(position, _)| *position).collect();
    earlier_positions.sort_unstable();
    earlier_positions.dedup();
    let later_positions: Vec<u64> = pairs.iter().map(|(_, position)| *position).collect();
    DuplicateProof {
        earlier: earlier.id,
        later: later.id,
        pairs: pairs.iter().map(pair).collect(),
        earlier_path: path(earlier.items, &earlier_positions),
        later_path: path(later.items, &later_positions),
    }
}

fn path(items: &[Hash], positions: &[u64]) -> Vec<Hash32> {
    let leaves: Vec<Hash> = items.iter().map(|item| leaf(item)).collect();
    let proof = prove_many(&leaves, positions).map_or(vec![], |proof| proof.path);
    proof.into_iter().map(Hash32).collect()
}
