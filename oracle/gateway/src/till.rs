//! The gateway's books, on disk: channels, their vouchers, and every call with its receipt. What is said here is durable before it is said to anybody.
//!
//! A call is ordered, answered and booked, in this order. A crash before it is booked costs nobody anything: the same order is taken again. A crash after it has the call
//! charged once: whoever orders it again is given the same answer.

mod books;

use std::{
    collections::{HashMap, HashSet},
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use cosmwasm_std::Uint128;
use k256::ecdsa::{SigningKey, VerifyingKey};
use protocol::{
    ChannelId, Epoch, Hash32,
    settlement::{Channel, SignedVoucher},
};
use rules::{
    hash::{Domain, Hash},
    order::{SealKey, served_digest},
};
use serde::{Deserialize, Serialize};

pub use self::books::BooksError;
use self::books::{Books, Changed};
use crate::{
    account::{Account, Charge, Held, Reach},
    correction::Correction,
    crash::crash_point,
    order::SealedOrder,
    segment::{PublishedReceipt, Segment},
    voucher::{self, BadVoucher},
};

/// Why an order or a voucher is not taken. Nothing is charged then.
#[derive(Debug, thiserror::Error)]
pub enum TillError {
    /// The channel is unknown here.
    #[error("channel {0} is not known here: open one for this model, and wait for its block")]
    UnknownChannel(ChannelId),
    /// Its payer gave notice, or it is closed.
    #[error("channel {0} is closing: open another one")]
    Ending(ChannelId),
    /// Something of it was not paid or redeemed in time.
    #[error("calls of channel {0} were not settled before their epoch's redemption ended: open another one")]
    Stale(ChannelId),
    /// Another call of the channel is being answered.
    #[error("channel {0} has a call that is being answered: wait for it, or use another channel")]
    Busy(ChannelId),
    /// The order is not the next one.
    #[error(
        "the order is for call {number} after {cumulative} uopen; channel {channel} stands at call {expected} after {owed} uopen"
    )]
    OutOfStep {
        /// The channel.
        channel: ChannelId,
        /// What was ordered.
        number: u64,
        /// What it says is owed before, in uopen.
        cumulative: u128,
        /// The next call.
        expected: u64,
        /// What is owed before it, in uopen.
        owed: Uint128,
    },
    /// The order is not sealed with the channel's key.
    #[error("the order's seal is not of channel {0}: sign with the key that the channel was opened with")]
    BadSeal(ChannelId),
    /// The voucher for the calls before is missing.
    #[error("channel {0} owes a voucher for its last call: send it with the order")]
    VoucherOwed(ChannelId),
    /// The voucher is not for what was served.
    #[error(transparent)]
    BadVoucher(#[from] BadVoucher),
    /// The channel cannot take such a call.
    #[error("channel {channel} has {left} uopen left, the call may cost {ceiling}: top it up")]
    DepositSpent {
        /// The channel.
        channel: ChannelId,
        /// What is left, in uopen.
        left: Uint128,
        /// What the call may cost, in uopen.
        ceiling: u128,
    },
    /// The books cannot be used.
    #[error("the gateway's books cannot be used")]
    Books(#[from] BooksError),
}

/// A call that was served, as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Booked {
    /// Digest of the order.
    pub order: Hash32,
    /// Its receipt, with prompt and answer.
    pub receipt: PublishedReceipt,
    /// Where the channel stands after it.
    pub after: Reach,
    /// What else was said of the answer, to say the same again.
    pub remarks: serde_json::Value,
}

/// What an order leads to.
#[derive(Debug)]
pub enum Taken {
    /// It is to be answered, and then booked or dropped.
    New(Pass),
    /// It was answered before: this was the answer.
    Again(Box<Booked>),
}

/// An order being answered. Dropped without being booked, it was never made.
#[derive(Debug)]
pub struct Pass {
    order: Hash,
    number: u64,
    channel: ChannelId,
    open: Arc<Mutex<HashSet<u64>>>,
}

impl Pass {
    /// The channel that pays.
    pub fn channel(&self) -> ChannelId {
        self.channel
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        locked(&self.open).remove(&self.channel.get());
    }
}

/// What can be redeemed, with the receipts that explain it.
#[derive(Clone, Debug, PartialEq)]
pub struct Redemption {
    /// The voucher.
    pub voucher: SignedVoucher,
    /// What it adds to what is booked before it, in uopen.
    pub amount: Uint128,
    /// Its receipts.
    pub segment: Segment,
}

/// The keys of a channel, made once.
#[derive(Debug)]
struct Keys {
    voucher: VerifyingKey,
    seal: SealKey,
}

/// The till of a gateway.
pub struct Till {
    books: Books,
    key: SigningKey,
    domain: Domain,
    keys: Mutex<HashMap<u64, Arc<Keys>>>,
    open: Arc<Mutex<HashSet<u64>>>,
}

