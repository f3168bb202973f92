//! Pays what is payable to the payees of contributions, or, of slashed ones, to the treasury.

use std::collections::{BTreeMap, BTreeSet};

use cosmwasm_std::{Addr, DepsMut, Response, Storage, Uint128};
use protocol::event::SettlementEvent;
use protocol::settlement::{ClaimItem, MAX_CLAIMED};
use protocol::{ContributionId, ModelId};
use rules::split::split_payees;

use crate::error::ContractError;
use crate::execute::Call;
use crate::state::{self, Recipients};
use crate::{accounts, peers};

/// A claimed position, found and taken from the books.
struct Taken {
    model: ModelId,
    position: u32,
    contribution: ContributionId,
    recipients: Recipients,
    amount: Uint128,
}

/// Pays each payee once, however many of the positions are theirs.
pub fn claim(mut deps: DepsMut, call: &Call, claims: &[ClaimItem]) -> Result<Response, ContractError> {
    let mut due: BTreeMap<Addr, Uint128> = BTreeMap::new();
    let mut response = Response::new();
    for taken in take_all(deps.branch(), call, claims, Recipients::check_payable)? {
        share_out(&taken, &mut due)?;
        response = response.add_event(SettlementEvent::Claimed {
            model: taken.model,
            position: taken.position,
            contribution: taken.contribution,
            amount: taken.amount,
        });
    }
    for (payee, amount) in due.into_iter().filter(|(_, amount)| !amount.is_zero()) {
        response = response
            .add_message(peers::pay(call.setup, &payee, amount)?)
            .add_event(SettlementEvent::Paid { account: payee.into(), amount });
    }
    Ok(response)
}

/// Moves what slashed contributions would be paid to the treasury. What they earn in later rounds
/// can be swept again.
pub fn sweep(mut deps: DepsMut, call: &Call, claims: &[ClaimItem]) -> Result<Response, ContractError> {
    let mut response = Response::new();
    let mut swept = Uint128::zero();
    for taken in take_all(deps.branch(), call, claims, Recipients::check_slashed)? {
        swept = swept.checked_add(taken.amount)?;
        response = response.add_event(SettlementEvent::Swept {
            model: taken.model,
            position: taken.position,
            contribution: taken.contribution,
            amount: taken.amount,
        });
    }
    state::move_totals(deps.storage, |totals| {
        totals.treasury = totals.treasury.checked_add(swept)?;
        Ok(())
    })?;
    Ok(response)
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

/// Takes what is payable at all positions from the books; positions without anything are left out.
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
            let amount = take(deps.storage, *model, position)?;
            if !amount.is_zero() {
                all.push(Taken { model: *model, position, contribution, recipients, amount });
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
fn take(storage: &mut dyn Storage, model: ModelId, position: u32) -> Result<Uint128, ContractError> {
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

fn share_out(taken: &Taken, due: &mut BTreeMap<Addr, Uint128>) -> Result<(), ContractError> {
    let payees = &taken.recipients.payees;
    let shares: Vec<u16> = payees.iter().map(|(_, share)| share.0).collect();
    let amounts = split_payees(taken.amount.u128(), &shares)?;
    for ((payee, _), amount) in payees.iter().zip(amounts) {
        let sum = due.entry(payee.clone()).or_default();
        *sum = sum.checked_add(amount.into())?;
    }
    Ok(())
}
