//! Votes on pending contributions.

use cosmwasm_std::{Addr, Deps, DepsMut, Env, Response};
use protocol::ContributionId;
use protocol::datanet::{Admission, Contribution, Status, Verdict};
use protocol::event::DatanetEvent;

use crate::{ContractError, acceptance, bonds, state};

/// What the votes so far decide.
#[derive(Debug, PartialEq, Eq)]
enum Decision {
    Accept,
    Reject,
    Open,
}

/// Counts a reviewer's vote, and acts on the decision as soon as there is one.
pub fn review(
    deps: DepsMut,
    env: &Env,
    reviewer: &Addr,
    id: ContributionId,
    verdict: Verdict,
) -> Result<Response, ContractError> {
    let mut contribution = state::contribution(deps.storage, id)?;
    if contribution.status != Status::Pending {
        return Err(ContractError::NotPending { contribution: id, status: contribution.status });
    }
    let (reviewers, threshold) = panel(deps.as_ref(), &contribution, reviewer)?;
    if state::has_voted(deps.storage, id, reviewer) {
        return Err(ContractError::AlreadyVoted { contribution: id, reviewer: reviewer.to_string() });
    }
    state::save_vote(deps.storage, id, reviewer, verdict)?;
    count(&mut contribution, verdict)?;
    let response = Response::new().add_event(DatanetEvent::Reviewed {
        contribution: id,
        reviewer: reviewer.to_string(),
        accepts: contribution.accepts,
        rejects: contribution.rejects,
    });
    match decide(&contribution, eligible(&reviewers, &contribution.contributor)?, threshold) {
        Decision::Accept => accept(deps, env, contribution, response),
        Decision::Reject => reject(deps, contribution, response),
        Decision::Open => {
            state::save_contribution(deps.storage, &contribution)?;
            Ok(response)
        }
    }
}

/// How many reviewers may vote on a contribution: all but its contributor.
pub fn eligible(reviewers: &[String], contributor: &Addr) -> Result<u32, ContractError> {
    let others = reviewers.iter().filter(|reviewer| contributor.as_str() != reviewer.as_str()).count();
    u32::try_from(others).map_err(|_| ContractError::Overflow { quantity: "reviewers" })
}

/// The DataNet's reviewers and threshold, if `sender` is one of them and has no part in the contribution.
fn panel(deps: Deps, contribution: &Contribution, sender: &Addr) -> Result<(Vec<String>, u32), ContractError> {
    let datanet = contribution.datanet;
    let refused = ContractError::NotReviewer { datanet, sender: sender.to_string() };
    let Admission::Reviewed { reviewers, threshold } = state::datanet_settings(deps.storage, datanet)?.admission else {
        return Err(refused);
    };
    if !reviewers.iter().any(|reviewer| sender.as_str() == reviewer) {
        return Err(refused);
    }
    if contribution.contributor == sender {
        return Err(ContractError::OwnContribution { contribution: contribution.id });
    }
    Ok((reviewers, threshold))
}

fn count(contribution: &mut Contribution, verdict: Verdict) -> Result<(), ContractError> {
    let votes = match verdict {
        Verdict::Accept => &mut contribution.accepts,
        Verdict::Reject => &mut contribution.rejects,
    };
    *votes = votes.checked_add(1).ok_or(ContractError::Overflow { quantity: "votes" })?;
    Ok(())
}

fn decide(contribution: &Contribution, eligible: u32, threshold: u32) -> Decision {
    if contribution.accepts >= threshold {
        return Decision::Accept;
    }
    // All who have not rejected could still accept.
    if eligible.saturating_sub(contribution.rejects) < threshold {
        return Decision::Reject;
    }
    Decision::Open
}

fn accept(
    deps: DepsMut,
    env: &Env,
    mut contribution: Contribution,
    response: Response,
) -> Result<Response, ContractError> {
    let missing = ContractError::NotPending { contribution: contribution.id, status: contribution.status };
    let revealed = contribution.revealed.take().ok_or(missing)?;
    let accepted = acceptance::accept(deps.storage, env, &mut contribution, &revealed)?;
    contribution.revealed = Some(revealed);
    state::save_contribution(deps.storage, &contribution)?;
    Ok(response.add_event(accepted))
}

/// Refuses a contribution and pays back what duplicate proofs have left of its bond.
pub fn reject(deps: DepsMut, mut contribution: Contribution, response: Response) -> Result<Response, ContractError> {
    let rest = bonds::left(&contribution)?;
    contribution.status = Status::Rejected;
    contribution.bond_returned = true;
    state::save_contribution(deps.storage, &contribution)?;
    state::remove_bond(deps.storage, rest)?;
    let open_token = state::settings(deps.storage)?.open_token;
    Ok(response
        .add_messages(bonds::pay(&open_token, &contribution.contributor, rest)?)
        .add_event(DatanetEvent::Rejected { contribution: contribution.id, bond: rest }))
}
