//! What operators answer for once the reveals are over: a commitment without a reveal, and rounds missed in a row.
//!
//! Anyone can have a model valued that nobody ever paid for, and can open rounds of many models at once. So only rounds of fees
//! count, as missed and as attended, and those that were open at the same time count as one: nobody can make a short absence a
//! long one.

use cosmwasm_std::{Addr, Event, StdResult, Storage, Uint128};
use protocol::Seconds;
use protocol::attribution::{MISSED_ROUNDS, Operator, Round, RoundKind};
use protocol::event::AttributionEvent;

use super::increment;
use crate::ContractError;
use crate::state::{self, Part};
use crate::window::later;

/// What the faults of a round lead to.
#[derive(Default)]
pub struct Faults {
    /// Taken from bonds for the treasury, in uopen.
    pub taken: Uint128,
    /// What happened.
    pub events: Vec<Event>,
}

/// Goes through the whole set: the silent lose their bond, the absent are counted and pay for every third round in a row,
/// and who revealed in a round of fees begins to count anew. Operators who have left since the opening answer like the others.
pub fn reckon(storage: &mut dyn Storage, round: &Round) -> Result<Faults, ContractError> {
    let method = state::load_method(storage, round.method)?;
    let mut faults = Faults::default();
    for account in &round.operators {
        let mut operator = state::load_operator(storage, round.method, account)?;
        let before = operator.clone();
        match state::find_part(storage, round, account)? {
            None => {
                if begins_absence(storage, round, account, method.commit_period)? {
                    operator.missed = increment(operator.missed)?;
                }
                faults.miss(round, &mut operator, method.missed_penalty)?;
            }
            Some(part) if part.revealed.is_none() => {
                mark_slashed(storage, round, account, part)?;
                faults.slash(round, &mut operator)?;
            }
            Some(_) if round.kind == RoundKind::Fees => operator.missed = 0,
            Some(_) => {}
        }
        if operator != before {
            state::save_operator(storage, &operator)?;
        }
    }
    if !faults.taken.is_zero() {
        state::take_bond(storage, faults.taken)?;
    }
    Ok(faults)
}

/// Whether a missed round counts: one of fees, opened after the commit window of the last one that counted. Notes its own window.
fn begins_absence(
    storage: &mut dyn Storage,
    round: &Round,
    account: &Addr,
    commit_period: Seconds,
) -> Result<bool, ContractError> {
    let known = state::find_absent_until(storage, round.method, account)?;
    if round.kind == RoundKind::Valuation || known.is_some_and(|until| round.opened_at < until) {
        return Ok(false);
    }
    let until = later(round.opened_at, commit_period)?;
    state::save_absent_until(storage, round.method, account, until)?;
    Ok(true)
}

fn mark_slashed(storage: &mut dyn Storage, round: &Round, account: &Addr, part: Part) -> StdResult<()> {
    state::save_part(storage, round, account, &Part { slashed: true, ..part })
}

impl Faults {
    /// A round without a commitment, counted or not.
    fn miss(&mut self, round: &Round, operator: &mut Operator, penalty: Uint128) -> Result<(), ContractError> {
        self.events.push(missed(round, operator));
        if operator.missed < MISSED_ROUNDS {
            return Ok(());
        }
        operator.missed = 0;
        operator.penalties = increment(operator.penalties)?;
        let penalty = penalty.min(operator.bond);
        self.take(operator, penalty)?;
        self.events.push(penalised(round, operator, penalty));
        Ok(())
    }

    /// The whole bond: zero where a round of another model took it before.
    fn slash(&mut self, round: &Round, operator: &mut Operator) -> Result<(), ContractError> {
        operator.missed = 0;
        operator.slashed = increment(operator.slashed)?;
        let bond = operator.bond;
        self.take(operator, bond)?;
        self.events.push(slashed(round, operator, bond));
        Ok(())
    }

    fn take(&mut self, operator: &mut Operator, amount: Uint128) -> Result<(), ContractError> {
        operator.bond = operator.bond.checked_sub(amount).map_err(|_| ContractError::Overflow)?;
        self.taken = self.taken.checked_add(amount).map_err(|_| ContractError::Overflow)?;
        Ok(())
    }
}

fn missed(round: &Round, operator: &Operator) -> Event {
    let missed = AttributionEvent::RoundMissed {
        method: round.method,
        operator: operator.account.to_string(),
        model: round.model,
        round: round.id,
        missed: operator.missed,
    };
    missed.into()
}

fn penalised(round: &Round, operator: &Operator, penalty: Uint128) -> Event {
    let penalised = AttributionEvent::OperatorPenalised {
        method: round.method,
        operator: operator.account.to_string(),
        model: round.model,
        round: round.id,
        penalty,
    };
    penalised.into()
}

fn slashed(round: &Round, operator: &Operator, bond: Uint128) -> Event {
    let slashed = AttributionEvent::OperatorSlashed {
        method: round.method,
        operator: operator.account.to_string(),
        model: round.model,
        round: round.id,
        bond,
    };
    slashed.into()
}
