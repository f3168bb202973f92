//! Random lives of the whole system: a base and an adapter, everything that anyone can do in any order, books checked after every
//! message, and in the end everyone takes what is theirs.

use std::cell::Cell;
use std::collections::BTreeMap;

use cosmwasm_std::Addr;
use protocol::attribution::Round;
use protocol::model::{Terms, WorkClaim, WorkKind};
use protocol::settlement::ExecuteMsg;
use protocol::stake;
use protocol::{Bps, ModelId, SpendId};
use rules::score::SCALE;
use testing::ChainError;
use testing::scenario::{Batch, DEPOSIT, Part, World, positive_sum, report, version_manifest};

use crate::attacker::{prove, sweep, used_copy};

mod ending;

/// Steps of one life.
const STEPS: usize = 200;
/// Lives; together they do everything at least once.
const LIVES: u64 = 20;

type Tried = Result<(), ChainError>;
type Action = (&'static str, fn(&mut Life) -> Tried);

/// Everything that is tried; what costs much time or ends much is rarer.
const ACTIONS: [Action; 34] = [
    ("pay", Life::pay),
    ("pay again", Life::pay),
    ("pay once more", Life::pay),
    ("epoch", Life::end_epoch),
    ("wait", Life::wait),
    ("round", Life::play_round),
    ("another round", Life::play_round),
    ("valuation", Life::value),
    ("flow", Life::flow),
    ("claim", Life::claim),
    ("claim again", Life::claim),
    ("sweep", Life::sweep),
    ("claim dividends", Life::claim_dividends),
    ("move stake", Life::move_stake),
    ("burn stake", Life::burn_stake),
    ("donate a dividend", Life::donate),
    ("withdraw a balance", Life::withdraw_balance),
    ("withdraw a contribution", Life::withdraw_contribution),
    ("note it", Life::note_withdrawals),
    ("register a version", Life::register_version),
    ("change terms", Life::change_terms),
    ("propose recognition", Life::propose_recognition),
    ("confirm recognition", Life::confirm_recognition),
    ("claim debt", Life::claim_debt),
    ("appeal", Life::appeal),
    ("collect debt", Life::collect_debt),
    ("release a bond", Life::release_bond),
    ("prove a copy", Life::prove_copy),
    ("stop", Life::stop),
    ("propose a spending", Life::propose_spend),
    ("close a spending", Life::close_spend),
    ("bond an operator", Life::bond),
    ("unbond an operator", Life::unbond),
    ("withdraw an operator's bond", Life::withdraw_bond),
];

struct Life {
    world: World,
    models: [ModelId; 2],
    copy: Batch,
    seed: u64,
    drawn: Cell<u64>,
    done: BTreeMap<&'static str, usize>,
}

impl Life {
    fn new(seed: u64) -> Self {
        let mut world = World::new();
        let (copy, _) = used_copy(&mut world);
        let models = [world.model, world.adapter(DEPOSIT)];
        if seed.is_multiple_of(2) {
            world.recognise(models[0]);
        }
        Self { world, models, copy, seed, drawn: Cell::new(0), done: BTreeMap::new() }
    }

    /// A reproducible number below a bound.
    fn below(&self, bound: u128) -> u128 {
        self.drawn.set(self.drawn.get() + 1);
        let parts = [self.seed.to_be_bytes(), self.drawn.get().to_be_bytes()];
        let hash = rules::hash::digest("test-draw/v1", &[&parts[0], &parts[1]]);
        u128::from_be_bytes(hash[..16].try_into().unwrap()) % bound
    }

    fn pick<T: Clone>(&self, from: &[T]) -> T {
        let index = self.below(from.len() as u128) as usize;
        from[index].clone()
    }

    fn on<T>(&mut self, act: impl FnOnce(&mut World) -> T) -> T {
        let model = self.pick(&self.models);
        self.world.with_model(model, act)
    }

    /// Tries something; contracts may refuse, nothing else may go wrong.
    fn step(&mut self) {
        let (name, act) = self.pick(&ACTIONS);
        match act(self) {
            Ok(()) => *self.done.entry(name).or_default() += 1,
            Err(ChainError::Rejected(_)) => (),
            Err(error) => panic!("life {}, {name}: {error}", self.seed),
        }
    }

    fn pay(&mut self) -> Tried {
        let fee = self.pick(&[1_000, 12_345, 1_000_003, 50_000_000]);
        self.on(|world| world.pay(fee)).map(drop)
    }

    fn end_epoch(&mut self) -> Tried {
        self.world.finish_epoch();
        Ok(())
    }

    fn wait(&mut self) -> Tried {
        self.world.chain.pass_time(300);
        Ok(())
    }

    fn stop(&mut self) -> Tried {
        let model = self.pick(&self.models);
        let limit = self.pick(&[None, Some(1)]);
        for _ in 0..6 {
            self.world.to_next_epoch();
        }
        self.world.with_model(model, |world| world.retire(limit)).map(drop)
    }

    fn play_round(&mut self) -> Tried {
        let round = self.on(World::open_round)?;
        self.play(&round)
    }

    fn value(&mut self) -> Tried {
        let round = self.on(World::open_valuation)?;
        self.play(&round)
    }

    /// Of the set, most report the same scores, some nothing, some never reveal.
    fn play(&mut self, round: &Round) -> Tried {
        let entries: Vec<(i32, u32)> =
            (0..round.positions).map(|position| self.entry(position, round.positions)).collect();
        let reach = (positive_sum(&entries) + self.below(100_000_000) as u64).min(SCALE.unsigned_abs().into());
        let honest = Part::Reports(report(&entries, reach, round.redemptions));
        let operators = self.world.accounts.operators.clone();
        let part = |operator: &Addr| match (round.operators.contains(operator), self.below(12)) {
            (false, _) | (true, 0) => Part::Absent,
            (true, 1) => Part::Silent,
            _ => honest.clone(),
        };
        let parts: Vec<Part> = operators.iter().map(part).collect();
        self.world.with_model(round.model, |world| world.play_opened(round, &parts)).map(drop)
    }

    /// The third contribution mostly does harm.
    fn entry(&self, position: u32, positions: u32) -> (i32, u32) {
        if position == 2 && self.below(5) > 0 {
            return (-100_000_000, 0);
        }
        let most = 800_000_000 / u128::from(positions);
        let score = self.below(most) as i32;
        let sign = self.pick(&[1, 1, 1, -1, 0]);
        let error = self.pick(&[0, 0, 1_000_000, 100_000_000]);
        (score * sign, error)
    }

    fn flow(&mut self) -> Tried {
        self.on(World::flow).map(drop)
    }

    fn claim(&mut self) -> Tried {
        let position = self.below(4) as u32;
        self.on(|world| world.claim(&[position])).map(drop)
    }

    fn sweep(&mut self) -> Tried {
        sweep(&mut self.world, &[3]).map(drop)
    }

    /// Everyone in the world but for contracts.
    fn anyone(&self) -> Addr {
        self.pick(&self.world.accounts.all())
    }

    fn claim_dividends(&mut self) -> Tried {
        let holder = self.holder();
        self.on(|world| world.claim_dividends(&[&holder])).map(drop)
    }

    /// Somebody who is likely to have stake.
    fn holder(&self) -> Addr {
        let accounts = &self.world.accounts;
        let holders = [&accounts.owner, &accounts.stranger, &accounts.contributors[0], &accounts.gateway];
        self.pick(&holders).clone()
    }

    fn move_stake(&mut self) -> Tried {
        let (from, to, part) = (self.holder(), self.holder(), self.below(100));
        self.on(|world| {
            let amount = world.stake_balance(&from) * part / 100;
            world.move_stake(&from, &to, amount)
        })
        .map(drop)
    }

    fn burn_stake(&mut self) -> Tried {
        let (holder, part) = (self.holder(), self.below(3));
        self.on(|world| {
            let amount = (world.stake_balance(&holder) * part / 2).into();
            world.stake_as(&holder, &stake::ExecuteMsg::Burn { amount })
        })
        .map(drop)
    }

    fn donate(&mut self) -> Tried {
        let (from, amount) = (self.anyone(), self.below(5_000) + 1);
        self.on(|world| {
            let stake = world.stake();
            world.chain.send_open(&from, &stake, amount, &stake::ReceiveMsg::Dividend {})
        })
        .map(drop)
    }

    fn withdraw_balance(&mut self) -> Tried {
        let account = self.anyone();
        self.world.settle_as(&account, &ExecuteMsg::Withdraw {}).map(drop)
    }

    /// Of the second and third contributor; the first one stays.
    fn withdraw_contribution(&mut self) -> Tried {
        let batch = self.pick(&self.world.batches[1..]);
        self.world.withdraw_contribution(&batch.contributor, batch.id).map(drop)
    }

    fn note_withdrawals(&mut self) -> Tried {
        let batch = self.pick(&self.world.batches);
        self.world.note_withdrawals(vec![batch.id]).map(drop)
    }

    fn register_version(&mut self) -> Tried {
        let (account, share) = (self.holder().to_string(), Bps(self.below(3_000) as u16));
        self.on(|world| {
            let mut manifest = version_manifest(world);
            manifest.work = vec![WorkClaim { account, kind: WorkKind::Compute, share }];
            world.register(manifest)
        })
        .map(drop)
    }

    fn change_terms(&mut self) -> Tried {
        self.on(|world| {
            let terms = world.model_record().terms;
            let owner = Bps(terms.owner.0.saturating_sub(300));
            world.change_terms(Terms { owner, influence: Bps(terms.influence.0 + 300), ..terms })
        })
        .map(drop)
    }

    fn propose_recognition(&mut self) -> Tried {
        let model = self.world.model;
        self.world.propose_recognition(model).map(drop)
    }

    fn confirm_recognition(&mut self) -> Tried {
        let model = self.world.model;
        self.world.confirm_recognition(model).map(drop)
    }

    /// Mostly the one that does harm.
    fn debtor(&self) -> protocol::ContributionId {
        let [first, second, third] = [0, 1, 2].map(|index| self.world.batches[index].id);
        self.pick(&[first, second, third, third, third, self.copy.id])
    }

    fn claim_debt(&mut self) -> Tried {
        let contribution = self.debtor();
        self.world.claim_debt(contribution).map(drop)
    }

    /// Of a case that is open already, or claimed now: the window is short.
    fn appeal(&mut self) -> Tried {
        let (contribution, reviewer) = (self.debtor(), self.pick(&self.world.accounts.reviewers));
        let _ = self.world.claim_debt(contribution);
        self.world.appeal(&reviewer, contribution).map(drop)
    }

    fn collect_debt(&mut self) -> Tried {
        let contribution = self.debtor();
        self.world.collect_debt(contribution).map(drop)
    }

    fn release_bond(&mut self) -> Tried {
        let contribution = self.debtor();
        self.world.release_bond(contribution).map(drop)
    }

    /// Once: two items of twenty cost a tenth of the bond, all of them the whole.
    fn prove_copy(&mut self) -> Tried {
        let (items, prover) = (self.pick(&[2, 20]), self.anyone());
        let proof = self.copy.duplicate_proof(&self.world.batches[0], items);
        prove(&mut self.world, &prover, proof).map(drop)
    }

    fn propose_spend(&mut self) -> Tried {
        let (to, parts) = (self.anyone(), self.below(3) + 1);
        let amount = self.world.totals().treasury.u128() / parts;
        self.world.propose_spend(&to, amount).map(drop)
    }

    fn close_spend(&mut self) -> Tried {
        let spend = SpendId(self.below(8) as u64 + 1);
        match self.below(4) {
            0 => self.world.cancel_spend(spend).map(drop),
            _ => self.world.execute_spend(spend).map(drop),
        }
    }

    fn bond(&mut self) -> Tried {
        let operator = self.pick(&self.world.accounts.operators);
        self.world.bond_operator(&operator).map(drop)
    }

    /// One of the last two: five stay.
    fn unbond(&mut self) -> Tried {
        let operator = self.pick(&self.world.accounts.operators[5..]);
        self.world.unbond(&operator).map(drop)
    }

    fn withdraw_bond(&mut self) -> Tried {
        let operator = self.pick(&self.world.accounts.operators[5..]);
        self.world.withdraw_bond(&operator).map(drop)
    }
}

#[test]
fn whatever_happens_the_books_hold_and_in_the_end_everyone_takes_what_is_theirs() {
    let mut done: BTreeMap<&str, usize> = BTreeMap::new();
    for seed in 0..LIVES {
        let mut life = Life::new(seed);
        (0..STEPS).for_each(|_| life.step());
        life.everyone_takes_what_is_theirs();
        life.check_nothing_is_left();
        for (name, count) in life.done {
            *done.entry(name).or_default() += count;
        }
    }
    for (name, _) in ACTIONS {
        assert!(done.contains_key(name), "{name} was refused in every life: {done:?}");
    }
}
