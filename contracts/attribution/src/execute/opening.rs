//! What the openings of both kinds of rounds share: everything that a round's result depends on is fixed here.

use cosmwasm_std::{Addr, Deps, DepsMut, Env, Event, Response, Storage, Uint64, Uint128, WasmMsg, to_json_binary};
use protocol::attribution::{MIN_OPERATORS, MethodParams, Operator, Phase, Round, RoundKind};
use protocol::event::AttributionEvent;
use protocol::model::{ExecuteMsg as ModelMsg, QueryMsg as ModelQuery, RoundBasis};
use protocol::{Bps, Epoch, Hash32, ModelId, RoundId, Seconds};
use rules::hash::Hash;
use rules::inputs::Inputs;
use rules::quorum::quorum;

use crate::state::{self, Settings};
use crate::window::Now;
use crate::{ContractError, terms_bytes};

/// What a round is about: as `settlement` has it.
pub struct Subject {
    /// Fees or a valuation.
    pub kind: RoundKind,
    /// First epoch.
    pub first_epoch: Epoch,
    /// Last epoch.
    pub last_epoch: Epoch,
    /// Commitments to the redemptions of each epoch with fees.
    pub commitments: Vec<Hash>,
    /// Redemptions in all.
    pub redemptions: u32,
    /// The pool, in uopen.
    pub pool: Uint128,
    /// Stake to distribute, in units.
    pub tranche: Uint128,
    /// Release rate and cap, in uopen.
    pub terms: (Bps, Uint128),
}

/// What the model and its method add.
pub struct Scope {
    /// From `model`.
    pub basis: RoundBasis,
    /// The model's method.
    pub method: MethodParams,
}

/// Refuses while a round of the model is open, whatever its kind.
pub fn require_none_open(storage: &dyn Storage, model: ModelId) -> Result<(), ContractError> {
    match state::open_round(storage, model)? {
        Some(round) => Err(ContractError::RoundStillOpen { model, round }),
        None => Ok(()),
    }
}

/// Asks `model` what a round needs; its validation examples must have been approved by `fixed_by`.
pub fn load_scope(deps: Deps, model: ModelId, fixed_by: Seconds) -> Result<Scope, ContractError> {
    let asked = ModelQuery::RoundBasis { model, fixed_by };
    let basis: RoundBasis = deps.querier.query_wasm_smart(state::load_settings(deps.storage)?.model, &asked)?;
    let method = state::load_method(deps.storage, basis.method)?;
    Ok(Scope { basis, method })
}

/// Opens a round once its kind's own conditions are met.
pub fn open(
    deps: DepsMut,
    env: &Env,
    model: ModelId,
    subject: &Subject,
    scope: &Scope,
) -> Result<Response, ContractError> {
    check_basis(scope, model)?;
    let settings = state::load_settings(deps.storage)?;
    let now = Now::of(env, settings.min_blocks);
    let operators = seated(deps.storage, scope, now)?;
    let id = state::next_round(deps.storage, model)?;
    let mut round = new_round(now, (model, id), subject, scope, accounts(&operators))?;
    round.inputs = inputs(&settings, &round, subject, scope);
    round.slot = state::next_slot(deps.storage, model, round.kind)?;
    state::save_opened(deps.storage, &round)?;
    // Locks the bonds of the set until the round closes.
    state::hold(deps.storage, round.method, &round.operators)?;
    Ok(Response::new().add_message(consume(&settings, &round)?).add_event(opened(&round)))
}

