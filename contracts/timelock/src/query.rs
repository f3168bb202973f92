//! Queries. A proposal is shown as it stands in the block that is asked.

use cosmwasm_std::{Binary, BlockInfo, Storage, to_json_binary};
use protocol::timelock::{Proposal, QueryMsg};

use crate::{ContractError, state, window};

pub fn answer(storage: &dyn Storage, block: &BlockInfo, msg: QueryMsg) -> Result<Binary, ContractError> {
    Ok(match msg {
        QueryMsg::Config {} => to_json_binary(&state::load_config(storage)?),
        QueryMsg::Ownership {} => to_json_binary(&cw_ownable::get_ownership(storage)?),
        QueryMsg::Proposal { proposal } => to_json_binary(&shown(state::load_proposal(storage, proposal)?, block)),
        QueryMsg::Proposals { page } => {
            let found = state::list_proposals(storage, &page)?;
            to_json_binary(&found.into_iter().map(|proposal| shown(proposal, block)).collect::<Vec<_>>())
        }
    }?)
}

fn shown(proposal: Proposal, block: &BlockInfo) -> Proposal {
    Proposal { state: window::state_at(&proposal, block), ..proposal }
}
