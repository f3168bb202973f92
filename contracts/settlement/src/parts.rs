//! Sums of fee parts.

use cosmwasm_std::{OverflowError, Uint128};
use protocol::Bps;
use protocol::model::Terms;
use protocol::settlement::Parts;
use rules::royalty;
use rules::split::{FeeParts, SplitError, SplitTerms, split_fee};

/// Splits a gross fee by a model's terms.
pub fn split(gross: Uint128, protocol_share: Bps, terms: &Terms) -> Result<Parts, SplitError> {
    Ok(booked(split_fee(gross.u128(), protocol_share.0, &split_terms(terms))?))
}

/// Splits royalties that came in by a model's terms: the protocol took its share of the fee before.
pub fn take_in(amount: Uint128, terms: &Terms) -> Result<Parts, SplitError> {
    Ok(booked(royalty::take_in(amount.u128(), &split_terms(terms))?))
}

fn split_terms(terms: &Terms) -> SplitTerms {
    SplitTerms {
        owner_bps: terms.owner.0,
        stake_bps: terms.stake.0,
        influence_bps: terms.influence.0,
        parents_bps: terms.parents.0,
    }
}

fn booked(FeeParts { protocol, owner, stake, influence, parents }: FeeParts) -> Parts {
    Parts {
        protocol: protocol.into(),
        owner: owner.into(),
        stake: stake.into(),
        influence: influence.into(),
        parents: parents.into(),
    }
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
