//! Random histories of a model and an adapter on top of it: whatever is sent in whatever order, no uopen is lost or made, and
//! ledger, standings and stake are what the rules alone would make of the same rounds. `World` checks the books after each
//! message.

use cosmwasm_std::Uint128;
use proptest::prelude::*;
use protocol::settlement::{AdvanceBegin, ExecuteMsg, OpenRange, Openable, QueryMsg, ReceiveMsg};
use protocol::{ChannelId, Page};
use rules::bitmap::Bitmap;
use rules::ledger::{Entry, RoundTerms, Standing};
use rules::reserve::reserve_share;
use rules::score::ScoreEntry;
use rules::split::{SplitTerms, split_fee};

use crate::valuation::lineage;
use crate::world::{EPOCH, MODEL, OTHER_MODEL, World, positive_sum};

/// Positions of the model in these histories: three stored chunks, the last of them short.
const POSITIONS: usize = 130;

#[derive(Clone, Debug)]
enum Step {
    Open(u128),
    TopUp(u64, u128),
    Redeem { channel: u64, epochs_ago: u64, more: u128 },
    Pass { seconds: u64, blocks: u64 },
    Settle { scores: Vec<(i32, u32)>, reach: u64, unresolved: Vec<bool>, agreement: u16, at_once: bool },
    EarnAsAdapter(u128),
    SettleAdapter,
    Flow,
    Value { scores: Vec<(i32, u32)>, reach: u64, at_once: bool },
    Claim(Vec<u32>),
    Sync(u64, bool),
    Sweep(Vec<u32>),
    Withdraw(bool),
    Close(u64, bool),
    Finish(u64),
    Donate(u128),
}

fn entries(scores: Vec<(i32, u32)>) -> Vec<ScoreEntry> {
    scores.into_iter().map(|(score, error)| ScoreEntry { score, error }).collect()
}

fn step() -> impl Strategy<Value = Step> {
    let positions = || proptest::collection::vec(0..POSITIONS as u32, 1..5);
    let redeem = (1..6_u64, 0..3_u64, 1..200_000_u128);
    let entries = || proptest::collection::vec((-9_000_000..15_000_000_i32, 0..5_000_000_u32), POSITIONS);
    let value = (entries(), 0..1_000_000_000_u64, any::<bool>());
    let settle = (
        entries(),
        0..1_000_000_000_u64,
        proptest::collection::vec(proptest::bool::weighted(0.2), 64),
        0..=10_000_u16,
        any::<bool>(),
    );
    prop_oneof![
        3 => (1..1_000_000_u128).prop_map(Step::Open),
        1 => (1..6_u64, 1..500_000_u128).prop_map(|(channel, amount)| Step::TopUp(channel, amount)),
        8 => redeem.prop_map(|(channel, epochs_ago, more)| Step::Redeem { channel, epochs_ago, more }),
        6 => (0..EPOCH, 0..4_u64).prop_map(|(seconds, blocks)| Step::Pass { seconds, blocks }),
        6 => settle.prop_map(|(scores, reach, unresolved, agreement, at_once)| {
            Step::Settle { scores, reach, unresolved, agreement, at_once }
        }),
        2 => (10..1_000_000_u128).prop_map(Step::EarnAsAdapter),
        2 => Just(Step::SettleAdapter),
        2 => Just(Step::Flow),
        3 => value.prop_map(|(scores, reach, at_once)| Step::Value { scores, reach, at_once }),
        3 => positions().prop_map(Step::Claim),
        2 => (1..8_u64, any::<bool>()).prop_map(|(contribution, slashed)| Step::Sync(contribution, slashed)),
        1 => positions().prop_map(Step::Sweep),
        1 => any::<bool>().prop_map(Step::Withdraw),
        1 => (1..6_u64, any::<bool>()).prop_map(|(channel, by_payer)| Step::Close(channel, by_payer)),
        1 => (1..6_u64).prop_map(Step::Finish),
        1 => (1..1_000_u128).prop_map(Step::Donate),
    ]
}

/// The world, and the same ledger kept by the rules alone.
struct History {
    world: World,
    ledger: Vec<Entry>,
    standings: Vec<Standing>,
    stakes: Vec<u128>,
    seconds: u64,
}

