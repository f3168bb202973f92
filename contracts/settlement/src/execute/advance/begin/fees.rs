//! Fees: the range leaves the unsettled books, operators are rewarded, unresolved redemptions go to the treasury, and the rest is
//! paid as it was split.

use std::collections::BTreeSet;

use cosmwasm_std::{DepsMut, Storage, Uint128};
use protocol::attribution::RoundKind;
use protocol::event::SettlementEvent;
use protocol::model::Terms;
use protocol::settlement::{AdvanceBegin, ModelTotals, OperatorReward, Parts, SettledRound};
use protocol::{Bps, ModelId, RoundId};
use rules::agreement::reward;
use rules::bitmap::Bitmap;
use rules::math::mul_div_floor;

use super::payout::{self, Payout};
use crate::error::ContractError;
use crate::execute::Call;
use crate::range::{self, Found, Range};
use crate::{parts, peers, state};

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
    totals: &mut ModelTotals,
) -> Result<(SettledRound, Payout), ContractError> {
    let range = find_range(&deps, call, model, begin)?;
    let unresolved = sum_unresolved(deps.storage, call, model, &range, begin)?;
    let resolved = parts::sub(&range.parts, &unresolved.parts)?;
    let terms = last_terms(&range, model)?;

    let (operator_rewards, rewards) = reward_operators(deps.branch(), call, (model, round), begin, resolved.protocol)?;
    leave_pools(deps.storage, &range, &resolved, &unresolved, operator_rewards)?;
    settle_books(deps.storage, (model, round), &range, totals)?;
    let commerce = peers::commerce(&deps.querier, call.setup, model, Some(range.last_epoch))?;
    let mut payout = payout::pay(deps.storage, call.setup, (model, round), &commerce, &resolved)?;
    payout.events.splice(0..0, rewards);

    let settled = SettledRound {
        round,
        kind: RoundKind::Fees,
        first_epoch: range.first_epoch,
        last_epoch: range.last_epoch,
        tranche: Uint128::zero(),
        stake_given: Uint128::zero(),
        gross: range.gross.checked_sub(unresolved.gross)?,
        parts: resolved,
        unresolved: unresolved.gross,
        operator_rewards,
        residual: Uint128::zero(),
        denominator: begin.denominator,
        z_tenths: begin.z_tenths,
        release_rate: terms.release_rate,
        cap: terms.cap,
        complete: false,
    };
    Ok((settled, payout))
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

/// Adds each operator's part of the pot to its balance; returns their sum.
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
            state::add_to_balance(deps.storage, &account, amount)?;
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

/// All parts leave the pools but the contributors', which is this round's. Rewards become balances; the treasury gets the
/// protocol's part less these, and whatever is unresolved.
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
        totals.balances = totals.balances.checked_add(operator_rewards)?;
        totals.treasury = totals.treasury.checked_add(to_treasury)?;
        Ok(())
    })
}

/// Marks the range as settled at once, so that nothing can cover or redeem it again.
fn settle_books(
    storage: &mut dyn Storage,
    (model, round): (ModelId, RoundId),
    range: &Range,
    totals: &mut ModelTotals,
) -> Result<(), ContractError> {
    for (epoch, book) in &range.books {
        let mut book = book.clone();
        book.settled_by = Some(round);
        state::save_book(storage, model, *epoch, &book)?;
    }
    totals.settled_through = Some(range.last_epoch);
    totals.unsettled = parts::sub(&totals.unsettled, &range.parts)?;
    Ok(())
}

/// Release rate and cap are those of the last epoch; a range is never empty.
fn last_terms(range: &Range, model: ModelId) -> Result<&Terms, ContractError> {
    let (first, last) = (range.first_epoch, range.last_epoch);
    let found = range.books.last().map(|(_, book)| &book.terms);
    found.ok_or(ContractError::RangeMismatch { model, first, last })
}
