//! Valuation rounds: royalties become money of contributors, owner and holders, and a tranche of the stake is given.

use cosmwasm_std::Uint128;
use protocol::attribution::RoundKind;
use protocol::model::{DatedTerms, Parent, Terms};
use protocol::settlement::{AdvanceBegin, ExecuteMsg, Parts, QueryMsg};
use protocol::{Bps, Epoch, RoundId};
use rules::ledger::{Entry, LedgerError, RoundTerms};
use rules::score::ScoreEntry;
use settlement::ContractError;

use crate::advance::many_scores;
use crate::stub;
use crate::world::{EPOCH, MODEL, OTHER_MODEL, Outcome, RESERVE, VALUATION_INTERVAL, World, attributes, score, sum};

/// The adapter pays 10 % of its net fees to `MODEL`, which splits them 20 : 10 : 70.
pub fn lineage() -> World {
    let mut world = World::new();
    let mut base = world.known(MODEL);
    base.commerce.terms = Terms { owner: Bps(2_000), stake: Bps(1_000), ..stub::terms() };
    world.set_model(base);
    let mut adapter = world.known(OTHER_MODEL);
    adapter.commerce.terms = stub::shared_terms();
    adapter.commerce.parents = vec![Parent { model: MODEL, share: Bps::WHOLE }];
    world.set_model(adapter);
    world
}

/// Fees of the adapter come in, and its royalties flow: 9 % of the fee.
pub fn bring_royalties(world: &mut World, epoch: u64, fee: u128) {
    world.earn_of(OTHER_MODEL, epoch, fee);
    world.settle_of(OTHER_MODEL, &[score(1, 0)]);
    world.execute("stranger", &ExecuteMsg::Flow { model: OTHER_MODEL }).unwrap();
}

/// 9,000 uopen wait in `MODEL`: 1,800 for its owner, 900 for its stake, 6,300 for contributors.
fn royal() -> World {
    let mut world = lineage();
    bring_royalties(&mut world, 0, 100_000);
    world
}

fn begun(change: impl FnOnce(&mut AdvanceBegin)) -> (World, RoundId, Outcome) {
    let mut world = royal();
    let scores = [score(1, 0)];
    let mut begin = world.begin_valuation(MODEL, &scores);
    change(&mut begin);
    let round = world.next_round();
    let outcome = world.chunk(round, Some(begin), 0, &scores);
    (world, round, outcome)
}

fn refused(change: impl FnOnce(&mut AdvanceBegin)) -> ContractError {
    let (world, _, outcome) = begun(change);
    assert_eq!((world.totals().royalties.u128(), world.model_totals(MODEL).stake_given.u128()), (9_000, 0));
    outcome.unwrap_err()
}

#[test]
fn royalties_and_a_tranche_go_where_they_belong() {
    let mut world = royal();
    let before = world.totals();
    let waiting = world.valuation(MODEL);
    assert_eq!((waiting.epoch, waiting.not_before, waiting.valued_versions), (Epoch(1), Epoch(0), 0));
    assert_eq!((waiting.royalties.influence.u128(), sum(&waiting.royalties).u128()), (6_300, 9_000));
    assert_eq!(waiting.tranche.u128(), RESERVE / 4);
    let response = world.value(MODEL, &[score(600, 100), score(400, 0), score(-200, 0)]);

    // D is 1,000. 6,300 uopen by 0.6, 0.4 and -0.2; 75,000,000,000 units by 0.6 - 2 * 0.1 and 0.4.
    let accounts = world.accounts(MODEL);
    let accrued: Vec<i64> = accounts.iter().map(|account| account.accrued.i64()).collect();
    assert_eq!(accrued, [3_780, 2_520, -1_260]);
    let payable: Vec<u64> = accounts.iter().map(|account| account.payable.u64()).collect();
    assert_eq!(payable, [(3_780 - 2 * 630) / 2, 1_260, 0]);
    let stake: Vec<u64> = accounts.iter().map(|account| account.stake.u64()).collect();
    assert_eq!(stake, [30_000_000_000, 30_000_000_000, 0]);

    let after = world.totals();
    assert_eq!((before.royalties.u128(), after.royalties.u128(), after.pools.u128()), (9_000, 0, 0));
    assert_eq!((after.balances - before.balances).u128(), 1_800);
    assert_eq!((after.liability - before.liability).u128(), 6_300);
    assert_eq!(after.treasury, before.treasury);
    assert_eq!(world.dividends(MODEL).received.u128(), 900);
    assert_eq!(attributes(&response, "dividend_sent", "amount"), ["900"]);
    assert_eq!(attributes(&response, "round_settled", "stake_given"), ["60000000000"]);
}

