//! Everything that is stored, behind functions. Every key prefix stands here once.

use cosmwasm_std::{Addr, Binary, Order, StdError, StdResult, Storage};
use cw_storage_plus::{Bound, Item, Map};
use protocol::model::{Config, DatedTerms, Model, PriceSheet, Terms, UsedContribution, ValidationExtension, Version};
use protocol::{ContributionId, Epoch, Hash32, ModelId, Page};
use rules::bitmap::Bitmap;

use crate::ContractError;

const CONFIG: Item<Config> = Item::new("config");
/// Id of the newest model; ids count from 1.
const LAST_MODEL: Item<u64> = Item::new("last_model");
const MODELS: Map<u64, Model> = Map::new("models");
/// (model, first epoch in which they hold)
const TERMS: Map<(u64, u64), Terms> = Map::new("terms");
/// model: positions to be left out, as many bits as the model had positions then
const WITHDRAWN: Map<u64, Binary> = Map::new("withdrawn");
/// (model, number)
const VERSIONS: Map<(u64, u32), Version> = Map::new("versions");
/// (model, version)
const PRICE_SHEETS: Map<(u64, u32), PriceSheet> = Map::new("price_sheets");
/// (model, position): contribution
const USED: Map<(u64, u32), u64> = Map::new("used");
/// (model, contribution): position
const POSITION_OF: Map<(u64, u64), u32> = Map::new("position_of");
/// (model, number)
const EXTENSIONS: Map<(u64, u32), ValidationExtension> = Map::new("extensions");
/// (model, root): number of the extension
const EXTENSION_OF: Map<(u64, &[u8]), u32> = Map::new("extension_of");

pub fn save_config(storage: &mut dyn Storage, config: &Config) -> StdResult<()> {
    CONFIG.save(storage, config)
}

pub fn load_config(storage: &dyn Storage) -> StdResult<Config> {
    CONFIG.load(storage)
}

/// Takes the next model id.
pub fn next_model(storage: &mut dyn Storage) -> Result<ModelId, ContractError> {
    let last = ModelId(LAST_MODEL.may_load(storage)?.unwrap_or(0));
    let next = last.next().ok_or_else(counter_full)?;
    LAST_MODEL.save(storage, &next.get())?;
    Ok(next)
}

pub fn save_model(storage: &mut dyn Storage, model: &Model) -> StdResult<()> {
    MODELS.save(storage, model.id.get(), model)
}

pub fn load_model(storage: &dyn Storage, model: ModelId) -> Result<Model, ContractError> {
    MODELS.may_load(storage, model.get())?.ok_or(ContractError::UnknownModel { model })
}

pub fn models(storage: &dyn Storage, page: &Page) -> StdResult<Vec<Model>> {
    MODELS
        .range(storage, page.after().map(Bound::exclusive), None, Order::Ascending)
        .take(page.take())
        .map(|entry| Ok(entry?.1))
        .collect()
}

/// The model's stake contract.
///
/// # Errors
/// If it is only being created.
pub fn stake_of(model: &Model) -> Result<Addr, ContractError> {
    model.stake.clone().ok_or(ContractError::NoStake { model: model.id })
}

pub fn save_terms(storage: &mut dyn Storage, model: ModelId, dated: &DatedTerms) -> StdResult<()> {
    TERMS.save(storage, (model.get(), dated.from.get()), &dated.terms)
}

/// The terms that hold in an epoch: the last that began to hold no later. Every model has some from epoch 0 on.
pub fn terms_in(storage: &dyn Storage, model: ModelId, epoch: Epoch) -> Result<Terms, ContractError> {
    let until = Some(Bound::inclusive(epoch.get()));
    let mut latest_first = TERMS.prefix(model.get()).range(storage, None, until, Order::Descending);
    Ok(latest_first.next().ok_or(ContractError::UnknownModel { model })??.1)
}

pub fn terms(storage: &dyn Storage, model: ModelId, page: &Page) -> StdResult<Vec<DatedTerms>> {
    TERMS
        .prefix(model.get())
        .range(storage, page.after().map(Bound::exclusive), None, Order::Ascending)
        .take(page.take())
        .map(|entry| {
            let (from, terms) = entry?;
            Ok(DatedTerms { from: Epoch(from), terms })
        })
        .collect()
}

/// The positions of a model that were withdrawn or slashed, as many bits as it has positions.
pub fn load_withdrawn(storage: &dyn Storage, model: &Model) -> StdResult<Bitmap> {
    let mut bytes = WITHDRAWN.may_load(storage, model.id.get())?.unwrap_or_default().to_vec();
    // Positions are only ever added, so what was stored is never longer.
    let positions = bit(model.positions);
    bytes.resize(positions.div_ceil(8), 0);
    Bitmap::from_bytes(positions, bytes).map_err(|error| StdError::generic_err(error.to_string()))
}

pub fn save_withdrawn(storage: &mut dyn Storage, model: ModelId, withdrawn: &Bitmap) -> StdResult<()> {
    WITHDRAWN.save(storage, model.get(), &Binary::from(withdrawn.as_bytes()))
}

/// A position, or their number, as bitmaps count.
pub fn bit(position: u32) -> usize {
    usize::try_from(position).unwrap_or(usize::MAX)
}

pub fn save_version(storage: &mut dyn Storage, model: ModelId, version: &Version) -> StdResult<()> {
    VERSIONS.save(storage, (model.get(), version.number), version)
}

