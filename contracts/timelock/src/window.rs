//! When a proposal can be executed: `executable_at <= time`, and not yet `expires_at`, each with its blocks. A halted chain shortens
//! neither the time to look at a proposal nor the time to execute it.

use cosmwasm_std::BlockInfo;
use protocol::timelock::{Proposal, ProposalState};
use rules::clock::Window;

/// Where a proposal stands in a block.
pub fn state_at(proposal: &Proposal, block: &BlockInfo) -> ProposalState {
    match proposal.state {
        ProposalState::Executed | ProposalState::Cancelled => proposal.state,
        _ if ended(expiry(proposal), block) => ProposalState::Expired,
        _ if ended(delay(proposal), block) => ProposalState::Executable,
        _ => ProposalState::Waiting,
    }
}

fn ended(window: Window, block: &BlockInfo) -> bool {
    window.ended(block.time.seconds(), block.height)
}

/// The heights of a proposal have their blocks in them.
fn delay(proposal: &Proposal) -> Window {
    let began_height = proposal.executable_height.u64();
    Window { ends_at: proposal.executable_at.get(), began_height, min_blocks: 0 }
}

fn expiry(proposal: &Proposal) -> Window {
    Window { ends_at: proposal.expires_at.get(), began_height: proposal.expires_height.u64(), min_blocks: 0 }
}