#[test]
fn what_a_valuation_did_is_on_record() {
    let mut world = royal();
    world.value(MODEL, &[score(600, 100), score(400, 0), score(-200, 0)]);
    let settled = world.rounds()[0].clone();
    assert_eq!((settled.kind, settled.first_epoch, settled.last_epoch), (RoundKind::Valuation, Epoch(1), Epoch(1)));
    assert_eq!((settled.tranche.u128(), settled.stake_given.u128()), (75_000_000_000, 60_000_000_000));
    let parts =
        Parts { owner: 1_800_u128.into(), stake: 900_u128.into(), influence: 6_300_u128.into(), ..Parts::default() };
    assert_eq!((settled.parts, settled.gross.u128(), settled.complete), (parts, 9_000, true));
    assert_eq!((settled.unresolved + settled.operator_rewards + settled.residual).u128(), 0);

    let of = world.model_totals(MODEL);
    assert_eq!((of.valued_versions, of.valued_in, of.settled_through), (1, Some(Epoch(1)), None));
    assert_eq!((sum(&of.royalties).u128(), of.stake_given.u128(), of.stake_claimed.u128()), (0, 60_000_000_000, 0));
    let next = world.valuation(MODEL);
    assert_eq!((next.not_before, next.valued_versions), (Epoch(1 + VALUATION_INTERVAL), 1));
    // A quarter of what is left, though nothing was delivered yet.
    assert_eq!(next.tranche.u128(), (RESERVE - 60_000_000_000) / 4);
}

#[test]
fn what_doubt_or_harm_leaves_of_the_pool_is_the_treasurys() {
    let mut world = royal();
    let scores = [score(600, 0)];
    let mut begin = world.begin_valuation(MODEL, &scores);
    begin.denominator = 1_000_u64.into();
    let (round, before) = (world.next_round(), world.totals().treasury);
    world.chunk(round, Some(begin), 0, &scores).unwrap();
    assert_eq!((world.totals().treasury - before).u128(), 6_300 - 3_780);
    assert_eq!(world.rounds()[0].residual.u128(), 6_300 - 3_780);
    assert_eq!(world.model_totals(MODEL).stake_given.u128(), RESERVE / 4 * 6 / 10);
}

#[test]
fn a_valuation_moves_accounts_by_the_rules_and_leaves_last_scores() {
    let mut world = royal();
    world.earn(1, 50_000);
    let fees = many_scores();
    world.settle(&fees);
    let entries: Vec<Entry> = world.accounts(MODEL).iter().map(entry).collect();
    let utility: Vec<ScoreEntry> = fees.iter().map(|fee| score(7 - fee.score / 3, fee.error + 1)).collect();
    world.value(MODEL, &utility);
    let settled = world.rounds()[1].clone();
    let terms = RoundTerms {
        pool: 6_300,
        denominator: settled.denominator.u64(),
        z_tenths: 20,
        release_bps: 5_000,
        cap: settled.cap.u128() as u64,
    };
    for ((account, before), score) in world.accounts(MODEL).iter().zip(entries).zip(&utility) {
        assert_eq!(entry(account), rules::ledger::revalue(&before, *score, &terms).unwrap());
        assert_eq!(account.last_score, before.last_score);
    }
    let msg = QueryMsg::LastScores { model: MODEL, from: 0, count: fees.len() as u32 };
    let expected: Vec<u8> = fees.iter().flat_map(|fee| fee.score.to_be_bytes()).collect();
    assert_eq!(world.query::<cosmwasm_std::Binary>(&msg).to_vec(), expected);
}

fn entry(account: &protocol::settlement::Account) -> Entry {
    Entry {
        accrued: account.accrued.i64(),
        payable: account.payable.u64(),
        variance: account.variance.u128(),
        last_score: account.last_score,
    }
}

#[test]
fn fees_that_wait_for_their_round_are_not_touched() {
    let mut world = royal();
    world.earn(1, 10_000);
    let (range, unsettled) = (world.range(), world.model_totals(MODEL).unsettled);
    world.value(MODEL, &[score(1, 0)]);
    assert_eq!((world.range(), world.model_totals(MODEL).unsettled), (range, unsettled));
    world.settle(&[score(1, 0)]);
    assert_eq!(world.accounts(MODEL)[0].accrued.i64(), 6_300 + 6_300);
}

