//! Opens a commitment.

use cosmwasm_std::{Addr, DepsMut, Env, Response};
use protocol::datanet::{Admission, Contribution, RevealedContribution, Status};
use protocol::event::DatanetEvent;
use protocol::{Bps, ContributionId, Payee};
use rules::item::contribution_commitment;

use crate::state::Settings;
use crate::{ContractError, acceptance, checks, state};

/// Reveals a contribution while its window has not ended: accepted at once, or pending where reviewers decide.
pub fn reveal(
    deps: DepsMut,
    env: &Env,
    sender: &Addr,
    id: ContributionId,
    revealed: RevealedContribution,
) -> Result<Response, ContractError> {
    let mut contribution = state::contribution(deps.storage, id)?;
    let settings = state::settings(deps.storage)?;
    check_open(&contribution, &settings, env, sender)?;
    checks::revealed(&revealed)?;
    let datanet = state::datanet_settings(deps.storage, contribution.datanet)?;
    checks::private_size(&datanet, &revealed)?;
    check_commitment(&contribution, &settings, &revealed)?;
    contribution.payees = payees_or_self(&revealed, sender);
    checks::payees(deps.api, &contribution.payees)?;

    let (items_root, item_count) = (revealed.items_root, revealed.item_count.u64());
    let mut response = Response::new().add_event(DatanetEvent::Revealed { contribution: id, items_root, item_count });
    match datanet.admission {
        Admission::Open {} | Admission::Allowlist { .. } => {
            let accepted = acceptance::accept(deps.storage, env, &mut contribution, &revealed)?;
            response = response.add_event(accepted);
        }
        Admission::Reviewed { .. } => contribution.status = Status::Pending,
    }
    contribution.revealed = Some(revealed);
    state::save_contribution(deps.storage, &contribution)?;
    Ok(response)
}

fn check_open(contribution: &Contribution, settings: &Settings, env: &Env, sender: &Addr) -> Result<(), ContractError> {
    let id = contribution.id;
    if contribution.contributor != sender {
        return Err(ContractError::NotContributor { contribution: id, sender: sender.to_string() });
    }
    if contribution.status != Status::Committed {
        return Err(ContractError::NotCommitted { contribution: id, status: contribution.status });
    }
    let window = settings.reveal_window(contribution);
    if window.ended(env.block.time.seconds(), env.block.height) {
        return Err(ContractError::RevealOverdue { contribution: id, due: window.ends_at });
    }
    Ok(())
}

fn check_commitment(
    contribution: &Contribution,
    settings: &Settings,
    revealed: &RevealedContribution,
) -> Result<(), ContractError> {
    let opened = contribution_commitment(
        &settings.domain(),
        contribution.datanet.get(),
        contribution.contributor.as_str(),
        revealed.items_root.bytes(),
        revealed.salt.bytes(),
    );
    if opened == *contribution.commitment.bytes() {
        return Ok(());
    }
    Err(ContractError::WrongCommitment { contribution: contribution.id })
}

fn payees_or_self(revealed: &RevealedContribution, contributor: &Addr) -> Vec<Payee> {
    if revealed.payees.is_empty() {
        return vec![Payee { account: contributor.to_string(), share: Bps::WHOLE }];
    }
    revealed.payees.clone()
}
