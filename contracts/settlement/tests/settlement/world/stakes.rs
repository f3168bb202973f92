//! The stake of each model: the real contract, as `model` would instantiate it.

use cosmwasm_std::{Addr, Uint128};
use cw_multi_test::{ContractWrapper, Executor};
use cw20::BalanceResponse;
use protocol::ModelId;
use protocol::stake::{DividendTotals, InstantiateMsg, QueryMsg, Reserves, SUPPLY};
use serde::de::DeserializeOwned;

use super::World;

/// Units of a model's owner.
const OWNER_UNITS: u128 = SUPPLY / 2;
/// Units of the contributors' reserve at the beginning; the rest is the work reserve's.
pub const RESERVE: u128 = SUPPLY * 3 / 10;

impl World {
    pub fn stake(&self, model: ModelId) -> Addr {
        self.stakes[&model].clone()
    }

    pub fn deploy_stake(&mut self, model_id: ModelId) -> Addr {
        let code = self.app.store_code(Box::new(ContractWrapper::new(
            stake::contract::execute,
            stake::contract::instantiate,
            stake::contract::query,
        )));
        let msg = InstantiateMsg {
            model_id,
            name: "Stake".to_owned(),
            symbol: "STK".to_owned(),
            open_token: self.open.to_string(),
            settlement: self.settlement.to_string(),
            owner: self.owner.to_string(),
            owner_units: Uint128::new(OWNER_UNITS),
            contributors_units: Uint128::new(RESERVE),
            work_units: Uint128::new(SUPPLY - OWNER_UNITS - RESERVE),
        };
        let model = self.stub.clone();
        self.app.instantiate_contract(code, model, &msg, &[], "stake", None).unwrap()
    }

    pub fn reserve(&self, model: ModelId) -> u128 {
        self.ask_stake::<Reserves>(model, &QueryMsg::Reserves {}).contributors.u128()
    }

    /// Σ reserve and what was delivered from it is what it began with.
    pub fn delivered(&self, model: ModelId) -> u128 {
        RESERVE - self.reserve(model)
    }

    pub fn dividends(&self, model: ModelId) -> DividendTotals {
        self.ask_stake(model, &QueryMsg::DividendTotals {})
    }

    /// Units of a model's stake that an account holds.
    pub fn units(&self, model: ModelId, name: &str) -> u128 {
        let address = self.account(name).to_string();
        self.ask_stake::<BalanceResponse>(model, &QueryMsg::Balance { address }).balance.u128()
    }

    fn ask_stake<T: DeserializeOwned>(&self, model: ModelId, msg: &QueryMsg) -> T {
        self.app.wrap().query_wasm_smart(&self.stakes[&model], msg).unwrap()
    }
}