#[test]
fn without_royalties_stake_alone_moves() {
    let mut world = World::new();
    world.earn(0, 10_000);
    world.settle(&[score(5, 1), score(-5, 0)]);
    let (before, totals) = (world.accounts(MODEL), world.totals());
    let response = world.value(MODEL, &[score(4, 1), score(-2, 9), score(6, 0)]);
    let after = world.accounts(MODEL);
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(entry(before), entry(after));
        assert_eq!((before.rounds_with_debt, before.held_back), (after.rounds_with_debt, after.held_back));
    }
    assert_eq!(world.totals(), totals);
    // D is 10: 4 - 2 of it, and 6.
    let stake: Vec<u64> = after.iter().map(|account| account.stake.u64()).collect();
    assert_eq!(stake, [15_000_000_000, 0, 45_000_000_000]);
    assert!(attributes(&response, "dividend_sent", "amount").is_empty());
    assert_eq!(world.model_totals(MODEL).valued_versions, 1);
}

#[test]
fn with_neither_royalties_nor_stake_a_version_still_counts_as_valued() {
    let (world, _, outcome) = begun(|begin| {
        begin.royalties = Uint128::zero();
        begin.tranche = Uint128::zero();
        begin.versions = 7;
    });
    outcome.unwrap();
    let of = world.model_totals(MODEL);
    assert_eq!((of.valued_versions, of.stake_given.u128(), of.royalties.influence.u128()), (7, 0, 6_300));
    // What waits for the owner and the holders is paid all the same.
    assert_eq!((of.royalties.owner.u128(), world.dividends(MODEL).received.u128()), (0, 900));
}

#[test]
fn royalties_that_came_in_since_the_opening_wait_for_the_next() {
    let mut world = royal();
    let scores = [score(1, 0)];
    let begin = world.begin_valuation(MODEL, &scores);
    bring_royalties(&mut world, 1, 100_000);
    let round = world.next_round();
    world.chunk(round, Some(begin), 0, &scores).unwrap();
    let waiting = world.model_totals(MODEL).royalties;
    assert_eq!((waiting.influence.u128(), sum(&waiting).u128()), (6_300, 6_300));
    assert_eq!(world.dividends(MODEL).received.u128(), 1_800);
}

#[test]
fn operators_are_not_rewarded_and_no_protocol_share_is_taken_again() {
    let mut world = royal();
    let scores = [score(1, 0)];
    let mut begin = world.begin_valuation(MODEL, &scores);
    begin.rewards = world.rewards(&[("op1", 10_000)]);
    let (round, before) = (world.next_round(), world.totals().treasury);
    world.chunk(round, Some(begin), 0, &scores).unwrap();
    assert_eq!((world.balance("op1"), world.totals().treasury), (0, before));
}

#[test]
fn terms_are_those_of_the_epoch_in_which_it_opened() {
    let mut world = royal();
    let mut known = world.known(MODEL);
    let worse = Terms { owner: Bps(2_000), stake: Bps(1_000), ..stub::terms() };
    let better = Terms { release_rate: Bps(10_000), cap: Uint128::new(1), ..worse.clone() };
    known.commerce.terms = worse;
    known.later = vec![DatedTerms { from: Epoch(2), terms: better }];
    world.set_model(known);
    let scores = [score(1, 0)];
    let begin = world.begin_valuation(MODEL, &scores);
    world.at(2 * EPOCH, 1);
    assert_eq!(world.valuation(MODEL).release_rate, Bps(10_000));
    let round = world.next_round();
    world.chunk(round, Some(begin), 0, &scores).unwrap();
    let settled = world.rounds()[0].clone();
    assert_eq!((settled.release_rate, settled.cap), (Bps(5_000), stub::terms().cap));
    assert_eq!(world.accounts(MODEL)[0].payable.u64(), 3_150);
}

#[test]
fn more_than_came_in_is_not_distributed() {
    let (model, royalties, waiting) = (MODEL, Uint128::new(6_301), Uint128::new(6_300));
    let error = refused(|begin| begin.royalties = royalties);
    assert_eq!(error, ContractError::RoyaltiesUnavailable { model, royalties, waiting });
    let (tranche, left) = (Uint128::new(RESERVE + 1), Uint128::new(RESERVE));
    let error = refused(|begin| begin.tranche = tranche);
    assert_eq!(error, ContractError::TrancheTooLarge { model, tranche, left });
}

#[test]
fn a_tranche_counts_what_was_given_and_not_delivered() {
    let mut world = royal();
    world.sync(1, &[("ann", 10_000)], false).unwrap();
    let scores = [score(1, 0)];
    let all = |world: &World| AdvanceBegin { tranche: Uint128::new(RESERVE), ..world.begin_valuation(MODEL, &scores) };
    let (begin, round) = (all(&world), world.next_round());
    world.chunk(round, Some(begin), 0, &scores).unwrap();
    world.at((1 + VALUATION_INTERVAL) * EPOCH, 1);
    assert_eq!(world.valuation(MODEL).tranche.u128(), 0);
    for _ in 0..2 {
        let (begin, round) = (AdvanceBegin { tranche: Uint128::one(), ..all(&world) }, world.next_round());
        let error = world.chunk(round, Some(begin), 0, &scores).unwrap_err();
        let (model, tranche, left) = (MODEL, Uint128::one(), Uint128::zero());
        assert_eq!(error, ContractError::TrancheTooLarge { model, tranche, left });
        let _ = world.claim(&[0]); // delivered: it is no longer in the reserve either
    }
    assert_eq!((world.units(MODEL, "ann"), world.reserve(MODEL)), (RESERVE, 0));
}

