//! Answers to queries. Listings are bounded by their page.

use cosmwasm_std::{Binary, Storage, to_json_binary};
use protocol::datanet::{Config, DebtCase, QueryMsg, Recognition, Snapshot};
use protocol::{ContributionId, DatanetId, Hash32, ModelId};

use crate::{ContractError, debts, state};

pub fn answer(storage: &dyn Storage, msg: QueryMsg) -> Result<Binary, ContractError> {
    let answer = match msg {
        QueryMsg::Config {} => to_json_binary(&config(storage)?),
        QueryMsg::Ownership {} => to_json_binary(&cw_ownable::get_ownership(storage)?),
        QueryMsg::Datanet { datanet } => to_json_binary(&state::datanet(storage, datanet)?),
        QueryMsg::Datanets { page } => to_json_binary(&state::datanets(storage, &page)?),
        QueryMsg::Contribution { contribution } => to_json_binary(&state::contribution(storage, contribution)?),
        QueryMsg::Contributions { datanet, page } => to_json_binary(&state::contributions(storage, datanet, &page)?),
        QueryMsg::Recognitions { datanet } => to_json_binary(&recognitions(storage, datanet)?),
        QueryMsg::DebtCase { contribution, model } => to_json_binary(&debt_case(storage, contribution, model)?),
        QueryMsg::Snapshot { datanet, version } => to_json_binary(&snapshot(storage, datanet, version.u64())?),
    };
    Ok(answer?)
}

fn config(storage: &dyn Storage) -> Result<Config, ContractError> {
    let settings = state::settings(storage)?;
    let (model, settlement) = state::peers_if_wired(storage)?.map(|peers| (peers.model, peers.settlement)).unzip();
    Ok(Config {
        open_token: settings.open_token,
        model,
        settlement,
        reveal_period: settings.reveal_period,
        min_blocks: settings.min_blocks,
        chain_id: settings.chain_id,
        bonds_held: state::bonds_held(storage)?,
        notice_period: settings.notice_period,
        appeal_period: settings.appeal_period,
        clean_rounds: settings.clean_rounds,
    })
}

fn recognitions(storage: &dyn Storage, datanet: DatanetId) -> Result<Vec<Recognition>, ContractError> {
    // Says so if there is no such DataNet.
    state::holder(storage, datanet)?;
    Ok(state::recognitions(storage, datanet)?)
}

fn debt_case(storage: &dyn Storage, id: ContributionId, model: ModelId) -> Result<Option<DebtCase>, ContractError> {
    Ok(debts::case(storage, &state::contribution(storage, id)?, model)?)
}

fn snapshot(storage: &dyn Storage, datanet: DatanetId, version: u64) -> Result<Snapshot, ContractError> {
    let latest = state::frontier(storage, datanet)?.n;
    let unknown = ContractError::UnknownSnapshot { datanet, version, latest };
    let root: Hash32 = state::snapshot(storage, datanet, version)?.ok_or(unknown)?;
    Ok(Snapshot { datanet, version: version.into(), root })
}
