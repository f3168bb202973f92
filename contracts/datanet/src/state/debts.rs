//! Debt cases and who appealed in them.

use cosmwasm_std::{Addr, StdResult, Storage};
use cw_storage_plus::Map;
use protocol::datanet::DebtCase;
use protocol::{ContributionId, ModelId, Seconds};

use super::keys;

/// By contribution and model, as last written: the case may be void since, see `debts::case`.
const DEBT_CASES: Map<(u64, u64), DebtCase> = Map::new(keys::DEBT_CASES);
/// By contribution, model and voter: the claim that the vote was against. Claims of one pair never share a block time.
const APPEALS: Map<(u64, u64, &Addr), Seconds> = Map::new(keys::APPEALS);

pub fn debt_case(storage: &dyn Storage, contribution: ContributionId, model: ModelId) -> StdResult<Option<DebtCase>> {
    DEBT_CASES.may_load(storage, (contribution.get(), model.get()))
}

pub fn save_debt_case(storage: &mut dyn Storage, case: &DebtCase) -> StdResult<()> {
    DEBT_CASES.save(storage, (case.contribution.get(), case.model.get()), case)
}

/// Whether an account voted in this case; votes in earlier cases of the pair do not count.
pub fn has_appealed(storage: &dyn Storage, case: &DebtCase, voter: &Addr) -> StdResult<bool> {
    let last = APPEALS.may_load(storage, (case.contribution.get(), case.model.get(), voter))?;
    Ok(last == Some(case.claimed_at))
}

pub fn save_appeal(storage: &mut dyn Storage, case: &DebtCase, voter: &Addr) -> StdResult<()> {
    APPEALS.save(storage, (case.contribution.get(), case.model.get(), voter), &case.claimed_at)
}
