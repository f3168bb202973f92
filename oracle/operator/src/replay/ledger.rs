//! A model's ledger, recomputed from nothing: rounds, debts repaid from bonds and retirements, in the order of the chain.

use std::collections::BTreeMap;

use chain::TxRecord;
use cosmwasm_std::{Addr, Event};
use protocol::{
    ModelId, RoundId,
    attribution::RoundKind,
    event::{AttributionEvent, SettlementEvent},
    settlement::SettledRound,
};
use rules::{
    ledger::{self, Entry, LedgerError, RoundTerms},
    reserve::reserve_share,
    score::{ScoreEntry, Vector},
};

use super::{
    ReplayError,
    vectors::{Aggregate, Revealed, aggregate, revealed},
};
use crate::contracts::Contracts;

/// Accounts and stake by position.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// Accounts.
    pub entries: Vec<Entry>,
    /// Stake given by valuations, in units.
    pub stake: Vec<u64>,
}

/// One settled round, recomputed.
#[derive(Clone, Debug)]
pub struct Step {
    /// What the chain says of it.
    pub settled: SettledRound,
    /// What operators revealed.
    pub revealed: Vec<Revealed>,
    /// What that comes to.
    pub aggregate: Aggregate,
    /// The ledger before it.
    pub before: Ledger,
    /// The ledger after it.
    pub after: Ledger,
}

impl Step {
    /// Part of the pool owed to nobody, in uopen.
    pub fn residual(&self) -> i128 {
        let growth = liability(&self.after.entries) as i128 - liability(&self.before.entries) as i128;
        self.settled.parts.influence.u128() as i128 - growth
    }

    /// Stake that it gave, in units.
    pub fn stake_given(&self) -> u128 {
        units(&self.after) - units(&self.before)
    }
}

fn liability(entries: &[Entry]) -> u128 {
    entries.iter().map(|entry| u128::from(entry.liability())).sum()
}

fn units(ledger: &Ledger) -> u128 {
    ledger.stake.iter().copied().map(u128::from).sum()
}

/// Terms of a settled round.
pub fn terms(settled: &SettledRound) -> Result<RoundTerms, ReplayError> {
    let amount = |value: cosmwasm_std::Uint128, name| u64::try_from(value.u128()).map_err(|_| ReplayError::Range(name));
    Ok(RoundTerms {
        pool: amount(settled.parts.influence, "the pool")?,
        denominator: settled.denominator.u64(),
        z_tenths: settled.z_tenths,
        release_bps: settled.release_rate.0,
        cap: amount(settled.cap, "the cap")?,
    })
}

/// The accounts after one more round of fees.
pub fn advance(entries: &[Entry], aggregate: &Aggregate, terms: &RoundTerms) -> Result<Vec<Entry>, LedgerError> {
    let unused = Entry::default();
    (aggregate.entries.iter().enumerate())
        .map(|(position, score)| ledger::advance(entries.get(position).unwrap_or(&unused), *score, terms))
        .collect()
}

/// Something that moved the ledger.
enum Move {
    /// A chunk of a round, up to a position.
    Advanced { round: RoundId, through: u32 },
    /// Proved debt, taken from a bond.
    Repaid { position: u32, amount: u64 },
    /// Accounts of a stopped model, up to a position.
    Retired { through: u32, complete: bool },
}

/// Recomputes a model's ledger from nothing, through the round `last` and what came after it before the next one.
pub async fn steps(contracts: &Contracts, model: ModelId, last: RoundId) -> Result<Vec<Step>, ReplayError> {
    Ok(walk(contracts, model, last).await?.0)
}

/// The settled rounds through `last`, and the ledger as it is now, or as it was when the next round began.
pub async fn walk(contracts: &Contracts, model: ModelId, last: RoundId) -> Result<(Vec<Step>, Ledger), ReplayError> {
    let mut rounds = rounds(contracts, model, last).await?;
    let mut walk = Walk::default();
    for next in moves(contracts, model).await? {
        match next {
            Move::Advanced { round, .. } if round > last => break,
            Move::Advanced { round, through } => {
                let of = rounds.get(&round).ok_or(ReplayError::NoVectors(round))?;
                if walk.advance(of, through)? {
                    walk.finish(rounds.remove(&round).ok_or(ReplayError::NoVectors(round))?);
                }
            }
            Move::Repaid { position, amount } => walk.repay(position, amount)?,
            Move::Retired { through, complete } => walk.retire(through, complete),
        }
    }
    Ok((walk.steps, walk.ledger))
}

/// A round before the ledger is known.
struct Settling {
    settled: SettledRound,
    revealed: Vec<Revealed>,
    aggregate: Aggregate,
}

