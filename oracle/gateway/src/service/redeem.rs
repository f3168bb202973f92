//! Redeeming: vouchers of epochs that are over, and of channels that are ending, many in one transaction. Receipts are shown before what they explain is booked.
//!
//! Every step can be done twice: what is booked already is seen in the channel, and receipts are shown under their head. So a crash between any two steps costs time alone.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use protocol::{
    ChannelId, Epoch,
    settlement::{MAX_VOUCHERS, SignedVoucher},
};
use tokio_util::sync::CancellationToken;

use super::{ServiceError, Shop, pass_on};
use crate::{
    account::Account,
    chain::{Fault, Now},
    crash::crash_point,
    till::Redemption,
};

/// Epochs whose redemption is tried although it should be over.
const LATE: u64 = 2;

/// Looks at the chain again and again, and redeems what is due, until told to stop.
pub async fn keep_looking(shop: Arc<Shop>, every: Duration, stop: CancellationToken) {
    let mut redeemed_in = None;
    loop {
        match shop.chain.now().await {
            Ok(now) => {
                let is_new = now != shop.now();
                shop.learn(now);
                if let Some(now) = now
                    && (is_new || redeemed_in != Some(now))
                {
                    match redeem_all(&shop).await {
                        Ok(_) => redeemed_in = Some(now),
                        Err(error) => {
                            tracing::warn!(error = %report(&error), "not all vouchers are redeemed; trying again")
                        }
                    }
                }
            }
            Err(error) => tracing::warn!(%error, "the chain does not say where it stands; trying again"),
        }
        if let Err(error) = pass_on(&shop).await {
            tracing::warn!(error = report(&error), "not all corrections are passed on; trying again");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(every) => {}
        }
    }
}

/// Redeems all that is due now, and returns how many vouchers were booked.
///
/// # Errors
/// If the chain, the store or the books could not be used: what was not booked stays due.
pub async fn redeem_all(shop: &Arc<Shop>) -> Result<usize, ServiceError> {
    let now = shop.chain.now().await?.ok_or(ServiceError::NoEpoch)?;
    let mut due = Vec::new();
    let mut unredeemed = 0_u128;
    for account in shop.till.accounts()? {
        if account.held.is_empty() {
            continue;
        }
        let account = refreshed(shop, account.channel).await?;
        unredeemed += account.signed.sum.saturating_sub(account.redeemed.sum).u128();
        due.extend(due_of(shop, &account, now)?);
    }
    shop.metrics.unredeemed(unredeemed);
    let mut booked = 0;
    for batch in due.chunks(MAX_VOUCHERS) {
        booked += redeem(shop, batch).await?;
    }
    Ok(booked)
}

/// A channel as the chain has it now.
async fn refreshed(shop: &Arc<Shop>, channel: ChannelId) -> Result<Account, ServiceError> {
    let Some(shown) = shop.chain.channel(channel).await? else { return Ok(shop.till.account(channel)?) };
    let shop = Arc::clone(shop);
    let refreshed = tokio::task::spawn_blocking(move || shop.till.refresh(&shown)).await;
    Ok(refreshed.map_err(|_| ServiceError::Internal("the books stopped".to_owned()))??)
}

/// Of a channel that is ending all, of others what ended epochs left.
fn due_of(shop: &Shop, account: &Account, now: Now) -> Result<Vec<Redemption>, ServiceError> {
    // A halted chain lets its windows last longer than its clock says.
    let asked_for = Epoch(now.redeemable.get().saturating_sub(LATE));
    let mut redemptions = shop.till.redemptions(account, asked_for)?;
    redemptions.retain(|one| account.is_ending || one.voucher.epoch < now.epoch);
    Ok(redemptions)
}

async fn redeem(shop: &Arc<Shop>, batch: &[Redemption]) -> Result<usize, ServiceError> {
    for redemption in batch {
        shop.chain.publish(&redemption.segment).await?;
    }
    crash_point!("receipts-shown");
    let vouchers: Vec<SignedVoucher> = batch.iter().map(|one| one.voucher.clone()).collect();
    let booked = match shop.chain.redeem(vouchers.clone()).await {
        Ok(()) => vouchers.len(),
        Err(Fault::Refused(reason)) => {
            tracing::warn!(reason, vouchers = vouchers.len(), "the chain refuses these vouchers together; one by one");
            shop.metrics.redeemed(vouchers.len(), false);
            one_by_one(shop, vouchers.clone()).await?
        }
        Err(fault) => {
            shop.metrics.redeemed(vouchers.len(), false);
            return Err(fault.into());
        }
    };
    crash_point!("vouchers-redeemed");
    shop.metrics.redeemed(booked, true);
    for channel in vouchers.iter().map(|voucher| voucher.channel).collect::<BTreeSet<_>>() {
        refreshed(shop, channel).await?;
    }
    Ok(booked)
}

/// What the chain takes of a batch that it refused. Behind a voucher that is refused none of its channel can be explained.
async fn one_by_one(shop: &Shop, vouchers: Vec<SignedVoucher>) -> Result<usize, ServiceError> {
    let (mut booked, mut stuck) = (0, BTreeSet::new());
    for voucher in vouchers {
        let (channel, epoch, sum) = (voucher.channel, voucher.epoch, voucher.cumulative);
        if stuck.contains(&channel) {
            continue;
        }
        match shop.chain.redeem(vec![voucher]).await {
            Ok(()) => booked += 1,
            Err(Fault::Refused(reason)) => {
                stuck.insert(channel);
                tracing::error!(%channel, %epoch, %sum, reason, "a voucher is refused: the channel is served no further");
            }
            Err(fault) => return Err(fault.into()),
        }
    }
    Ok(booked)
}

fn report(error: &ServiceError) -> String {
    let sources = std::iter::successors(std::error::Error::source(error), |error| error.source());
    sources.fold(error.to_string(), |told, source| format!("{told}: {source}"))
}
