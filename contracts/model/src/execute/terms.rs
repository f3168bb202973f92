//! Money terms: the door they all pass, and changes of them.
//!
//! Terms are kept by the first epoch in which they hold. A change holds from the next epoch on, so that what was promised
//! for an epoch that has begun stays as it was.

use cosmwasm_std::{Deps, DepsMut, MessageInfo, Response, Uint128};
use protocol::event::ModelEvent;
use protocol::model::{DatedTerms, Terms};
use protocol::{Bps, Epoch, ModelId};
use rules::ledger::MAX_POOL;
use rules::split::SplitTerms;

use super::owned;
use crate::{ContractError, peer, state};

/// Changes terms from the next epoch on; before the first epoch, from that one on. A change that is still to come is
/// replaced, and compared with.
pub fn change(deps: DepsMut, info: &MessageInfo, model: ModelId, terms: Terms) -> Result<Response, ContractError> {
    let mut loaded = owned(deps.storage, info, model)?;
    check_terms(&terms, !loaded.parents.is_empty())?;
    check_change(&loaded.terms, &terms)?;
    let from = following_epoch(deps.as_ref())?;
    loaded.terms = terms.clone();
    let dated = DatedTerms { from, terms };
    state::save_model(deps.storage, &loaded)?;
    state::save_terms(deps.storage, model, &dated)?;
    Ok(Response::new().add_event(changed(model, dated)))
}

/// Checks shares, release rate and cap.
pub fn check_terms(terms: &Terms, has_parents: bool) -> Result<(), ContractError> {
    check_shares(terms)?;
    check_parents_share(terms.parents, has_parents)?;
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
    Ok(())
}

fn check_parents_share(share: Bps, has_parents: bool) -> Result<(), ContractError> {
    match (share.0, has_parents) {
        (0, true) => Err(ContractError::NoParentsShare),
        (1.., false) => Err(ContractError::ParentsShareWithoutParents { share }),
        _ => Ok(()),
    }
}

/// Each of influence, stake, release rate and cap may rise; royalties stay. Shares add up to the whole, so the owner pays.
fn check_change(latest: &Terms, asked: &Terms) -> Result<(), ContractError> {
    if asked == latest {
        return Err(ContractError::TermsUnchanged);
    }
    if asked.parents != latest.parents {
        return Err(ContractError::ParentsShareFixed { latest: latest.parents });
    }
    check_no_fall("the influence share", latest.influence.0, asked.influence.0)?;
    check_no_fall("the stake share", latest.stake.0, asked.stake.0)?;
    check_no_fall("the release rate", latest.release_rate.0, asked.release_rate.0)?;
    check_no_fall("the cap", latest.cap, asked.cap)
}

fn check_no_fall(
    what: &'static str,
    latest: impl Into<Uint128>,
    asked: impl Into<Uint128>,
) -> Result<(), ContractError> {
    let (latest, asked) = (latest.into(), asked.into());
    if asked < latest {
        return Err(ContractError::TermsWorse { what, latest, asked });
    }
    Ok(())
}

fn following_epoch(deps: Deps) -> Result<Epoch, ContractError> {
    match peer::current_epoch(deps.querier, &state::load_config(deps.storage)?)? {
        Some(current) => current.next().ok_or_else(state::counter_full),
        None => Ok(Epoch::default()),
    }
}

fn changed(model: ModelId, dated: DatedTerms) -> ModelEvent {
    let DatedTerms { from, terms } = dated;
    ModelEvent::TermsChanged {
        model,
        from,
        owner: terms.owner,
        stake: terms.stake,
        influence: terms.influence,
        parents: terms.parents,
        release_rate: terms.release_rate,
        cap: terms.cap,
    }
}
