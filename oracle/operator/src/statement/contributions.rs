//! What contributions earned whose payee an account is, by round: recomputed from the operators' vectors, and held against the chain's
//! accounts. The account's part is by its share of today.

use std::collections::BTreeMap;

use protocol::{ContributionId, ModelId, RoundId, attribution::RoundKind, event::SettlementEvent, settlement};
use report::statement::{Accrual, AccrualKind, Amount, Place, Signed};

use super::{Mismatch, StatementError, history::History, records::Records};
use crate::{
    contracts::Contracts,
    replay::{self, Ledger, Step},
};

/// Accruals at any time, and what can be claimed at the tip.
#[derive(Default)]
pub struct Contributions {
    /// Accruals.
    pub accruals: Vec<Accrual>,
    /// The account's part of `payable − claimed`, in uopen.
    pub claimable: u128,
}

/// Reads them.
pub async fn read(
    contracts: &Contracts,
    records: &Records,
    history: &History,
    account: &str,
) -> Result<Contributions, StatementError> {
    let mut all = Contributions::default();
    for (model, used) in &records.used {
        let own = own_positions(records, used, account);
        let settled = contracts.settled_rounds(*model).await?;
        if own.is_empty() || settled.is_empty() {
            continue;
        }
        let steps = replay::steps(contracts, *model, RoundId(u64::MAX)).await?;
        let accounts = contracts.accounts(*model).await?;
        let moves = Moves::read(history, *model);
        let complete = settled.iter().all(|round| round.complete);
        for position in own {
            let mut account =
                Replayed { records, of: &position, model: *model, account, shown: State::default(), rows: vec![] };
            account.replay(&steps, &moves)?;
            let on_chain = accounts.get(position.position as usize);
            if let Some(on_chain) = on_chain {
                all.claimable = all.claimable.saturating_add(account.claimable(on_chain)?);
                // A round whose chunks are not all in has moved some accounts and not others.
                if complete {
                    account.finish(on_chain, &moves)?;
                }
            }
            all.accruals.append(&mut account.rows);
        }
    }
    Ok(all)
}

/// A position of a contribution whose payee the account is.
struct Own {
    position: u32,
    contribution: ContributionId,
    share_bps: u16,
}

fn own_positions(records: &Records, used: &[ContributionId], account: &str) -> Vec<Own> {
    let own = |(position, contribution): (u32, &ContributionId)| {
        let share_bps = records.share(*contribution, account)?;
        Some(Own { position, contribution: *contribution, share_bps })
    };
    (0..).zip(used).filter_map(own).collect()
}

/// What moves accounts, by its rank among all that settlement told.
struct Moves {
    settled: BTreeMap<RoundId, (usize, Place)>,
    repaid: Vec<(usize, Place, u32, u128)>,
    retired: Vec<(usize, Place, u32)>,
}

impl Moves {
    fn read(history: &History, of: ModelId) -> Self {
        let mut moves = Self { settled: BTreeMap::new(), repaid: vec![], retired: vec![] };
        for (rank, (place, event)) in history.settlement().enumerate() {
            let place = place.clone();
            match event {
                SettlementEvent::RoundSettled { model, round, .. } if *model == of => {
                    moves.settled.insert(*round, (rank, place));
                }
                SettlementEvent::DebtRepaid { model, position, amount } if *model == of => {
                    moves.repaid.push((rank, place, *position, amount.u128()));
                }
                SettlementEvent::Retired { model, through, .. } if *model == of => {
                    moves.retired.push((rank, place, *through));
                }
                _ => {}
            }
        }
        moves
    }

    fn rank(&self, round: RoundId) -> Result<&(usize, Place), StatementError> {
        self.settled.get(&round).ok_or_else(|| replay::ReplayError::NoVectors(round).into())
    }
}

/// An account of the ledger as a statement needs it.
#[derive(Clone, Copy, Default)]
struct State {
    accrued: i128,
    payable: u128,
    stake: u128,
}

impl State {
    fn at(ledger: &Ledger, position: u32) -> Self {
        let position = position as usize;
        let entry = ledger.entries.get(position).copied().unwrap_or_default();
        let stake = ledger.stake.get(position).copied().unwrap_or_default();
        Self { accrued: entry.accrued.into(), payable: entry.payable.into(), stake: stake.into() }
    }
}

