//! Answers. Those of cw20 are cw20-base's.

use cosmwasm_std::{Addr, Binary, Deps, Storage, to_json_binary};
use cw20_base::allowances::query_allowance;
use cw20_base::contract::{query_balance, query_download_logo, query_marketing_info, query_minter, query_token_info};
use cw20_base::enumerable::{query_all_accounts, query_owner_allowances, query_spender_allowances};
use protocol::stake::{AccountDividends, DividendTotals, QueryMsg};

use crate::{ContractError, holders, state};

pub fn answer(deps: Deps, contract: &Addr, msg: QueryMsg) -> Result<Binary, ContractError> {
    let answer = match msg {
        QueryMsg::Balance { address } => to_json_binary(&query_balance(deps, address)?),
        QueryMsg::TokenInfo {} => to_json_binary(&query_token_info(deps)?),
        QueryMsg::Minter {} => to_json_binary(&query_minter(deps)?),
        QueryMsg::Allowance { owner, spender } => to_json_binary(&query_allowance(deps, owner, spender)?),
        QueryMsg::AllAllowances { owner, start_after, limit } => {
            to_json_binary(&query_owner_allowances(deps, owner, start_after, limit)?)
        }
        QueryMsg::AllSpenderAllowances { spender, start_after, limit } => {
            to_json_binary(&query_spender_allowances(deps, spender, start_after, limit)?)
        }
        QueryMsg::AllAccounts { start_after, limit } => to_json_binary(&query_all_accounts(deps, start_after, limit)?),
        QueryMsg::MarketingInfo {} => to_json_binary(&query_marketing_info(deps)?),
        QueryMsg::DownloadLogo {} => to_json_binary(&query_download_logo(deps)?),
        QueryMsg::Config {} => to_json_binary(&state::load_config(deps.storage)?),
        QueryMsg::Reserves {} => to_json_binary(&state::load_reserves(deps.storage)?),
        QueryMsg::Dividends { account } => to_json_binary(&dividends(deps, contract, &account)?),
        QueryMsg::DividendTotals {} => to_json_binary(&dividend_totals(deps.storage)?),
    };
    Ok(answer?)
}

fn dividends(deps: Deps, contract: &Addr, account: &str) -> Result<AccountDividends, ContractError> {
    let account = deps.api.addr_validate(account)?;
    let holder = holders::settled(deps.storage, contract, &account)?;
    let balance = state::load_units(deps.storage, &account)?;
    Ok(AccountDividends { balance, claimable: holder.claimable, paid: holder.paid })
}

fn dividend_totals(storage: &dyn Storage) -> Result<DividendTotals, ContractError> {
    let books = state::load_books(storage)?;
    Ok(DividendTotals {
        outstanding: books.outstanding()?,
        sharing: state::load_sharing(storage)?,
        received: books.received,
        paid: books.paid,
        points: books.per_unit,
        carried: books.carried,
        count: books.count,
    })
}
