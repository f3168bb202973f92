//! Models that DataNets recognise or have announced.

use cosmwasm_std::{Order, StdResult, Storage};
use cw_storage_plus::Map;
use protocol::datanet::Recognition;
use protocol::{DatanetId, ModelId};

use super::keys;

/// By DataNet and model; at most `MAX_RECOGNISED` of a DataNet.
const RECOGNITIONS: Map<(u64, u64), Recognition> = Map::new(keys::RECOGNITIONS);

pub fn recognition(storage: &dyn Storage, datanet: DatanetId, model: ModelId) -> StdResult<Option<Recognition>> {
    RECOGNITIONS.may_load(storage, (datanet.get(), model.get()))
}

/// All of a DataNet, by model.
pub fn recognitions(storage: &dyn Storage, datanet: DatanetId) -> StdResult<Vec<Recognition>> {
    let listed = RECOGNITIONS.prefix(datanet.get()).range(storage, None, None, Order::Ascending);
    listed.map(|entry| entry.map(|(_, recognition)| recognition)).collect()
}

pub fn save_recognition(storage: &mut dyn Storage, datanet: DatanetId, recognition: &Recognition) -> StdResult<()> {
    RECOGNITIONS.save(storage, (datanet.get(), recognition.model.get()), recognition)
}

pub fn remove_recognition(storage: &mut dyn Storage, datanet: DatanetId, model: ModelId) {
    RECOGNITIONS.remove(storage, (datanet.get(), model.get()));
}
