//! Task R: pay over time on digits. Contributors of very different worth train one model; every epoch its answers are paid for, its
//! contributors scored on fresh validation images, and the fees settled: by the real contracts on the embedded chain, and beside them by
//! two rules that pay nobody here ([`Rule`]).
//!
//! [`scene`] has the data, [`kinds`] its strata and [`engine`] the scores, [`chain`] settles, [`course`] plays one seed, [`shares`] says who got what under each
//! rule, [`treasury`] where the rest went, [`summary`] and [`plot`] show it, [`goals`] judges it.

pub mod cast;
pub mod chain;
pub mod course;
pub mod engine;
pub mod goals;
pub mod kinds;
pub mod plot;
pub mod random;
pub mod scene;
pub mod shares;
pub mod summary;
pub mod treasury;

/// Standard errors beyond which earnings are certain, in tenths: the protocol's default.
pub const Z_TENTHS: u8 = 20;

/// The cap of an account, in uopen: OPEN's supply, so none.
pub const CAP: u64 = rules::ledger::MAX_POOL;

/// How a pool is divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// The contracts': an account is paid what it has earned beyond doubt over its whole life.
    Ours,
    /// Each epoch's gain beyond that epoch's own doubt.
    EpochBound,
    /// The sum of positive influences per item, paid in full.
    Usual,
}

impl Rule {
    /// All, in the order of tables.
    pub const ALL: [Self; 3] = [Self::Ours, Self::EpochBound, Self::Usual];

    /// As records name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::EpochBound => "epoch_bound",
            Self::Usual => "usual",
        }
    }
}

/// Whether utility is measured in one stratum, or in one of usual and one of inverted images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strata {
    /// All validation images weigh the same; as many are inverted as queries are.
    One,
    /// Inverted images are a stratum of their own, of which there are more than among queries.
    Two,
}

impl Strata {
    /// How many.
    pub fn count(self) -> u64 {
        match self {
            Self::One => 1,
            Self::Two => 2,
        }
    }
}
