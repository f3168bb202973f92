//! Votes against open debt cases.

use cosmwasm_std::{Addr, DepsMut, Env, Response, Storage};
use protocol::datanet::{Admission, Contribution, DebtCase, DebtCaseState};
use protocol::event::DatanetEvent;
use protocol::{ContributionId, ModelId};

use super::review;
use crate::{ContractError, debts, state};

/// Counts a vote while the appeal window is open; enough votes bar the model from this contribution's bond for good.
pub fn appeal(
    deps: DepsMut,
    env: &Env,
    sender: &Addr,
    id: ContributionId,
    model: ModelId,
) -> Result<Response, ContractError> {
    let contribution = state::contribution(deps.storage, id)?;
    let needed = votes_needed(deps.storage, &contribution, sender)?;
    let mut case = debts::open_case(deps.storage, &contribution, model)?;
    let window = state::settings(deps.storage)?.appeal_window(&case);
    if window.ended(env.block.time.seconds(), env.block.height) {
        return Err(ContractError::AppealOver { contribution: id, model, due: window.ends_at });
    }
    vote(deps.storage, &mut case, sender)?;
    let barred = case.appeals >= needed;
    if barred {
        case.state = DebtCaseState::Barred;
    }
    state::save_debt_case(deps.storage, &case)?;
    let (by, appeals) = (sender.to_string(), case.appeals);
    Ok(Response::new().add_event(DatanetEvent::DebtAppealed { contribution: id, model, by, appeals, barred }))
}

fn vote(storage: &mut dyn Storage, case: &mut DebtCase, sender: &Addr) -> Result<(), ContractError> {
    if state::has_appealed(storage, case, sender)? {
        let (contribution, model) = (case.contribution, case.model);
        return Err(ContractError::AlreadyAppealed { contribution, model, sender: sender.to_string() });
    }
    state::save_appeal(storage, case, sender)?;
    case.appeals = case.appeals.checked_add(1).ok_or(ContractError::Overflow { quantity: "appeals" })?;
    Ok(())
}

/// How many votes end a case on this contribution, if `sender` has one: a reviewer, or where nobody reviews a curator, who has no
/// part in the contribution.
fn votes_needed(storage: &dyn Storage, contribution: &Contribution, sender: &Addr) -> Result<u32, ContractError> {
    let datanet = contribution.datanet;
    let named = |accounts: &[String]| accounts.iter().any(|account| sender.as_str() == account);
    let settings = state::datanet_settings(storage, datanet)?;
    let needed = match &settings.admission {
        Admission::Reviewed { reviewers, threshold } if named(reviewers) => {
            attainable(*threshold, review::eligible(reviewers, &contribution.contributor)?)
        }
        Admission::Reviewed { .. } => {
            return Err(ContractError::NotReviewer { datanet, sender: sender.to_string() });
        }
        Admission::Open {} | Admission::Allowlist { .. } if named(&settings.curators) => 1,
        Admission::Open {} | Admission::Allowlist { .. } => {
            return Err(ContractError::NotCurator { datanet, sender: sender.to_string() });
        }
    };
    if contribution.contributor == sender {
        return Err(ContractError::OwnContribution { contribution: contribution.id });
    }
    Ok(needed)
}

/// `max(1, min(threshold, others))`: where fewer reviewers than the threshold may vote, all of them suffice.
fn attainable(threshold: u32, others: u32) -> u32 {
    threshold.min(others).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_as_accept_a_contribution_or_all_who_are_left() {
        assert_eq!(attainable(2, 5), 2);
        assert_eq!(attainable(5, 5), 5);
        assert_eq!(attainable(5, 4), 4);
        assert_eq!(attainable(1, 0), 1);
        assert_eq!(attainable(u32::MAX, u32::MAX), u32::MAX);
    }
}
