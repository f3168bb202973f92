//! Sums of fee parts.

use cosmwasm_std::{OverflowError, Uint128};
use protocol::model::Terms;
use protocol::settlement::Parts;
use rules::split::{FeeParts, SplitError, SplitTerms, split_fee};

use protocol::Bps;

/// Splits a gross fee by a model's terms.
pub fn split(gross: Uint128, protocol_share: Bps, terms: &Terms) -> Result<Parts, SplitError> {
    let terms = SplitTerms {
        owner_bps: terms.owner.0,
        stake_bps: terms.stake.0,
        influence_bps: terms.influence.0,
        parents_bps: terms.parents.0,
    };
    let FeeParts { protocol, owner, stake, influence, parents } = split_fee(gross.u128(), protocol_share.0, &terms)?;
    Ok(Parts {
        protocol: protocol.into(),
        owner: owner.into(),
        stake: stake.into(),
        influence: influence.into(),
        parents: parents.into(),
    })
}

/// Part by part, `a + b`.
pub fn add(a: &Parts, b: &Parts) -> Result<Parts, OverflowError> {
    combine(a, b, Uint128::checked_add)
}

/// Part by part, `a − b`.
pub fn sub(a: &Parts, b: &Parts) -> Result<Parts, OverflowError> {
    combine(a, b, Uint128::checked_sub)
}

fn combine(
    a: &Parts,
    b: &Parts,
    by: fn(Uint128, Uint128) -> Result<Uint128, OverflowError>,
) -> Result<Parts, OverflowError> {
    Ok(Parts {
        protocol: by(a.protocol, b.protocol)?,
        owner: by(a.owner, b.owner)?,
        stake: by(a.stake, b.stake)?,
        influence: by(a.influence, b.influence)?,
        parents: by(a.parents, b.parents)?,
    })
}
