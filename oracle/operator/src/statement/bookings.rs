//! What was booked, paid in fees and taken from bonds: all that an account earned or lost without a movement of its own.

use std::collections::BTreeMap;

use protocol::{
    ModelId, RoundId,
    event::{AttributionEvent, DatanetEvent, SettlementEvent},
};
use report::statement::{Accrual, AccrualKind, Amount, Fee, Kind, Loss, LossKind, Period, Place, Signed};

use super::{
    books::Books,
    history::{History, Told},
    period,
};

/// Owner's parts and operators' rewards that were booked to an account.
pub fn booked(history: &History, books: &Books, account: &str) -> Vec<Accrual> {
    let own = |(place, event): (&Place, &SettlementEvent)| match event {
        SettlementEvent::OwnerBooked { model, round, owner, amount } if owner == account => {
            let kind = match books.owner_kind(*model, *round) {
                Kind::RoyaltyPart => AccrualKind::RoyaltyPart,
                _ => AccrualKind::OwnerPart,
            };
            paid_out(place, kind, (*model, Some(*round)), amount.u128())
        }
        SettlementEvent::RewardBooked { model, round, operator, amount, .. } if operator == account => {
            paid_out(place, AccrualKind::OperatorReward, (*model, Some(*round)), amount.u128())
        }
        _ => None,
    };
    history.settlement().filter_map(own).collect()
}

/// What is payable as soon as it is earned; `None` for nothing.
pub fn paid_out(
    place: &Place,
    kind: AccrualKind,
    (model, round): (ModelId, Option<RoundId>),
    amount: u128,
) -> Option<Accrual> {
    let accrued = Signed(i128::try_from(amount).ok().filter(|amount| *amount > 0)?);
    Some(Accrual {
        place: place.clone(),
        kind,
        model: model.get(),
        round: round.map(RoundId::get),
        contribution: None,
        position: None,
        share_bps: None,
        accrued,
        payable: Amount(amount),
        stake: Amount(0),
    })
}

/// Fees redeemed in a period from channels of an account, by model, epoch of the vouchers and channel.
pub fn fees(history: &History, books: &Books, account: &str, period: &Period) -> Vec<Fee> {
    let mut fees = BTreeMap::new();
    for (_, event) in history.settlement().filter(|(place, _)| period::covers(period, place.epoch)) {
        let SettlementEvent::Redeemed { channel, model, epoch, amount, .. } = event else { continue };
        if books.channels.get(channel).is_none_or(|book| book.payer != account) {
            continue;
        }
        let (model, epoch, channel) = (model.get(), epoch.get(), channel.get());
        let new = Fee { model, epoch, channel, redemptions: 0, amount: Amount(0) };
        let fee: &mut Fee = fees.entry((model, epoch, channel)).or_insert(new);
        fee.redemptions = fee.redemptions.saturating_add(1);
        fee.amount = Amount(fee.amount.0.saturating_add(amount.u128()));
    }
    fees.into_values().collect()
}

/// What was taken in a period from bonds of an account.
pub fn losses(history: &History, books: &Books, account: &str, period: &Period) -> Vec<Loss> {
    let lost = |(place, told): (&Place, &Told)| match told {
        Told::Datanet(event) => contribution_loss(place, event, books, account),
        Told::Attribution(event) => operator_loss(place, event, account),
        _ => None,
    };
    history
        .told()
        .filter(|(place, _)| period::covers(period, place.epoch))
        .filter_map(lost)
        .filter(|loss| loss.amount.0 > 0)
        .collect()
}

fn contribution_loss(place: &Place, event: &DatanetEvent, books: &Books, account: &str) -> Option<Loss> {
    let (contribution, kind, model, amount) = match event {
        DatanetEvent::Forfeited { contribution, bond } => (contribution, LossKind::Forfeited, None, bond),
        DatanetEvent::DuplicatesProved { later, taken, .. } => (later, LossKind::Duplicates, None, taken),
        DatanetEvent::DebtCollected { contribution, model, taken } => {
            (contribution, LossKind::ProvedDebt, Some(model.get()), taken)
        }
        _ => return None,
    };
    (books.bonds.get(contribution)?.contributor == account).then(|| Loss {
        place: place.clone(),
        kind,
        model,
        round: None,
        contribution: Some(contribution.get()),
        amount: Amount(amount.u128()),
    })
}

fn operator_loss(place: &Place, event: &AttributionEvent, account: &str) -> Option<Loss> {
    let (operator, kind, model, round, amount) = match event {
        AttributionEvent::OperatorPenalised { operator, model, round, penalty, .. } => {
            (operator, LossKind::Missed, model, round, penalty)
        }
        AttributionEvent::OperatorSlashed { operator, model, round, bond, .. } => {
            (operator, LossKind::Slashed, model, round, bond)
        }
        _ => return None,
    };
    (operator == account).then(|| Loss {
        place: place.clone(),
        kind,
        model: Some(model.get()),
        round: Some(round.get()),
        contribution: None,
        amount: Amount(amount.u128()),
    })
}
