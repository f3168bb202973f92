//! Methods: how scores are measured. A registered one never changes.

use cosmwasm_std::{Response, Storage};
use protocol::Seconds;
use protocol::attribution::MethodParams;
use protocol::event::AttributionEvent;

use crate::{ContractError, state};

/// The most bytes of a name.
const MAX_NAME: usize = 64;
/// The longest window: a longer one would lock a model's fees.
const MAX_PERIOD: Seconds = Seconds(365 * 24 * 60 * 60);

/// Registers a method under the next id.
pub fn run(storage: &mut dyn Storage, params: &MethodParams) -> Result<Response, ContractError> {
    check(params)?;
    let method = state::add_method(storage, params)?;
    let name = params.name.clone();
    Ok(Response::new().add_event(AttributionEvent::MethodRegistered { method, name }))
}

fn check(params: &MethodParams) -> Result<(), ContractError> {
    let length = params.name.len();
    if length == 0 || length > MAX_NAME {
        return Err(ContractError::MethodName { length });
    }
    check_period(params.commit_period)?;
    check_period(params.reveal_period)?;
    if params.bond.is_zero() {
        return Err(ContractError::MethodBond);
    }
    let (penalty, bond) = (params.missed_penalty, params.bond);
    if penalty.is_zero() || penalty > bond {
        return Err(ContractError::MethodPenalty { penalty, bond });
    }
    if params.min_pool.is_zero() {
        return Err(ContractError::MethodMinPool);
    }
    if params.validation_per_round.is_zero() {
        return Err(ContractError::MethodValidation);
    }
    let queries = params.min_effective_queries;
    if queries < 2 {
        return Err(ContractError::MethodEffectiveQueries { queries });
    }
    Ok(())
}

fn check_period(period: Seconds) -> Result<(), ContractError> {
    if period.get() == 0 || period > MAX_PERIOD {
        let most = MAX_PERIOD;
        return Err(ContractError::MethodPeriod { period, most });
    }
    Ok(())
}
