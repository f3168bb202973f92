//! What each movement of OPEN was for. Every typed event that stands for a payment expects one movement in its transaction: of the same
//! accounts and the same amount. A movement that nothing expects is a transfer.

use std::collections::BTreeMap;

use protocol::{
    ContributionId, ModelId, RoundId,
    event::{AttributionEvent, DatanetEvent, SettlementEvent, StakeEvent},
};
use report::statement::{Amount, Kind, Line, Place, Purpose};

use super::{
    Mismatch, StatementError,
    books::Books,
    history::{History, Movement, Told, Transaction},
    records::Records,
};

/// A payment that an event stands for. Its parts sum to its amount.
struct Expected {
    /// From whom; none for anybody.
    from: Option<String>,
    to: String,
    amount: u128,
    parts: Vec<(Purpose, u128)>,
}

impl Expected {
    fn explains(&self, movement: &Movement) -> bool {
        let from = self.from.is_none() || self.from == movement.from;
        from && movement.to.as_deref() == Some(&self.to) && self.amount == movement.amount
    }
}

/// Lines of an account from the beginning of the chain on, without balances; fills the books.
pub fn lines(
    history: &History,
    records: &Records,
    books: &mut Books,
    account: &str,
) -> Result<Vec<Line>, StatementError> {
    let mut lines = Vec::new();
    for transaction in &history.transactions {
        let mut expected = expect(transaction, records, books)?;
        for told in &transaction.told {
            let Told::Open(movement) = told else { continue };
            let found = expected.iter().position(|expected| expected.explains(movement));
            let explained = found.map(|index| expected.remove(index));
            if movement.touches(account) != (false, false) {
                lines.extend(lines_of(movement, explained, &transaction.place, records, account));
            }
        }
    }
    Ok(lines)
}

fn lines_of(
    movement: &Movement,
    explained: Option<Expected>,
    place: &Place,
    records: &Records,
    account: &str,
) -> Vec<Line> {
    let unexplained = if movement.to.is_none() { Kind::Burn } else { Kind::Transfer };
    let parts = explained.map_or_else(|| vec![(Purpose::of(unexplained), movement.amount)], |found| found.parts);
    let (comes, goes) = movement.touches(account);
    let counterparty = if comes { &movement.from } else { &movement.to };
    let line = |(purpose, amount): (Purpose, u128)| Line {
        place: place.clone(),
        purpose,
        counterparty: counterparty.clone(),
        counterparty_name: counterparty.as_deref().and_then(|address| records.name_of(address)),
        received: Amount(if comes { amount } else { 0 }),
        paid: Amount(if goes { amount } else { 0 }),
        balance: Amount(0),
    };
    parts.into_iter().map(line).collect()
}

/// A position that a claim paid.
struct ClaimedPosition {
    model: ModelId,
    position: u32,
    contribution: ContributionId,
    amount: u128,
}

/// Payments of one transaction on their way.
struct Expecting<'a> {
    records: &'a Records,
    all: Vec<Expected>,
    /// Positions of the claim whose payees are being paid.
    claimed: Vec<ClaimedPosition>,
    paying: bool,
    /// Rounds whose stake part was sent in this transaction.
    dividends: BTreeMap<ModelId, RoundId>,
}

/// Reads a transaction's events in their order.
fn expect(transaction: &Transaction, records: &Records, books: &mut Books) -> Result<Vec<Expected>, StatementError> {
    let none = Expecting { records, all: vec![], claimed: vec![], paying: false, dividends: BTreeMap::new() };
    let mut expecting = none;
    for told in &transaction.told {
        match told {
            Told::Settlement(event) => {
                expecting.settlement(event, books)?;
                books.settlement(event);
            }
            Told::Datanet(event) => {
                expecting.datanet(event, books);
                books.datanet(event);
            }
            Told::Attribution(event) => {
                expecting.attribution(event, books);
                books.attribution(event);
            }
            Told::Stake(model, event) => expecting.stake(*model, event),
            Told::Open(_) | Told::Units(..) => {}
        }
    }
    Ok(expecting.all)
}

