//! All storage, behind functions that load and save. Nothing else knows a key.

use cosmwasm_schema::cw_serde;
use cosmwasm_std::{Addr, StdResult, Storage, Uint64, Uint128};
use cw_storage_plus::Item;
use protocol::Seconds;
use protocol::datanet::{Contribution, DebtCase};
use rules::clock::Window;
use rules::hash::Domain;

use crate::ContractError;

mod contributions;
mod counted;
mod datanets;
mod debts;
mod recognitions;

pub use contributions::{
    append_contribution, contribution, contributions, count_commit, has_voted, next_contribution, save_contribution,
    save_use, save_vote, save_withdrawn_height, uses, withdrawn_height,
};
pub use counted::count_duplicates;
pub use datanets::{
    Holder, append_datanet, datanet, datanet_settings, datanets, frontier, holder, save_frontier, save_holder, snapshot,
};
pub use debts::{debt_case, has_appealed, save_appeal, save_debt_case};
pub use recognitions::{recognition, recognitions, remove_recognition, save_recognition};

/// Every key or key prefix of this contract; `cw2` and `cw-ownable` add `contract_info` and `ownership`.
mod keys {
    pub const SETTINGS: &str = "settings";
    pub const PEERS: &str = "peers";
    pub const BONDS_HELD: &str = "bonds_held";
    pub const DATANET_COUNT: &str = "datanet_count";
    pub const CONTRIBUTION_COUNT: &str = "contribution_count";
    pub const DATANETS: &str = "datanets";
    pub const OWNERS: &str = "datanet_owners";
    pub const FRONTIERS: &str = "frontiers";
    pub const SNAPSHOTS: &str = "snapshots";
    pub const CONTRIBUTIONS: &str = "contributions";
    pub const BY_DATANET: &str = "contributions_by_datanet";
    pub const DAILY_COMMITS: &str = "daily_commits";
    pub const VOTES: &str = "votes";
    pub const COUNTED: &str = "counted_duplicates";
    pub const USES: &str = "uses";
    pub const WITHDRAWN_HEIGHTS: &str = "withdrawn_heights";
    pub const RECOGNITIONS: &str = "recognitions";
    pub const DEBT_CASES: &str = "debt_cases";
    pub const APPEALS: &str = "appeals";
}

const SETTINGS: Item<Settings> = Item::new(keys::SETTINGS);
const PEERS: Item<Peers> = Item::new(keys::PEERS);
const BONDS_HELD: Item<Uint128> = Item::new(keys::BONDS_HELD);

/// What is fixed at instantiation.
#[cw_serde]
pub struct Settings {
    /// The cw20 contract of OPEN.
    pub open_token: Addr,
    /// This contract.
    pub contract: Addr,
    /// The chain's id.
    pub chain_id: String,
    /// Time from commit to the last moment of a reveal.
    pub reveal_period: Seconds,
    /// Blocks that every window lasts at least.
    pub min_blocks: Uint64,
    /// Notice of a recognition, and of the release of an unused bond.
    pub notice_period: Seconds,
    /// Time in which a claim for proved debt can be appealed.
    pub appeal_period: Seconds,
    /// Settled rounds in a row without proved debt after which a bond is released.
    pub clean_rounds: u8,
}

impl Settings {
    /// What enters every digest, so that none means anything elsewhere.
    pub fn domain(&self) -> Domain {
        Domain { chain_id: self.chain_id.clone(), contract: self.contract.to_string() }
    }

    /// The time in which a commitment must be revealed.
    pub fn reveal_window(&self, contribution: &Contribution) -> Window {
        self.window(contribution.committed_at, contribution.committed_height, self.reveal_period)
    }

    /// The notice that began at a time and height.
    pub fn notice_window(&self, began_at: Seconds, height: Uint64) -> Window {
        self.window(began_at, height, self.notice_period)
    }

    /// The time in which a claim for proved debt can be appealed.
    pub fn appeal_window(&self, case: &DebtCase) -> Window {
        self.window(case.claimed_at, case.claimed_height, self.appeal_period)
    }

    fn window(&self, began_at: Seconds, height: Uint64, period: Seconds) -> Window {
        Window {
            // Block times and the periods, limited at instantiation, are far from 64 bits.
            ends_at: began_at.get().saturating_add(period.get()),
            began_height: height.u64(),
            min_blocks: self.min_blocks.u64(),
        }
    }
}

/// The contracts deployed after this one.
#[cw_serde]
pub struct Peers {
    /// The `model` contract.
    pub model: Addr,
    /// The `settlement` contract.
    pub settlement: Addr,
}

pub fn save_settings(storage: &mut dyn Storage, settings: &Settings) -> StdResult<()> {
    SETTINGS.save(storage, settings)
}

pub fn settings(storage: &dyn Storage) -> StdResult<Settings> {
    SETTINGS.load(storage)
}

pub fn save_peers(storage: &mut dyn Storage, peers: &Peers) -> StdResult<()> {
    PEERS.save(storage, peers)
}

pub fn peers_if_wired(storage: &dyn Storage) -> StdResult<Option<Peers>> {
    PEERS.may_load(storage)
}

pub fn peers(storage: &dyn Storage) -> Result<Peers, ContractError> {
    peers_if_wired(storage)?.ok_or(ContractError::NotWired)
}

/// Bonds held now, in uopen.
pub fn bonds_held(storage: &dyn Storage) -> StdResult<Uint128> {
    Ok(BONDS_HELD.may_load(storage)?.unwrap_or_default())
}

pub fn add_bond(storage: &mut dyn Storage, amount: Uint128) -> Result<(), ContractError> {
    let held = bonds_held(storage)?.checked_add(amount).map_err(|_| overflow("bonds held"))?;
    Ok(BONDS_HELD.save(storage, &held)?)
}

pub fn remove_bond(storage: &mut dyn Storage, amount: Uint128) -> Result<(), ContractError> {
    let held = bonds_held(storage)?.checked_sub(amount).map_err(|_| overflow("bonds held"))?;
    Ok(BONDS_HELD.save(storage, &held)?)
}

fn next(storage: &mut dyn Storage, count: &Item<u64>, quantity: &'static str) -> Result<u64, ContractError> {
    let id = count.may_load(storage)?.unwrap_or_default().checked_add(1).ok_or(overflow(quantity))?;
    count.save(storage, &id)?;
    Ok(id)
}

const fn overflow(quantity: &'static str) -> ContractError {
    ContractError::Overflow { quantity }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn storage_keys_do_not_collide() {
        let mut all = [
            keys::SETTINGS,
            keys::PEERS,
            keys::BONDS_HELD,
            keys::DATANET_COUNT,
            keys::CONTRIBUTION_COUNT,
            keys::DATANETS,
            keys::OWNERS,
            keys::FRONTIERS,
            keys::SNAPSHOTS,
            keys::CONTRIBUTIONS,
            keys::BY_DATANET,
            keys::DAILY_COMMITS,
            keys::VOTES,
            keys::COUNTED,
            keys::USES,
            keys::WITHDRAWN_HEIGHTS,
            keys::RECOGNITIONS,
            keys::DEBT_CASES,
            keys::APPEALS,
            "contract_info",
            cw_ownable::OWNERSHIP_KEY,
        ];
        all.sort_unstable();
        assert!(all.windows(2).all(|pair| pair[0] != pair[1]), "{all:?}");
    }
}
