//! Whether every OPEN is where it should be, asked of any chain by public queries.

use std::time::Duration;

use anyhow::Result;
use chain::ChainClientExt as _;
use cosmwasm_std::Addr;
use operator::contracts::Contracts;
use protocol::{attribution, datanet, open_token, settlement};

use super::world::World;

/// Accounts that cw20-base lists at once, at most.
const PAGE: usize = 30;

/// Attempts on a chain that moves on between two questions.
const ATTEMPTS: u32 = 8;
/// Time between two attempts.
const PAUSE: Duration = Duration::from_millis(400);

/// What does not add up, as sentences: the supply, the sum of all balances, and what each contract says that it holds. A chain that moves
/// on between two questions may give a false sum, so that it is asked again before anything is said.
///
/// # Errors
/// If the chain does not answer.
pub async fn missing(world: &World, supply: u128) -> Result<Vec<String>> {
    let mut missing = look(world, supply).await?;
    for _ in 1..ATTEMPTS {
        if missing.is_empty() {
            break;
        }
        tokio::time::sleep(PAUSE).await;
        missing = look(world, supply).await?;
    }
    Ok(missing)
}

async fn look(world: &World, supply: u128) -> Result<Vec<String>> {
    let mut missing = Vec::new();
    let (now, sum) = (world.contracts.open_supply().await?, sum(world).await?);
    if now != supply || sum != supply {
        missing.push(format!("the supply is {now} uopen and balances sum to {sum}; {supply} were made"));
    }
    for (name, contract, owed) in books(&world.contracts).await? {
        let held = world.contracts.open_balance(contract.as_str()).await?;
        if held != owed {
            missing.push(format!("{name} holds {held} uopen and owes {owed}"));
        }
    }
    Ok(missing)
}

async fn sum(world: &World) -> Result<u128> {
    let token = world.contracts.deployment().open_token.as_str();
    let mut sum = 0;
    let mut start_after = None;
    loop {
        let limit = u32::try_from(PAGE).ok();
        let query = open_token::QueryMsg::AllAccounts { start_after: start_after.clone(), limit };
        let page: cw20::AllAccountsResponse = world.chain.query(token, &query).await?;
        for account in &page.accounts {
            sum += world.contracts.open_balance(account).await?;
        }
        if page.accounts.len() < PAGE {
            return Ok(sum);
        }
        start_after = page.accounts.last().cloned();
    }
}

/// What each contract says that it holds, in uopen.
async fn books(contracts: &Contracts) -> Result<[(&'static str, Addr, u128); 3]> {
    let at = contracts.deployment();
    let datanet: datanet::Config = contracts.datanet(&datanet::QueryMsg::Config {}).await?;
    let attribution: attribution::Config = contracts.attribution(&attribution::QueryMsg::Config {}).await?;
    let settlement: settlement::Totals = contracts.settlement(&settlement::QueryMsg::Totals {}).await?;
    Ok([
        ("datanet", at.datanet.clone(), datanet.bonds_held.u128()),
        ("attribution", at.attribution.clone(), attribution.bonds_held.u128()),
        ("settlement", at.settlement.clone(), settlement.owed(contracts.claimed().await?)?.u128()),
    ])
}
