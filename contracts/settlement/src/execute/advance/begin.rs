//! The beginning of a settlement: the range leaves the unsettled books, its protocol and owner
//! parts are paid, unresolved redemptions go to the treasury, and the pool is set aside.

use std::collections::BTreeSet;

use cosmwasm_std::{Addr, DepsMut, Storage, Uint128};
use protocol::event::SettlementEvent;
use protocol::model::MAX_POSITIONS;
use protocol::settlement::{AdvanceBegin, OperatorReward, Parts, SettledRound};
use protocol::{Bps, ModelId, RoundId, attribution::MAX_OPERATORS};
use rules::agreement::reward;
use rules::bitmap::Bitmap;
use rules::ledger::{LedgerError, MAX_CAP, MAX_POOL};
use rules::math::mul_div_floor;

use crate::error::ContractError;
use crate::execute::Call;
use crate::range::{self, Found, Range};
use crate::state::{self, Progress};
use crate::{parts, peers};

/// A round whose chunks may follow.
pub struct Begun {
    pub progress: Progress,
    pub events: Vec<SettlementEvent>,
}

/// What leaves the pool because its receipts are missing or false.
#[derive(Default)]
struct Unresolved {
    gross: Uint128,
    parts: Parts,
}

pub fn begin(
    mut deps: DepsMut,
    call: &Call,
    (model, round): (ModelId, RoundId),
    begin: &AdvanceBegin,
) -> Result<Begun, ContractError> {
    if state::load_round(deps.storage, model, round)?.is_some() {
        return Err(ContractError::RoundAlreadySettled { model, round });
    }
    check(deps.storage, model, begin)?;
    let range = find_range(&deps, call, model, begin)?;
    let unresolved = sum_unresolved(deps.storage, call, model, &range, begin)?;
    let resolved = parts::sub(&range.parts, &unresolved.parts)?;
    let pool = pool(model, &resolved)?;

    let (operator_rewards, mut events) =
        reward_operators(deps.branch(), call, (model, round), begin, resolved.protocol)?;
    let owner = peers::owner(&deps.querier, call.setup, model)?;
    pay_owner(deps.storage, &owner, resolved.owner)?;
    leave_pools(deps.storage, &range, &resolved, &unresolved, operator_rewards)?;
    settle_books(deps.storage, (model, round), &range, resolved.influence, begin)?;

    let (release_rate, cap) = last_terms(&range);
    let settled = SettledRound {
        round,
        first_epoch: range.first_epoch,
        last_epoch: range.last_epoch,
        gross: range.gross.checked_sub(unresolved.gross)?,
        parts: resolved,
        unresolved: unresolved.gross,
        operator_rewards,
        residual: Uint128::zero(),
        denominator: begin.denominator,
        z_tenths: begin.z_tenths,
        release_rate,
        cap,
        complete: false,
    };
    state::save_round(deps.storage, model, &settled)?;
    events.insert(0, settling_begun(model, &settled));
    let progress = Progress {
        round,
        cursor: 0,
        positions: begin.positions,
        pool: pool.into(),
        denominator: begin.denominator,
        z_tenths: begin.z_tenths,
        release_rate,
        // Nothing above 2^63 - 1 can accrue, so a higher cap caps nothing.
        cap: u64::try_from(cap.u128()).unwrap_or(MAX_CAP).min(MAX_CAP).into(),
    };
    Ok(Begun { progress, events })
}

fn check(storage: &dyn Storage, model: ModelId, begin: &AdvanceBegin) -> Result<(), ContractError> {
    let positions = begin.positions;
    // The list of used contributions only grows.
    let least = state::load_model(storage, model)?.positions.max(1);
    if positions < least || positions > MAX_POSITIONS {
        return Err(ContractError::Positions { positions, least });
    }
    if begin.denominator.is_zero() {
        return Err(LedgerError::NoDenominator.into());
    }
    let (rewards, operators) = (begin.rewards.len(), begin.operators);
    let set = usize::try_from(operators).unwrap_or(usize::MAX);
    if rewards > set || set > MAX_OPERATORS {
        return Err(ContractError::RewardCount { rewards, operators });
    }
    Ok(())
}

/// The range, recomputed: what a round can settle now, up to the range's own end.
fn find_range(deps: &DepsMut, call: &Call, model: ModelId, begin: &AdvanceBegin) -> Result<Range, ContractError> {
    let (first, last) = (begin.first_epoch, begin.last_epoch);
    match range::find(deps.storage, call.setup, call.env, model, Some(last))? {
        Found::Range(range) if range.first_epoch == first && range.last_epoch == last => Ok(*range),
        _ => Err(ContractError::RangeMismatch { model, first, last }),
    }
}

