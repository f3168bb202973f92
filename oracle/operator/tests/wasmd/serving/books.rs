//! What both sides and the chain have of the calls, held against what clients were told.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use gateway::{
    account::Account,
    pay::{Budget, Purse, Spent},
};
use operator::contracts::Contracts;

use super::world::{Payer, World};

/// What clients were told, by prompt: the answer.
pub type Told = BTreeMap<String, String>;

/// Every answer is in the gateway's books once and nothing else is, all of it is signed for, and the payer counts the same. Neither side runs.
pub fn agree(world: &World, payer: &Payer, told: &Told) -> Result<Vec<Account>> {
    let till = world.till()?;
    // Those that all was redeemed of are still there.
    let accounts = till.accounts()?;
    let mut booked = BTreeMap::<String, Vec<String>>::new();
    for account in &accounts {
        ensure!(account.unsigned().is_zero(), "channel {} owes {}", account.channel, account.unsigned());
        for number in 1..=account.served.number {
            let call = till.booked(account.channel, number)?.context("calls are numbered without gaps")?;
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            booked.entry(text(&call.receipt.prompt)).or_default().push(text(&call.receipt.output));
        }
    }
    for (prompt, answer) in told {
        let answers = booked.get(prompt).map(Vec::as_slice).unwrap_or_default();
        ensure!(
            answers.len() == 1 && answers[0] == *answer,
            "{prompt}: told once, booked {} times: told {answer:?}, {answers:?}",
            answers.len()
        );
    }
    ensure!(booked.len() == told.len(), "booked and not told: {:?}", unasked(&booked, told));
    let spent = purse(payer)?.spent()?;
    let calls: u64 = spent.days.iter().map(|(_, day)| day.calls).sum();
    let fees = fees(&spent);
    let served: u128 = accounts.iter().map(|account| account.served.sum.u128()).sum();
    let made: usize = booked.values().map(Vec::len).sum();
    ensure!(
        (calls as usize, fees) == (made, served),
        "the payer counts {calls} of {made} calls, {fees} of {served} uopen"
    );
    for pocket in &spent.channels {
        ensure!(pocket.retired.is_none() && pocket.pending.is_none() && pocket.unsent.is_none(), "{pocket:?}");
    }
    Ok(accounts)
}

/// What a payer that does not run has spent, in uopen.
pub fn spent(payer: &Payer) -> Result<u128> {
    Ok(fees(&purse(payer)?.spent()?))
}

/// How many channels a payer that does not run knows, and how many it may have opened besides.
pub fn channels(payer: &Payer) -> Result<(usize, usize)> {
    let purse = purse(payer)?;
    Ok((purse.pockets()?.len(), purse.openings()?.len()))
}

fn fees(spent: &Spent) -> u128 {
    spent.days.iter().map(|(_, day)| day.fees.u128()).sum()
}

fn purse(payer: &Payer) -> Result<Purse> {
    let budget = Budget { per_call: u128::MAX.into(), per_day: u128::MAX.into() };
    Ok(Purse::open(&payer.process.home.join("purse.redb"), budget)?)
}

fn unasked<'a>(booked: &'a BTreeMap<String, Vec<String>>, told: &Told) -> Vec<&'a String> {
    booked.keys().filter(|prompt| !told.contains_key(*prompt)).collect()
}

/// The chain has booked of every channel exactly what was served, each voucher in one redemption.
pub async fn redeemed(contracts: &Contracts, accounts: &[Account]) -> Result<bool> {
    for account in accounts {
        let channel = contracts.channel(account.channel).await?;
        if channel.redeemed != account.served.sum || channel.head != account.served.head {
            return Ok(false);
        }
    }
    Ok(true)
}
