//! Announced spendings of the treasury.

use cosmwasm_std::{Order, StdResult, Storage, Uint64};
use cw_storage_plus::{Item, Map};
use protocol::settlement::Spend;
use protocol::{Page, SpendId};

use super::after;
use crate::error::ContractError;

const SPEND_COUNT: Item<u64> = Item::new("spend_count");
const SPENDS: Map<u64, Spend> = Map::new("spends");

/// The next free id of a spending, from 1.
pub fn next_spend_id(storage: &mut dyn Storage) -> Result<SpendId, ContractError> {
    let count = Uint64::new(SPEND_COUNT.may_load(storage)?.unwrap_or_default());
    let next = count.checked_add(Uint64::one())?.u64();
    SPEND_COUNT.save(storage, &next)?;
    Ok(SpendId(next))
}

pub fn load_spend(storage: &dyn Storage, id: SpendId) -> Result<Spend, ContractError> {
    let found = SPENDS.may_load(storage, id.get())?;
    found.ok_or(ContractError::UnknownSpend { spend: id })
}

pub fn save_spend(storage: &mut dyn Storage, spend: &Spend) -> StdResult<()> {
    SPENDS.save(storage, spend.id.get(), spend)
}

pub fn list_spends(storage: &dyn Storage, page: &Page) -> StdResult<Vec<Spend>> {
    SPENDS
        .range(storage, after(page), None, Order::Ascending)
        .take(page.take())
        .map(|found| found.map(|(_, spend)| spend))
        .collect()
}