impl Till {
    /// Opens the books in a file, or makes it. `key` is of the gateway's account, `domain` that of `settlement`.
    ///
    /// # Errors
    /// [`BooksError`]: also if another process has them open.
    pub fn open(path: &Path, key: SigningKey, domain: Domain) -> Result<Self, BooksError> {
        Ok(Self { books: Books::open(path)?, key, domain, keys: Mutex::default(), open: Arc::default() })
    }

    /// Domain of `settlement`.
    pub fn domain(&self) -> &Domain {
        &self.domain
    }

    /// Takes over a channel as the chain shows it now.
    ///
    /// # Errors
    /// [`TillError::BadVoucher`] for one whose key is no point, or if the books cannot be written.
    pub fn refresh(&self, channel: &Channel) -> Result<Account, TillError> {
        Account::new(channel).verifying_key()?;
        self.change(channel.id, |account| {
            let mut account = account.unwrap_or_else(|| Account::new(channel));
            account.refresh(channel);
            Ok(account)
        })
    }

    /// A channel as it is known here.
    ///
    /// # Errors
    /// [`TillError::UnknownChannel`].
    pub fn account(&self, channel: ChannelId) -> Result<Account, TillError> {
        self.books.account(channel)?.ok_or(TillError::UnknownChannel(channel))
    }

    /// All channels with something that is not redeemed.
    ///
    /// # Errors
    /// If the books cannot be read.
    pub fn accounts(&self) -> Result<Vec<Account>, TillError> {
        Ok(self.books.accounts()?)
    }

    /// A call that was served.
    ///
    /// # Errors
    /// If the books cannot be read.
    pub fn booked(&self, channel: ChannelId, number: u64) -> Result<Option<Booked>, TillError> {
        Ok(self.books.call(channel, number)?)
    }

    /// Takes an order, with the voucher for all calls before it where one is owed. `redeemable` is the first epoch that can still be redeemed.
    ///
    /// # Errors
    /// [`TillError`]; a voucher that is good is kept even if the order is not taken.
    pub fn take(
        &self,
        sealed: &SealedOrder,
        paid: Option<SignedVoucher>,
        redeemable: Epoch,
    ) -> Result<Taken, TillError> {
        let channel = sealed.channel;
        let account = self.account(channel)?;
        let keys = self.keys(&account)?;
        let digest = sealed.order().digest(&self.domain);
        if !keys.seal.is_seal(&digest, &sealed.seal.0) {
            return Err(TillError::BadSeal(channel));
        }
        let pass = self.enter(channel, (digest, sealed.number))?;
        // Whoever was before may have changed it.
        let account = self.account(channel)?;
        if let Some(booked) = self.repeated(&account, sealed, &digest)? {
            return Ok(Taken::Again(Box::new(booked)));
        }
        check_step(&account, sealed)?;
        let account = match paid {
            Some(paid) if !account.unsigned().is_zero() => self.settle_with(&keys, paid)?,
            _ => account,
        };
        check_payable(&account, sealed, redeemable)?;
        Ok(Taken::New(pass))
    }

    /// Takes the voucher for all that was served, without a further order.
    ///
    /// # Errors
    /// [`TillError`].
    pub fn settle(&self, paid: SignedVoucher) -> Result<Account, TillError> {
        let account = self.account(paid.channel)?;
        // The last voucher once more, as after an answer that was lost.
        if account.held.last().is_some_and(|held| held.voucher == paid) {
            return Ok(account);
        }
        let _pass = self.enter(paid.channel, (Hash::default(), 0))?;
        let keys = self.keys(&account)?;
        let settled = self.settle_with(&keys, paid);
        crash_point!("voucher-taken");
        settled
    }

    /// Books a call that was answered: durable when this returns.
    ///
    /// # Errors
    /// If the books cannot be written: then it was never made.
    pub fn book(&self, pass: Pass, charge: Charge, remarks: serde_json::Value) -> Result<Booked, TillError> {
        let order = Hash32(pass.order);
        let changed = self.books.change(pass.channel, |account| {
            let mut account = account.ok_or(TillError::UnknownChannel(pass.channel))?;
            // A write that failed and is done again may have been written the first time.
            if account.served.number >= pass.number {
                return Ok(Changed { account, call: None });
            }
            let receipt = account.charge(charge.clone(), &self.domain);
            let call = Booked { order, receipt, after: account.served, remarks: remarks.clone() };
            Ok::<_, TillError>(Changed { account, call: Some(call) })
        })?;
        match changed.call {
            Some(call) => Ok(call),
            None => self.booked(pass.channel, pass.number)?.ok_or(TillError::UnknownChannel(pass.channel)),
        }
    }

    /// Changes a correction of a call, given as it is if there is one; on disk when this returns.
    ///
    /// # Errors
    /// What `change` says, or if the books cannot be written.
    pub fn correct<E: From<BooksError>>(
        &self,
        call: (ChannelId, u64),
        change: impl Fn(Option<Correction>) -> Result<Correction, E>,
    ) -> Result<Correction, E> {
        self.books.correct(call, change)
    }

