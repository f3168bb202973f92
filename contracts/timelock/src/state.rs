//! Everything that is stored, behind functions. Every key prefix stands here once; `cw2` has `contract_info`, `cw-ownable` `ownership`.

use cosmwasm_std::{Order, StdResult, Storage, Uint64};
use cw_storage_plus::{Bound, Item, Map};
use protocol::timelock::{Config, Proposal};
use protocol::{Page, ProposalId};

use crate::ContractError;

const CONFIG: Item<Config> = Item::new("config");
const PROPOSAL_COUNT: Item<u64> = Item::new("proposal_count");
const PROPOSALS: Map<u64, Proposal> = Map::new("proposals");

pub fn save_config(storage: &mut dyn Storage, config: &Config) -> StdResult<()> {
    CONFIG.save(storage, config)
}

pub fn load_config(storage: &dyn Storage) -> StdResult<Config> {
    CONFIG.load(storage)
}

/// The next free id of a proposal, from 1.
pub fn next_proposal_id(storage: &mut dyn Storage) -> Result<ProposalId, ContractError> {
    let count = Uint64::new(PROPOSAL_COUNT.may_load(storage)?.unwrap_or_default());
    let next = count.checked_add(Uint64::one())?.u64();
    PROPOSAL_COUNT.save(storage, &next)?;
    Ok(ProposalId(next))
}

pub fn save_proposal(storage: &mut dyn Storage, proposal: &Proposal) -> StdResult<()> {
    PROPOSALS.save(storage, proposal.id.get(), proposal)
}

/// As it is stored: whether its time has come, the clock says.
pub fn load_proposal(storage: &dyn Storage, id: ProposalId) -> Result<Proposal, ContractError> {
    let found = PROPOSALS.may_load(storage, id.get())?;
    found.ok_or(ContractError::UnknownProposal { proposal: id })
}

pub fn list_proposals(storage: &dyn Storage, page: &Page) -> StdResult<Vec<Proposal>> {
    PROPOSALS
        .range(storage, page.after().map(Bound::exclusive), None, Order::Ascending)
        .take(page.take())
        .map(|found| found.map(|(_, proposal)| proposal))
        .collect()
}
