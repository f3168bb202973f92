//! Ranges that no round could settle: overdue epochs go to the treasury, younger ones stay.

use cosmwasm_std::Addr;
use cw_multi_test::Executor;
use protocol::attribution::{Round, RoundKind};
use protocol::settlement::{EpochBook, ExecuteMsg, Openable, QueryMsg};
use protocol::{Epoch, ModelId, RoundId, Seconds};
use rules::score::pack_entries;
use settlement::ContractError;

use crate::oracle::{self, SetOpen};
use crate::world::{
    EPOCH, GENESIS, LAPSE_AFTER, MIN_BLOCKS, MODEL, OTHER_MODEL, Outcome, World, attributes, everything, score, sum,
};

struct Lapsing {
    world: World,
    oracle: Addr,
}

impl Lapsing {
    /// A world whose `attribution` is a contract that can be asked.
    fn new() -> Self {
        let mut world = World::bare();
        let oracle = oracle::deploy(&mut world.app);
        let mut msg = world.instantiate_msg();
        msg.attribution = oracle.to_string();
        world.settlement = world.instantiate(&msg).unwrap();
        for id in [MODEL, OTHER_MODEL] {
            world.create_model(id, |_| ());
        }
        Self { world, oracle }
    }

    fn earn(&mut self, epoch: u64, fee: u128) {
        self.world.at(epoch * EPOCH, 1);
        let channel = self.world.open_channel(fee);
        self.world.redeem_one(channel, epoch, fee).unwrap();
    }

    /// The first second of an epoch, with enough blocks to end every redemption before.
    fn begin_epoch(&mut self, epoch: u64) {
        self.world.at(epoch * EPOCH, 1);
        self.world.tick();
        self.world.at(epoch * EPOCH, MIN_BLOCKS);
    }

    fn lapse(&mut self) -> Outcome {
        self.world.execute("stranger", &ExecuteMsg::Lapse { model: MODEL })
    }

    fn set_open(&mut self, model: ModelId, round: Option<Round>) {
        let (sender, oracle) = (self.world.stranger.clone(), self.oracle.clone());
        self.world.app.execute_contract(sender, oracle, &SetOpen { model, round }, &[]).unwrap();
    }

    fn books(&self) -> Vec<EpochBook> {
        self.world.query(&QueryMsg::Epochs { model: MODEL, page: everything() })
    }

    fn treasury(&self) -> u128 {
        self.world.totals().treasury.u128()
    }
}

fn not_overdue(epoch: u64) -> ContractError {
    ContractError::NotOverdue { model: MODEL, epoch: Epoch(epoch), from: Epoch(epoch + LAPSE_AFTER + 1) }
}

#[test]
fn an_overdue_epoch_goes_to_the_treasury_with_all_its_parts() {
    let mut chain = Lapsing::new();
    chain.earn(0, 1_000);
    chain.begin_epoch(65);
    let response = chain.lapse().unwrap();
    assert_eq!(attributes(&response, "range_lapsed", "amount"), ["1000"]);
    assert_eq!(attributes(&response, "range_lapsed", "last_epoch"), ["0"]);
    assert_eq!((chain.treasury(), chain.world.totals().pools.u128()), (1_000, 0));
    let totals = chain.world.model_totals(MODEL);
    assert_eq!((totals.settled_through, sum(&totals.unsettled).u128()), (Some(Epoch(0)), 0));
    assert_eq!(chain.books()[0].settled_by, None);
    assert!(chain.world.rounds().is_empty());
    assert_eq!(chain.world.openable(MODEL), Openable::NoFees {});
}

#[test]
fn an_epoch_is_overdue_from_the_first_second_of_the_one_after_the_wait() {
    let mut chain = Lapsing::new();
    chain.earn(3, 1_000);
    chain.begin_epoch(67);
    assert_eq!(chain.lapse().unwrap_err(), not_overdue(3));
    chain.world.at(68 * EPOCH - 1, 1);
    assert_eq!(chain.lapse().unwrap_err(), not_overdue(3));
    chain.world.at(68 * EPOCH, 1);
    chain.lapse().unwrap();
}

#[test]
fn a_chain_that_halted_over_the_redemption_lets_gateways_redeem_first() {
    let mut chain = Lapsing::new();
    chain.earn(0, 1_000);
    chain.world.at(100 * EPOCH, 1);
    let until = Seconds(GENESIS + EPOCH + EPOCH / 2);
    let redeemable = ContractError::StillRedeemable { model: MODEL, epoch: Epoch(0), until };
    assert_eq!(chain.lapse().unwrap_err(), redeemable);
    chain.world.tick();
    chain.world.at(100 * EPOCH, MIN_BLOCKS - 1);
    assert_eq!(chain.lapse().unwrap_err(), redeemable);
    chain.world.at(100 * EPOCH, 1);
    chain.lapse().unwrap();
}

#[test]
fn younger_epochs_stay_for_a_round() {
    let mut chain = Lapsing::new();
    chain.earn(0, 1_000);
    chain.earn(1, 2_000);
    chain.earn(10, 4_000);
    chain.begin_epoch(66);
    let response = chain.lapse().unwrap();
    assert_eq!(attributes(&response, "range_lapsed", "amount"), ["3000"]);
    assert_eq!(chain.lapse().unwrap_err(), not_overdue(10));
    let Openable::Range(range) = chain.world.openable(MODEL) else { panic!("nothing to settle") };
    assert_eq!((range.first_epoch, range.last_epoch, range.books.len()), (Epoch(2), Epoch(10), 1));
    chain.begin_epoch(75);
    chain.lapse().unwrap();
    assert_eq!(chain.treasury(), 7_000);
}