#[test]
fn a_valuation_is_about_the_epoch_of_its_opening() {
    let (model, not_before) = (MODEL, Epoch(0));
    for (first, last) in [(0, 1), (2, 2), (1, 0), (u64::MAX, u64::MAX)] {
        let (first, last) = (Epoch(first), Epoch(last));
        let error = refused(|begin| (begin.first_epoch, begin.last_epoch) = (first, last));
        assert_eq!(error, ContractError::ValuationEpoch { model, first, last, not_before });
    }
    let (_, _, outcome) = begun(|begin| (begin.first_epoch, begin.last_epoch) = (Epoch(0), Epoch(0)));
    outcome.unwrap(); // opened an epoch ago
}

#[test]
fn epochs_pass_between_openings() {
    let mut world = royal();
    let scores = [score(1, 0)];
    world.value(MODEL, &scores);
    world.at((VALUATION_INTERVAL + 1) * EPOCH - 1, 1);
    let (begin, round) = (world.begin_valuation(MODEL, &scores), world.next_round());
    let (model, last, not_before) = (MODEL, Epoch(VALUATION_INTERVAL), Epoch(VALUATION_INTERVAL + 1));
    assert_eq!(
        world.chunk(round, Some(begin), 0, &scores).unwrap_err(),
        ContractError::ValuationEpoch { model, first: last, last, not_before }
    );
    world.at((VALUATION_INTERVAL + 1) * EPOCH, 1);
    world.value(MODEL, &scores);
    assert_eq!(world.model_totals(MODEL).valued_in, Some(not_before));
}

#[test]
fn a_valuation_begins_once_and_ends_once() {
    let mut world = royal();
    let scores = many_scores();
    let (model, begin, round) = (MODEL, world.begin_valuation(MODEL, &scores), world.next_round());
    world.chunk(round, Some(begin.clone()), 0, &scores[..64]).unwrap();
    assert_eq!((world.model_totals(MODEL).valued_versions, world.model_totals(MODEL).valued_in), (0, None));
    let again = world.chunk(round, Some(begin.clone()), 64, &scores[64..]).unwrap_err();
    assert_eq!(again, ContractError::AdvanceInProgress { model, round });
    world.chunk(round, None, 64, &scores[64..]).unwrap();
    assert_eq!(world.model_totals(MODEL).valued_versions, 1);
    let settled = ContractError::RoundAlreadySettled { model, round };
    for again in [None, Some(begin)] {
        assert_eq!(world.chunk(round, again, 0, &scores).unwrap_err(), settled);
    }
}

#[test]
fn fees_wait_until_a_valuation_is_through() {
    let mut world = royal();
    world.earn(1, 10_000);
    let scores = many_scores();
    let (begin, round) = (world.begin_valuation(MODEL, &scores), world.next_round());
    world.chunk(round, Some(begin), 0, &scores[..64]).unwrap();
    let (fees, other) = (world.begin(&scores), world.next_round());
    let error = world.chunk(other, Some(fees), 0, &scores).unwrap_err();
    assert_eq!(error, ContractError::AdvanceInProgress { model: MODEL, round });
}

#[test]
fn the_rounds_shape_is_checked_as_that_of_fees() {
    let error = refused(|begin| begin.positions = 0);
    assert_eq!(error, ContractError::Positions { positions: 0, least: 1 });
    let error = refused(|begin| begin.denominator = 0_u64.into());
    assert_eq!(error, ContractError::Ledger(LedgerError::NoDenominator));
}

#[test]
fn nothing_is_known_before_genesis_or_of_an_unknown_model() {
    let world = World::with(|msg| msg.genesis = protocol::Seconds(msg.genesis.get() + 1));
    let ask = |model| {
        let msg = QueryMsg::Valuation { model };
        let found: Result<protocol::settlement::Valuation, _> =
            world.app.wrap().query_wasm_smart(&world.settlement, &msg);
        found.unwrap_err().to_string()
    };
    assert!(ask(MODEL).contains("epochs begin at"));
    let world = World::new();
    let msg = QueryMsg::Valuation { model: protocol::ModelId(99) };
    let found: Result<protocol::settlement::Valuation, _> = world.app.wrap().query_wasm_smart(&world.settlement, &msg);
    assert!(found.unwrap_err().to_string().contains("model 99 is not registered"));
}