impl History {
    fn new() -> Self {
        let mut world = lineage();
        for id in 1..=POSITIONS as u64 {
            let payees = [("ann", 5_000), ("ben", 3_333), ("cem", 1_667)];
            world.sync(id, &payees[..], false).unwrap();
        }
        Self {
            world,
            ledger: vec![Entry::default(); POSITIONS],
            standings: vec![Standing::default(); POSITIONS],
            stakes: vec![0; POSITIONS],
            seconds: 0,
        }
    }

    /// Takes a step if the contract allows it; refusals must change nothing.
    fn take(&mut self, step: Step) {
        let before = self.world.totals();
        let done = match step {
            Step::Settle { scores, reach, unresolved, agreement, at_once } => {
                self.settle(&entries(scores), reach, &unresolved, agreement, at_once)
            }
            Step::Value { scores, reach, at_once } => self.value(&entries(scores), reach, at_once),
            Step::Pass { seconds, blocks } => {
                self.seconds += seconds;
                self.world.at(self.seconds, blocks);
                true
            }
            Step::Donate(amount) => {
                self.world.donate(amount);
                assert_eq!(self.world.totals(), before, "a donation moved a book");
                true
            }
            other => self.send(other),
        };
        assert!(done || self.world.totals() == before, "a refused message moved money");
    }

    fn send(&mut self, step: Step) -> bool {
        let world = &mut self.world;
        match step {
            Step::Open(amount) => {
                world.open_channel(amount);
                true
            }
            Step::TopUp(channel, amount) => {
                let channel = ChannelId(channel);
                world.pay("payer", amount, &ReceiveMsg::TopUp { channel }).is_ok()
            }
            Step::Redeem { channel, epochs_ago, more } => {
                let epoch = (self.seconds / EPOCH).saturating_sub(epochs_ago);
                let redeemed = self.redeemed(channel);
                self.world.redeem_one(ChannelId(channel), epoch, redeemed + more).is_ok()
            }
            Step::Claim(positions) => world.claim(&positions).is_ok(),
            Step::Sweep(positions) => world.sweep(&positions).is_ok(),
            Step::Sync(contribution, slashed) => {
                world.sync(contribution, &[("ann", 1), ("dia", 9_999)], slashed).is_ok()
            }
            Step::Withdraw(owner) => {
                let account = if owner { "owner" } else { "op1" };
                world.execute(account, &ExecuteMsg::Withdraw {}).is_ok()
            }
            Step::Close(channel, by_payer) => {
                let sender = if by_payer { "payer" } else { "gateway" };
                let channel = ChannelId(channel);
                world.execute(sender, &ExecuteMsg::CloseChannel { channel }).is_ok()
            }
            Step::Finish(channel) => {
                let channel = ChannelId(channel);
                world.execute("stranger", &ExecuteMsg::FinishClose { channel }).is_ok()
            }
            Step::EarnAsAdapter(fee) => {
                let channel = world.open_channel_of(OTHER_MODEL, fee);
                world.redeem_one(channel, self.seconds / EPOCH, fee).unwrap();
                true
            }
            Step::SettleAdapter => {
                let open = matches!(world.openable(OTHER_MODEL), Openable::Range(_));
                open && world.settle_of(OTHER_MODEL, &[ScoreEntry { score: 1, error: 0 }]).get() > 0
            }
            Step::Flow => world.execute("stranger", &ExecuteMsg::Flow { model: OTHER_MODEL }).is_ok(),
            Step::Settle { .. } | Step::Value { .. } | Step::Pass { .. } | Step::Donate(_) => {
                unreachable!("taken above")
            }
        }
    }

    fn redeemed(&self, channel: u64) -> u128 {
        let all = self.world.channels();
        let found = all.iter().find(|candidate| candidate.id.get() == channel);
        found.map_or(0, |channel| channel.redeemed.u128())
    }

    fn settle(&mut self, scores: &[ScoreEntry], reach: u64, bits: &[bool], agreement: u16, at_once: bool) -> bool {
        let Openable::Range(range) = self.world.openable(MODEL) else {
            return false;
        };
        let mut unresolved = Bitmap::new(range.redemptions as usize);
        for position in 0..unresolved.len() {
            if bits[position % bits.len()] {
                unresolved.set(position).unwrap();
            }
        }
        let begin = AdvanceBegin {
            denominator: rules::median::denominator(reach, positive_sum(scores)).max(1).into(),
            rewards: self.world.rewards(&[("op1", agreement), ("op2", 10_000)]),
            unresolved: unresolved.as_bytes().into(),
            ..self.world.begin(scores)
        };
        self.replay(scores, &range, &unresolved, begin.denominator.u64());
        self.advance(begin, scores, at_once);
        true
    }

