//! Recognises models in two steps, so that contributors can withdraw before a model they do not trust may touch their bonds.

use cosmwasm_std::{Addr, DepsMut, Env, Response, Storage};
use protocol::datanet::{MAX_RECOGNISED, Recognition};
use protocol::event::DatanetEvent;
use protocol::{DatanetId, ModelId, Seconds};

use crate::{ContractError, peers, state};

/// Announces a model.
pub fn propose(
    deps: DepsMut,
    env: &Env,
    sender: &Addr,
    datanet: DatanetId,
    model: ModelId,
) -> Result<Response, ContractError> {
    check_owner(deps.storage, sender, datanet)?;
    check_room(deps.storage, datanet, model)?;
    peers::check_model(deps.as_ref(), model)?;
    let recognition = Recognition {
        model,
        proposed_at: Seconds(env.block.time.seconds()),
        proposed_height: env.block.height.into(),
        confirmed: false,
    };
    state::save_recognition(deps.storage, datanet, &recognition)?;
    let settings = state::settings(deps.storage)?;
    let notice = settings.notice_window(recognition.proposed_at, recognition.proposed_height);
    let not_before = Seconds(notice.ends_at);
    Ok(Response::new().add_event(DatanetEvent::RecognitionProposed { datanet, model, not_before }))
}

/// Recognises an announced model after its notice.
pub fn confirm(
    deps: DepsMut,
    env: &Env,
    sender: &Addr,
    datanet: DatanetId,
    model: ModelId,
) -> Result<Response, ContractError> {
    check_owner(deps.storage, sender, datanet)?;
    let announced = listed(deps.storage, datanet, model)?;
    if announced.confirmed {
        return Err(ContractError::AlreadyRecognised { datanet, model });
    }
    let notice = state::settings(deps.storage)?.notice_window(announced.proposed_at, announced.proposed_height);
    if !notice.ended(env.block.time.seconds(), env.block.height) {
        let due_height = notice.began_height.saturating_add(notice.min_blocks);
        return Err(ContractError::NoticeRuns { datanet, model, due: notice.ends_at, due_height });
    }
    state::save_recognition(deps.storage, datanet, &Recognition { confirmed: true, ..announced })?;
    Ok(Response::new().add_event(DatanetEvent::RecognitionConfirmed { datanet, model }))
}

/// Takes an announcement or a recognition back, at once.
pub fn revoke(deps: DepsMut, sender: &Addr, datanet: DatanetId, model: ModelId) -> Result<Response, ContractError> {
    check_owner(deps.storage, sender, datanet)?;
    listed(deps.storage, datanet, model)?;
    state::remove_recognition(deps.storage, datanet, model);
    Ok(Response::new().add_event(DatanetEvent::RecognitionRevoked { datanet, model }))
}

fn check_owner(storage: &dyn Storage, sender: &Addr, datanet: DatanetId) -> Result<(), ContractError> {
    if state::holder(storage, datanet)?.owner == sender {
        return Ok(());
    }
    Err(ContractError::NotDatanetOwner { datanet, sender: sender.to_string() })
}

fn check_room(storage: &dyn Storage, datanet: DatanetId, model: ModelId) -> Result<(), ContractError> {
    let all = state::recognitions(storage, datanet)?;
    if all.iter().any(|listed| listed.model == model) {
        return Err(ContractError::AlreadyListed { datanet, model });
    }
    if all.len() >= MAX_RECOGNISED {
        return Err(ContractError::TooManyRecognised { datanet });
    }
    Ok(())
}

fn listed(storage: &dyn Storage, datanet: DatanetId, model: ModelId) -> Result<Recognition, ContractError> {
    state::recognition(storage, datanet, model)?.ok_or(ContractError::NotAnnounced { datanet, model })
}
