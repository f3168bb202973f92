//! `model` and `settlement` as the tests want them: answers are set from outside, messages are written down.

use cosmwasm_std::{
    Binary, Deps, DepsMut, Empty, Env, MessageInfo, Response, StdError, StdResult, Storage, Uint64, Uint128,
    to_json_binary,
};
use cw_multi_test::{Contract, ContractWrapper};
use cw_storage_plus::{Item, Map};
use protocol::attribution::RoundKind;
use protocol::model::{ExecuteMsg as ModelMsg, QueryMsg as ModelQuery, RoundBasis};
use protocol::settlement::{
    AdvanceBegin, ExecuteMsg as SettlementMsg, Openable, Parts, QueryMsg as SettlementQuery, Valuation,
};
use protocol::{Epoch, Seconds};
use rules::score::unpack_entries;

/// What `model` answers.
pub const BASIS: Item<RoundBasis> = Item::new("basis");
/// When its validation examples were approved; long ago unless set.
pub const APPROVED_AT: Item<Seconds> = Item::new("approved_at");
/// Messages that `model` got.
pub const CONSUMED: Item<Vec<ModelMsg>> = Item::new("consumed");

/// What `settlement` answers.
pub const OPENABLE: Item<Openable> = Item::new("openable");
/// What `settlement` answers about valuations; settled ones change it.
pub const VALUATION: Item<Valuation> = Item::new("valuation");
/// Epochs between valuations.
pub const VALUATION_INTERVAL: u64 = 2;
/// Whether the round in progress is a valuation.
const VALUING: Item<bool> = Item::new("valuing");
/// Messages that `settlement` got.
pub const ADVANCED: Item<Vec<SettlementMsg>> = Item::new("advanced");
/// OPEN that the treasury got, payment by payment.
pub const TREASURY: Item<Vec<Uint128>> = Item::new("treasury");
/// Whether `settlement` refuses to advance.
pub const REFUSES: Item<bool> = Item::new("refuses");
/// Scores of the last round of fees, per model and position.
const LAST_SCORES: Map<(u64, u32), i32> = Map::new("last_scores");

pub fn model() -> Box<dyn Contract<Empty>> {
    Box::new(ContractWrapper::new(execute_model, instantiate, query_model))
}

pub fn settlement() -> Box<dyn Contract<Empty>> {
    Box::new(ContractWrapper::new(execute_settlement, instantiate, query_settlement))
}

fn instantiate(_: DepsMut, _: Env, _: MessageInfo, _: Empty) -> StdResult<Response> {
    Ok(Response::new())
}

fn execute_model(deps: DepsMut, _: Env, _: MessageInfo, msg: ModelMsg) -> StdResult<Response> {
    let ModelMsg::ConsumeValidation { count, .. } = &msg else {
        return Err(StdError::generic_err("the stub takes ConsumeValidation"));
    };
    BASIS.update(deps.storage, |mut basis| -> StdResult<_> {
        basis.validation_available = basis.validation_available.checked_sub(*count)?;
        basis.validation_cursor = basis.validation_cursor.checked_add(*count)?;
        Ok(basis)
    })?;
    let mut consumed = CONSUMED.may_load(deps.storage)?.unwrap_or_default();
    consumed.push(msg);
    CONSUMED.save(deps.storage, &consumed)?;
    Ok(Response::new())
}

fn query_model(deps: Deps, _: Env, msg: ModelQuery) -> StdResult<Binary> {
    let ModelQuery::RoundBasis { fixed_by, .. } = msg else {
        return Err(StdError::generic_err("the stub answers RoundBasis"));
    };
    let mut basis = BASIS.load(deps.storage)?;
    if APPROVED_AT.may_load(deps.storage)?.is_some_and(|approved_at| approved_at > fixed_by) {
        basis.validation_available = Uint64::zero();
    }
    to_json_binary(&basis)
}

fn execute_settlement(deps: DepsMut, _: Env, _: MessageInfo, msg: SettlementMsg) -> StdResult<Response> {
    match &msg {
        SettlementMsg::Receive(cw20) => {
            let mut treasury = TREASURY.may_load(deps.storage)?.unwrap_or_default();
            treasury.push(cw20.amount);
            TREASURY.save(deps.storage, &treasury)?;
        }
        SettlementMsg::Advance { model, begin, first_position, entries, .. } => {
            if REFUSES.may_load(deps.storage)?.unwrap_or(false) {
                return Err(StdError::generic_err("the stub was told to refuse"));
            }
            if let Some(begin) = begin {
                begin_round(deps.storage, begin)?;
            }
            if !VALUING.load(deps.storage)? {
                let entries = unpack_entries(entries).expect("attribution sends whole entries");
                for (position, entry) in (*first_position..).zip(entries) {
                    LAST_SCORES.save(deps.storage, (model.get(), position), &entry.score)?;
                }
            }
            let mut advanced = ADVANCED.may_load(deps.storage)?.unwrap_or_default();
            advanced.push(msg);
            ADVANCED.save(deps.storage, &advanced)?;
        }
        _ => {
            return Err(StdError::generic_err("the stub takes Receive and Advance"));
        }
    }
    Ok(Response::new())
}

/// A range never returns: the next one begins after it. A valuation takes its royalties, and the next one waits for its
/// interval.
fn begin_round(storage: &mut dyn Storage, begin: &AdvanceBegin) -> StdResult<()> {
    VALUING.save(storage, &(begin.kind == RoundKind::Valuation))?;
    if begin.kind == RoundKind::Fees {
        return settle_range(storage);
    }
    VALUATION.update(storage, |mut valuation| -> StdResult<_> {
        valuation.royalties.influence.checked_sub(begin.royalties)?;
        valuation.royalties = Parts::default();
        valuation.valued_versions = begin.versions;
        valuation.not_before = Epoch(begin.first_epoch.get() + VALUATION_INTERVAL);
        Ok(valuation)
    })?;
    Ok(())
}

/// As much is earned again in as many epochs.
fn settle_range(storage: &mut dyn Storage) -> StdResult<()> {
    let Openable::Range(mut range) = OPENABLE.load(storage)? else {
        return Err(StdError::generic_err("the stub has no range to settle"));
    };
    let length = range.last_epoch.get() - range.first_epoch.get() + 1;
    let epochs = range.books.iter_mut().map(|book| &mut book.epoch);
    for epoch in epochs.chain([&mut range.first_epoch, &mut range.last_epoch]) {
        epoch.0 += length;
    }
    OPENABLE.save(storage, &Openable::Range(range))
}

fn query_settlement(deps: Deps, _: Env, msg: SettlementQuery) -> StdResult<Binary> {
    match msg {
        SettlementQuery::Openable { .. } => to_json_binary(&OPENABLE.load(deps.storage)?),
        SettlementQuery::CurrentEpoch {} => to_json_binary(&Some(VALUATION.load(deps.storage)?.epoch)),
        SettlementQuery::Valuation { .. } => to_json_binary(&VALUATION.load(deps.storage)?),
        SettlementQuery::LastScores { model, from, count } => {
            let mut packed = vec![];
            for position in from..from + count {
                let score = LAST_SCORES.may_load(deps.storage, (model.get(), position))?;
                packed.extend(score.unwrap_or(0).to_be_bytes());
            }
            to_json_binary(&Binary::from(packed))
        }
        _ => Err(StdError::generic_err("the stub answers Openable, CurrentEpoch, Valuation and LastScores")),
    }
}
