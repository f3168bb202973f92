//! DataNets: what never changes, who owns them, and the tree of what they accepted.

use cosmwasm_schema::cw_serde;
use cosmwasm_std::{Addr, Order, StdResult, Storage, Uint64};
use cw_storage_plus::{Bound, Item, Map};
use protocol::datanet::{Datanet, NewDatanet};
use protocol::{DatanetId, Hash32, Page};
use rules::tree::{Frontier, TAG_DATANET};

use super::{keys, next};
use crate::ContractError;

const DATANET_COUNT: Item<u64> = Item::new(keys::DATANET_COUNT);
/// Settings apart from what changes: they hold up to 128 addresses and are written once.
const DATANETS: Map<u64, NewDatanet> = Map::new(keys::DATANETS);
const OWNERS: Map<u64, Holder> = Map::new(keys::OWNERS);
const FRONTIERS: Map<u64, Peaks> = Map::new(keys::FRONTIERS);
const SNAPSHOTS: Map<(u64, u64), Hash32> = Map::new(keys::SNAPSHOTS);

/// Who owns a DataNet, and to whom it is offered.
#[cw_serde]
pub struct Holder {
    pub owner: Addr,
    pub offered_to: Option<Addr>,
}

#[cw_serde]
#[derive(Default)]
struct Peaks {
    n: Uint64,
    peaks: Vec<Hash32>,
}

/// Stores a new DataNet without contributions, and gives it the next id.
pub fn append_datanet(
    storage: &mut dyn Storage,
    owner: Addr,
    settings: &NewDatanet,
) -> Result<DatanetId, ContractError> {
    let id = next(storage, &DATANET_COUNT, "DataNet ids")?;
    DATANETS.save(storage, id, settings)?;
    OWNERS.save(storage, id, &Holder { owner, offered_to: None })?;
    save_frontier(storage, DatanetId(id), &Frontier::default())?;
    Ok(DatanetId(id))
}

/// A DataNet's settings, which never change.
pub fn datanet_settings(storage: &dyn Storage, datanet: DatanetId) -> Result<NewDatanet, ContractError> {
    DATANETS.may_load(storage, datanet.get())?.ok_or(ContractError::UnknownDatanet { datanet })
}

pub fn holder(storage: &dyn Storage, datanet: DatanetId) -> Result<Holder, ContractError> {
    OWNERS.may_load(storage, datanet.get())?.ok_or(ContractError::UnknownDatanet { datanet })
}

pub fn save_holder(storage: &mut dyn Storage, datanet: DatanetId, holder: &Holder) -> StdResult<()> {
    OWNERS.save(storage, datanet.get(), holder)
}

/// The tree of accepted contributions, reduced to its peaks.
pub fn frontier(storage: &dyn Storage, datanet: DatanetId) -> Result<Frontier, ContractError> {
    let stored = FRONTIERS.may_load(storage, datanet.get())?.ok_or(ContractError::UnknownDatanet { datanet })?;
    Ok(Frontier { n: stored.n.u64(), peaks: stored.peaks.into_iter().map(Into::into).collect() })
}

/// Stores the tree, and its root as the snapshot of the version it makes.
pub fn save_frontier(storage: &mut dyn Storage, datanet: DatanetId, frontier: &Frontier) -> StdResult<Hash32> {
    let root = Hash32(frontier.commitment(TAG_DATANET));
    let peaks = frontier.peaks.iter().copied().map(Hash32).collect();
    FRONTIERS.save(storage, datanet.get(), &Peaks { n: frontier.n.into(), peaks })?;
    SNAPSHOTS.save(storage, (datanet.get(), frontier.n), &root)?;
    Ok(root)
}

pub fn snapshot(storage: &dyn Storage, datanet: DatanetId, version: u64) -> StdResult<Option<Hash32>> {
    SNAPSHOTS.may_load(storage, (datanet.get(), version))
}

/// A DataNet as clients see it.
pub fn datanet(storage: &dyn Storage, id: DatanetId) -> Result<Datanet, ContractError> {
    let settings = datanet_settings(storage, id)?;
    let Holder { owner, offered_to } = holder(storage, id)?;
    let frontier = frontier(storage, id)?;
    let root = Hash32(frontier.commitment(TAG_DATANET));
    Ok(Datanet { id, owner, offered_to, settings, version: frontier.n.into(), root })
}

pub fn datanets(storage: &dyn Storage, page: &Page) -> Result<Vec<Datanet>, ContractError> {
    let after = page.after().map(Bound::exclusive);
    let ids = DATANETS.keys(storage, after, None, Order::Ascending).take(page.take());
    ids.map(|id| datanet(storage, DatanetId(id?))).collect()
}
