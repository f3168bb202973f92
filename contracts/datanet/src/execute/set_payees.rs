//! Changes who is paid for a contribution.

use cosmwasm_std::{Addr, DepsMut, Response};
use protocol::datanet::Status;
use protocol::event::DatanetEvent;
use protocol::{ContributionId, Payee};

use crate::{ContractError, bonds, checks, state};

/// Names new payees, and shows them to `settlement` where money already waits.
pub fn set_payees(
    deps: DepsMut,
    sender: &Addr,
    id: ContributionId,
    payees: Vec<Payee>,
) -> Result<Response, ContractError> {
    let mut contribution = state::contribution(deps.storage, id)?;
    if contribution.contributor != sender {
        return Err(ContractError::NotContributor { contribution: id, sender: sender.to_string() });
    }
    if !matches!(contribution.status, Status::Pending | Status::Accepted | Status::Withdrawn) {
        return Err(ContractError::PayeesClosed { contribution: id, status: contribution.status });
    }
    checks::payees(deps.api, &payees)?;
    contribution.payees = payees;
    state::save_contribution(deps.storage, &contribution)?;
    let response = Response::new().add_event(DatanetEvent::PayeesSet { contribution: id });
    if !contribution.used {
        return Ok(response);
    }
    let settlement = state::peers(deps.storage)?.settlement;
    Ok(response.add_message(bonds::sync(&settlement, vec![bonds::update_of(&contribution)])?))
}
