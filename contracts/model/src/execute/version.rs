//! Registering trained versions. A version is frozen at once: no message touches it again.

use std::collections::BTreeSet;

use cosmwasm_std::{Addr, DepsMut, Env, MessageInfo, QuerierWrapper, Response, Storage};
use protocol::event::ModelEvent;
use protocol::model::{Model, TrainedOn, Version, VersionManifest};
use protocol::{ModelId, Seconds};
use rules::bitmap::Bitmap;
use rules::hash::Domain;

use super::{check_uri, owned, work};
use crate::digest::{VersionPlace, fold_version, version_digest};
use crate::{ContractError, peer, state};

/// The most DataNet snapshots of a version.
const MAX_SNAPSHOTS: usize = 16;

/// Registers the next version of a model, and has the work that went into it paid.
pub fn register(
    deps: DepsMut,
    env: &Env,
    info: &MessageInfo,
    model: ModelId,
    manifest: VersionManifest,
) -> Result<Response, ContractError> {
    let mut loaded = owned(deps.storage, info, model)?;
    let config = state::load_config(deps.storage)?;
    check_uri(&manifest.uri)?;
    check_positions(deps.storage, &loaded, &manifest)?;
    check_snapshots(deps.querier, &config.datanet, &manifest.trained_on)?;
    let wages = work::wages(deps.as_ref(), &loaded, &manifest.work)?;

    let number = state::following(loaded.versions)?;
    let domain = Domain { chain_id: config.chain_id, contract: env.contract.address.to_string() };
    let digest = version_digest(&VersionPlace { domain: &domain, model, number }, &manifest);
    loaded.versions = number;
    loaded.versions_hash = fold_version(&loaded.versions_hash, &digest);
    let registered = registered(model, number, &manifest);
    let version = Version { number, manifest, registered_at: Seconds(env.block.time.seconds()) };
    state::save_model(deps.storage, &loaded)?;
    state::save_version(deps.storage, model, &version)?;
    Ok(Response::new().add_messages(wages.order()?).add_event(registered).add_events(wages.events(&loaded, number)))
}

/// The manifest must speak of the list as it is now: `left_out` names what of it was not trained on, and all that was
/// noted as withdrawn must be among it.
fn check_positions(storage: &dyn Storage, model: &Model, manifest: &VersionManifest) -> Result<(), ContractError> {
    let current = model.positions;
    if current == 0 {
        return Err(ContractError::NoContributions);
    }
    if manifest.positions != current {
        return Err(ContractError::WrongPositions { given: manifest.positions, current });
    }
    let positions = state::bit(current);
    let left_out = Bitmap::from_bytes(positions, manifest.left_out.to_vec())?;
    if left_out.count_ones() == positions {
        return Err(ContractError::EverythingLeftOut);
    }
    let withdrawn = state::load_withdrawn(storage, model)?;
    match withdrawn.ones().find(|position| !left_out.get(*position)) {
        Some(missing) => {
            Err(ContractError::WithdrawnNotLeftOut { position: u32::try_from(missing).unwrap_or(u32::MAX) })
        }
        None => Ok(()),
    }
}

fn check_snapshots(querier: QuerierWrapper, datanet: &Addr, trained_on: &[TrainedOn]) -> Result<(), ContractError> {
    let count = trained_on.len();
    if count == 0 || count > MAX_SNAPSHOTS {
        return Err(ContractError::SnapshotCount { count });
    }
    let mut seen = BTreeSet::new();
    for part in trained_on {
        if !seen.insert(part.datanet) {
            return Err(ContractError::DuplicateDatanet { datanet: part.datanet });
        }
        peer::check_snapshot(querier, datanet, part)?;
    }
    Ok(())
}

fn registered(model: ModelId, version: u32, manifest: &VersionManifest) -> ModelEvent {
    ModelEvent::VersionRegistered {
        model,
        version,
        weights_hash: manifest.weights_hash,
        training_hash: manifest.training_hash,
    }
}
