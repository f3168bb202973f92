//! What must hold besides, or the statement is not given: a balance that was changed without a transaction shows here.

use protocol::{
    attribution::{Operator, QueryMsg as AttributionQuery},
    open_token,
    settlement::Totals,
};

use super::{
    Mismatch, StatementError,
    books::Books,
    history::{History, Told},
    records::Records,
};
use crate::contracts::Contracts;
use chain::{ChainClient, ChainClientExt};

/// Accounts that cw20-base lists at once, at most.
const PAGE: u32 = 30;

/// Balances of OPEN against its supply; balances of the protocol's contracts, which began with nothing, against their movements; and
/// settlement's balance against what it owes. Whether OPEN has ever known the account.
pub async fn open(
    contracts: &Contracts,
    chain: &dyn ChainClient,
    records: &Records,
    history: &History,
    account: &str,
) -> Result<bool, StatementError> {
    let holders = holders(chain, records).await?;
    let mut sum = 0_u128;
    for holder in &holders {
        let balance = contracts.open_balance(holder).await?;
        sum = sum.checked_add(balance).ok_or(StatementError::Range("the sum of all balances"))?;
    }
    let supply = contracts.open_supply().await?;
    Mismatch::unless_equal("OPEN", ("the sum of all balances", sum), ("the supply", supply))?;
    for contract in records.contracts() {
        let name = records.name_of(&contract).unwrap_or_default();
        let balance = i128::try_from(contracts.open_balance(&contract).await?);
        let balance = balance.map_err(|_| StatementError::Range("a balance"))?;
        let what = format!("balance of the contract {name}, which began with nothing");
        Mismatch::unless_equal(what, ("the chain", balance), ("its transactions", net(history, &contract)?))?;
    }
    solvent(contracts, records).await?;
    Ok(holders.iter().any(|holder| holder == account))
}

async fn holders(chain: &dyn ChainClient, records: &Records) -> Result<Vec<String>, StatementError> {
    let mut all: Vec<String> = Vec::new();
    loop {
        let query = open_token::QueryMsg::AllAccounts { start_after: all.last().cloned(), limit: Some(PAGE) };
        let page: cw20::AllAccountsResponse = chain.query(records.at.open_token.as_str(), &query).await?;
        if page.accounts.is_empty() {
            return Ok(all);
        }
        all.extend(page.accounts);
    }
}

/// Σ in − Σ out of an account.
fn net(history: &History, account: &str) -> Result<i128, StatementError> {
    let mut net = 0_i128;
    for (_, told) in history.told() {
        let Told::Open(movement) = told else { continue };
        let amount = i128::try_from(movement.amount).map_err(|_| StatementError::Range("an amount"))?;
        let (comes, goes) = movement.touches(account);
        let change = i128::from(comes) - i128::from(goes);
        net = net.checked_add(change * amount).ok_or(StatementError::Range("a balance"))?;
    }
    Ok(net)
}

/// Settlement holds what it owes, or more: OPEN that was sent to it without a message is in no book.
async fn solvent(contracts: &Contracts, records: &Records) -> Result<(), StatementError> {
    let totals: Totals = contracts.settlement(&protocol::settlement::QueryMsg::Totals {}).await?;
    let owed = totals.owed(contracts.claimed().await?);
    let owed = owed.map_err(|_| StatementError::Range("what settlement owes"))?.u128();
    let held = contracts.open_balance(records.at.settlement.as_str()).await?;
    if held >= owed {
        return Ok(());
    }
    Mismatch::unless_equal("settlement", ("what it holds", held), ("what it owes at least", owed))
}

/// An account's books, kept by events, against what the contracts answer.
pub async fn books(contracts: &Contracts, books: &Books, account: &str) -> Result<(), StatementError> {
    let balance = contracts.balance(account).await?;
    let what = "balance in settlement";
    Mismatch::unless_equal(what, ("settlement", balance), ("its events", books.booked_to(account)))?;
    channels(contracts, books, account).await?;
    bonds(contracts, books, account).await?;
    operators(contracts, books, account).await
}

async fn channels(contracts: &Contracts, books: &Books, account: &str) -> Result<(), StatementError> {
    for (id, book) in books.channels.iter().filter(|(_, book)| book.payer == account) {
        let channel = contracts.channel(*id).await?;
        let deposit = ("settlement", channel.deposit.u128());
        Mismatch::unless_equal(format!("deposit of channel {id}"), deposit, ("its events", book.deposit))?;
        let redeemed = ("settlement", channel.redeemed.u128());
        Mismatch::unless_equal(format!("fees of channel {id}"), redeemed, ("its events", book.redeemed))?;
    }
    Ok(())
}

async fn bonds(contracts: &Contracts, books: &Books, account: &str) -> Result<(), StatementError> {
    for (id, book) in books.bonds.iter().filter(|(_, book)| book.contributor == account) {
        let record = contracts.contribution(*id).await?;
        let left = if record.bond_returned { 0 } else { record.bond.u128().saturating_sub(record.bond_taken.u128()) };
        Mismatch::unless_equal(format!("bond of contribution {id}"), ("datanet", left), ("its events", book.held))?;
    }
    Ok(())
}

async fn operators(contracts: &Contracts, books: &Books, account: &str) -> Result<(), StatementError> {
    for ((method, operator), held) in books.operators.iter().filter(|((_, operator), _)| operator == account) {
        let query = AttributionQuery::Operator { method: *method, account: operator.clone() };
        let record: Operator = contracts.attribution(&query).await?;
        let what = format!("bond of {operator} as an operator of method {method}");
        Mismatch::unless_equal(what, ("attribution", record.bond.u128()), ("its events", *held))?;
    }
    Ok(())
}
