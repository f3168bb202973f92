//! Who is paid at once when a round begins: the owner, the holders of the stake, and, by way of `Flow`, the parents.

use cosmwasm_std::{Addr, CosmosMsg, Storage, Uint128};
use protocol::event::SettlementEvent;
use protocol::model::Commerce;
use protocol::settlement::Parts;
use protocol::{ModelId, RoundId};

use crate::error::ContractError;
use crate::peers;
use crate::state::{self, Setup};

/// What the beginning of a round says and sends.
#[derive(Default)]
pub struct Payout {
    pub messages: Vec<CosmosMsg>,
    pub events: Vec<SettlementEvent>,
}

/// Pays owner's, stake's and parents' parts, which the caller has taken from the books; it also notes in the model's book what is
/// owed to parents. A part of nothing is left out.
pub fn pay(
    storage: &mut dyn Storage,
    setup: &Setup,
    at: (ModelId, RoundId),
    commerce: &Commerce,
    parts: &Parts,
) -> Result<Payout, ContractError> {
    let mut payout = Payout::default();
    if !parts.owner.is_zero() {
        payout.events.push(book_owner(storage, at, &commerce.owner, parts.owner)?);
    }
    if !parts.stake.is_zero() {
        payout.messages.push(peers::send_dividend(setup, &commerce.stake, parts.stake)?);
        payout.events.push(SettlementEvent::DividendSent { model: at.0, round: at.1, amount: parts.stake });
    }
    if !parts.parents.is_zero() {
        payout.events.push(owe_parents(storage, at, parts.parents)?);
    }
    Ok(payout)
}

fn book_owner(
    storage: &mut dyn Storage,
    (model, round): (ModelId, RoundId),
    owner: &Addr,
    amount: Uint128,
) -> Result<SettlementEvent, ContractError> {
    state::credit(storage, owner, amount)?;
    Ok(SettlementEvent::OwnerBooked { model, round, owner: owner.to_string(), amount })
}

fn owe_parents(
    storage: &mut dyn Storage,
    (model, round): (ModelId, RoundId),
    amount: Uint128,
) -> Result<SettlementEvent, ContractError> {
    state::move_totals(storage, |totals| {
        totals.royalties = totals.royalties.checked_add(amount)?;
        Ok(())
    })?;
    Ok(SettlementEvent::RoyaltiesOwed { model, round, amount })
}
