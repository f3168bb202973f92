//! The door for money terms. They are fixed at creation, so this is the only check they ever get.

use protocol::Bps;
use protocol::model::Terms;
use rules::ledger::MAX_POOL;
use rules::split::SplitTerms;

use crate::ContractError;

/// Checks shares, release rate and cap.
pub fn check_terms(terms: &Terms) -> Result<(), ContractError> {
    check_shares(terms)?;
    let rate = terms.release_rate;
    if rate.0 == 0 || rate > Bps::WHOLE {
        return Err(ContractError::ReleaseRate { bps: rate.0 });
    }
    // No contribution can earn more than all OPEN there is.
    if terms.cap.is_zero() || terms.cap.u128() > u128::from(MAX_POOL) {
        return Err(ContractError::Cap { cap: terms.cap });
    }
    Ok(())
}

fn check_shares(terms: &Terms) -> Result<(), ContractError> {
    let split = SplitTerms {
        owner_bps: terms.owner.0,
        stake_bps: terms.stake.0,
        influence_bps: terms.influence.0,
        parents_bps: terms.parents.0,
    };
    split.check()?;
    if terms.influence.0 == 0 {
        return Err(ContractError::NoInfluenceShare);
    }
    if terms.stake.0 != 0 {
        return Err(ContractError::StakeNotOffered);
    }
    if terms.parents.0 != 0 {
        return Err(ContractError::LineageNotOffered);
    }
    Ok(())
}