pub fn load_version(storage: &dyn Storage, model: ModelId, number: u32) -> Result<Version, ContractError> {
    VERSIONS.may_load(storage, (model.get(), number))?.ok_or(ContractError::UnknownVersion { model, number })
}

pub fn save_price_sheet(storage: &mut dyn Storage, model: ModelId, sheet: &PriceSheet) -> StdResult<()> {
    PRICE_SHEETS.save(storage, (model.get(), sheet.version), sheet)
}

pub fn load_price_sheet(storage: &dyn Storage, model: ModelId, version: u32) -> Result<PriceSheet, ContractError> {
    PRICE_SHEETS.may_load(storage, (model.get(), version))?.ok_or(ContractError::UnknownPriceSheet { model, version })
}

/// Gives a contribution its position.
///
/// # Errors
/// If it has one already, from this message or an earlier one.
pub fn take_position(storage: &mut dyn Storage, model: ModelId, used: &UsedContribution) -> Result<(), ContractError> {
    let UsedContribution { position, contribution } = *used;
    if let Some(position) = position_of(storage, model, contribution)? {
        return Err(ContractError::AlreadyUsed { contribution, position });
    }
    POSITION_OF.save(storage, (model.get(), contribution.get()), &position)?;
    USED.save(storage, (model.get(), position), &contribution.get())?;
    Ok(())
}

pub fn position_of(storage: &dyn Storage, model: ModelId, contribution: ContributionId) -> StdResult<Option<u32>> {
    POSITION_OF.may_load(storage, (model.get(), contribution.get()))
}

pub fn contribution_at(storage: &dyn Storage, model: ModelId, position: u32) -> Result<ContributionId, ContractError> {
    USED.may_load(storage, (model.get(), position))?
        .map(ContributionId)
        .ok_or(ContractError::UnknownPosition { model, position })
}

pub fn used(storage: &dyn Storage, model: ModelId, page: &Page) -> StdResult<Vec<UsedContribution>> {
    let Some(after) = after_u32(page) else {
        return Ok(Vec::new());
    };
    USED.prefix(model.get())
        .range(storage, after.map(Bound::exclusive), None, Order::Ascending)
        .take(page.take())
        .map(|entry| {
            let (position, contribution) = entry?;
            Ok(UsedContribution { position, contribution: ContributionId(contribution) })
        })
        .collect()
}

pub fn save_extension(storage: &mut dyn Storage, model: ModelId, extension: &ValidationExtension) -> StdResult<()> {
    EXTENSION_OF.save(storage, (model.get(), extension.root.bytes()), &extension.number)?;
    EXTENSIONS.save(storage, (model.get(), extension.number), extension)
}

pub fn load_extension(storage: &dyn Storage, model: ModelId, number: u32) -> StdResult<ValidationExtension> {
    EXTENSIONS.load(storage, (model.get(), number))
}

pub fn is_extension_root(storage: &dyn Storage, model: ModelId, root: &Hash32) -> bool {
    EXTENSION_OF.has(storage, (model.get(), root.bytes()))
}

pub fn extensions(storage: &dyn Storage, model: ModelId, page: &Page) -> StdResult<Vec<ValidationExtension>> {
    let Some(after) = after_u32(page) else {
        return Ok(Vec::new());
    };
    EXTENSIONS
        .prefix(model.get())
        .range(storage, after.map(Bound::exclusive), None, Order::Ascending)
        .take(page.take())
        .map(|entry| Ok(entry?.1))
        .collect()
}

/// The count after `count`.
///
/// # Errors
/// If it does not fit 32 bits.
pub fn following(count: u32) -> Result<u32, ContractError> {
    count.checked_add(1).ok_or_else(counter_full)
}

/// The error of a counter that is full.
pub fn counter_full() -> ContractError {
    cosmwasm_std::OverflowError::new(cosmwasm_std::OverflowOperation::Add).into()
}

/// The page's bound in a listing by 32-bit numbers; `None` if it lies beyond them, where nothing follows.
fn after_u32(page: &Page) -> Option<Option<u32>> {
    page.after().map(u32::try_from).transpose().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use cosmwasm_std::testing::MockStorage;

    /// Storage-key collisions: maps prefix their keys by the length of the namespace, so unequal namespaces never meet.
    #[test]
    fn every_namespace_stands_once() {
        let foreign = [cw_ownable::OWNERSHIP_KEY, "contract_info"].map(|key| key.as_bytes().to_vec());
        let own = [
            CONFIG.as_slice().to_vec(),
            LAST_MODEL.as_slice().to_vec(),
            MODELS.namespace_bytes().to_vec(),
            TERMS.namespace_bytes().to_vec(),
            WITHDRAWN.namespace_bytes().to_vec(),
            VERSIONS.namespace_bytes().to_vec(),
            PRICE_SHEETS.namespace_bytes().to_vec(),
            USED.namespace_bytes().to_vec(),
            POSITION_OF.namespace_bytes().to_vec(),
            EXTENSIONS.namespace_bytes().to_vec(),
            EXTENSION_OF.namespace_bytes().to_vec(),
        ];
        let mut all: Vec<Vec<u8>> = own.into_iter().chain(foreign).collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }

    #[test]
    fn ids_run_out_with_an_error() {
        let mut storage = MockStorage::new();
        LAST_MODEL.save(&mut storage, &u64::MAX).unwrap();
        let error = next_model(&mut storage).unwrap_err();
        assert!(matches!(error, ContractError::Overflow(_)));
    }
}
