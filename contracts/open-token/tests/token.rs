//! OPEN is cw20-base: fixed supply, no minter.

use cosmwasm_std::testing::{mock_dependencies, mock_env};
use cw_multi_test::{App, ContractWrapper, Executor};
use cw20::{BalanceResponse, Cw20Coin, TokenInfoResponse};
use cw20_base::ContractError;
use open_token::contract::{execute, instantiate, migrate, query};
use protocol::open_token::{DECIMALS, ExecuteMsg, InstantiateMsg, MAX_SUPPLY_UOPEN, MigrateMsg, QueryMsg};

fn deployed() -> (App, cosmwasm_std::Addr) {
    let mut app = App::default();
    let code = app.store_code(Box::new(ContractWrapper::new(execute, instantiate, query).with_migrate(migrate)));
    let holder = app.api().addr_make("holder");
    let msg = InstantiateMsg {
        name: "OPEN".to_owned(),
        symbol: "OPEN".to_owned(),
        decimals: DECIMALS,
        initial_balances: vec![Cw20Coin { address: holder.to_string(), amount: MAX_SUPPLY_UOPEN.into() }],
        mint: None,
        marketing: None,
    };
    let token = app.instantiate_contract(code, holder, &msg, &[], "open", None).unwrap();
    (app, token)
}

#[test]
fn the_supply_moves_and_never_grows() {
    let (mut app, token) = deployed();
    let (holder, other) = (app.api().addr_make("holder"), app.api().addr_make("other"));
    let transfer = ExecuteMsg::Transfer { recipient: other.to_string(), amount: 5_u128.into() };
    app.execute_contract(holder.clone(), token.clone(), &transfer, &[]).unwrap();
    let balance: BalanceResponse =
        app.wrap().query_wasm_smart(&token, &QueryMsg::Balance { address: other.to_string() }).unwrap();
    assert_eq!(balance.balance.u128(), 5);

    let mint = ExecuteMsg::Mint { recipient: holder.to_string(), amount: 1_u128.into() };
    let refused = app.execute_contract(holder, token.clone(), &mint, &[]).unwrap_err();
    assert_eq!(refused.downcast::<ContractError>().unwrap(), ContractError::Unauthorized {});
    let info: TokenInfoResponse = app.wrap().query_wasm_smart(&token, &QueryMsg::TokenInfo {}).unwrap();
    assert_eq!((info.total_supply.u128(), info.decimals), (MAX_SUPPLY_UOPEN, DECIMALS));
}

#[test]
fn nobody_can_make_himself_minter() {
    let (mut app, token) = deployed();
    let holder = app.api().addr_make("holder");
    let update = ExecuteMsg::UpdateMinter { new_minter: Some(holder.to_string()) };
    let refused = app.execute_contract(holder, token, &update, &[]).unwrap_err();
    assert_eq!(refused.downcast::<ContractError>().unwrap(), ContractError::Unauthorized {});
}

#[test]
fn state_of_another_contract_is_not_taken_over() {
    let mut deps = mock_dependencies();
    cw2::set_contract_version(&mut deps.storage, "crates.io:other", "0.1.0").unwrap();
    assert!(migrate(deps.as_mut(), mock_env(), MigrateMsg {}).is_err());
}
