//! Pays what is payable and delivers what stake was given to the payees of contributions; of slashed ones, the money goes to the
//! treasury and the stake back into the reserve.

use std::collections::{BTreeMap, BTreeSet};

use cosmwasm_std::{Addr, Deps, DepsMut, Env, Response, StdResult, Storage, Uint64, Uint128};
use protocol::event::SettlementEvent;
use protocol::settlement::{ClaimItem, ENTRIES_PER_CHUNK, MAX_CLAIMED};
use protocol::stake::Payment;
use protocol::{ContributionId, ModelId};
use rules::ledger::Entry;
use rules::split::split_payees;

use crate::error::ContractError;
use crate::state::{self, CLAIMED_PER_RECORD, Recipients};
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

/// Pays each payee once, and delivers each model's stake in one message. Nothing is read that it does not need: it is the message
/// that contributors pay for.
pub fn claim(mut deps: DepsMut, env: &Env, claims: &[ClaimItem]) -> Result<Response, ContractError> {
    let mut due = Due::default();
    let mut response = Response::new();
    for taken in take_all(deps.branch(), claims, Recipients::check_payable)? {
        due.add(&taken)?;
        response = response.add_events(taken.claimed());
    }
    let response = pay_out(deps.storage, response, due.uopen)?;
    if due.units.is_empty() { Ok(response) } else { deliver_all(response, deps.as_ref(), env, due.units) }
}

fn pay_out(
    storage: &dyn Storage,
    mut response: Response,
    due: BTreeMap<Addr, Uint128>,
) -> Result<Response, ContractError> {
    let open_token = state::load_open_token(storage)?;
    for (payee, amount) in due.into_iter().filter(|(_, amount)| !amount.is_zero()) {
        response = response
            .add_message(peers::pay(&open_token, &payee, amount)?)
            .add_event(SettlementEvent::Paid { account: payee.into(), amount });
    }
    Ok(response)
}

