//! Keeps payees and status of used contributions, as `datanet` pushes them, and their positions, as `model` does.

use std::collections::BTreeSet;

use cosmwasm_std::{Addr, Api, DepsMut, Response, Storage};
use protocol::event::SettlementEvent;
use protocol::settlement::ContributionUpdate;
use protocol::{Bps, ContributionId, ModelId, Payee};
use rules::split::split_payees;

use crate::error::ContractError;
use crate::state::{self, Recipients};

/// The most updates of one message.
const MAX_UPDATES: usize = 100;

pub fn sync(deps: DepsMut, updates: Vec<ContributionUpdate>) -> Result<Response, ContractError> {
    let count = updates.len();
    if count > MAX_UPDATES {
        return Err(ContractError::TooManyUpdates { count });
    }
    let mut seen = BTreeSet::new();
    let mut response = Response::new();
    for ContributionUpdate { contribution, payees, slashed } in updates {
        if !seen.insert(contribution) {
            return Err(ContractError::DuplicateContribution { contribution });
        }
        let payees = check_payees(deps.api, payees)?;
        state::save_recipients(deps.storage, contribution, &Recipients { payees, slashed })?;
        response = response.add_event(SettlementEvent::Synced { contribution, slashed });
    }
    Ok(response)
}

/// Positions never change meaning, so that what is taken once stays.
pub fn take_positions(
    storage: &mut dyn Storage,
    model: ModelId,
    first: u32,
    contributions: &[ContributionId],
) -> Result<Response, ContractError> {
    let count = contributions.len();
    if count > MAX_UPDATES {
        return Err(ContractError::TooManyUpdates { count });
    }
    for (position, contribution) in (first..).zip(contributions) {
        state::save_position(storage, model, position, *contribution)?;
    }
    Ok(Response::new())
}

fn check_payees(api: &dyn Api, payees: Vec<Payee>) -> Result<Vec<(Addr, Bps)>, ContractError> {
    let shares: Vec<u16> = payees.iter().map(|payee| payee.share.0).collect();
    // Checked now, so that no claim can fail for it later.
    split_payees(0, &shares)?;
    payees.into_iter().map(|payee| Ok((api.addr_validate(&payee.account)?, payee.share))).collect()
}
