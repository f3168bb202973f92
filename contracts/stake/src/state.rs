//! Everything that is stored beside cw20-base's own state, behind functions. Every key prefix stands here once.
//!
//! cw20-base keeps `token_info`, `marketing_info`, `logo`, `balance`, `allowance` and `allowance_spender`.

use cosmwasm_schema::cw_serde;
use cosmwasm_std::{Addr, OverflowError, StdResult, Storage, Uint64, Uint128};
use cw_storage_plus::{Item, Map};
use cw20_base::state::{BALANCES, TOKEN_INFO};
use protocol::stake::{Config, Reserves};
use rules::dividend::{Holding, Points};

use crate::ContractError;

/// The contract's books in OPEN.
#[cw_serde]
#[derive(Default)]
pub struct Books {
    pub received: Uint128,
    pub paid: Uint128,
    /// See `rules::dividend::Points`.
    pub per_unit: Uint128,
    /// See `rules::dividend::Points`.
    pub carried: Uint128,
    pub count: Uint64,
}

impl Books {
    pub fn points(&self) -> Points {
        Points { per_unit: self.per_unit.u128(), carried: self.carried.u128() }
    }

    /// Received and not paid.
    pub fn outstanding(&self) -> Result<Uint128, OverflowError> {
        self.received.checked_sub(self.paid)
    }
}

/// What a holder has been credited, see `rules::dividend::Holding`, and has been paid.
#[cw_serde]
#[derive(Default)]
pub struct Holder {
    pub seen: Uint128,
    pub claimable: Uint128,
    pub fraction: u64,
    pub paid: Uint128,
}

impl Holder {
    pub fn holding(&self) -> Holding {
        Holding { seen: self.seen.u128(), claimable: self.claimable.u128(), fraction: self.fraction }
    }

    /// The same holder after its credits became `holding`.
    pub fn with(self, holding: Holding) -> Self {
        let Holding { seen, claimable, fraction } = holding;
        Self { seen: seen.into(), claimable: claimable.into(), fraction, paid: self.paid }
    }
}

const CONFIG: Item<Config> = Item::new("config");
const RESERVES: Item<Reserves> = Item::new("reserves");
const BOOKS: Item<Books> = Item::new("books");
const HOLDERS: Map<&Addr, Holder> = Map::new("holders");

pub fn save_config(storage: &mut dyn Storage, config: &Config) -> StdResult<()> {
    CONFIG.save(storage, config)
}

pub fn load_config(storage: &dyn Storage) -> StdResult<Config> {
    CONFIG.load(storage)
}

pub fn save_reserves(storage: &mut dyn Storage, reserves: &Reserves) -> StdResult<()> {
    RESERVES.save(storage, reserves)
}

pub fn load_reserves(storage: &dyn Storage) -> StdResult<Reserves> {
    RESERVES.load(storage)
}

pub fn save_books(storage: &mut dyn Storage, books: &Books) -> StdResult<()> {
    BOOKS.save(storage, books)
}

pub fn load_books(storage: &dyn Storage) -> StdResult<Books> {
    Ok(BOOKS.may_load(storage)?.unwrap_or_default())
}

pub fn save_holder(storage: &mut dyn Storage, account: &Addr, holder: &Holder) -> StdResult<()> {
    HOLDERS.save(storage, account, holder)
}

pub fn load_holder(storage: &dyn Storage, account: &Addr) -> StdResult<Holder> {
    Ok(HOLDERS.may_load(storage, account)?.unwrap_or_default())
}

/// Units that share in dividends: the supply less the reserves.
pub fn load_sharing(storage: &dyn Storage) -> Result<Uint128, ContractError> {
    let supply = TOKEN_INFO.load(storage)?.total_supply;
    let Reserves { contributors, work } = load_reserves(storage)?;
    Ok(supply.checked_sub(contributors)?.checked_sub(work)?)
}

pub fn load_units(storage: &dyn Storage, account: &Addr) -> StdResult<Uint128> {
    Ok(BALANCES.may_load(storage, account)?.unwrap_or_default())
}

/// Gives an account units. The caller has settled its dividends, and takes the units from elsewhere.
pub fn add_units(storage: &mut dyn Storage, account: &Addr, amount: Uint128) -> Result<(), ContractError> {
    let units = load_units(storage, account)?.checked_add(amount)?;
    Ok(BALANCES.save(storage, account, &units)?)
}

/// Takes units from an account. The caller has settled its dividends, and gives the units to others.
pub fn take_units(storage: &mut dyn Storage, account: &Addr, amount: Uint128) -> Result<(), ContractError> {
    let units = load_units(storage, account)?.checked_sub(amount)?;
    Ok(BALANCES.save(storage, account, &units)?)
}
