//! Registering trained versions. A version is frozen at once: no message touches it again.

use std::collections::BTreeSet;

use cosmwasm_std::{Addr, DepsMut, Env, MessageInfo, QuerierWrapper, Response};
use protocol::event::ModelEvent;
use protocol::model::{TrainedOn, Version, VersionManifest};
use protocol::{ModelId, Seconds};
use rules::bitmap::Bitmap;
use rules::hash::Domain;

use super::{check_uri, owned};
use crate::digest::{VersionPlace, fold_version, version_digest};
use crate::{ContractError, peer, state};

/// The most DataNet snapshots of a version.
const MAX_SNAPSHOTS: usize = 16;

/// Registers the next version of a model.
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
    check_positions(&manifest, loaded.positions)?;
    check_snapshots(deps.querier, &config.datanet, &manifest.trained_on)?;

    let number = state::following(loaded.versions)?;
    let domain = Domain { chain_id: config.chain_id, contract: env.contract.address.to_string() };
    let digest = version_digest(&VersionPlace { domain: &domain, model, number }, &manifest);
    loaded.versions = number;
    loaded.versions_hash = fold_version(&loaded.versions_hash, &digest);
    let registered = registered(model, number, &manifest);
    let version = Version { number, manifest, registered_at: Seconds(env.block.time.seconds()) };
    state::save_model(deps.storage, &loaded)?;
    state::save_version(deps.storage, model, &version)?;
    Ok(Response::new().add_event(registered))
}

/// The manifest must speak of the list as it is now: `left_out` names what of it was not trained on.
fn check_positions(manifest: &VersionManifest, current: u32) -> Result<(), ContractError> {
    if current == 0 {
        return Err(ContractError::NoContributions);
    }
    if manifest.positions != current {
        return Err(ContractError::WrongPositions { given: manifest.positions, current });
    }
    let positions = usize::try_from(current).unwrap_or(usize::MAX);
    let left_out = Bitmap::from_bytes(positions, manifest.left_out.to_vec())?;
    if left_out.count_ones() == positions {
        return Err(ContractError::EverythingLeftOut);
    }
    Ok(())
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
