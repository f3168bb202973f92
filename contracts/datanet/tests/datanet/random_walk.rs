//! Bonds under long random sequences of everything that moves them. The world checks after every message that OPEN, totals,
//! records and events agree; here it is checked that no bond is ever taken twice, and that in the end all of it is accounted for.

use protocol::datanet::{Status, Verdict};
use protocol::{ContributionId, DatanetId, ModelId};
use rules::hash::Hash;

use crate::stand_ins::{clean, in_debt};
use crate::world::{APPEAL_PERIOD, BOND, CLEAN_ROUNDS, MIN_BLOCKS, NOTICE_PERIOD, Side, World, duplicate_proof, items};

const CONTRIBUTORS: [&str; 4] = ["ann", "ben", "cyd", "rich"];
const ITEMS: u32 = 30;
const STEPS: usize = 400;

/// Numbers that look random and are the same in every run: xorshift64.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

/// Four contributions, each of which repeats the last third of the one before, used by two models.
struct Walk {
    world: World,
    datanet: DatanetId,
    batches: Vec<Vec<Hash>>,
    numbers: Numbers,
}

impl Walk {
    fn new(seed: u64) -> Self {
        let mut world = World::new();
        let datanet = world.reviewed_datanet();
        let mut batches = vec![];
        for (i, contributor) in (0..).zip(CONTRIBUTORS) {
            let batch = items(20 * i..20 * i + ITEMS);
            let id = world.contribute(contributor, datanet, &batch);
            world.decide(id, Verdict::Accept);
            world.mark_used_by(ModelId(1), &[id]).unwrap();
            world.mark_used_by(ModelId(2), &[id]).unwrap();
            batches.push(batch);
        }
        world.recognise(datanet, ModelId(1));
        Self { world, datanet, batches, numbers: Numbers(seed) }
    }

    /// One random message; most are refused, which must change nothing.
    fn step(&mut self) -> bool {
        let index = self.numbers.below(4);
        let (id, model) = (ContributionId(index + 1), ModelId(self.numbers.below(2) + 1));
        let contributor = CONTRIBUTORS[index as usize];
        match self.numbers.below(12) {
            0 => self.world.withdraw(contributor, id).is_ok(),
            1 => self.world.release(id).is_ok(),
            2 => self.world.propose(self.datanet, model).is_ok(),
            3 => self.world.confirm(self.datanet, model).is_ok(),
            4 if self.numbers.below(4) == 0 => self.world.revoke(self.datanet, model).is_ok(),
            5 | 6 => self.world.claim(id, model).is_ok(),
            7 if self.numbers.below(4) == 0 => self.world.appeal("rev1", id, model).is_ok(),
            8 => self.world.collect(id, model).is_ok(),
            9 => self.prove(index as usize),
            10 => self.settle(id, model),
            _ => self.pass(),
        }
    }

    fn prove(&mut self, index: usize) -> bool {
        let Some(before) = index.checked_sub(1) else { return false };
        let position = self.numbers.below(10);
        let id = |index: usize| ContributionId(index as u64 + 1);
        let earlier = Side { id: id(before), items: &self.batches[before] };
        let later = Side { id: id(index), items: &self.batches[index] };
        self.world.prove("eve", duplicate_proof(earlier, later, &[(20 + position, position)])).is_ok()
    }

    /// A settled round leaves an account in debt, or clean.
    fn settle(&mut self, id: ContributionId, model: ModelId) -> bool {
        let owed = self.numbers.below(300);
        let standing = if owed < 100 { clean(CLEAN_ROUNDS) } else { in_debt(owed, 2) };
        self.world.set_standing(model, id, standing);
        true
    }

    fn pass(&mut self) -> bool {
        let longest = APPEAL_PERIOD.max(NOTICE_PERIOD);
        let (seconds, blocks) = (self.numbers.below(longest), self.numbers.below(2 * MIN_BLOCKS));
        self.world.pass(seconds, blocks);
        true
    }
}

#[test]
fn whatever_happens_every_uopen_of_every_bond_is_taken_returned_or_held() {
    let (mut released, mut collected, mut slashed) = (0, 0, 0);
    for seed in 1..=25_u64 {
        let mut walk = Walk::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let done = (0..STEPS).filter(|_| walk.step()).count();
        assert!(done > STEPS / 10, "the walk goes somewhere");
        for id in 1..=4 {
            let contribution = walk.world.contribution(ContributionId(id));
            assert!(contribution.bond_taken.u128() <= BOND);
            assert!(contribution.status != Status::Slashed || contribution.duplicates.u64() >= 6);
            released += u32::from(contribution.bond_returned);
            slashed += u32::from(contribution.status == Status::Slashed);
        }
        collected += walk.world.debts_received().len();
    }
    assert!(
        released > 0 && collected > 0 && slashed > 0,
        "{released} released, {collected} collected, {slashed} slashed"
    );
}
