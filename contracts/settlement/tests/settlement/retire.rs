//! Retirement of a stopped model's ledger: what doubt held back becomes payable, chunk by chunk.

use cosmwasm_std::Uint64;
use proptest::prelude::*;
use protocol::settlement::{ExecuteMsg, ModelTotals, QueryMsg, Standing};
use protocol::{Epoch, ModelId, RoundId};
use settlement::ContractError;

use crate::world::{
    EPOCH, GENESIS, MIN_BLOCKS, MODEL, OTHER_MODEL, Outcome, POSITIONS, RETIRE_AFTER, World, attributes, score,
};

/// Each of the 130 positions earns this of 630,000 uopen, all of it in doubt.
const EACH: u64 = 4_846;

/// A model that earned in epoch 0, all of whose contributors' money is held back by doubt.
fn world() -> World {
    let mut world = World::new();
    world.earn(0, 1_000_000);
    world.settle(&doubtful());
    let totals = totals(&world);
    assert_eq!((totals.payable.u128(), totals.liability.u128()), (0, u128::from(EACH) * 130));
    world
}

fn doubtful() -> Vec<rules::score::ScoreEntry> {
    vec![score(5, 3); POSITIONS as usize]
}

fn totals(world: &World) -> ModelTotals {
    world.model_totals(MODEL)
}

fn retire(world: &mut World, limit: Option<u32>) -> Outcome {
    world.execute("stranger", &ExecuteMsg::Retire { model: MODEL, limit })
}

fn standing(world: &World) -> Standing {
    world.query(&QueryMsg::Standing { model: MODEL, position: 0 })
}

fn begin_epoch(world: &mut World, epoch: u64) {
    world.at(epoch * EPOCH, 1);
}

fn earn(world: &mut World, epoch: u64, fee: u128) {
    let channel = world.open_channel(fee);
    world.redeem_one(channel, epoch, fee).unwrap();
}

fn not_stopped(last: u64) -> ContractError {
    ContractError::NotStopped { model: MODEL, last: Epoch(last), from: Epoch(last + RETIRE_AFTER + 1) }
}

#[test]
fn a_stopped_model_pays_everything_that_it_owes() {
    let mut world = world();
    for id in 1..=u64::from(POSITIONS) {
        world.sync(id, &[("ann", 10_000)], false).unwrap();
    }
    begin_epoch(&mut world, 6);
    let before = world.totals();
    let response = retire(&mut world, None).unwrap();
    assert_eq!(attributes(&response, "ledger_retired", "released"), [(u128::from(EACH) * 130).to_string()]);
    assert_eq!(attributes(&response, "ledger_retired", "through"), ["130"]);
    assert_eq!(attributes(&response, "ledger_retired", "complete"), ["true"]);
    let after = totals(&world);
    assert_eq!((after.payable, after.retired_in), (after.liability, Some(Epoch(6))));
    assert_eq!(world.totals(), before);
    for account in world.accounts(MODEL) {
        assert_eq!((account.payable.u64(), account.held_back.u64()), (EACH, 0));
    }
    let all: Vec<u32> = (0..POSITIONS).collect();
    all.chunks(100).for_each(|positions| drop(world.claim(positions).unwrap()));
    assert_eq!(world.unclaimed(&world.totals()).u128(), 0);
    assert_eq!(world.wallet("ann"), u128::from(EACH) * 130);
}

#[test]
fn whole_epochs_without_fees_must_pass_first() {
    let mut world = world();
    for seconds in [2 * EPOCH, RETIRE_AFTER * EPOCH, (RETIRE_AFTER + 1) * EPOCH - 1] {
        world.at(seconds, 1);
        assert_eq!(retire(&mut world, None).unwrap_err(), not_stopped(0));
    }
    begin_epoch(&mut world, RETIRE_AFTER + 1);
    retire(&mut world, None).unwrap();
}

#[test]
fn chunks_follow_each_other_until_all_are_done() {
    let mut world = world();
    begin_epoch(&mut world, 6);
    let mut released = 0;
    for (through, complete) in [("32", "false"), ("64", "false"), ("96", "false"), ("128", "false"), ("130", "true")] {
        assert_eq!((totals(&world).retired_in, standing(&world).retired), (None, false));
        let response = retire(&mut world, Some(1)).unwrap();
        assert_eq!(attributes(&response, "ledger_retired", "through"), [through]);
        assert_eq!(attributes(&response, "ledger_retired", "complete"), [complete]);
        released += attributes(&response, "ledger_retired", "released")[0].parse::<u128>().unwrap();
        assert_eq!(totals(&world).payable.u128(), released);
    }
    assert_eq!(totals(&world).payable, totals(&world).liability);
    assert!(standing(&world).retired);
}

#[test]
fn a_limit_beyond_the_ledger_takes_what_there_is_and_none_is_refused() {
    let mut world = world();
    begin_epoch(&mut world, 6);
    assert_eq!(retire(&mut world, Some(0)).unwrap_err(), ContractError::RetireLimit);
    retire(&mut world, Some(2)).unwrap();
    let response = retire(&mut world, Some(u32::MAX)).unwrap();
    assert_eq!(attributes(&response, "ledger_retired", "through"), ["130"]);
}

