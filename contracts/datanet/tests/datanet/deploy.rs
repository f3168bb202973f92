//! The contracts of these tests: the real OPEN and `datanet`.

use cosmwasm_std::{Addr, Coin};
use cw_multi_test::{App, ContractWrapper, Executor};
use cw20::Cw20Coin;
use datanet::ContractError;
use protocol::Seconds;
use protocol::datanet::InstantiateMsg;

use crate::world::{
    APPEAL_PERIOD, CLEAN_ROUNDS, FUNDED, FUNDS, MIN_BLOCKS, NOTICE_PERIOD, REVEAL_PERIOD, contract_error,
};

/// A native coin, which no contract here takes.
pub const NATIVE: &str = "uwasm";

/// An instantiation that nothing is wrong with.
pub fn instantiation(app: &App, token: &Addr) -> InstantiateMsg {
    InstantiateMsg {
        owner: app.api().addr_make("governance").into_string(),
        open_token: token.to_string(),
        reveal_period: Seconds(REVEAL_PERIOD),
        min_blocks: MIN_BLOCKS.into(),
        notice_period: Seconds(NOTICE_PERIOD),
        appeal_period: Seconds(APPEAL_PERIOD),
        clean_rounds: CLEAN_ROUNDS,
    }
}

/// Instantiates `datanet`, which may be refused.
pub fn instantiate_datanet(app: &mut App, msg: &InstantiateMsg, funds: &[Coin]) -> Result<Addr, ContractError> {
    use datanet::contract::{execute, instantiate, migrate, query};
    let code = app.store_code(Box::new(ContractWrapper::new(execute, instantiate, query).with_migrate(migrate)));
    let sender = app.api().addr_make("rich");
    contract_error(app.instantiate_contract(code, sender, msg, funds, "datanet", None))
}

pub fn native_coin() -> Coin {
    Coin::new(1_u128, NATIVE)
}

/// A second token, or the first.
pub fn deploy_token(app: &mut App) -> Addr {
    use open_token::contract::{execute, instantiate, query};
    let code = app.store_code(Box::new(ContractWrapper::new(execute, instantiate, query)));
    let api = app.api();
    let balance = |name: &&str| Cw20Coin { address: api.addr_make(name).to_string(), amount: FUNDS.into() };
    let msg = protocol::open_token::InstantiateMsg {
        name: "OPEN".to_owned(),
        symbol: "OPEN".to_owned(),
        decimals: protocol::open_token::DECIMALS,
        initial_balances: FUNDED.iter().map(balance).collect(),
        mint: None,
        marketing: None,
    };
    let sender = api.addr_make("governance");
    app.instantiate_contract(code, sender, &msg, &[], "open", None).unwrap()
}
