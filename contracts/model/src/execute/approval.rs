//! Approving validation examples: one curator of the model and one of a DataNet that it uses, neither of them the owner.

use cosmwasm_std::{Addr, Deps, DepsMut, Env, MessageInfo, Response};
use protocol::event::ModelEvent;
use protocol::model::{Curatorship, Model, ValidationExtension, ValidationProposal};
use protocol::{ContributionId, Hash32, ModelId, Seconds};

use crate::{ContractError, digest, peer, state};

/// An approval as sent.
pub struct Approval {
    pub model: ModelId,
    pub root: Hash32,
    pub on_behalf: Curatorship,
}

/// Records an approval; the second of the two extends the pool.
pub fn approve(deps: DepsMut, env: &Env, info: &MessageInfo, approval: Approval) -> Result<Response, ContractError> {
    let mut model = state::load_model(deps.storage, approval.model)?;
    let proposal = open_proposal(&model, &approval.root)?;
    check_curator(deps.as_ref(), &model, &info.sender, approval.on_behalf)?;
    let proposal = signed(proposal, &info.sender, approval.on_behalf)?;
    let response = Response::new().add_event(ModelEvent::ValidationApproved {
        model: model.id,
        root: proposal.root,
        curator: info.sender.to_string(),
    });

    if proposal.model_curator.is_none() || proposal.datanet_curator.is_none() {
        model.validation.proposal = Some(proposal);
        state::save_model(deps.storage, &model)?;
        return Ok(response);
    }
    let extension = extend(&mut model, proposal, env)?;
    state::save_extension(deps.storage, model.id, &extension)?;
    state::save_model(deps.storage, &model)?;
    Ok(response.add_event(extended(&model, &extension)))
}

fn open_proposal(model: &Model, root: &Hash32) -> Result<ValidationProposal, ContractError> {
    let open = model.validation.proposal.clone().ok_or(ContractError::NoProposal)?;
    if open.root != *root {
        return Err(ContractError::OtherProposal { open: open.root });
    }
    Ok(open)
}

fn check_curator(deps: Deps, model: &Model, sender: &Addr, on_behalf: Curatorship) -> Result<(), ContractError> {
    if *sender == model.owner {
        return Err(ContractError::OwnerCannotApprove);
    }
    match on_behalf {
        Curatorship::Model {} if model.curators.contains(sender) => Ok(()),
        Curatorship::Model {} => Err(ContractError::NotModelCurator),
        Curatorship::Datanet { contribution } => check_datanet_curator(deps, model.id, sender, contribution),
    }
}

/// The contribution shows that the model uses the DataNet whose curator the sender claims to be.
fn check_datanet_curator(
    deps: Deps,
    model: ModelId,
    sender: &Addr,
    contribution: ContributionId,
) -> Result<(), ContractError> {
    if state::position_of(deps.storage, model, contribution)?.is_none() {
        return Err(ContractError::ContributionNotUsed { contribution });
    }
    let config = state::load_config(deps.storage)?;
    let datanet = peer::datanet_of(deps.querier, &config.datanet, contribution)?;
    if datanet.settings.curators.iter().any(|curator| curator == sender.as_str()) {
        return Ok(());
    }
    Err(ContractError::NotDatanetCurator { datanet: datanet.id })
}

/// The proposal with the sender's approval on its side.
fn signed(
    mut proposal: ValidationProposal,
    sender: &Addr,
    on_behalf: Curatorship,
) -> Result<ValidationProposal, ContractError> {
    let (mine, other) = match on_behalf {
        Curatorship::Model {} => (&mut proposal.model_curator, &proposal.datanet_curator),
        Curatorship::Datanet { .. } => (&mut proposal.datanet_curator, &proposal.model_curator),
    };
    if let Some(by) = mine {
        return Err(ContractError::AlreadyApproved { by: by.clone() });
    }
    if other.as_ref() == Some(sender) {
        return Err(ContractError::SameApprover);
    }
    *mine = Some(sender.clone());
    Ok(proposal)
}

/// Appends the proposal to the pool, from now on.
fn extend(model: &mut Model, proposal: ValidationProposal, env: &Env) -> Result<ValidationExtension, ContractError> {
    let pool = &mut model.validation;
    let extension = ValidationExtension {
        number: state::following(pool.extensions)?,
        root: proposal.root,
        first: pool.approved,
        count: proposal.count,
        uri: proposal.uri,
        approved_at: Seconds(env.block.time.seconds()),
    };
    pool.root = digest::fold_validation(&pool.root, &extension.root, extension.count.u64());
    pool.approved = pool.approved.checked_add(extension.count)?;
    pool.extensions = extension.number;
    pool.proposal = None;
    Ok(extension)
}

fn extended(model: &Model, extension: &ValidationExtension) -> ModelEvent {
    ModelEvent::ValidationExtended {
        model: model.id,
        extension: extension.number,
        root: extension.root,
        approved: model.validation.approved.u64(),
    }
}
