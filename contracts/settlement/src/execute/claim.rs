//! Pays what is payable and delivers what stake was given to the payees of contributions; of slashed ones, the money goes to the
//! treasury and the stake back into the reserve.

use std::collections::{BTreeMap, BTreeSet};

use cosmwasm_std::{Addr, DepsMut, Response, Storage, Uint64, Uint128};
use protocol::event::SettlementEvent;
use protocol::settlement::{ClaimItem, MAX_CLAIMED};
use protocol::stake::Payment;
use protocol::{ContributionId, ModelId};
use rules::split::split_payees;

use crate::error::ContractError;
use crate::execute::Call;
use crate::state::{self, Recipients};
use crate::{accounts, peers, windows};

/// A claimed position, found and taken from the books.
struct Taken {
    model: ModelId,
    position: u32,
    contribution: ContributionId,
    recipients: Recipients,
    /// In uopen.
    amount: Uint128,
    /// Stake, in units.
    units: Uint128,
}

/// What each payee gets, however many of the positions are theirs.
#[derive(Default)]
struct Due {
    uopen: BTreeMap<Addr, Uint128>,
    units: BTreeMap<ModelId, BTreeMap<Addr, Uint128>>,
}

/// Pays each payee once, and delivers each model's stake in one message.
pub fn claim(mut deps: DepsMut, call: &Call, claims: &[ClaimItem]) -> Result<Response, ContractError> {
    let mut due = Due::default();
    let mut response = Response::new();
    for taken in take_all(deps.branch(), call, claims, Recipients::check_payable)? {
        due.add(&taken)?;
        response = response.add_events(taken.claimed());
    }
    let response = pay_out(response, call, due.uopen)?;
    deliver_all(response, &deps, call, due.units)
}

fn pay_out(mut response: Response, call: &Call, due: BTreeMap<Addr, Uint128>) -> Result<Response, ContractError> {
    for (payee, amount) in due.into_iter().filter(|(_, amount)| !amount.is_zero()) {
        response = response
            .add_message(peers::pay(call.setup, &payee, amount)?)
            .add_event(SettlementEvent::Paid { account: payee.into(), amount });
    }
    Ok(response)
}

fn deliver_all(
    mut response: Response,
    deps: &DepsMut,
    call: &Call,
    due: BTreeMap<ModelId, BTreeMap<Addr, Uint128>>,
) -> Result<Response, ContractError> {
    let epoch = windows::current_epoch(call.setup, call.env);
    for (model, payees) in due {
        let stake = peers::commerce(&deps.querier, call.setup, model, epoch)?.stake;
        let mut payments = vec![];
        for (payee, units) in payees.into_iter().filter(|(_, units)| !units.is_zero()) {
            let account = payee.to_string();
            payments.push(Payment { account: account.clone(), amount: units });
            response = response.add_event(SettlementEvent::StakePaid { model, account, units });
        }
        response = response.add_message(peers::deliver(&stake, payments)?);
    }
    Ok(response)
}

/// Moves what slashed contributions would be paid to the treasury; their stake was never sent, and stays in the reserve for later
/// valuations. What they earn in later rounds can be swept again.
pub fn sweep(mut deps: DepsMut, call: &Call, claims: &[ClaimItem]) -> Result<Response, ContractError> {
    let mut response = Response::new();
    let mut swept = Uint128::zero();
    for taken in take_all(deps.branch(), call, claims, Recipients::check_slashed)? {
        swept = swept.checked_add(taken.amount)?;
        response = response.add_events(taken.swept());
    }
    state::move_totals(deps.storage, |totals| {
        totals.treasury = totals.treasury.checked_add(swept)?;
        Ok(())
    })?;
    Ok(response)
}

impl Taken {
    fn claimed(&self) -> Vec<SettlementEvent> {
        let Self { model, position, contribution, amount, units, .. } = *self;
        let mut events = vec![];
        if !amount.is_zero() {
            events.push(SettlementEvent::Claimed { model, position, contribution, amount });
        }
        if !units.is_zero() {
            events.push(SettlementEvent::StakeDelivered { model, position, contribution, units });
        }
        events
    }

    fn swept(&self) -> Vec<SettlementEvent> {
        let Self { model, position, contribution, amount, units, .. } = *self;
        let mut events = vec![];
        if !amount.is_zero() {
            events.push(SettlementEvent::Swept { model, position, contribution, amount });
        }
        if !units.is_zero() {
            events.push(SettlementEvent::StakeTakenBack { model, position, contribution, units });
        }
        events
    }
}