    fn value(&mut self, scores: &[ScoreEntry], reach: u64, at_once: bool) -> bool {
        let valuation = self.world.valuation(MODEL);
        if valuation.epoch < valuation.not_before {
            return false;
        }
        let denominator = rules::median::denominator(reach, positive_sum(scores)).max(1);
        let begin = AdvanceBegin { denominator: denominator.into(), ..self.world.begin_valuation(MODEL, scores) };
        let terms = RoundTerms {
            pool: begin.royalties.u128() as u64,
            denominator,
            z_tenths: 20,
            release_bps: valuation.release_rate.0,
            cap: valuation.cap.u128() as u64,
        };
        for ((entry, stake), score) in self.ledger.iter_mut().zip(&mut self.stakes).zip(scores) {
            if terms.pool > 0 {
                *entry = rules::ledger::revalue(entry, *score, &terms).unwrap();
            }
            *stake += reserve_share(begin.tranche.u128(), *score, 20, denominator).unwrap();
        }
        self.advance(begin, scores, at_once);
        true
    }

    fn advance(&mut self, begin: AdvanceBegin, scores: &[ScoreEntry], at_once: bool) {
        let round = self.world.next_round();
        if at_once {
            self.world.chunk(round, Some(begin), 0, scores).unwrap();
        } else {
            self.world.chunk(round, Some(begin), 0, &scores[..64]).unwrap();
            self.world.chunk(round, None, 64, &scores[64..]).unwrap();
        }
        self.compare();
    }

    /// Advances the copy of the ledger: the pool is what resolved redemptions brought.
    fn replay(&mut self, scores: &[ScoreEntry], range: &OpenRange, unresolved: &Bitmap, denominator: u64) {
        let pool = self.pool(range, unresolved);
        for ((entry, standing), score) in self.ledger.iter_mut().zip(&mut self.standings).zip(scores) {
            let terms = RoundTerms {
                pool,
                denominator,
                z_tenths: 20,
                release_bps: range.release_rate.0,
                cap: range.cap.u128() as u64,
            };
            *entry = rules::ledger::advance(entry, *score, &terms).unwrap();
            if pool > 0 {
                *standing = standing.after(entry);
            }
        }
    }

    fn pool(&self, range: &OpenRange, unresolved: &Bitmap) -> u64 {
        let terms = SplitTerms { owner_bps: 2_000, stake_bps: 1_000, influence_bps: 7_000, parents_bps: 0 };
        let (mut pool, mut index) = (0, 0);
        for book in &range.books {
            let page = Page { start_after: None, limit: Some(100) };
            let msg = QueryMsg::Redemptions { model: MODEL, epoch: book.epoch, page };
            let found: Vec<protocol::settlement::BookedRedemption> = self.world.query(&msg);
            assert_eq!(found.len(), book.redemptions as usize);
            for redemption in found {
                if !unresolved.get(index) {
                    pool += split_fee(redemption.amount.u128(), 1_000, &terms).unwrap().influence;
                }
                index += 1;
            }
        }
        pool as u64
    }

    fn compare(&self) {
        let accounts = self.world.accounts(MODEL);
        assert_eq!(accounts.len(), self.ledger.len());
        for (account, entry) in accounts.iter().zip(&self.ledger) {
            assert_eq!(account.accrued.i64(), entry.accrued);
            assert_eq!(account.payable.u64(), entry.payable);
            assert_eq!(account.variance.u128(), entry.variance);
            assert_eq!(account.last_score, entry.last_score);
        }
        for (account, standing) in accounts.iter().zip(&self.standings) {
            assert_eq!(account.rounds_with_debt, standing.with_debt);
            assert_eq!(account.rounds_without_debt, standing.without_debt);
        }
        let stakes: Vec<u128> = accounts.iter().map(|account| account.stake.u64().into()).collect();
        assert_eq!(stakes, self.stakes);
        let settled = self.world.rounds().last().cloned().unwrap();
        assert!(settled.complete);
        let unsettled = [MODEL, OTHER_MODEL].map(|model| crate::world::sum(&self.world.model_totals(model).unsettled));
        assert_eq!(self.world.totals().pools, unsettled[0] + unsettled[1]);
        assert_eq!(self.world.model_totals(MODEL).in_progress, Uint128::zero());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_history_loses_or_makes_money(steps in proptest::collection::vec(step(), 120..240)) {
        let mut history = History::new();
        for step in steps {
            history.take(step);
        }
    }
}
