//! An account of the payout ledger, moved round by round.

use rules::{
    ledger::{self, Entry, RoundTerms},
    score::ScoreEntry,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{Answer, text::Number};

/// An account as `settlement` shows it.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub struct Account {
    accrued: Number<i64>,
    payable: Number<u64>,
    variance: Number<u128>,
    last_score: i32,
}

impl From<Account> for Entry {
    fn from(account: Account) -> Self {
        let Account { accrued, payable, variance, last_score } = account;
        Self { accrued: accrued.0, payable: payable.0, variance: variance.0, last_score }
    }
}

impl From<Entry> for Account {
    fn from(entry: Entry) -> Self {
        let Entry { accrued, payable, variance, last_score } = entry;
        Self { accrued: Number(accrued), payable: Number(payable), variance: Number(variance), last_score }
    }
}

impl Account {
    /// What the account comes to at a z.
    pub(crate) fn readings(self, z_tenths: u8) -> Answer {
        let entry = Entry::from(self);
        Ok(json!({
            "liability": Number(entry.liability()),
            "doubt_bound": Number(entry.doubt_bound(z_tenths)),
            "earned": Number(entry.earned(z_tenths)),
            "held_back": Number(entry.held_back(z_tenths)),
            "debt": Number(entry.debt()),
            "proved_debt": Number(entry.proved_debt()),
        }))
    }

    pub(crate) fn repay(self, amount: Number<u64>) -> Answer {
        let entry = Entry::from(self).repay(amount.0).map_err(|error| error.to_string())?;
        Ok(json!(Self::from(entry)))
    }

    pub(crate) fn retire(self) -> Answer {
        Ok(json!(Self::from(Entry::from(self).retire())))
    }
}

/// A settled round, and the account that it moves.
#[derive(Debug, Deserialize)]
pub struct RoundOfAccount {
    entry: Account,
    score: i32,
    error: u32,
    pool: Number<u64>,
    denominator: Number<u64>,
    z_tenths: u8,
    release_bps: u16,
    cap: Number<u64>,
}

impl RoundOfAccount {
    pub(crate) fn advance(self) -> Answer {
        let moved = ledger::advance(&self.entry.into(), self.scored(), &self.terms());
        self.step(moved.map_err(|error| error.to_string())?)
    }

    pub(crate) fn revalue(self) -> Answer {
        let moved = ledger::revalue(&self.entry.into(), self.scored(), &self.terms());
        self.step(moved.map_err(|error| error.to_string())?)
    }

    fn scored(&self) -> ScoreEntry {
        ScoreEntry { score: self.score, error: self.error }
    }

    fn terms(&self) -> RoundTerms {
        RoundTerms {
            pool: self.pool.0,
            denominator: self.denominator.0,
            z_tenths: self.z_tenths,
            release_bps: self.release_bps,
            cap: self.cap.0,
        }
    }

    /// The account afterwards, and what of the way there can be seen from both ends: what was added to `accrued`, the doubt of the
    /// round, and what the account comes to.
    fn step(&self, after: Entry) -> Answer {
        let before = Entry::from(self.entry);
        let gain = i128::from(after.accrued) - i128::from(before.accrued);
        let doubt = (after.variance - before.variance).isqrt();
        let readings: Value = Account::from(after).readings(self.z_tenths)?;
        Ok(json!({
            "entry": Account::from(after),
            "gain": Number(gain),
            "doubt": Number(doubt),
            "released": Number(after.payable - before.payable),
            "readings": readings,
        }))
    }
}