#[test]
fn sixty_four_epochs_lapse_in_one_message_and_the_next_in_another() {
    let mut chain = Lapsing::new();
    for epoch in 0..65 {
        chain.earn(epoch, 100);
    }
    chain.begin_epoch(64 + LAPSE_AFTER + 1);
    let response = chain.lapse().unwrap();
    assert_eq!(attributes(&response, "range_lapsed", "first_epoch"), ["0"]);
    assert_eq!(attributes(&response, "range_lapsed", "last_epoch"), ["63"]);
    assert_eq!(chain.treasury(), 6_400);
    let response = chain.lapse().unwrap();
    assert_eq!(attributes(&response, "range_lapsed", "last_epoch"), ["64"]);
    assert_eq!((chain.treasury(), chain.world.totals().pools.u128()), (6_500, 0));
    assert_eq!(chain.lapse().unwrap_err(), ContractError::NothingToLapse { model: MODEL });
}

#[test]
fn nothing_lapses_while_a_round_is_open() {
    let mut chain = Lapsing::new();
    chain.earn(0, 1_000);
    chain.begin_epoch(65);
    for kind in [RoundKind::Fees, RoundKind::Valuation] {
        let id = RoundId(7);
        chain.set_open(MODEL, Some(oracle::round(MODEL, id, kind)));
        assert_eq!(chain.lapse().unwrap_err(), ContractError::RoundOpen { model: MODEL, round: id });
    }
    chain.set_open(MODEL, None);
    // A round of another model is none of this one's.
    chain.set_open(OTHER_MODEL, Some(oracle::round(OTHER_MODEL, RoundId(1), RoundKind::Fees)));
    chain.lapse().unwrap();
}

#[test]
fn nothing_lapses_while_a_round_is_being_advanced() {
    let mut chain = Lapsing::new();
    chain.earn(0, 1_000);
    chain.begin_epoch(2);
    let scores = vec![score(1, 0); 130];
    let begin = chain.world.begin(&scores);
    chain.earn(2, 1_000);
    chain.begin_epoch(70);
    let round = RoundId(1);
    advance(&mut chain, Some(begin), (round, 0), &scores[..64]);
    assert_eq!(chain.lapse().unwrap_err(), ContractError::AdvanceInProgress { model: MODEL, round });
    advance(&mut chain, None, (round, 64), &scores[64..]);
    chain.lapse().unwrap();
    assert_eq!(chain.books()[0].settled_by, Some(round));
    assert_eq!(chain.books()[1].settled_by, None);
}

fn advance(
    chain: &mut Lapsing,
    begin: Option<protocol::settlement::AdvanceBegin>,
    (round, first_position): (RoundId, u32),
    scores: &[rules::score::ScoreEntry],
) {
    let begin = begin.map(Box::new);
    let entries = pack_entries(scores).into();
    let msg = ExecuteMsg::Advance { model: MODEL, round, begin, first_position, entries };
    let (sender, settlement) = (chain.oracle.clone(), chain.world.settlement.clone());
    chain.world.app.execute_contract(sender, settlement, &msg, &[]).unwrap();
    chain.world.check_books();
}

#[test]
fn a_lapsed_epoch_is_neither_redeemed_nor_settled_again() {
    let mut chain = Lapsing::new();
    chain.earn(0, 1_000);
    let late = chain.world.open_channel(500);
    chain.begin_epoch(65);
    let begin = chain.world.begin(&[score(1, 0)]);
    chain.lapse().unwrap();
    let settled = ContractError::EpochSettled { model: MODEL, epoch: Epoch(0) };
    assert_eq!(chain.world.redeem_one(late, 0, 100).unwrap_err(), settled);
    let entries = pack_entries(&[score(1, 0)]).into();
    let begin = Some(Box::new(begin));
    let msg = ExecuteMsg::Advance { model: MODEL, round: RoundId(1), begin, first_position: 0, entries };
    let (sender, settlement) = (chain.oracle.clone(), chain.world.settlement.clone());
    let error = chain.world.app.execute_contract(sender, settlement, &msg, &[]).unwrap_err();
    let mismatch = ContractError::RangeMismatch { model: MODEL, first: Epoch(0), last: Epoch(0) };
    assert_eq!(error.downcast::<ContractError>().unwrap(), mismatch);
    assert_eq!(chain.treasury(), 1_000);
}

#[test]
fn a_model_goes_on_after_a_range_has_lapsed() {
    let mut chain = Lapsing::new();
    chain.earn(0, 1_000);
    chain.earn(65, 2_000);
    chain.lapse().unwrap_err();
    chain.begin_epoch(67);
    chain.lapse().unwrap();
    let begin = chain.world.begin(&[score(1, 0)]);
    advance(&mut chain, Some(begin), (RoundId(1), 0), &[score(1, 0)]);
    let settled = chain.world.rounds()[0].clone();
    assert_eq!((settled.first_epoch, settled.last_epoch, settled.gross.u128()), (Epoch(1), Epoch(65), 2_000));
}

#[test]
fn models_without_unsettled_fees_have_nothing_to_lapse() {
    let mut chain = Lapsing::new();
    chain.begin_epoch(100);
    for model in [MODEL, ModelId(u64::MAX)] {
        let msg = ExecuteMsg::Lapse { model };
        let error = chain.world.execute("stranger", &msg).unwrap_err();
        assert_eq!(error, ContractError::NothingToLapse { model });
    }
}

#[test]
fn when_attribution_cannot_be_asked_nothing_lapses() {
    // Here `attribution` is a plain account.
    let mut world = World::new();
    world.earn(0, 1_000);
    world.at(70 * EPOCH, MIN_BLOCKS);
    let error = world.execute("stranger", &ExecuteMsg::Lapse { model: MODEL }).unwrap_err();
    assert!(matches!(error, ContractError::Std(_)), "{error}");
}
