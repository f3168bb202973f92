//! Work claims of a version: compute and fine-tuning, paid in stake from the work reserve when the version is registered.

use std::collections::BTreeSet;

use cosmwasm_std::{Addr, Api, Deps, StdResult, Uint128, WasmMsg, to_json_binary};
use protocol::Bps;
use protocol::event::ModelEvent;
use protocol::model::{MAX_WORK_CLAIMS, Model, WorkClaim};
use protocol::stake::{ExecuteMsg as StakeMsg, Payment};
use rules::reserve::work_payment;

use crate::digest::work_kind;
use crate::{ContractError, peer, state};

/// What a version's work is paid.
pub struct Wages {
    stake: Addr,
    /// Claims that get something, and how much.
    paid: Vec<(WorkClaim, Uint128)>,
}

/// What each claim gets of what is left of the reserve now. A claim too small for one unit gets nothing.
pub fn wages(deps: Deps, model: &Model, claims: &[WorkClaim]) -> Result<Wages, ContractError> {
    let stake = state::stake_of(model)?;
    check_claims(deps.api, &stake, claims)?;
    let mut paid = Vec::with_capacity(claims.len());
    if !claims.is_empty() {
        let left = peer::reserves(deps.querier, &stake)?.work;
        let amounts = claims.iter().map(|claim| work_payment(left.u128(), claim.share.0));
        paid.extend(claims.iter().cloned().zip(amounts.map(Uint128::new)));
        paid.retain(|(_, units)| !units.is_zero());
    }
    Ok(Wages { stake, paid })
}

fn check_claims(api: &dyn Api, stake: &Addr, claims: &[WorkClaim]) -> Result<(), ContractError> {
    let count = claims.len();
    if count > MAX_WORK_CLAIMS {
        return Err(ContractError::WorkClaimCount { count });
    }
    let mut seen = BTreeSet::new();
    for claim in claims {
        let account = checked_account(api, stake, claim)?;
        if !seen.insert((account.clone(), work_kind(claim.kind))) {
            return Err(ContractError::DuplicateWorkClaim { account });
        }
    }
    let sum_bps = claims.iter().map(|claim| u64::from(claim.share.0)).sum();
    if sum_bps > u64::from(Bps::WHOLE.0) {
        return Err(ContractError::WorkShares { sum_bps });
    }
    Ok(())
}

fn checked_account(api: &dyn Api, stake: &Addr, claim: &WorkClaim) -> Result<Addr, ContractError> {
    let account = api.addr_validate(&claim.account)?;
    if claim.share.0 == 0 {
        return Err(ContractError::ZeroWorkShare { account });
    }
    if account == *stake {
        return Err(ContractError::WorkOfStake { account });
    }
    Ok(account)
}

impl Wages {
    /// The order to pay; none if nobody gets anything.
    pub fn order(&self) -> StdResult<Option<WasmMsg>> {
        if self.paid.is_empty() {
            return Ok(None);
        }
        let payment =
            |(claim, units): &(WorkClaim, Uint128)| Payment { account: claim.account.clone(), amount: *units };
        let msg = StakeMsg::PayWork { payments: self.paid.iter().map(payment).collect() };
        let contract_addr = self.stake.to_string();
        Ok(Some(WasmMsg::Execute { contract_addr, msg: to_json_binary(&msg)?, funds: Vec::new() }))
    }

    /// Who gets what, for a version of a model.
    pub fn events(self, model: &Model, version: u32) -> impl Iterator<Item = ModelEvent> {
        let model = model.id;
        self.paid.into_iter().map(move |(claim, units)| ModelEvent::WorkPaid {
            model,
            version,
            account: claim.account,
            kind: work_kind(claim.kind).to_owned(),
            units,
        })
    }
}
