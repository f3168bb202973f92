//! Records that a model uses contributions.

use std::collections::BTreeSet;

use cosmwasm_std::{DepsMut, Response, Storage};
use protocol::datanet::{Contribution, MAX_MARKED, Status};
use protocol::event::DatanetEvent;
use protocol::{Bps, ContributionId, DatanetId, ModelId};

use crate::{ContractError, bonds, state};

/// Marks accepted contributions whose DataNets agree with the model's terms, and shows their payees to `settlement`.
pub fn mark_used(
    deps: DepsMut,
    model: ModelId,
    influence_share: Bps,
    ids: &[ContributionId],
) -> Result<Response, ContractError> {
    let settlement = state::peers(deps.storage)?.settlement;
    check_list(ids)?;
    let mut terms = Terms { offered: influence_share, met: BTreeSet::new() };
    let mut updates = Vec::with_capacity(ids.len());
    let mut response = Response::new();
    for id in ids.iter().copied() {
        let mut contribution = accepted(deps.storage, id)?;
        terms.check(deps.storage, contribution.datanet)?;
        contribution.used = true;
        state::save_contribution(deps.storage, &contribution)?;
        state::save_use(deps.storage, model, id)?;
        updates.push(bonds::update_of(&contribution));
        response = response.add_event(DatanetEvent::Used { contribution: id, model });
    }
    Ok(response.add_message(bonds::sync(&settlement, updates)?))
}

fn check_list(ids: &[ContributionId]) -> Result<(), ContractError> {
    if ids.is_empty() {
        return Err(ContractError::NothingToMark);
    }
    if ids.len() > MAX_MARKED {
        return Err(ContractError::TooManyMarked { count: ids.len() });
    }
    let mut seen = BTreeSet::new();
    match ids.iter().copied().find(|id| !seen.insert(*id)) {
        Some(contribution) => Err(ContractError::RepeatedContribution { contribution }),
        None => Ok(()),
    }
}

fn accepted(storage: &dyn Storage, id: ContributionId) -> Result<Contribution, ContractError> {
    let contribution = state::contribution(storage, id)?;
    if contribution.status == Status::Accepted {
        return Ok(contribution);
    }
    Err(ContractError::NotAccepted { contribution: id, status: contribution.status })
}

/// A model's influence share against the minima of DataNets, each checked once.
struct Terms {
    offered: Bps,
    met: BTreeSet<DatanetId>,
}

impl Terms {
    fn check(&mut self, storage: &dyn Storage, datanet: DatanetId) -> Result<(), ContractError> {
        if self.met.contains(&datanet) {
            return Ok(());
        }
        let (offered, min) = (self.offered, state::datanet_settings(storage, datanet)?.min_influence_share);
        if offered < min {
            return Err(ContractError::InfluenceTooLow { datanet, min, offered });
        }
        self.met.insert(datanet);
        Ok(())
    }
}
