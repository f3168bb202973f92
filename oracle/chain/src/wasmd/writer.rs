//! One writer per key: whoever signs waits for its turn, and finds there what the last one left.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use super::envelope::Signed;

/// An account's place in the order of its transactions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Account {
    pub number: u64,
    /// Transactions that it has signed.
    pub sequence: u64,
}

/// What is known of a key's transactions.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    /// The account as the next transaction finds it; asked of the chain when not known.
    pub account: Option<Account>,
    /// A transaction that was offered and may still come into a block.
    pub pending: Option<Signed>,
    /// Whether what the journal holds from before was settled.
    pub recovered: bool,
}

impl Writer {
    /// A transaction went through.
    pub(crate) fn advance(&mut self) {
        self.pending = None;
        if let Some(account) = &mut self.account {
            account.sequence = account.sequence.saturating_add(1);
        }
    }

    /// What became of a transaction is known, its place in the order is not.
    pub(crate) fn resolve(&mut self) {
        self.pending = None;
        self.account = None;
    }
}

/// The writers of all keys that have signed here.
#[derive(Debug, Default)]
pub(crate) struct Writers(Mutex<HashMap<String, Arc<tokio::sync::Mutex<Writer>>>>);

impl Writers {
    /// The writer of an address.
    pub(crate) fn of(&self, address: &str) -> Arc<tokio::sync::Mutex<Writer>> {
        let mut writers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(writers.entry(address.to_owned()).or_default())
    }
}
