//! What goes wrong in a round, drawn by a seed.

use std::collections::BTreeSet;

use rand::{Rng as _, seq::IndexedRandom as _};
use rand_chacha::ChaCha8Rng;

use super::people::OPERATORS;

/// Something that goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// Operators are killed in the middle of anything and come back.
    OperatorKilled,
    /// The node is killed and comes back.
    NodeKilled,
    /// No block until every deadline has passed.
    Halted,
    /// Transactions or their answers are lost.
    Lost,
    /// Transactions are sent twice.
    Duplicated,
    /// Transactions or their answers come late.
    Delayed,
    /// Operators' clocks are off by a minute.
    Clock,
    /// The disk under an operator's state is full for a while.
    DiskFull,
    /// One operator does nothing.
    Silent,
    /// One operator reveals the last result instead of measuring.
    Copying,
    /// One operator reveals what it made up.
    Lying,
    /// Two operators do nothing: too few are left.
    TwoAbsent,
    /// One operator commits and does not reveal.
    FourOfFive,
    /// In several rounds in a row another operator commits and does not reveal.
    InTurn,
    /// The receipts behind a redeemed head are never shown.
    HiddenHead,
    /// Receipts are shown late.
    Withheld,
    /// False receipts are shown.
    Altered,
    /// A payer closes its channel in the middle of an epoch.
    ChannelClosed,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 18] = [
        Self::OperatorKilled,
        Self::NodeKilled,
        Self::Halted,
        Self::Lost,
        Self::Duplicated,
        Self::Delayed,
        Self::Clock,
        Self::DiskFull,
        Self::Silent,
        Self::Copying,
        Self::Lying,
        Self::TwoAbsent,
        Self::FourOfFive,
        Self::InTurn,
        Self::HiddenHead,
        Self::Withheld,
        Self::Altered,
        Self::ChannelClosed,
    ];

    /// Name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::OperatorKilled => "operator killed (-9)",
            Self::NodeKilled => "node killed (-9)",
            Self::Halted => "chain halted past every deadline",
            Self::Lost => "transactions lost",
            Self::Duplicated => "transactions duplicated",
            Self::Delayed => "transactions delayed",
            Self::Clock => "clock one minute off",
            Self::DiskFull => "disk full in the state folder",
            Self::Silent => "one operator silent",
            Self::Copying => "one operator copying",
            Self::Lying => "one operator lying",
            Self::TwoAbsent => "two operators absent",
            Self::FourOfFive => "four of five revealing",
            Self::InTurn => "commits without reveals in turn",
            Self::HiddenHead => "hidden head",
            Self::Withheld => "receipts withheld",
            Self::Altered => "receipts altered in the store",
            Self::ChannelClosed => "channel closed mid-epoch",
        }
    }

    /// What is asserted of a round with it, besides what is asserted of every round.
    pub fn checked(self) -> &'static str {
        match self {
            Self::OperatorKilled | Self::NodeKilled | Self::Clock => "settled or covered later; nobody slashed for it",
            Self::Lost | Self::Duplicated | Self::Delayed => "one commit and one reveal per operator; nobody slashed",
            Self::Halted => "nobody slashed for what the halt took",
            Self::DiskFull => "not slashed; writes again once there is space",
            Self::Silent => "settled by four",
            Self::Copying | Self::Lying => "the median is the honest vector, bit for bit",
            Self::TwoAbsent => "settles nothing; a later round covers it",
            Self::FourOfFive | Self::InTurn => "settled by four; the silent one alone is slashed",
            Self::HiddenHead | Self::Altered => "its money leaves the pool, and no more than that",
            Self::Withheld => "waited for and counted",
            Self::ChannelClosed => "all that was owed is redeemed, the rest refunded",
        }
    }

    /// What is counted wherever it took effect: a fault that nothing was counted for did not come.
    pub fn counted(self) -> &'static str {
        match self {
            Self::OperatorKilled => "operators killed",
            Self::NodeKilled => "node killed",
            Self::Halted => "chain halted",
            Self::Lost => "transactions or answers lost",
            Self::Duplicated => "transactions sent twice",
            Self::Delayed => "transactions or answers delayed",
            Self::Clock => "clocks a minute off",
            Self::DiskFull => "disks filled",
            Self::Silent | Self::TwoAbsent => "rounds without a commitment",
            Self::Copying | Self::Lying => "lies revealed",
            Self::FourOfFive | Self::InTurn => "bonds of the silent taken",
            Self::HiddenHead | Self::Altered => "receipts never shown or false",
            Self::Withheld => "receipts shown late",
            Self::ChannelClosed => "channels closed and refunded",
        }
    }
}

