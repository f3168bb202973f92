//! An account's stake, and its dividends: recomputed from the stake contracts' events and held against their answers.

use std::collections::BTreeMap;

use protocol::{
    ModelId, RoundId,
    event::{SettlementEvent, StakeEvent},
    stake::{AccountDividends, QueryMsg},
};
use report::statement::{Accrual, AccrualKind, Amount, Period, Place, StakeRow};
use rules::dividend::{Holding, Points};

use super::{
    Mismatch, StatementError,
    bookings::paid_out,
    history::{History, Movement, Told},
    period,
    records::Records,
};
use crate::contracts::Contracts;

/// Stake of all models.
#[derive(Default)]
pub struct Stakes {
    /// Models of which the account ever had stake.
    pub rows: Vec<StakeRow>,
    /// Dividends, earned at any time.
    pub accruals: Vec<Accrual>,
    /// Dividends that can be claimed at the tip, in uopen.
    pub dividends: u128,
}

/// Reads them.
pub async fn read(
    contracts: &Contracts,
    records: &Records,
    history: &History,
    account: &str,
    period: &Period,
) -> Result<Stakes, StatementError> {
    let mut stakes = Stakes::default();
    for (address, model) in &records.stakes {
        // The contract itself holds the reserves, which earn nothing.
        if address == account {
            continue;
        }
        let answer: AccountDividends =
            contracts.stake(*model, &QueryMsg::Dividends { account: account.to_owned() }).await?;
        let mut holder = Holder::begin(*model, history, account, answer.balance.u128())?;
        holder.replay(history, account, period)?;
        holder.compare(&answer)?;
        stakes.dividends = stakes.dividends.saturating_add(holder.holding.claimable);
        stakes.rows.extend(holder.row);
        stakes.accruals.append(&mut holder.accruals);
    }
    stakes.rows.sort_by_key(|row| row.model);
    Ok(stakes)
}

/// What changed an account's units.
enum Change {
    Delivered,
    Work,
    Received,
    Sent,
    Burned,
}

/// A holder on its way.
struct Holder {
    model: ModelId,
    units: u128,
    holding: Holding,
    paid: u128,
    /// Of the period, unless there is nothing in it.
    row: Option<StakeRow>,
    accruals: Vec<Accrual>,
}

impl Holder {
    /// What it was given when the stake was made: what it has, less what came, and what went.
    fn begin(model: ModelId, history: &History, account: &str, now: u128) -> Result<Self, StatementError> {
        let out_of_range = || StatementError::Range("stake");
        let mut units = i128::try_from(now).map_err(|_| out_of_range())?;
        for (_, told) in history.told() {
            for (change, amount) in changes(told, model, account) {
                let amount = i128::try_from(amount).map_err(|_| out_of_range())?;
                units = match change {
                    Change::Delivered | Change::Work | Change::Received => units - amount,
                    Change::Sent | Change::Burned => units + amount,
                };
            }
        }
        let Ok(first) = u128::try_from(units) else {
            let (left, right) = (("what is held less what came".to_owned(), units), ("the least".to_owned(), 0));
            return Err(Mismatch { what: format!("stake of model {model}"), left, right }.into());
        };
        let (holding, accruals) = (Holding::default(), Vec::new());
        Ok(Self { model, units: first, holding, paid: 0, row: None, accruals })
    }

    fn replay(&mut self, history: &History, account: &str, period: &Period) -> Result<(), StatementError> {
        let mut row = self.row_of(self.units);
        for transaction in &history.transactions {
            let epoch = transaction.place.epoch;
            let inside = period::covers(period, epoch);
            let mut rounds = BTreeMap::new();
            for told in &transaction.told {
                if let Told::Settlement(SettlementEvent::DividendSent { model, round, .. }) = told {
                    rounds.insert(*model, *round);
                }
                for (change, amount) in changes(told, self.model, account) {
                    self.change(&change, amount)?;
                    if inside {
                        add(&mut row, &change, amount);
                    }
                }
                if let Told::Stake(model, event) = told
                    && *model == self.model
                {
                    let before = (self.paid, self.accruals.len());
                    self.dividend(event, account, &transaction.place, rounds.get(model).copied())?;
                    if inside {
                        row.dividends_paid.0 = row.dividends_paid.0.saturating_add(self.paid - before.0);
                        let earned: u128 = self.accruals[before.1..].iter().map(|accrual| accrual.payable.0).sum();
                        row.dividends.0 = row.dividends.0.saturating_add(earned);
                    }
                }
            }
            if epoch < Some(period.first_epoch) {
                row = self.row_of(self.units);
            }
            if inside {
                row.closing = Amount(self.units);
            }
        }
        self.row = (row != self.row_of(0)).then_some(row);
        Ok(())
    }

