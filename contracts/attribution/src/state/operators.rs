//! Operators of methods: never more records than a method may have operators.

use cosmwasm_schema::cw_serde;
use cosmwasm_std::{Addr, Order, StdResult, Storage};
use cw_storage_plus::Map;
use protocol::attribution::Operator;
use protocol::{MethodId, Seconds};

use super::keys;
use crate::ContractError;

const OPERATORS: Map<(u64, &Addr), Operator> = Map::new(keys::OPERATORS);
/// Open rounds that hold each operator of a method; one record, since a round's opening and its end change all of them.
const OPEN_SETS: Map<u64, Vec<(Addr, u32)>> = Map::new(keys::OPEN_SETS);
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
    let Some(operator) = OPERATORS.may_load(storage, (method.get(), account))? else {
        return Ok(None);
    };
    Ok(Some(counted(operator, &load_open_sets(storage, method)?)))
}

pub fn load_operator(storage: &dyn Storage, method: MethodId, account: &Addr) -> Result<Operator, ContractError> {
    find_operator(storage, method, account)?
        .ok_or_else(|| ContractError::UnknownOperator { method, operator: account.clone() })
}

/// Stores an operator; the rounds that hold it are counted by [`hold`] and [`let_go`] alone.
pub fn save_operator(storage: &mut dyn Storage, operator: &Operator) -> StdResult<()> {
    let key = (operator.method.get(), &operator.account);
    OPERATORS.save(storage, key, &Operator { open_sets: 0, ..operator.clone() })
}

/// Operators of a method by account; admission keeps them few.
pub fn load_operators(storage: &dyn Storage, method: MethodId) -> StdResult<Vec<Operator>> {
    let open_sets = load_open_sets(storage, method)?;
    OPERATORS
        .prefix(method.get())
        .range(storage, None, None, Order::Ascending)
        .map(|item| item.map(|(_, operator)| counted(operator, &open_sets)))
        .collect()
}

/// One more open round holds each of these accounts.
pub fn hold(storage: &mut dyn Storage, method: MethodId, accounts: &[Addr]) -> Result<(), ContractError> {
    let mut open_sets = load_open_sets(storage, method)?;
    for account in accounts {
        match open_sets.iter_mut().find(|(held, _)| held == account) {
            Some((_, count)) => *count = count.checked_add(1).ok_or(ContractError::Overflow)?,
            None => open_sets.push((account.clone(), 1)),
        }
    }
    Ok(OPEN_SETS.save(storage, method.get(), &open_sets)?)
}

/// An open round that held these accounts is over.
pub fn let_go(storage: &mut dyn Storage, method: MethodId, accounts: &[Addr]) -> Result<(), ContractError> {
    let mut open_sets = load_open_sets(storage, method)?;
    for account in accounts {
        let held = open_sets.iter_mut().find(|(held, _)| held == account);
        let (_, count) = held.ok_or(ContractError::Overflow)?;
        *count = count.checked_sub(1).ok_or(ContractError::Overflow)?;
    }
    open_sets.retain(|(_, count)| *count > 0);
    Ok(OPEN_SETS.save(storage, method.get(), &open_sets)?)
}

fn load_open_sets(storage: &dyn Storage, method: MethodId) -> StdResult<Vec<(Addr, u32)>> {
    Ok(OPEN_SETS.may_load(storage, method.get())?.unwrap_or_default())
}

fn counted(operator: Operator, open_sets: &[(Addr, u32)]) -> Operator {
    let held = open_sets.iter().find(|(held, _)| *held == operator.account);
    Operator { open_sets: held.map_or(0, |(_, count)| *count), ..operator }
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