/// What one operator does in a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// What the daemon does.
    Honest,
    /// Nothing.
    Absent,
    /// Commits and does not reveal.
    Mute,
    /// Reveals the last result.
    Copying,
    /// Reveals what it made up.
    Lying,
}

/// What goes wrong in one round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// All of it.
    pub faults: BTreeSet<Fault>,
    /// What each operator does.
    pub roles: [Role; OPERATORS],
    /// Whether what takes some turns to come comes in the first two: then no round ends before it.
    pub early: bool,
}

impl Script {
    /// Nothing goes wrong.
    pub fn calm() -> Self {
        Self { faults: BTreeSet::new(), roles: [Role::Honest; OPERATORS], early: false }
    }

    /// Just these, early, with the operators given to those that take one.
    pub fn of(faults: &[Fault], first: usize) -> Self {
        let mut script = Self { early: true, ..Self::calm() };
        for fault in faults {
            script.add(*fault, first % OPERATORS);
        }
        script
    }

    /// With one more, of this operator if it takes one.
    #[must_use]
    pub fn with(mut self, fault: Fault, operator: usize) -> Self {
        self.add(fault, operator);
        self
    }

    /// Whether something goes wrong.
    pub fn has(&self, fault: Fault) -> bool {
        self.faults.contains(&fault)
    }

    /// Operators that play a part.
    pub fn of_role(&self, role: Role) -> impl Iterator<Item = usize> {
        self.roles.iter().enumerate().filter(move |(_, own)| **own == role).map(|(index, _)| index)
    }

    /// Names, for people.
    pub fn names(&self) -> String {
        let names: Vec<&str> = self.faults.iter().map(|fault| fault.name()).collect();
        if names.is_empty() { "calm".to_owned() } else { names.join(", ") }
    }

    fn add(&mut self, fault: Fault, operator: usize) {
        self.faults.insert(fault);
        match fault {
            Fault::Silent => self.roles[operator] = Role::Absent,
            Fault::Copying => self.roles[operator] = Role::Copying,
            Fault::Lying => self.roles[operator] = Role::Lying,
            Fault::FourOfFive | Fault::InTurn => self.roles[operator] = Role::Mute,
            Fault::TwoAbsent => {
                self.roles[operator] = Role::Absent;
                self.roles[(operator + 1) % OPERATORS] = Role::Absent;
            }
            _ => {}
        }
    }
}

/// Draws scripts: at most one operator misbehaves for the quorum's sake, unless two are absent; anything else may come together.
pub struct Draw {
    chance: ChaCha8Rng,
    /// Rounds of the present series in which operators are silent in turn.
    in_turn: usize,
    /// What can be injected here.
    possible: Vec<Fault>,
}

/// Rounds in a row in which another operator commits and does not reveal.
const TURNS: usize = 3;
/// Faults of which a round has at most one.
const OF_ONE_OPERATOR: [Fault; 6] =
    [Fault::Silent, Fault::Copying, Fault::Lying, Fault::TwoAbsent, Fault::FourOfFive, Fault::InTurn];

impl Draw {
    /// Draws among the possible faults.
    pub fn new(chance: ChaCha8Rng, possible: &[Fault]) -> Self {
        Self { chance, in_turn: 0, possible: possible.to_vec() }
    }

    /// The next round's script.
    pub fn draw(&mut self) -> Script {
        let mut script = Script::calm();
        let operator = self.chance.random_range(0..OPERATORS);
        if self.in_turn > 0 {
            script.add(Fault::InTurn, self.in_turn % OPERATORS);
            self.in_turn -= 1;
        } else if self.chance.random_bool(0.5) {
            let of_one: Vec<Fault> = self.among(|fault| OF_ONE_OPERATOR.contains(&fault));
            self.add_one_of(&of_one, &mut script, operator);
            self.in_turn = if script.has(Fault::InTurn) { TURNS - 1 } else { 0 };
        }
        let others = self.among(|fault| !OF_ONE_OPERATOR.contains(&fault));
        for _ in 0..self.chance.random_range(0..3) {
            self.add_one_of(&others, &mut script, operator);
        }
        script
    }

    fn among(&self, wanted: impl Fn(Fault) -> bool) -> Vec<Fault> {
        self.possible.iter().copied().filter(|fault| wanted(*fault)).collect()
    }

    fn add_one_of(&mut self, faults: &[Fault], script: &mut Script, operator: usize) {
        if let Some(fault) = faults.choose(&mut self.chance) {
            script.add(*fault, operator);
        }
    }
}
