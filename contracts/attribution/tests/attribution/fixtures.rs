//! What the bench is made of: parameters, answers of the stubs, reports, and the token.

use attribution::ContractError;
use cosmwasm_std::{Addr, Uint64, Uint128};
use cw_multi_test::{App, AppResponse, ContractWrapper, Executor, IntoAddr};
use cw20::Cw20Coin;
use protocol::attribution::{ExecuteMsg, InstantiateMsg, MethodParams, QueryMsg, ReportMsg};
use protocol::event::AttributionEvent;
use protocol::model::RoundBasis;
use protocol::settlement::{EpochBook, OpenRange, Parts, Valuation};
use protocol::{Bps, Epoch, Hash32, MethodId, ModelId, Seconds};
use rules::bitmap::Bitmap;
use rules::score::{Report, ScoreEntry, Vector, pack_entries};

pub const MODEL: ModelId = ModelId(1);
/// How many models tests open rounds of.
pub const MODELS: u64 = 12;
pub const METHOD: MethodId = MethodId(1);
pub const BOND: u128 = 5_000_000;
/// What a third missed round in a row costs.
pub const PENALTY: u128 = 1_000_000;
/// From an admission or removal to its effect.
pub const OPERATOR_DELAY: u64 = 50;
/// From leaving to a free bond.
pub const UNBONDING: u64 = 500;
pub const MIN_BLOCKS: u64 = 3;
pub const COMMIT_PERIOD: u64 = 100;
pub const REVEAL_PERIOD: u64 = 60;
pub const START: u64 = 1_800_000_000;
pub const REDEMPTIONS: usize = 5;
const POSITIONS: u32 = 4;

pub fn method_params() -> MethodParams {
    MethodParams {
        name: "ggn-mlp/v1".to_owned(),
        spec_hash: Hash32([7; 32]),
        z_tenths: 20,
        min_effective_queries: 16,
        validation_per_round: Uint64::new(10),
        min_pool: Uint128::new(1_000),
        bond: Uint128::new(BOND),
        missed_penalty: Uint128::new(PENALTY),
        commit_period: Seconds(COMMIT_PERIOD),
        reveal_period: Seconds(REVEAL_PERIOD),
        tolerance: Uint64::new(1_000),
    }
}

pub fn basis() -> RoundBasis {
    RoundBasis {
        method: METHOD,
        positions: POSITIONS,
        versions: 1,
        versions_hash: Hash32([3; 32]),
        validation_root: Hash32([4; 32]),
        validation_cursor: Uint64::new(20),
        validation_available: Uint64::new(1_000),
        owner: "model owner".into_addr(),
    }
}

pub fn range() -> OpenRange {
    let book = |epoch, redemptions, commitment| EpochBook {
        epoch: Epoch(epoch),
        redemptions,
        commitment: Hash32([commitment; 32]),
        gross: Uint128::new(1_000_000),
        parts: Parts::default(),
        settled_by: None,
    };
    OpenRange {
        first_epoch: Epoch(2),
        last_epoch: Epoch(5),
        fixed_by: Seconds(START - 10_000),
        books: vec![book(3, 2, 30), book(5, 3, 50)],
        redemptions: u32::try_from(REDEMPTIONS).unwrap(),
        pool: Uint128::new(900_000),
        release_rate: Bps(5_000),
        cap: Uint128::new(1_000_000_000),
        full: false,
    }
}

/// Royalties and stake of a model that was never valued.
pub fn valuation() -> Valuation {
    let royalties = Parts {
        influence: Uint128::new(7_000),
        owner: Uint128::new(2_000),
        stake: Uint128::new(1_000),
        ..Parts::default()
    };
    Valuation {
        epoch: Epoch(6),
        not_before: Epoch(0),
        royalties,
        tranche: Uint128::new(250_000),
        valued_versions: 0,
        release_rate: Bps(5_000),
        cap: Uint128::new(1_000_000_000),
    }
}

/// A report with these scores, errors of 1, and these redemptions unresolved.
pub fn vector(scores: &[i32], reach: u64, unresolved: &[usize]) -> Report {
    let entries = scores.iter().map(|score| ScoreEntry { score: *score, error: 1 });
    let mut marks = Bitmap::new(REDEMPTIONS);
    for redemption in unresolved {
        marks.set(*redemption).unwrap();
    }
    Report::Vector(Vector { entries: entries.collect(), reach, unresolved: marks })
}

/// What everyone honest reports in a valuation: utility, and no redemptions to mark.
pub fn utility() -> Report {
    utility_of(&[500, 300, -200, 0])
}

/// A report of these utilities.
pub fn utility_of(scores: &[i32]) -> Report {
    let entries = scores.iter().map(|score| ScoreEntry { score: *score, error: 1 });
    let reach = scores.iter().filter_map(|score| u64::try_from(*score).ok()).sum();
    Report::Vector(Vector { entries: entries.collect(), reach, unresolved: Bitmap::new(0) })
}

/// What everyone honest reports.
pub fn honest() -> Report {
    vector(&[400, 300, -200, 100], 900, &[])
}

pub fn report_msg(report: &Report) -> ReportMsg {
    match report {
        Report::TooFew => ReportMsg::TooFew {},
        Report::Vector(vector) => ReportMsg::Vector {
            entries: pack_entries(&vector.entries).into(),
            reach: vector.reach.into(),
            unresolved: vector.unresolved.as_bytes().into(),
        },
    }
}

pub const SALT: Hash32 = Hash32([9; 32]);

/// Events of `attribution` in a response, parsed back.
pub fn events(response: &AppResponse) -> Vec<AttributionEvent> {
    let parsed = response.events.iter().filter_map(AttributionEvent::parse);
    parsed.collect::<Result<_, _>>().unwrap()
}

pub fn code() -> ContractWrapper<ExecuteMsg, InstantiateMsg, QueryMsg, ContractError, ContractError, ContractError> {
    ContractWrapper::new(
        attribution::contract::execute,
        attribution::contract::instantiate,
        attribution::contract::query,
    )
}

/// Another cw20 contract with the same balances.
pub fn token(app: &mut App, creator: &Addr, holders: &[Addr]) -> Addr {
    let code = ContractWrapper::new(
        cw20_base::contract::execute,
        cw20_base::contract::instantiate,
        cw20_base::contract::query,
    );
    let id = app.store_code(Box::new(code));
    let balances =
        holders.iter().map(|holder| Cw20Coin { address: holder.to_string(), amount: Uint128::new(BOND * 10) });
    let msg = cw20_base::msg::InstantiateMsg {
        name: "OPEN".to_owned(),
        symbol: "OPEN".to_owned(),
        decimals: 6,
        initial_balances: balances.collect(),
        mint: None,
        marketing: None,
    };
    app.instantiate_contract(id, creator.clone(), &msg, &[], "token", None).unwrap()
}