fn check_basis(Scope { basis, method }: &Scope, model: ModelId) -> Result<(), ContractError> {
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

/// Operators that count now: active, not left, bonded in whole. By account, as they are stored.
fn seated(storage: &dyn Storage, scope: &Scope, now: Now) -> Result<Vec<Operator>, ContractError> {
    let method = scope.basis.method;
    let mut operators = state::load_operators(storage, method)?;
    operators.retain(|operator| is_seated(operator, &scope.method, now.seconds()));
    let bonded = operators.len();
    if bonded < MIN_OPERATORS {
        return Err(ContractError::TooFewOperators { method, bonded });
    }
    Ok(operators)
}

fn is_seated(operator: &Operator, method: &MethodParams, now: Seconds) -> bool {
    let stays = operator.leaves_at.is_none_or(|leaves_at| leaves_at > now);
    operator.active_from <= now && stays && operator.bond >= method.bond
}

fn accounts(operators: &[Operator]) -> Vec<Addr> {
    operators.iter().map(|operator| operator.account.clone()).collect()
}

fn inputs(settings: &Settings, round: &Round, subject: &Subject, Scope { basis, method }: &Scope) -> Hash32 {
    let (release_rate, cap) = subject.terms;
    let inputs = Inputs {
        model: round.model.get(),
        round: round.id.get(),
        first_epoch: round.first_epoch.get(),
        last_epoch: round.last_epoch.get(),
        redemption_commitments: subject.commitments.clone(),
        versions: vec![basis.versions_hash.into()],
        positions: round.positions,
        validation_root: basis.validation_root.into(),
        validation_from: round.validation_from.u64(),
        validation_count: round.validation_count.u64(),
        method: round.method.get(),
        kind: kind_byte(round.kind),
        pool: round.pool.u128(),
        tranche: round.tranche.u128(),
        terms: terms_bytes(release_rate, cap, method.z_tenths),
        operators: round.operators.iter().map(Addr::to_string).collect(),
    };
    inputs.digest(&settings.domain()).into()
}

/// As `rules::inputs` has it.
const fn kind_byte(kind: RoundKind) -> u8 {
    match kind {
        RoundKind::Fees => 0,
        RoundKind::Valuation => 1,
    }
}

/// A round in its first window, all but its inputs and its slot.
fn new_round(
    now: Now,
    (model, id): (ModelId, RoundId),
    subject: &Subject,
    Scope { basis, method }: &Scope,
    operators: Vec<Addr>,
) -> Result<Round, ContractError> {
    let count = u32::try_from(operators.len()).map_err(|_| ContractError::Overflow)?;
    Ok(Round {
        model,
        id,
        kind: subject.kind,
        method: basis.method,
        first_epoch: subject.first_epoch,
        last_epoch: subject.last_epoch,
        redemptions: subject.redemptions,
        positions: basis.positions,
        pool: subject.pool,
        tranche: subject.tranche,
        validation_from: basis.validation_cursor,
        validation_count: method.validation_per_round,
        inputs: Hash32::default(),
        operators,
        quorum: quorum(count).ok_or(ContractError::Overflow)?,
        phase: Phase::Commit,
        outcome: None,
        opened_at: now.seconds(),
        opened_height: Uint64::new(now.height),
        window_ends_at: now.end_after(method.commit_period)?,
        window_began_height: Uint64::new(now.height),
        committed: 0,
        vectors: 0,
        too_few: 0,
        cursor: 0,
        denominator: None,
        slot: 0,
    })
}

fn consume(settings: &Settings, round: &Round) -> Result<WasmMsg, ContractError> {
    let consume = ModelMsg::ConsumeValidation { model: round.model, round: round.id, count: round.validation_count };
    Ok(WasmMsg::Execute { contract_addr: settings.model.to_string(), msg: to_json_binary(&consume)?, funds: vec![] })
}

fn opened(round: &Round) -> Event {
    let kind = match round.kind {
        RoundKind::Fees => "fees",
        RoundKind::Valuation => "valuation",
    };
    let opened = AttributionEvent::RoundOpened {
        model: round.model,
        round: round.id,
        kind: kind.to_owned(),
        first_epoch: round.first_epoch,
        last_epoch: round.last_epoch,
        pool: round.pool,
        tranche: round.tranche,
        inputs: round.inputs,
    };
    opened.into()
}
