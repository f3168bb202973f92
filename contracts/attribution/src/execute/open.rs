//! Opening a round: everything that its result depends on is fixed here.

use cosmwasm_std::{Addr, Deps, DepsMut, Env, Response, Storage, Uint64, WasmMsg, to_json_binary};
use protocol::attribution::{MIN_OPERATORS, MethodParams, Phase, Round};
use protocol::event::AttributionEvent;
use protocol::model::{ExecuteMsg as ModelMsg, QueryMsg as ModelQuery, RoundBasis};
use protocol::settlement::{OpenRange, Openable, QueryMsg as SettlementQuery};
use protocol::{Hash32, MethodId, ModelId, RoundId};
use rules::inputs::Inputs;
use rules::quorum::quorum;

use crate::ContractError;
use crate::state::{self, Settings};
use crate::window::Now;

/// What a round is opened over.
struct Scope {
    range: OpenRange,
    basis: RoundBasis,
    method: MethodParams,
    operators: Vec<Addr>,
}

/// Opens a round over all unsettled epochs whose redemption period is over.
pub fn run(deps: DepsMut, env: &Env, model: ModelId) -> Result<Response, ContractError> {
    if let Some(round) = state::open_round(deps.storage, model)? {
        return Err(ContractError::RoundStillOpen { model, round });
    }
    let settings = state::load_settings(deps.storage)?;
    let scope = load_scope(deps.as_ref(), &settings, model)?;
    let id = state::next_round(deps.storage, model)?;
    let inputs = inputs(&settings, model, id, &scope);
    let round = new_round(deps.storage, env, &settings, scope, (model, id, inputs))?;
    state::save_opened(deps.storage, &round)?;
    let consume = ModelMsg::ConsumeValidation { model, round: id, count: round.validation_count };
    let consume =
        WasmMsg::Execute { contract_addr: settings.model.into(), msg: to_json_binary(&consume)?, funds: vec![] };
    let opened = AttributionEvent::RoundOpened {
        model,
        round: id,
        first_epoch: round.first_epoch,
        last_epoch: round.last_epoch,
        pool: round.pool,
        inputs: round.inputs,
    };
    Ok(Response::new().add_message(consume).add_event(opened))
}

/// Asks `settlement` what a round would cover.
pub fn query_openable(deps: Deps, model: ModelId) -> Result<Openable, ContractError> {
    let settlement = state::load_settlement(deps.storage)?;
    let asked = SettlementQuery::Openable { model };
    Ok(deps.querier.query_wasm_smart(settlement, &asked)?)
}

fn load_scope(deps: Deps, settings: &Settings, model: ModelId) -> Result<Scope, ContractError> {
    let range = load_range(deps, model)?;
    let asked = ModelQuery::RoundBasis { model, fixed_by: range.fixed_by };
    let basis: RoundBasis = deps.querier.query_wasm_smart(&settings.model, &asked)?;
    let method = state::load_method(deps.storage, basis.method)?;
    check_pool(&range, &method)?;
    check_basis(&basis, &method, model)?;
    let operators = bonded(deps.storage, basis.method, &method)?;
    Ok(Scope { range, basis, method, operators })
}

fn load_range(deps: Deps, model: ModelId) -> Result<OpenRange, ContractError> {
    match query_openable(deps, model)? {
        Openable::Range(range) => Ok(*range),
        Openable::Redeemable { epoch, until } => Err(ContractError::StillRedeemable { epoch, until }),
        Openable::NoFees {} => Err(ContractError::NoFees { model }),
    }
}

fn check_pool(range: &OpenRange, method: &MethodParams) -> Result<(), ContractError> {
    let (pool, minimum) = (range.pool, method.min_pool);
    // A full range can only be waited out by settling it, however little it holds.
    if pool < minimum && !range.full {
        return Err(ContractError::PoolBelowMinimum { pool, minimum });
    }
    Ok(())
}

fn check_basis(basis: &RoundBasis, method: &MethodParams, model: ModelId) -> Result<(), ContractError> {
    if basis.positions == 0 {
        return Err(ContractError::NoPositions { model });
    }
    if basis.versions == 0 {
        return Err(ContractError::NoVersions { model });
    }
    let (available, needed) = (basis.validation_available, method.validation_per_round);
    if available < needed {
        return Err(ContractError::ValidationExhausted { available, needed });
    }
    Ok(())
}

/// Operators that count: admitted, not removed, bonded in whole. By account, as they are stored.
fn bonded(storage: &dyn Storage, method: MethodId, params: &MethodParams) -> Result<Vec<Addr>, ContractError> {
    let operators: Vec<_> = state::load_operators(storage, method)?
        .into_iter()
        .filter(|operator| !operator.removed && operator.bond >= params.bond)
        .map(|operator| operator.account)
        .collect();
    let bonded = operators.len();
    if bonded < MIN_OPERATORS {
        return Err(ContractError::TooFewOperators { method, bonded });
    }
    Ok(operators)
}

fn inputs(settings: &Settings, model: ModelId, round: RoundId, scope: &Scope) -> Hash32 {
    let Scope { range, basis, method, operators } = scope;
    let commitments = range.books.iter().map(|book| book.commitment.into());
    let inputs = Inputs {
        model: model.get(),
        round: round.get(),
        first_epoch: range.first_epoch.get(),
        last_epoch: range.last_epoch.get(),
        redemption_commitments: commitments.collect(),
        versions: vec![basis.versions_hash.into()],
        positions: basis.positions,
        validation_root: basis.validation_root.into(),
        validation_from: basis.validation_cursor.u64(),
        validation_count: method.validation_per_round.u64(),
        method: basis.method.get(),
        pool: range.pool.u128(),
        terms: terms_bytes(range, method),
        operators: operators.iter().map(Addr::to_string).collect(),
    };
    inputs.digest(&settings.domain()).into()
}

/// Canonical bytes of the terms: release rate (2 bytes) ‖ cap (16 bytes) ‖ z in tenths (1 byte), big endian.
fn terms_bytes(range: &OpenRange, method: &MethodParams) -> Vec<u8> {
    let mut bytes = range.release_rate.0.to_be_bytes().to_vec();
    bytes.extend(range.cap.to_be_bytes());
    bytes.push(method.z_tenths);
    bytes
}

fn new_round(
    storage: &dyn Storage,
    env: &Env,
    settings: &Settings,
    scope: Scope,
    (model, id, inputs): (ModelId, RoundId, Hash32),
) -> Result<Round, ContractError> {
    let now = Now::of(env, settings.min_blocks);
    let operators = u32::try_from(scope.operators.len()).map_err(|_| ContractError::Overflow)?;
    Ok(Round {
        model,
        id,
        method: scope.basis.method,
        first_epoch: scope.range.first_epoch,
        last_epoch: scope.range.last_epoch,
        redemptions: scope.range.redemptions,
        positions: scope.basis.positions,
        pool: scope.range.pool,
        validation_from: scope.basis.validation_cursor,
        validation_count: scope.method.validation_per_round,
        inputs,
        operators: scope.operators,
        quorum: quorum(operators).ok_or(ContractError::Overflow)?,
        phase: Phase::Commit,
        outcome: None,
        opened_at: protocol::Seconds(now.time),
        opened_height: Uint64::new(now.height),
        window_ends_at: now.end_after(scope.method.commit_period)?,
        window_began_height: Uint64::new(now.height),
        committed: 0,
        vectors: 0,
        too_few: 0,
        cursor: 0,
        denominator: None,
        slot: state::next_slot(storage, model)?,
    })
}