    /// All corrections.
    ///
    /// # Errors
    /// If the books cannot be read.
    pub fn corrections(&self) -> Result<Vec<Correction>, TillError> {
        Ok(self.books.corrections()?)
    }

    /// The key of a channel that signs its vouchers.
    ///
    /// # Errors
    /// If the channel is unknown.
    pub fn voucher_key(&self, channel: ChannelId) -> Result<VerifyingKey, TillError> {
        Ok(self.keys(&self.account(channel)?)?.voucher)
    }

    /// The gateway's seal of a call that it served.
    ///
    /// # Errors
    /// If the channel is unknown.
    pub fn seal(&self, channel: ChannelId, booked: &Booked) -> Result<Hash, TillError> {
        let keys = self.keys(&self.account(channel)?)?;
        Ok(keys.seal.seal(&served_digest(&booked.order.0, &booked.after.head.0)))
    }

    /// What a channel can have redeemed, oldest first; nothing whose epoch is over for good.
    ///
    /// # Errors
    /// If the books cannot be read.
    pub fn redemptions(&self, account: &Account, redeemable: Epoch) -> Result<Vec<Redemption>, TillError> {
        let in_time = |(_, held): &(Reach, &Held)| held.voucher.epoch >= redeemable;
        let mut redemptions = Vec::new();
        for (from, held) in account.redeemable().into_iter().filter(in_time) {
            let calls = self.books.calls(account.channel, from.number + 1..=held.number)?;
            let receipts = calls.into_iter().map(|booked| booked.receipt).collect();
            redemptions.push(Redemption {
                voucher: held.voucher.clone(),
                amount: held.voucher.cumulative.saturating_sub(from.sum),
                segment: account.segment(from, held, receipts),
            });
        }
        Ok(redemptions)
    }

    /// The answer to an order that was booked, if it is the last one.
    fn repeated(&self, account: &Account, sealed: &SealedOrder, digest: &Hash) -> Result<Option<Booked>, TillError> {
        if sealed.number != account.served.number || sealed.number == 0 {
            return Ok(None);
        }
        Ok(self.booked(account.channel, sealed.number)?.filter(|booked| booked.order.0 == *digest))
    }

    fn settle_with(&self, keys: &Keys, paid: SignedVoucher) -> Result<Account, TillError> {
        self.change(paid.channel, |account| {
            let mut account = account.ok_or(TillError::UnknownChannel(paid.channel))?;
            account.accept(paid.clone(), &keys.voucher, &self.domain)?;
            Ok(account)
        })
    }

    fn change(
        &self,
        channel: ChannelId,
        change: impl Fn(Option<Account>) -> Result<Account, TillError>,
    ) -> Result<Account, TillError> {
        let changed = |account| change(account).map(|account| Changed { account, call: None });
        Ok(self.books.change(channel, changed)?.account)
    }

    /// One call of a channel at a time.
    fn enter(&self, channel: ChannelId, (order, number): (Hash, u64)) -> Result<Pass, TillError> {
        if !locked(&self.open).insert(channel.get()) {
            return Err(TillError::Busy(channel));
        }
        Ok(Pass { order, number, channel, open: Arc::clone(&self.open) })
    }

    fn keys(&self, account: &Account) -> Result<Arc<Keys>, TillError> {
        let mut keys = locked(&self.keys);
        if let Some(keys) = keys.get(&account.channel.get()) {
            return Ok(Arc::clone(keys));
        }
        let voucher = account.verifying_key()?;
        let seal = voucher::seal_key(&self.key, &voucher, &self.domain, account.channel);
        let made = Arc::new(Keys { voucher, seal });
        keys.insert(account.channel.get(), Arc::clone(&made));
        Ok(made)
    }
}

fn check_step(account: &Account, sealed: &SealedOrder) -> Result<(), TillError> {
    let SealedOrder { number, cumulative, head, .. } = sealed;
    let expected = account.served.number + 1;
    if *number == expected && *cumulative == account.served.sum && *head == account.served.head {
        return Ok(());
    }
    Err(TillError::OutOfStep {
        channel: account.channel,
        number: *number,
        cumulative: cumulative.u128(),
        expected,
        owed: account.served.sum,
    })
}

fn check_payable(account: &Account, sealed: &SealedOrder, redeemable: Epoch) -> Result<(), TillError> {
    let channel = account.channel;
    if account.is_ending {
        return Err(TillError::Ending(channel));
    }
    if account.is_stale(redeemable) {
        return Err(TillError::Stale(channel));
    }
    if !account.unsigned().is_zero() {
        return Err(TillError::VoucherOwed(channel));
    }
    let (left, ceiling) = (account.left(), sealed.ceiling);
    if ceiling > left {
        return Err(TillError::DepositSpent { channel, left, ceiling: ceiling.u128() });
    }
    Ok(())
}

/// What is behind such a lock is whole whenever it is let go.
fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