async fn rounds(
    contracts: &Contracts,
    model: ModelId,
    last: RoundId,
) -> Result<BTreeMap<RoundId, Settling>, ReplayError> {
    let mut rounds = BTreeMap::new();
    for settled in contracts.settled_rounds(model).await?.into_iter().filter(|settled| settled.round <= last) {
        let record = contracts.round(model, settled.round).await?;
        let revealed = revealed(contracts, &record).await?;
        let vectors: Vec<&Vector> = revealed.iter().map(|revealed| &revealed.vector).collect();
        let aggregate =
            aggregate(&vectors, record.redemptions as usize).ok_or(ReplayError::NoVectors(settled.round))?;
        rounds.insert(settled.round, Settling { settled, revealed, aggregate });
    }
    Ok(rounds)
}

/// Everything that moved a model's ledger, in the order of the chain.
async fn moves(contracts: &Contracts, model: ModelId) -> Result<Vec<Move>, ReplayError> {
    let (settlement, attribution) = (&contracts.deployment().settlement, &contracts.deployment().attribution);
    let of_transaction = |transaction: TxRecord| -> Vec<Move> {
        let moved = |event: &Event| match () {
            () if is_from(event, settlement) => by_settlement(event, model),
            () if is_from(event, attribution) => by_attribution(event, model),
            () => None,
        };
        transaction.events.iter().filter_map(moved).collect()
    };
    Ok(contracts.settlement_transactions().await?.into_iter().flat_map(of_transaction).collect())
}

fn is_from(event: &Event, contract: &Addr) -> bool {
    let mut attributes = event.attributes.iter();
    attributes.any(|attribute| attribute.key == "_contract_address" && attribute.value == contract.as_str())
}

fn by_settlement(event: &Event, of: ModelId) -> Option<Move> {
    match SettlementEvent::parse(event)?.ok()? {
        SettlementEvent::DebtRepaid { model, position, amount } if model == of => {
            Some(Move::Repaid { position, amount: u64::try_from(amount.u128()).ok()? })
        }
        SettlementEvent::Retired { model, through, complete, .. } if model == of => {
            Some(Move::Retired { through, complete })
        }
        _ => None,
    }
}

fn by_attribution(event: &Event, of: ModelId) -> Option<Move> {
    match AttributionEvent::parse(event)?.ok()? {
        AttributionEvent::Advanced { model, round, through, .. } if model == of => {
            Some(Move::Advanced { round, through })
        }
        _ => None,
    }
}

/// A ledger on its way.
#[derive(Default)]
struct Walk {
    ledger: Ledger,
    before: Ledger,
    steps: Vec<Step>,
    cursor: usize,
    retired: usize,
}

impl Walk {
    /// Moves the accounts of one chunk; whether it was the round's last.
    fn advance(&mut self, of: &Settling, through: u32) -> Result<bool, ReplayError> {
        if self.cursor == 0 {
            self.before = self.ledger.clone();
            // A round between the chunks of a retirement makes it begin again.
            self.retired = 0;
        }
        let terms = terms(&of.settled)?;
        let end = (through as usize).min(of.aggregate.entries.len());
        let length = self.ledger.entries.len().max(end);
        self.ledger.entries.resize(length, Entry::default());
        self.ledger.stake.resize(length, 0);
        for position in self.cursor..end {
            let score = of.aggregate.entries[position];
            let entry = &mut self.ledger.entries[position];
            match of.settled.kind {
                RoundKind::Fees => *entry = ledger::advance(entry, score, &terms)?,
                RoundKind::Valuation if terms.pool > 0 => *entry = ledger::revalue(entry, score, &terms)?,
                RoundKind::Valuation => {}
            }
            self.ledger.stake[position] += stake(&of.settled, score)?;
        }
        self.cursor = end;
        Ok(end == of.aggregate.entries.len())
    }

    fn finish(&mut self, of: Settling) {
        let Settling { settled, revealed, aggregate } = of;
        let (before, after) = (std::mem::take(&mut self.before), self.ledger.clone());
        self.steps.push(Step { settled, revealed, aggregate, before, after });
        self.cursor = 0;
    }

    fn repay(&mut self, position: u32, amount: u64) -> Result<(), ReplayError> {
        if let Some(entry) = self.ledger.entries.get_mut(position as usize) {
            *entry = entry.repay(amount)?;
        }
        Ok(())
    }

    fn retire(&mut self, through: u32, complete: bool) {
        let end = (through as usize).min(self.ledger.entries.len());
        // A retirement that was broken off begins at the first account again.
        let from = if end <= self.retired { 0 } else { self.retired };
        for entry in &mut self.ledger.entries[from..end] {
            *entry = entry.retire();
        }
        self.retired = if complete { 0 } else { end };
    }
}

/// Stake that a valuation gives a position, in units.
fn stake(settled: &SettledRound, score: ScoreEntry) -> Result<u64, ReplayError> {
    if settled.kind == RoundKind::Fees {
        return Ok(0);
    }
    let units = reserve_share(settled.tranche.u128(), score, settled.z_tenths, settled.denominator.u64());
    u64::try_from(units.unwrap_or(0)).map_err(|_| ReplayError::Range("stake"))
}