/// One position on its way; what was shown so far is the sum of its rows.
struct Replayed<'a> {
    records: &'a Records,
    of: &'a Own,
    model: ModelId,
    account: &'a str,
    shown: State,
    rows: Vec<Accrual>,
}

impl Replayed<'_> {
    fn replay(&mut self, steps: &[Step], moves: &Moves) -> Result<(), StatementError> {
        let mut since = 0;
        for step in steps {
            let (rank, place) = moves.rank(step.settled.round)?;
            self.between(moves, since..*rank, State::at(&step.before, self.of.position).payable)?;
            let kind = match step.settled.kind {
                RoundKind::Fees => AccrualKind::Influence,
                RoundKind::Valuation => AccrualKind::Valuation,
            };
            let after = State::at(&step.after, self.of.position);
            self.row(place, kind, Some(step.settled.round), after)?;
            since = *rank;
        }
        Ok(())
    }

    /// Debts repaid between two rounds, or while chunks of one come in, and what a retirement released.
    fn between(&mut self, moves: &Moves, ranks: std::ops::Range<usize>, payable: u128) -> Result<(), StatementError> {
        let repaid = moves.repaid.iter().filter(|(rank, _, at, _)| ranks.contains(rank) && *at == self.of.position);
        for (_, place, _, amount) in repaid {
            let amount = i128::try_from(*amount).map_err(|_| StatementError::Range("a debt"))?;
            self.row(
                place,
                AccrualKind::DebtRepaid,
                None,
                State { accrued: self.shown.accrued + amount, ..self.shown },
            )?;
        }
        let mut retired = moves.retired.iter();
        let retired = retired.find(|(rank, _, through)| ranks.contains(rank) && *through > self.of.position);
        if let Some((_, place, _)) = retired {
            self.row(place, AccrualKind::Retired, None, State { payable, ..self.shown })?;
        }
        Ok(())
    }

    /// What came after the last round; then nothing may be left to explain.
    fn finish(&mut self, on_chain: &settlement::Account, moves: &Moves) -> Result<(), StatementError> {
        let since = moves.settled.values().map(|(rank, _)| *rank).max().unwrap_or(0);
        self.between(moves, since..usize::MAX, on_chain.payable.u64().into())?;
        let what = |of: &str| format!("{of} at position {} of model {}", self.of.position, self.model);
        let (chain, ours) = ("settlement", "the ledger recomputed from the vectors");
        Mismatch::unless_equal(what("accrued"), (chain, on_chain.accrued.i64()), (ours, self.shown.accrued))?;
        Mismatch::unless_equal(what("payable"), (chain, on_chain.payable.u64()), (ours, self.shown.payable))?;
        Mismatch::unless_equal(what("stake"), (chain, on_chain.stake.u64()), (ours, self.shown.stake))
    }

    fn claimable(&self, on_chain: &settlement::Account) -> Result<u128, StatementError> {
        let due = u128::from(on_chain.payable.u64()).saturating_sub(on_chain.claimed.u128());
        self.part(due)
    }

    /// A row for the way to another state, if there is one. Parts are differences of parts of the whole, so that they sum exactly.
    fn row(
        &mut self,
        place: &Place,
        kind: AccrualKind,
        round: Option<RoundId>,
        to: State,
    ) -> Result<(), StatementError> {
        let from = std::mem::replace(&mut self.shown, to);
        let accrued = self.signed_part(to.accrued)? - self.signed_part(from.accrued)?;
        let payable = self.part(to.payable)?.saturating_sub(self.part(from.payable)?);
        let stake = self.part(to.stake)?.saturating_sub(self.part(from.stake)?);
        if accrued == 0 && payable == 0 && stake == 0 {
            return Ok(());
        }
        self.rows.push(Accrual {
            place: place.clone(),
            kind,
            model: self.model.get(),
            round: round.map(RoundId::get),
            contribution: Some(self.of.contribution.get()),
            position: Some(self.of.position),
            share_bps: Some(self.of.share_bps),
            accrued: Signed(accrued),
            payable: Amount(payable),
            stake: Amount(stake),
        });
        Ok(())
    }

    fn part(&self, amount: u128) -> Result<u128, StatementError> {
        self.records.part(self.of.contribution, self.account, amount)
    }

    fn signed_part(&self, amount: i128) -> Result<i128, StatementError> {
        let part = i128::try_from(self.part(amount.unsigned_abs())?);
        let part = part.map_err(|_| StatementError::Range("a part"))?;
        Ok(if amount < 0 { -part } else { part })
    }
}