fn deliver_all(
    mut response: Response,
    deps: Deps,
    env: &Env,
    due: BTreeMap<ModelId, BTreeMap<Addr, Uint128>>,
) -> Result<Response, ContractError> {
    let setup = state::load_setup(deps.storage)?;
    let epoch = windows::current_epoch(&setup, env);
    for (model, payees) in due {
        let stake = peers::commerce(&deps.querier, &setup, model, epoch)?.stake;
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
pub fn sweep(mut deps: DepsMut, claims: &[ClaimItem]) -> Result<Response, ContractError> {
    let mut response = Response::new();
    let mut swept = Uint128::zero();
    for taken in take_all(deps.branch(), claims, Recipients::check_slashed)? {
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
    claims: &[ClaimItem],
    check: fn(&Recipients, ContributionId) -> Result<(), ContractError>,
) -> Result<Vec<Taken>, ContractError> {
    check_positions(claims)?;
    let mut all = vec![];
    for item in claims {
        take_of_model(deps.storage, item, check, &mut all)?;
    }
    if all.is_empty() {
        return Err(ContractError::NothingPayable);
    }
    Ok(all)
}

/// Takes the positions of one model.
fn take_of_model(
    storage: &mut dyn Storage,
    ClaimItem { model, positions }: &ClaimItem,
    check: fn(&Recipients, ContributionId) -> Result<(), ContractError>,
    all: &mut Vec<Taken>,
) -> Result<(), ContractError> {
    let contributions = contributions_at(storage, *model, positions)?;
    let (mut chunk, mut claimed) = (Chunk::default(), ClaimedRecord::default());
    let mut all_units = Uint128::zero();
    for (position, contribution) in positions.iter().copied().zip(contributions) {
        let recipients = state::load_recipients(storage, contribution)?;
        check(&recipients, contribution)?;
        chunk.turn_to(storage, *model, position)?;
        claimed.turn_to(storage, *model, position)?;
        let amount = claimed.take(position, chunk.payable(position))?;
        let units = take_stake(storage, *model, position, chunk.stake(position))?;
        if !(amount.is_zero() && units.is_zero()) {
            all_units = all_units.checked_add(units)?;
            all.push(Taken { model: *model, position, contribution, recipients, amount, units });
        }
    }
    claimed.save(storage, *model);
    if !all_units.is_zero() {
        state::add_all_stake_claimed(storage, *model, all_units)?;
    }
    Ok(())
}

fn contributions_at(
    storage: &dyn Storage,
    model: ModelId,
    positions: &[u32],
) -> Result<Vec<ContributionId>, ContractError> {
    let found = positions.iter().map(|position| state::find_position(storage, model, *position));
    let found: Option<Vec<_>> = found.collect::<StdResult<_>>()?;
    found.ok_or_else(|| ContractError::UnknownPosition { model, positions: positions.to_vec() })
}

/// The stored chunk that positions are looked up in: neighbours are read once.
#[derive(Default)]
struct Chunk {
    number: Option<u32>,
    entries: Vec<Entry>,
    stakes: Vec<u64>,
}

impl Chunk {
    fn turn_to(&mut self, storage: &dyn Storage, model: ModelId, position: u32) -> Result<(), ContractError> {
        let number = position / ENTRIES_PER_CHUNK;
        if self.number != Some(number) {
            self.entries = accounts::load_chunk(storage, model, number)?;
            self.stakes = accounts::load_stakes(storage, model, number);
            self.number = Some(number);
        }
        Ok(())
    }

    fn payable(&self, position: u32) -> u64 {
        self.entries.get(accounts::index_in_chunk(position)).map_or(0, |entry| entry.payable)
    }

    fn stake(&self, position: u32) -> u64 {
        self.stakes.get(accounts::index_in_chunk(position)).copied().unwrap_or_default()
    }
}

/// The stored record that positions' claimed amounts stand in: for neighbours it is read and written once.
#[derive(Default)]
struct ClaimedRecord {
    number: Option<u32>,
    amounts: Vec<u64>,
    changed: bool,
}

impl ClaimedRecord {
    fn turn_to(&mut self, storage: &mut dyn Storage, model: ModelId, position: u32) -> Result<(), ContractError> {
        let number = position / CLAIMED_PER_RECORD;
        if self.number != Some(number) {
            self.save(storage, model);
            *self =
                Self { number: Some(number), amounts: state::load_claimed(storage, model, number)?, changed: false };
        }
        Ok(())
    }

    /// `payable − claimed` of one position: from now on claimed.
    fn take(&mut self, position: u32, payable: u64) -> Result<Uint128, ContractError> {
        let place = state::place_in_record(position);
        let claimed = self.amounts.get(place).copied().unwrap_or_default();
        let amount = Uint64::new(payable).checked_sub(Uint64::new(claimed))?;
        if !amount.is_zero() {
            self.amounts.resize(self.amounts.len().max(place.saturating_add(1)), 0);
            if let Some(claimed) = self.amounts.get_mut(place) {
                *claimed = payable;
            }
            self.changed = true;
        }
        Ok(amount.into())
    }

    fn save(&self, storage: &mut dyn Storage, model: ModelId) {
        if let (Some(number), true) = (self.number, self.changed) {
            state::save_claimed(storage, model, number, &self.amounts);
        }
    }
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

/// Stake given and not yet claimed of one position, in units: from now on claimed.
fn take_stake(storage: &mut dyn Storage, model: ModelId, position: u32, given: u64) -> Result<Uint128, ContractError> {
    let given = Uint64::from(given);
    if given.is_zero() {
        return Ok(Uint128::zero());
    }
    let units = given.checked_sub(state::load_stake_claimed(storage, model, position)?)?;
    if !units.is_zero() {
        state::save_stake_claimed(storage, model, position, given)?;
    }
    Ok(units.into())
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