#[test]
fn nothing_is_retired_twice() {
    let mut world = world();
    begin_epoch(&mut world, 6);
    retire(&mut world, None).unwrap();
    let nothing = ContractError::NothingToRetire { model: MODEL };
    assert_eq!(retire(&mut world, None).unwrap_err(), nothing);
    begin_epoch(&mut world, 100);
    assert_eq!(retire(&mut world, None).unwrap_err(), nothing);
    assert_eq!(totals(&world).retired_in, Some(Epoch(6)));
}

#[test]
fn a_model_without_a_ledger_has_nothing_to_retire() {
    let mut world = world();
    begin_epoch(&mut world, 6);
    for model in [OTHER_MODEL, ModelId(99)] {
        let msg = ExecuteMsg::Retire { model, limit: None };
        assert_eq!(world.execute("stranger", &msg).unwrap_err(), ContractError::NothingToRetire { model });
    }
}

#[test]
fn unsettled_fees_keep_a_ledger_from_being_retired() {
    let mut world = world();
    begin_epoch(&mut world, 1);
    earn(&mut world, 1, 1_000);
    // However long ago: a round may still move the ledger by them.
    begin_epoch(&mut world, 50);
    let unsettled = ContractError::StillUnsettled { model: MODEL, epoch: Epoch(1) };
    assert_eq!(retire(&mut world, None).unwrap_err(), unsettled);
    world.tick();
    world.at(50 * EPOCH, MIN_BLOCKS);
    world.settle(&doubtful());
    retire(&mut world, None).unwrap();
}

#[test]
fn fees_between_two_chunks_put_the_retirement_off_and_a_round_begins_it_again() {
    let mut world = world();
    begin_epoch(&mut world, 6);
    retire(&mut world, Some(2)).unwrap();
    earn(&mut world, 6, 1_000_000);
    let unsettled = ContractError::StillUnsettled { model: MODEL, epoch: Epoch(6) };
    assert_eq!(retire(&mut world, Some(1)).unwrap_err(), unsettled);
    world.end_redemption(6);
    world.settle(&doubtful());
    assert_eq!(world.accounts(MODEL)[0].payable.u64(), EACH);
    assert_eq!(retire(&mut world, Some(1)).unwrap_err(), not_stopped(6));
    begin_epoch(&mut world, 12);
    // The first chunk again, with what it has earned since.
    let response = retire(&mut world, Some(1)).unwrap();
    assert_eq!(attributes(&response, "ledger_retired", "through"), ["32"]);
    assert_eq!(attributes(&response, "ledger_retired", "released"), [(u128::from(EACH) * 32).to_string()]);
    retire(&mut world, None).unwrap();
    assert_eq!(totals(&world).payable, totals(&world).liability);
}

#[test]
fn a_round_in_progress_keeps_a_ledger_from_being_retired() {
    let mut world = world();
    begin_epoch(&mut world, 1);
    earn(&mut world, 1, 1_000);
    world.end_redemption(1);
    let (begin, round) = (world.begin(&doubtful()), world.next_round());
    world.chunk(round, Some(begin), 0, &doubtful()[..64]).unwrap();
    begin_epoch(&mut world, 50);
    let in_progress = ContractError::AdvanceInProgress { model: MODEL, round };
    assert_eq!(retire(&mut world, None).unwrap_err(), in_progress);
    world.chunk(round, None, 64, &doubtful()[64..]).unwrap();
    retire(&mut world, None).unwrap();
}

#[test]
fn a_retired_model_that_earns_again_goes_on_as_before() {
    let mut world = world();
    begin_epoch(&mut world, 6);
    retire(&mut world, None).unwrap();
    earn(&mut world, 6, 1_000_000);
    world.end_redemption(6);
    world.settle(&doubtful());
    let after = totals(&world);
    assert_eq!((after.payable.u128(), after.liability.u128()), (u128::from(EACH) * 130, u128::from(EACH) * 260));
    assert_eq!((standing(&world).retired, after.retired_in), (false, Some(Epoch(6))));
    begin_epoch(&mut world, 12);
    retire(&mut world, None).unwrap();
    let after = totals(&world);
    assert_eq!((after.payable, after.retired_in), (after.liability, Some(Epoch(12))));
}

#[test]
fn an_account_no_longer_stands_as_retired_once_fees_wait_or_if_it_came_later() {
    let mut world = world();
    begin_epoch(&mut world, 6);
    retire(&mut world, None).unwrap();
    let later: Standing = world.query(&QueryMsg::Standing { model: MODEL, position: POSITIONS });
    assert_eq!((standing(&world).retired, later.retired), (true, false));
    earn(&mut world, 6, 1_000_000);
    assert!(!standing(&world).retired);
}

