//! How a contribution joins its DataNet.

use cosmwasm_std::{Env, Storage};
use protocol::Seconds;
use protocol::datanet::{Contribution, RevealedContribution, Status};
use protocol::event::DatanetEvent;
use rules::item::{ContributionRecord, contribution_digest};
use rules::tree::leaf;

use crate::{ContractError, state};

/// Appends a revealed contribution to its DataNet, which makes the DataNet's next version. The caller saves the contribution.
pub fn accept(
    storage: &mut dyn Storage,
    env: &Env,
    contribution: &mut Contribution,
    revealed: &RevealedContribution,
) -> Result<DatanetEvent, ContractError> {
    let mut frontier = state::frontier(storage, contribution.datanet)?;
    contribution.rank = Some(frontier.n.into());
    contribution.accepted_at = Some(Seconds(env.block.time.seconds()));
    contribution.status = Status::Accepted;
    let domain = state::settings(storage)?.domain();
    frontier.append(leaf(&contribution_digest(&domain, &record(contribution, revealed))))?;
    let root = state::save_frontier(storage, contribution.datanet, &frontier)?;
    Ok(DatanetEvent::Accepted {
        contribution: contribution.id,
        datanet: contribution.datanet,
        version: frontier.n,
        root,
    })
}

fn record(contribution: &Contribution, revealed: &RevealedContribution) -> ContributionRecord {
    ContributionRecord {
        datanet: contribution.datanet.get(),
        id: contribution.id.get(),
        contributor: contribution.contributor.to_string(),
        kind: revealed.kind.name().to_owned(),
        items_root: revealed.items_root.into(),
        item_count: revealed.item_count.u64(),
        committed_at: contribution.committed_at.get(),
    }
}
