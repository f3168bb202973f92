//! Paying units from the reserves: work by the model contract, contributions by settlement.

use cosmwasm_std::{Addr, Response, Storage, Uint128};
use protocol::event::StakeEvent;
use protocol::stake::{MAX_PAYMENTS, Payment, Reserves};

use super::Call;
use crate::{ContractError, state};

/// One of the two reserves.
#[derive(Clone, Copy)]
enum Reserve {
    Contributors,
    Work,
}

impl Reserve {
    const fn name(self) -> &'static str {
        match self {
            Self::Contributors => "contributors",
            Self::Work => "work",
        }
    }

    const fn of(self, reserves: &mut Reserves) -> &mut Uint128 {
        match self {
            Self::Contributors => &mut reserves.contributors,
            Self::Work => &mut reserves.work,
        }
    }
}

/// Pays work from the work reserve.
pub fn pay_work(call: Call, payments: &[Payment]) -> Result<Response, ContractError> {
    pay(call, Reserve::Work, payments)
}

/// Delivers to contributions from the contributors' reserve.
pub fn deliver(call: Call, payments: &[Payment]) -> Result<Response, ContractError> {
    pay(call, Reserve::Contributors, payments)
}

/// An account may be named more than once. Units for the contract itself stay in the reserve, so that naming it blocks
/// nobody else's payment.
fn pay(mut call: Call, reserve: Reserve, payments: &[Payment]) -> Result<Response, ContractError> {
    let payments = checked(&call, payments)?;
    let total = sum(&payments)?;
    take(call.deps.storage, reserve, total)?;
    state::take_units(call.deps.storage, &call.env.contract.address, total)?;
    let model = state::load_config(call.deps.storage)?.model_id;
    let mut response = Response::new();
    for (account, units) in payments {
        call.settle(&account)?;
        state::add_units(call.deps.storage, &account, units)?;
        let (reserve, account) = (reserve.name().to_owned(), account.into());
        response = response.add_event(StakeEvent::ReservePaid { model, reserve, account, units });
    }
    Ok(response)
}

/// Payments to others, none of them of nothing.
fn checked(call: &Call, payments: &[Payment]) -> Result<Vec<(Addr, Uint128)>, ContractError> {
    let count = payments.len();
    if count > MAX_PAYMENTS {
        return Err(ContractError::TooManyPayments { count });
    }
    let mut to_others = Vec::with_capacity(count);
    for Payment { account, amount } in payments {
        let account = call.deps.api.addr_validate(account)?;
        if amount.is_zero() {
            return Err(ContractError::ZeroPayment { account });
        }
        if account != call.env.contract.address {
            to_others.push((account, *amount));
        }
    }
    Ok(to_others)
}

fn sum(payments: &[(Addr, Uint128)]) -> Result<Uint128, ContractError> {
    let mut total = Uint128::zero();
    for (_, amount) in payments {
        total = total.checked_add(*amount)?;
    }
    Ok(total)
}

fn take(storage: &mut dyn Storage, reserve: Reserve, asked: Uint128) -> Result<(), ContractError> {
    let mut reserves = state::load_reserves(storage)?;
    let left = reserve.of(&mut reserves);
    let too_small = ContractError::ReserveTooSmall { reserve: reserve.name(), left: *left, asked };
    *left = left.checked_sub(asked).map_err(|_| too_small)?;
    Ok(state::save_reserves(storage, &reserves)?)
}