impl Recipients {
    fn check_payable(&self, contribution: ContributionId) -> Result<(), ContractError> {
        if self.slashed {
            return Err(ContractError::ContributionSlashed { contribution });
        }
        Ok(())
    }

    fn check_slashed(&self, contribution: ContributionId) -> Result<(), ContractError> {
        if self.slashed { Ok(()) } else { Err(ContractError::NotSlashed { contribution }) }
    }
}

/// Takes what is payable and what stake was given at all positions from the books; positions without anything are left out.
fn take_all(
    deps: DepsMut,
    call: &Call,
    claims: &[ClaimItem],
    check: fn(&Recipients, ContributionId) -> Result<(), ContractError>,
) -> Result<Vec<Taken>, ContractError> {
    check_positions(claims)?;
    let mut all = vec![];
    for ClaimItem { model, positions } in claims {
        let found = peers::contributions_at(&deps.querier, call.setup, *model, positions)?;
        for (position, contribution) in positions.iter().copied().zip(found) {
            let recipients = state::load_recipients(deps.storage, contribution)?;
            check(&recipients, contribution)?;
            let amount = take_payable(deps.storage, *model, position)?;
            let units = take_stake(deps.storage, *model, position)?;
            if !(amount.is_zero() && units.is_zero()) {
                all.push(Taken { model: *model, position, contribution, recipients, amount, units });
            }
        }
    }
    if all.is_empty() {
        return Err(ContractError::NothingPayable);
    }
    Ok(all)
}

fn check_positions(claims: &[ClaimItem]) -> Result<(), ContractError> {
    let count = claims.iter().fold(0_usize, |sum, item| sum.saturating_add(item.positions.len()));
    let idle = claims.iter().any(|item| item.positions.is_empty());
    if count == 0 || count > MAX_CLAIMED || idle {
        return Err(ContractError::ClaimCount { count });
    }
    let mut seen = BTreeSet::new();
    for ClaimItem { model, positions } in claims {
        for position in positions {
            if !seen.insert((model, position)) {
                return Err(ContractError::DuplicatePosition { model: *model, position: *position });
            }
        }
    }
    Ok(())
}

/// `payable − claimed` of one position: from now on claimed, no longer a liability.
fn take_payable(storage: &mut dyn Storage, model: ModelId, position: u32) -> Result<Uint128, ContractError> {
    let payable = Uint128::from(accounts::load_entry(storage, model, position)?.payable);
    let claimed = state::load_claimed(storage, model, position)?;
    let amount = payable.checked_sub(claimed)?;
    if amount.is_zero() {
        return Ok(amount);
    }
    state::save_claimed(storage, model, position, payable)?;
    let mut book = state::load_model(storage, model)?;
    book.totals.claimed = book.totals.claimed.checked_add(amount)?;
    state::save_model(storage, model, &book)?;
    state::move_totals(storage, |totals| {
        totals.liabilities = totals.liabilities.checked_sub(amount)?;
        Ok(())
    })?;
    Ok(amount)
}

/// Stake given and not yet claimed of one position, in units: from now on claimed.
fn take_stake(storage: &mut dyn Storage, model: ModelId, position: u32) -> Result<Uint128, ContractError> {
    let given = Uint64::from(accounts::load_stake(storage, model, position)?);
    let claimed = state::load_stake_claimed(storage, model, position)?;
    let units = Uint128::from(given.checked_sub(claimed)?);
    if units.is_zero() {
        return Ok(units);
    }
    state::save_stake_claimed(storage, model, position, given)?;
    let mut book = state::load_model(storage, model)?;
    book.totals.stake_claimed = book.totals.stake_claimed.checked_add(units)?;
    state::save_model(storage, model, &book)?;
    Ok(units)
}

impl Due {
    fn add(&mut self, taken: &Taken) -> Result<(), ContractError> {
        share_out(taken.amount, &taken.recipients, &mut self.uopen)?;
        if taken.units.is_zero() {
            return Ok(());
        }
        share_out(taken.units, &taken.recipients, self.units.entry(taken.model).or_default())
    }
}

/// Adds each payee's share of an amount.
fn share_out(amount: Uint128, recipients: &Recipients, due: &mut BTreeMap<Addr, Uint128>) -> Result<(), ContractError> {
    let shares: Vec<u16> = recipients.payees.iter().map(|(_, share)| share.0).collect();
    let amounts = split_payees(amount.u128(), &shares)?;
    for ((payee, _), amount) in recipients.payees.iter().zip(amounts) {
        let sum = due.entry(payee.clone()).or_default();
        *sum = sum.checked_add(amount.into())?;
    }
    Ok(())
}
