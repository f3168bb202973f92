//! All storage, behind load and save functions. No other module names a key.

use cosmwasm_schema::cw_serde;
use cosmwasm_std::{Addr, Binary, StdResult, Storage, Uint128};
use cw_storage_plus::{Item, Map};
use protocol::attribution::{MethodParams, Revealed, Round};
use protocol::{Bps, Epoch, Hash32, MethodId, ModelId, Seconds};
use rules::hash::Domain;

use crate::ContractError;

mod keys;
mod known;
mod operators;
mod rounds;
mod vectors;

pub use known::{clear_known, keep_known, load_known, next_slot};
pub use operators::{
    find_absent_until, find_operator, hold, let_go, load_operator, load_operators, retire_operator, save_absent_until,
    save_operator, take_former,
};
pub use rounds::{clear_open, load_open, load_round, load_rounds, next_round, open_round, save_opened, save_round};
pub use vectors::{Piece, Stored, pieces, read_entries, write_entries};

const SETTINGS: Item<Settings> = Item::new(keys::SETTINGS);
const SETTLEMENT: Item<Addr> = Item::new(keys::SETTLEMENT);
const BONDS_HELD: Item<Uint128> = Item::new(keys::BONDS_HELD);
const LAST_METHOD: Item<u64> = Item::new(keys::LAST_METHOD);
const METHODS: Map<u64, MethodParams> = Map::new(keys::METHODS);
const SETTLED_ROUND: Map<u64, u64> = Map::new(keys::SETTLED_ROUND);
const PARTS: Map<(u64, u64, &Addr), Part> = Map::new(keys::PARTS);
/// Of all who revealed a vector, in one record: they become known together.
const AGREEMENTS: Map<(u64, u64), Vec<(Addr, Bps)>> = Map::new(keys::AGREEMENTS);
const PASS: Map<u64, Pass> = Map::new(keys::PASS);
const VALUED: Map<u64, Valued> = Map::new(keys::VALUED);
const ATTEMPT: Map<u64, Attempt> = Map::new(keys::ATTEMPT);

/// What instantiation fixes.
#[cw_serde]
pub struct Settings {
    /// The cw20 contract of OPEN.
    pub open_token: Addr,
    /// The `model` contract.
    pub model: Addr,
    /// Blocks that every window lasts at least.
    pub min_blocks: u64,
    /// Time until an admission or removal takes effect.
    pub operator_delay: Seconds,
    /// Time from leaving until a bond can be withdrawn.
    pub unbonding_period: Seconds,
    /// Chain id at instantiation.
    pub chain_id: String,
    /// This contract.
    pub contract: Addr,
}

impl Settings {
    /// Where commitments and inputs mean something.
    pub fn domain(&self) -> Domain {
        Domain { chain_id: self.chain_id.clone(), contract: self.contract.to_string() }
    }
}

/// An operator's part in a round, from its commitment on.
#[cw_serde]
pub struct Part {
    /// What it committed to.
    pub commitment: Hash32,
    /// What it revealed.
    pub revealed: Option<Revealed>,
    /// The redemptions that it marked, when it revealed a vector.
    pub unresolved: Binary,
    /// Whether it was slashed for silence.
    pub slashed: bool,
}

/// What the first pass has gathered so far.
#[cw_serde]
pub struct Pass {
    /// Operators who revealed vectors, in the order of the set.
    pub operators: Vec<Addr>,
    /// `Σ max(median score, 0)`.
    pub positive: u64,
    /// `Σ |median score|`.
    pub magnitude: u64,
    /// Distance of each operator's vector from the median.
    pub distances: Vec<u64>,
    /// Distance of the previous aggregate of fees, if the model has one.
    pub previous: Option<u64>,
    /// Distance of every vector kept from rounds since then, in their order.
    pub known: Vec<u64>,
}

/// The last valuation round of a model that was opened.
#[cw_serde]
pub struct Valued {
    /// Epoch of its opening.
    pub epoch: Epoch,
    /// Versions that were registered then.
    pub versions: u32,
}

/// The last round of fees of a model that was opened, whatever came of it.
#[cw_serde]
pub struct Attempt {
    /// Epoch of its opening.
    pub epoch: Epoch,
    /// The last epoch that it covers.
    pub last_epoch: Epoch,
}

pub fn save_settings(storage: &mut dyn Storage, settings: &Settings) -> StdResult<()> {
    BONDS_HELD.save(storage, &Uint128::zero())?;
    SETTINGS.save(storage, settings)
}