impl Expecting<'_> {
    fn push(&mut self, from: Option<&str>, to: &str, amount: u128, purpose: Purpose) {
        self.push_parts(from, to, amount, vec![(purpose, amount)]);
    }

    fn push_parts(&mut self, from: Option<&str>, to: &str, amount: u128, parts: Vec<(Purpose, u128)>) {
        self.all.push(Expected { from: from.map(str::to_owned), to: to.to_owned(), amount, parts });
    }

    fn settlement(&mut self, event: &SettlementEvent, books: &Books) -> Result<(), StatementError> {
        let records = self.records;
        let own = records.at.settlement.as_str();
        match event {
            SettlementEvent::ChannelOpened { model, payer, deposit, .. } => {
                let purpose = Purpose::of(Kind::ChannelDeposit).model(model.get());
                self.push(Some(payer), own, deposit.u128(), purpose);
            }
            SettlementEvent::ChannelToppedUp { channel, deposit } => {
                if let Some(book) = books.channels.get(channel) {
                    let purpose = Purpose::of(Kind::ChannelDeposit).model(book.model.get());
                    // Anyone may add to a channel.
                    self.push(None, own, deposit.u128().saturating_sub(book.deposit), purpose);
                }
            }
            SettlementEvent::ChannelClosed { channel, refunded } => {
                if let Some(book) = books.channels.get(channel) {
                    let purpose = Purpose::of(Kind::ChannelRefund).model(book.model.get());
                    self.push(Some(own), &book.payer, refunded.u128(), purpose);
                }
            }
            SettlementEvent::TreasuryReceived { from, amount } => {
                self.push(Some(from), own, amount.u128(), Purpose::of(Kind::TreasuryGift));
            }
            SettlementEvent::DebtRepaid { model, position, amount } => {
                let purpose = Purpose::of(Kind::DebtCollected).model(model.get()).position(*position);
                self.push(Some(records.at.datanet.as_str()), own, amount.u128(), purpose);
            }
            SettlementEvent::DividendSent { model, round, .. } => {
                self.dividends.insert(*model, *round);
            }
            SettlementEvent::SpendExecuted { to, amount, .. } => {
                self.push(Some(own), to, amount.u128(), Purpose::of(Kind::TreasurySpending));
            }
            SettlementEvent::Claimed { model, position, contribution, amount } => {
                if std::mem::take(&mut self.paying) {
                    self.claimed.clear();
                }
                let (model, position, contribution, amount) = (*model, *position, *contribution, amount.u128());
                self.claimed.push(ClaimedPosition { model, position, contribution, amount });
            }
            SettlementEvent::Paid { account, amount } => {
                self.paying = true;
                let parts = self.claim_parts(account, amount.u128())?;
                self.push_parts(Some(own), account, amount.u128(), parts);
            }
            SettlementEvent::Withdrawn { account, amount } => {
                let parts = withdrawn_parts(books, account, amount.u128())?;
                self.push_parts(Some(own), account, amount.u128(), parts);
            }
            _ => {}
        }
        Ok(())
    }

    /// A payee is paid once for all positions of a claim. By the shares of today it is known how much of it was for each; where payees
    /// have changed since, these do not sum to what was paid, and the payment stays whole.
    fn claim_parts(&self, account: &str, amount: u128) -> Result<Vec<(Purpose, u128)>, StatementError> {
        let whole = Purpose::of(Kind::Claim);
        let purpose = |claimed: &ClaimedPosition| {
            let ClaimedPosition { model, position, contribution, .. } = claimed;
            whole.model(model.get()).contribution(contribution.get()).position(*position)
        };
        if let [only] = self.claimed.as_slice() {
            return Ok(vec![(purpose(only), amount)]);
        }
        let mut parts = Vec::new();
        for claimed in &self.claimed {
            let part = self.records.part(claimed.contribution, account, claimed.amount)?;
            if part > 0 {
                parts.push((purpose(claimed), part));
            }
        }
        let exact = parts.iter().map(|(_, part)| part).sum::<u128>() == amount;
        Ok(if exact { parts } else { vec![(whole, amount)] })
    }

    fn datanet(&mut self, event: &DatanetEvent, books: &Books) {
        let records = self.records;
        let own = records.at.datanet.as_str();
        match event {
            DatanetEvent::Committed { contribution, contributor, bond, .. } => {
                let purpose = Purpose::of(Kind::BondPosted).contribution(contribution.get());
                self.push(Some(contributor), own, bond.u128(), purpose);
            }
            DatanetEvent::Rejected { contribution, bond } => {
                if let Some(book) = books.bonds.get(contribution) {
                    let purpose = Purpose::of(Kind::BondReturned).contribution(contribution.get());
                    self.push(Some(own), &book.contributor, bond.u128(), purpose);
                }
            }
            DatanetEvent::BondReleased { contribution, to, bond } => {
                let purpose = Purpose::of(Kind::BondReleased).contribution(contribution.get());
                self.push(Some(own), to, bond.u128(), purpose);
            }
            DatanetEvent::DuplicatesProved { later, prover, to_prover, .. } => {
                let purpose = Purpose::of(Kind::ProverReward).contribution(later.get());
                self.push(Some(own), prover, to_prover.u128(), purpose);
            }
            _ => {}
        }
    }

    fn attribution(&mut self, event: &AttributionEvent, books: &Books) {
        let records = self.records;
        let own = records.at.attribution.as_str();
        match event {
            AttributionEvent::OperatorBonded { method, operator, bond } => {
                let held = books.operators.get(&(*method, operator.clone())).copied().unwrap_or_default();
                let paid = bond.u128().saturating_sub(held);
                self.push(Some(operator), own, paid, Purpose::of(Kind::OperatorBond));
            }
            AttributionEvent::BondWithdrawn { operator, bond, .. } => {
                self.push(Some(own), operator, bond.u128(), Purpose::of(Kind::OperatorBondReturned));
            }
            _ => {}
        }
    }

    fn stake(&mut self, model: ModelId, event: &StakeEvent) {
        let records = self.records;
        let Some((own, _)) = records.stakes.iter().find(|(_, id)| **id == model) else { return };
        match event {
            StakeEvent::DividendReceived { from, amount, .. } => {
                let purpose = Purpose::of(Kind::DividendGiven).model(model.get());
                let round = self.dividends.get(&model).filter(|_| records.at.settlement.as_str() == from.as_str());
                let purpose = round.map_or(purpose, |round| purpose.round(round.get()));
                self.push(Some(from), own, amount.u128(), purpose);
            }
            StakeEvent::DividendPaid { account, amount, .. } => {
                let purpose = Purpose::of(Kind::Dividend).model(model.get());
                self.push(Some(own), account, amount.u128(), purpose);
            }
            StakeEvent::ReservePaid { .. } => {}
        }
    }
}

/// A withdrawal takes all that was booked since the last one, no more and no less.
fn withdrawn_parts(books: &Books, account: &str, amount: u128) -> Result<Vec<(Purpose, u128)>, StatementError> {
    let what = format!("withdrawal of {account} from settlement");
    Mismatch::unless_equal(
        what,
        ("its event", amount),
        ("what was booked since the last one", books.booked_to(account)),
    )?;
    Ok(books.booked.get(account).cloned().unwrap_or_default())
}
