//! The validation pool: proposing examples and consuming them. `approval` lets them in.

use cosmwasm_std::{DepsMut, MessageInfo, Response, Uint64};
use protocol::event::ModelEvent;
use protocol::model::ValidationProposal;
use protocol::{Hash32, ModelId, RoundId};

use super::{check_uri, owned};
use crate::{ContractError, state};

/// The most examples of one extension.
const MAX_EXAMPLES: u64 = 1_000_000;

/// Examples as proposed.
pub struct Proposed {
    pub root: Hash32,
    pub count: Uint64,
    pub uri: String,
}

/// Opens a proposal in place of the last one, whose approvals are void.
pub fn propose(
    deps: DepsMut,
    info: &MessageInfo,
    model: ModelId,
    proposed: Proposed,
) -> Result<Response, ContractError> {
    let mut loaded = owned(deps.storage, info, model)?;
    let Proposed { root, count, uri } = proposed;
    if count.is_zero() || count.u64() > MAX_EXAMPLES {
        return Err(ContractError::ExampleCount { count });
    }
    check_uri(&uri)?;
    // Examples enter the pool only from the open proposal, so one that is fresh now is fresh when it is approved.
    if state::is_extension_root(deps.storage, model, &root) {
        return Err(ContractError::ExamplesReused { root });
    }
    loaded.validation.proposal =
        Some(ValidationProposal { root, count, uri, model_curator: None, datanet_curator: None });
    state::save_model(deps.storage, &loaded)?;
    Ok(Response::new().add_event(ModelEvent::ValidationProposed { model, root, count: count.u64() }))
}

/// Moves the cursor: examples behind it are never used again. The sender was checked at the door.
pub fn consume(deps: DepsMut, model: ModelId, round: RoundId, count: Uint64) -> Result<Response, ContractError> {
    let mut loaded = state::load_model(deps.storage, model)?;
    if count.is_zero() {
        return Err(ContractError::ZeroExamples);
    }
    let pool = &mut loaded.validation;
    let from = pool.cursor;
    let available = pool.approved.checked_sub(from)?;
    if count > available {
        return Err(ContractError::TooFewExamples { asked: count, available });
    }
    pool.cursor = from.checked_add(count)?;
    state::save_model(deps.storage, &loaded)?;
    Ok(Response::new().add_event(ModelEvent::ValidationConsumed { model, round, from: from.u64(), count: count.u64() }))
}