pub fn load_settings(storage: &dyn Storage) -> StdResult<Settings> {
    SETTINGS.load(storage)
}

pub fn save_settlement(storage: &mut dyn Storage, settlement: &Addr) -> StdResult<()> {
    SETTLEMENT.save(storage, settlement)
}

pub fn find_settlement(storage: &dyn Storage) -> StdResult<Option<Addr>> {
    SETTLEMENT.may_load(storage)
}

pub fn load_settlement(storage: &dyn Storage) -> Result<Addr, ContractError> {
    find_settlement(storage)?.ok_or(ContractError::NotWired)
}

pub fn bonds_held(storage: &dyn Storage) -> StdResult<Uint128> {
    BONDS_HELD.load(storage)
}

pub fn add_bond(storage: &mut dyn Storage, amount: Uint128) -> StdResult<()> {
    let held = bonds_held(storage)?.checked_add(amount)?;
    BONDS_HELD.save(storage, &held)
}

pub fn take_bond(storage: &mut dyn Storage, amount: Uint128) -> StdResult<()> {
    let held = bonds_held(storage)?.checked_sub(amount)?;
    BONDS_HELD.save(storage, &held)
}

pub fn add_method(storage: &mut dyn Storage, params: &MethodParams) -> Result<MethodId, ContractError> {
    let last = MethodId(LAST_METHOD.may_load(storage)?.unwrap_or(0));
    let method = last.next().ok_or(ContractError::Overflow)?;
    LAST_METHOD.save(storage, &method.get())?;
    METHODS.save(storage, method.get(), params)?;
    Ok(method)
}

pub fn load_method(storage: &dyn Storage, method: MethodId) -> Result<MethodParams, ContractError> {
    METHODS.may_load(storage, method.get())?.ok_or(ContractError::UnknownMethod { method })
}

pub fn save_settled(storage: &mut dyn Storage, round: &Round) -> StdResult<()> {
    SETTLED_ROUND.save(storage, round.model.get(), &round.id.get())
}

/// Whether a round of fees of the model was settled before: then `settlement` has its aggregate.
pub fn has_settled(storage: &dyn Storage, model: ModelId) -> bool {
    SETTLED_ROUND.has(storage, model.get())
}

pub fn save_valued(storage: &mut dyn Storage, model: ModelId, valued: &Valued) -> StdResult<()> {
    VALUED.save(storage, model.get(), valued)
}

pub fn load_valued(storage: &dyn Storage, model: ModelId) -> StdResult<Valued> {
    VALUED.load(storage, model.get())
}

pub fn find_valued(storage: &dyn Storage, model: ModelId) -> StdResult<Option<Valued>> {
    VALUED.may_load(storage, model.get())
}

pub fn save_attempt(storage: &mut dyn Storage, model: ModelId, attempt: &Attempt) -> StdResult<()> {
    ATTEMPT.save(storage, model.get(), attempt)
}

pub fn find_attempt(storage: &dyn Storage, model: ModelId) -> StdResult<Option<Attempt>> {
    ATTEMPT.may_load(storage, model.get())
}

pub fn find_part(storage: &dyn Storage, round: &Round, operator: &Addr) -> StdResult<Option<Part>> {
    PARTS.may_load(storage, (round.model.get(), round.id.get(), operator))
}

pub fn save_part(storage: &mut dyn Storage, round: &Round, operator: &Addr, part: &Part) -> StdResult<()> {
    PARTS.save(storage, (round.model.get(), round.id.get(), operator), part)
}

pub fn load_pass(storage: &dyn Storage, model: ModelId) -> StdResult<Pass> {
    PASS.load(storage, model.get())
}

pub fn save_pass(storage: &mut dyn Storage, model: ModelId, pass: &Pass) -> StdResult<()> {
    PASS.save(storage, model.get(), pass)
}

/// Stores the agreement of everyone who revealed a vector, in the order of the set.
pub fn save_agreements(storage: &mut dyn Storage, round: &Round, agreements: &Vec<(Addr, Bps)>) -> StdResult<()> {
    AGREEMENTS.save(storage, (round.model.get(), round.id.get()), agreements)
}

/// The agreement of everyone who revealed a vector; empty until the first pass is complete.
pub fn load_agreements(storage: &dyn Storage, round: &Round) -> StdResult<Vec<(Addr, Bps)>> {
    Ok(AGREEMENTS.may_load(storage, (round.model.get(), round.id.get()))?.unwrap_or_default())
}