#[test]
fn later_harm_takes_back_nothing_that_was_released() {
    let mut world = world();
    world.sync(1, &[("ann", 10_000)], false).unwrap();
    begin_epoch(&mut world, 6);
    retire(&mut world, None).unwrap();
    let owed = totals(&world).liability;
    earn(&mut world, 6, 1_000_000);
    world.end_redemption(6);
    let mut scores = vec![score(0, 0); POSITIONS as usize];
    scores[0] = score(-10, 0);
    scores[1] = score(1, 0);
    world.settle(&scores);
    let account = world.accounts(MODEL)[0].clone();
    assert_eq!((account.payable.u64(), account.debt.u64() > 0), (EACH, true));
    assert!(totals(&world).liability >= owed);
    world.claim(&[0]).unwrap();
    assert_eq!(world.wallet("ann"), u128::from(EACH));
}

#[test]
fn accounts_in_debt_are_released_nothing() {
    let mut world = World::with(|msg| msg.retire_after = Uint64::one());
    world.earn(0, 1_000);
    world.settle(&[score(-5, 0), score(10, 0)]);
    begin_epoch(&mut world, 2);
    retire(&mut world, None).unwrap();
    let accounts = world.accounts(MODEL);
    assert_eq!((accounts[0].payable.u64(), accounts[0].debt.u64()), (0, 315));
    assert_eq!((accounts[1].payable.u64(), accounts[1].held_back.u64()), (630, 0));
}

#[test]
fn nothing_is_retired_before_genesis() {
    let mut world = World::with(|msg| msg.genesis = protocol::Seconds(GENESIS + 1));
    let before = ContractError::BeforeGenesis { genesis: protocol::Seconds(GENESIS + 1) };
    assert_eq!(retire(&mut world, None).unwrap_err(), before);
}

#[test]
fn the_longest_wait_never_ends() {
    let mut world = World::with(|msg| msg.retire_after = Uint64::MAX);
    world.earn(0, 1_000_000);
    world.settle(&doubtful());
    begin_epoch(&mut world, 1_000_000);
    let never = ContractError::NotStopped { model: MODEL, last: Epoch(0), from: Epoch(u64::MAX) };
    assert_eq!(retire(&mut world, None).unwrap_err(), never);
}

#[test]
fn what_was_retired_is_no_reason_to_settle_a_round_twice() {
    let mut world = world();
    begin_epoch(&mut world, 6);
    retire(&mut world, None).unwrap();
    let error = world.chunk(RoundId(1), None, 0, &doubtful()).unwrap_err();
    assert_eq!(error, ContractError::RoundAlreadySettled { model: MODEL, round: RoundId(1) });
}

#[derive(Clone, Debug)]
enum Step {
    Round(Vec<(i32, u32)>),
    Retire(u32),
    Wait(u64),
    Claim(u32),
}

fn step() -> impl Strategy<Value = Step> {
    let entry = (-9_000_000..15_000_000_i32, 0..5_000_000_u32);
    prop_oneof![
        3 => proptest::collection::vec(entry, POSITIONS as usize).prop_map(Step::Round),
        6 => (1..4_u32).prop_map(Step::Retire),
        4 => (1..7_u64).prop_map(Step::Wait),
        2 => (0..POSITIONS).prop_map(Step::Claim),
    ]
}

/// Takes a step if the contract allows it; returns whether a retirement is complete.
fn take(world: &mut World, epoch: &mut u64, step: Step) -> bool {
    match step {
        Step::Round(entries) => {
            begin_epoch(world, *epoch);
            earn(world, *epoch, 1_000_000);
            world.end_redemption(*epoch);
            *epoch += 2;
            let scores: Vec<_> = entries.into_iter().map(|(value, error)| score(value, error)).collect();
            world.settle(&scores);
            false
        }
        Step::Retire(limit) => {
            let outcome = retire(world, Some(limit));
            outcome.is_ok_and(|response| attributes(&response, "ledger_retired", "complete") == ["true"])
        }
        Step::Wait(epochs) => {
            *epoch += epochs;
            begin_epoch(world, *epoch);
            false
        }
        Step::Claim(position) => {
            let _ = world.claim(&[position]);
            false
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, max_shrink_iters: 64, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_history_nothing_payable_falls_and_a_whole_retirement_leaves_nothing_held_back(
        steps in proptest::collection::vec(step(), 1..25),
    ) {
        let mut world = World::new();
        for id in 1..=u64::from(POSITIONS) {
            world.sync(id, &[("ann", 10_000)], false).unwrap();
        }
        let mut epoch = 0;
        let mut before: Vec<u64> = vec![];
        for step in steps {
            let complete = take(&mut world, &mut epoch, step);
            let (accounts, totals) = (world.accounts(MODEL), totals(&world));
            prop_assert!(before.iter().zip(&accounts).all(|(payable, now)| *payable <= now.payable.u64()));
            prop_assert!(totals.payable <= totals.liability);
            prop_assert!(!complete || totals.payable == totals.liability);
            before = accounts.iter().map(|account| account.payable.u64()).collect();
        }
    }
}
