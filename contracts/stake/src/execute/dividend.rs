//! Dividends that arrive. A round's settlement depends on this message: beyond its checks of token, amount and text it
//! cannot fail for any amount of OPEN that exists.

use cosmwasm_std::{Response, Storage, Uint64, Uint128, from_json};
use cw20::Cw20ReceiveMsg;
use protocol::event::StakeEvent;
use protocol::stake::ReceiveMsg;

use super::Call;
use crate::ContractError;
use crate::state::{self, Books};

/// Shares what came among all units outside of the reserves; carries it while there are none.
pub fn receive(call: Call, received: &Cw20ReceiveMsg) -> Result<Response, ContractError> {
    let ReceiveMsg::Dividend {} = from_json(&received.msg)?;
    if received.amount.is_zero() {
        return Err(ContractError::ZeroDividend);
    }
    let storage = call.deps.storage;
    let sharing = state::load_sharing(storage)?;
    let books = share(storage, received.amount, sharing)?;
    Ok(Response::new().add_event(StakeEvent::DividendReceived {
        model: state::load_config(storage)?.model_id,
        from: received.sender.clone(),
        amount: received.amount,
        sharing,
        points: books.per_unit,
    }))
}

fn share(storage: &mut dyn Storage, amount: Uint128, sharing: Uint128) -> Result<Books, ContractError> {
    let books = state::load_books(storage)?;
    let points = books.points().distribute(amount.u128(), sharing.u128()).ok_or(ContractError::DividendRange)?;
    let books = Books {
        received: books.received.checked_add(amount)?,
        per_unit: points.per_unit.into(),
        carried: points.carried.into(),
        count: books.count.checked_add(Uint64::one())?,
        ..books
    };
    state::save_books(storage, &books)?;
    Ok(books)
}
