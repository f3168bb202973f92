//! Operators of methods: never more records than a method may have operators.

use cosmwasm_schema::cw_serde;
use cosmwasm_std::{Addr, Order, StdResult, Storage};
use cw_storage_plus::Map;
use protocol::attribution::Operator;
use protocol::{MethodId, Seconds};

use super::keys;
use crate::ContractError;

const OPERATORS: Map<(u64, &Addr), Operator> = Map::new(keys::OPERATORS);
const FORMER: Map<(u64, &Addr), Former> = Map::new(keys::FORMER);
/// When the commit window ended that an operator was last counted as absent from, however late its round was reckoned.
const ABSENT_UNTIL: Map<(u64, &Addr), Seconds> = Map::new(keys::ABSENT_UNTIL);

/// What is remembered of an operator whose place another one took: coming back clears nobody's record.
#[cw_serde]
#[derive(Default)]
pub struct Former {
    /// Rounds missed in a row.
    pub missed: u32,
    /// Times it was slashed.
    pub slashed: u32,
    /// Times it paid for missed rounds.
    pub penalties: u32,
}

pub fn find_operator(storage: &dyn Storage, method: MethodId, account: &Addr) -> StdResult<Option<Operator>> {
    OPERATORS.may_load(storage, (method.get(), account))
}

pub fn load_operator(storage: &dyn Storage, method: MethodId, account: &Addr) -> Result<Operator, ContractError> {
    find_operator(storage, method, account)?
        .ok_or_else(|| ContractError::UnknownOperator { method, operator: account.clone() })
}

pub fn save_operator(storage: &mut dyn Storage, operator: &Operator) -> StdResult<()> {
    let key = (operator.method.get(), &operator.account);
    OPERATORS.save(storage, key, operator)
}

/// Operators of a method by account; admission keeps them few.
pub fn load_operators(storage: &dyn Storage, method: MethodId) -> StdResult<Vec<Operator>> {
    OPERATORS
        .prefix(method.get())
        .range(storage, None, None, Order::Ascending)
        .map(|item| item.map(|(_, operator)| operator))
        .collect()
}

/// Removes the record of an operator who has left with nothing held, and remembers its faults.
pub fn retire_operator(storage: &mut dyn Storage, operator: &Operator) -> StdResult<()> {
    let key = (operator.method.get(), &operator.account);
    OPERATORS.remove(storage, key);
    let Operator { missed, slashed, penalties, .. } = *operator;
    FORMER.save(storage, key, &Former { missed, slashed, penalties })
}

/// The faults of an account that was an operator before; none for a new one. They are forgotten here.
pub fn take_former(storage: &mut dyn Storage, method: MethodId, account: &Addr) -> StdResult<Former> {
    let key = (method.get(), account);
    let former = FORMER.may_load(storage, key)?.unwrap_or_default();
    FORMER.remove(storage, key);
    Ok(former)
}

/// The end of the last commit window that counted as missed; none for an operator who never missed one.
pub fn find_absent_until(storage: &dyn Storage, method: MethodId, account: &Addr) -> StdResult<Option<Seconds>> {
    ABSENT_UNTIL.may_load(storage, (method.get(), account))
}

pub fn save_absent_until(storage: &mut dyn Storage, method: MethodId, account: &Addr, until: Seconds) -> StdResult<()> {
    ABSENT_UNTIL.save(storage, (method.get(), account), &until)
}