    /// A row in which nothing has happened yet.
    fn row_of(&self, units: u128) -> StakeRow {
        let (none, held) = (Amount(0), Amount(units));
        StakeRow {
            model: self.model.get(),
            opening: held,
            delivered: none,
            work: none,
            received: none,
            sent: none,
            burned: none,
            closing: held,
            dividends: none,
            dividends_paid: none,
        }
    }

    fn change(&mut self, change: &Change, amount: u128) -> Result<(), StatementError> {
        let units = match change {
            Change::Delivered | Change::Work | Change::Received => self.units.checked_add(amount),
            Change::Sent | Change::Burned => self.units.checked_sub(amount),
        };
        self.units = units.ok_or(StatementError::Range("stake"))?;
        Ok(())
    }

    /// A dividend that arrives is shared by the units of the moment; one that is paid takes all that was credited.
    fn dividend(
        &mut self,
        event: &StakeEvent,
        account: &str,
        place: &Place,
        round: Option<RoundId>,
    ) -> Result<(), StatementError> {
        match event {
            StakeEvent::DividendReceived { points, .. } => {
                let points = Points { per_unit: points.u128(), carried: 0 };
                let settled = self.holding.settle(self.units, &points);
                let settled = settled.ok_or(StatementError::Range("a dividend"))?;
                let earned = settled.claimable.saturating_sub(self.holding.claimable);
                self.holding = settled;
                self.accruals.extend(paid_out(place, AccrualKind::Dividend, (self.model, round), earned));
            }
            StakeEvent::DividendPaid { account: to, amount, .. } if to == account => {
                let what = format!("dividend of model {} paid to {account}", self.model);
                let credited = ("what its units were credited", self.holding.claimable);
                Mismatch::unless_equal(what, ("its event", amount.u128()), credited)?;
                self.holding.claimable = 0;
                self.paid = self.paid.saturating_add(amount.u128());
            }
            StakeEvent::DividendPaid { .. } | StakeEvent::ReservePaid { .. } => {}
        }
        Ok(())
    }

    fn compare(&self, answer: &AccountDividends) -> Result<(), StatementError> {
        let what = |of: &str| format!("dividends of model {} {of}", self.model);
        let claimable = ("the stake contract", answer.claimable.u128());
        Mismatch::unless_equal(what("to claim"), claimable, ("its events", self.holding.claimable))?;
        let paid = ("the stake contract", answer.paid.u128());
        Mismatch::unless_equal(what("ever paid"), paid, ("its events", self.paid))
    }
}

/// Changes of an account's units that something told stands for.
fn changes(told: &Told, of: ModelId, account: &str) -> Vec<(Change, u128)> {
    match told {
        Told::Units(model, movement) if *model == of => moved(movement, account),
        Told::Stake(model, StakeEvent::ReservePaid { reserve, account: to, units, .. })
            if *model == of && to == account =>
        {
            let change = if reserve == "work" { Change::Work } else { Change::Delivered };
            vec![(change, units.u128())]
        }
        _ => vec![],
    }
}

fn moved(movement: &Movement, account: &str) -> Vec<(Change, u128)> {
    let (comes, goes) = movement.touches(account);
    let out = if movement.to.is_some() { Change::Sent } else { Change::Burned };
    let received = comes.then_some((Change::Received, movement.amount));
    received.into_iter().chain(goes.then_some((out, movement.amount))).collect()
}

fn add(row: &mut StakeRow, change: &Change, amount: u128) {
    let place = match change {
        Change::Delivered => &mut row.delivered,
        Change::Work => &mut row.work,
        Change::Received => &mut row.received,
        Change::Sent => &mut row.sent,
        Change::Burned => &mut row.burned,
    };
    place.0 = place.0.saturating_add(amount);
}
