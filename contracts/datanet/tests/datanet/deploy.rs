//! The contracts of these tests: the real OPEN and `datanet`, and a stand-in for `settlement`.

use cosmwasm_std::{
    Addr, Binary, Coin, Deps, DepsMut, Empty, Env, MessageInfo, Response, StdError, StdResult, to_json_binary,
};
use cw_multi_test::{App, ContractWrapper, Executor};
use cw_storage_plus::Item;
use cw20::Cw20Coin;
use datanet::ContractError;
use protocol::Seconds;
use protocol::datanet::InstantiateMsg;
use protocol::settlement::{self, ContributionUpdate};

use crate::world::{FUNDED, FUNDS, MIN_BLOCKS, contract_error};

/// A native coin, which no contract here takes.
pub const NATIVE: &str = "uwasm";

/// Instantiates `datanet`, which may be refused.
pub fn deploy_datanet(app: &mut App, token: &Addr, reveal_period: u64) -> Result<Addr, ContractError> {
    let owner = app.api().addr_make("governance");
    let msg = InstantiateMsg {
        owner: owner.to_string(),
        open_token: token.to_string(),
        reveal_period: Seconds(reveal_period),
        min_blocks: MIN_BLOCKS.into(),
    };
    instantiate_datanet(app, &msg, &[])
}

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

/// What `settlement` was told.
const UPDATES: Item<Vec<ContributionUpdate>> = Item::new("updates");

/// A stand-in that records what it is told.
pub fn deploy_settlement(app: &mut App) -> Addr {
    fn instantiate(deps: DepsMut, _: Env, _: MessageInfo, _: Empty) -> StdResult<Response> {
        UPDATES.save(deps.storage, &vec![])?;
        Ok(Response::new())
    }
    fn execute(deps: DepsMut, _: Env, _: MessageInfo, msg: settlement::ExecuteMsg) -> StdResult<Response> {
        match msg {
            settlement::ExecuteMsg::SyncContributions { updates } => {
                UPDATES.update(deps.storage, |all| Ok::<_, StdError>([all, updates].concat()))?;
            }
            settlement::ExecuteMsg::Receive(sent) => {
                let hook: settlement::ReceiveMsg = cosmwasm_std::from_json(&sent.msg)?;
                assert_eq!(hook, settlement::ReceiveMsg::Treasury {});
            }
            other => panic!("datanet never sends {other:?}"),
        }
        Ok(Response::new())
    }
    fn query(deps: Deps, _: Env, _: Empty) -> StdResult<Binary> {
        to_json_binary(&UPDATES.load(deps.storage)?)
    }
    let code = app.store_code(Box::new(ContractWrapper::new(execute, instantiate, query)));
    let sender = app.api().addr_make("governance");
    app.instantiate_contract(code, sender, &Empty {}, &[], "settlement", None).unwrap()
}