/// Sums the redemptions whose bits are set, split as they were booked.
fn sum_unresolved(
    storage: &dyn Storage,
    call: &Call,
    model: ModelId,
    range: &Range,
    begin: &AdvanceBegin,
) -> Result<Unresolved, ContractError> {
    let length = usize::try_from(range.redemptions).unwrap_or(usize::MAX);
    let bitmap = Bitmap::from_bytes(length, begin.unresolved.to_vec())?;
    let protocol_share = call.setup.config.protocol_share;
    let mut sum = Unresolved::default();
    let mut index = 0_usize;
    for (epoch, book) in &range.books {
        for number in 0..book.redemptions {
            if bitmap.get(index) {
                let redemption = state::load_redemption(storage, model, *epoch, number)?;
                let parts = parts::split(redemption.amount, protocol_share, &book.terms)?;
                sum.gross = sum.gross.checked_add(redemption.amount)?;
                sum.parts = parts::add(&sum.parts, &parts)?;
            }
            index = index.saturating_add(1);
        }
    }
    Ok(sum)
}

/// The influence part, in the width of the ledger.
fn pool(model: ModelId, resolved: &Parts) -> Result<u64, ContractError> {
    if !resolved.stake.is_zero() || !resolved.parents.is_zero() {
        return Err(ContractError::StakeNotOffered { model });
    }
    let pool = resolved.influence;
    u64::try_from(pool.u128()).ok().filter(|pool| *pool <= MAX_POOL).ok_or(ContractError::PoolTooLarge { pool })
}

/// Books each operator's part of the pot; returns their sum.
fn reward_operators(
    deps: DepsMut,
    call: &Call,
    (model, round): (ModelId, RoundId),
    begin: &AdvanceBegin,
    protocol: Uint128,
) -> Result<(Uint128, Vec<SettlementEvent>), ContractError> {
    let share = u128::from(call.setup.config.operators_share.0);
    let whole = u128::from(Bps::WHOLE.0);
    // The share is at most the whole, so the pot is at most the protocol's part.
    let pot = mul_div_floor(protocol.u128(), share, whole).unwrap_or(0);
    let mut seen = BTreeSet::new();
    let mut sum = Uint128::zero();
    let mut events = vec![];
    for OperatorReward { operator, agreement } in &begin.rewards {
        let account = deps.api.addr_validate(operator)?;
        if !seen.insert(account.clone()) {
            let operator = operator.clone();
            return Err(ContractError::DuplicateOperator { operator });
        }
        check_agreement(*agreement)?;
        let amount = Uint128::from(reward(pot, begin.operators, agreement.0));
        sum = sum.checked_add(amount)?;
        if !amount.is_zero() {
            state::credit(deps.storage, &account, amount)?;
        }
        events.push(SettlementEvent::RewardBooked {
            model,
            round,
            operator: account.into(),
            amount,
            agreement: *agreement,
        });
    }
    Ok((sum, events))
}

fn check_agreement(agreement: Bps) -> Result<(), ContractError> {
    if agreement > Bps::WHOLE {
        let share = "an operator's agreement";
        let bps = agreement.0;
        return Err(ContractError::ShareAboveWhole { share, bps });
    }
    Ok(())
}

fn pay_owner(storage: &mut dyn Storage, owner: &Addr, amount: Uint128) -> Result<(), ContractError> {
    if amount.is_zero() {
        return Ok(());
    }
    state::credit(storage, owner, amount)
}

/// Everything but the pool leaves the pools. Balances were credited already; the treasury gets the
/// protocol's part less rewards, and whatever is unresolved.
fn leave_pools(
    storage: &mut dyn Storage,
    range: &Range,
    resolved: &Parts,
    unresolved: &Unresolved,
    operator_rewards: Uint128,
) -> Result<(), ContractError> {
    let leaving = range.gross.checked_sub(resolved.influence)?;
    let to_treasury = resolved.protocol.checked_sub(operator_rewards)?.checked_add(unresolved.gross)?;
    state::move_totals(storage, |totals| {
        totals.pools = totals.pools.checked_sub(leaving)?;
        totals.treasury = totals.treasury.checked_add(to_treasury)?;
        Ok(())
    })
}

/// Marks the range as settled at once, so that nothing can cover or redeem it again.
fn settle_books(
    storage: &mut dyn Storage,
    (model, round): (ModelId, RoundId),
    range: &Range,
    pool: Uint128,
    begin: &AdvanceBegin,
) -> Result<(), ContractError> {
    for (epoch, book) in &range.books {
        let mut book = book.clone();
        book.settled_by = Some(round);
        state::save_book(storage, model, *epoch, &book)?;
    }
    let mut book = state::load_model(storage, model)?;
    book.positions = begin.positions;
    let totals = &mut book.totals;
    totals.settled_through = Some(range.last_epoch);
    totals.unsettled = parts::sub(&totals.unsettled, &range.parts)?;
    totals.in_progress = pool;
    totals.z_tenths = begin.z_tenths;
    Ok(state::save_model(storage, model, &book)?)
}

/// Release rate and cap of the last epoch; a range is never empty.
fn last_terms(range: &Range) -> (Bps, Uint128) {
    range.books.last().map_or_else(Default::default, |(_, book)| (book.terms.release_rate, book.terms.cap))
}

fn settling_begun(model: ModelId, settled: &SettledRound) -> SettlementEvent {
    SettlementEvent::SettlingBegun {
        model,
        round: settled.round,
        first_epoch: settled.first_epoch,
        last_epoch: settled.last_epoch,
        pool: settled.parts.influence,
        unresolved: settled.unresolved,
        operator_rewards: settled.operator_rewards,
    }
}
