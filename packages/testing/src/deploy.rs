//! Deployment: what the contracts are deployed with, where they are afterwards, and the [`plan`] that every chain follows.

mod messages;
pub mod plan;

use cosmwasm_std::{Addr, Uint128};
use protocol::{Bps, Seconds};
use serde::{Deserialize, Serialize};

use crate::{ChainError, Code, EmbeddedChain};
use plan::{DeployPlan, Step};

/// Where the contracts are. Read from JSON, whatever else stands beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deployment {
    /// The chain.
    pub chain_id: String,
    /// OPEN.
    pub open_token: Addr,
    /// `datanet`.
    pub datanet: Addr,
    /// `model`.
    pub model: Addr,
    /// `attribution`.
    pub attribution: Addr,
    /// `settlement`.
    pub settlement: Addr,
    /// `timelock`, if one is the admin of others.
    #[serde(default)]
    pub timelock: Option<Addr>,
}

/// What the contracts are deployed with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeployConfig {
    /// Owner of `datanet`, `model` and `attribution`, of the treasury, and proposer of the timelock. It sends all messages of a deployment.
    pub governance: Addr,
    /// Who holds OPEN at the start, in uopen: the whole supply, for good.
    pub balances: Vec<(Addr, Uint128)>,
    /// Time from commit to the last moment of a contribution's reveal.
    pub reveal_period: Seconds,
    /// Blocks that every window lasts at least.
    pub min_blocks: u64,
    /// Start of epoch 0; the time of deployment unless given.
    pub genesis: Option<Seconds>,
    /// Length of an epoch.
    pub epoch_length: Seconds,
    /// The protocol's share of every fee.
    pub protocol_share: Bps,
    /// The operators' share of that.
    pub operators_share: Bps,
    /// The smallest redemption, in uopen.
    pub min_redemption: Uint128,
    /// Notice of a recognition, and of the release of an unused bond.
    pub notice_period: Seconds,
    /// Time in which a claim for proved debt can be appealed.
    pub appeal_period: Seconds,
    /// Settled rounds in a row without proved debt after which a contribution's bond is released.
    pub clean_rounds: u8,
    /// Time until an operator's admission or removal takes effect.
    pub operator_delay: Seconds,
    /// Time from an operator's leaving until its bond can be withdrawn.
    pub unbonding_period: Seconds,
    /// Time from the proposal of a spending of the treasury until it can be executed.
    pub treasury_delay: Seconds,
    /// Epochs without fees after which a ledger can be retired.
    pub retire_after: u64,
    /// Epochs between the openings of valuation rounds of a model.
    pub valuation_interval: u64,
    /// Epochs after which a range that no round could settle lapses.
    pub lapse_after: u64,
    /// Who may migrate the contracts.
    pub admins: Admins,
}

/// Who may migrate the contracts. Nobody may migrate OPEN and the stakes; a timelock is its own admin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admins {
    /// Of `datanet`, `model` and `attribution`.
    pub contracts: Admin,
    /// Of `settlement`.
    pub settlement: Admin,
    /// Time from an announcement of the timelock until it can be executed.
    pub timelock_delay: Seconds,
}

/// An admin, as it is chosen before a deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admin {
    /// None, for good.
    Nobody,
    /// The timelock that is deployed first.
    Timelock,
    /// An account, at once and without an announcement.
    Account(Addr),
}

impl Admins {
    /// No contract can ever be migrated.
    pub const NOBODY: Self = Self { contracts: Admin::Nobody, settlement: Admin::Nobody, timelock_delay: Seconds(600) };

    /// One timelock is the admin of all four.
    pub const fn timelock(delay: Seconds) -> Self {
        Self { contracts: Admin::Timelock, settlement: Admin::Timelock, timelock_delay: delay }
    }

    /// Whether a timelock is deployed.
    pub fn need_timelock(&self) -> bool {
        [&self.contracts, &self.settlement].contains(&&Admin::Timelock)
    }
}

impl DeployConfig {
    /// Short windows and epochs of 1,000 s, for tests.
    pub fn for_tests(governance: Addr, balances: Vec<(Addr, Uint128)>) -> Self {
        Self {
            governance,
            balances,
            reveal_period: Seconds(100),
            min_blocks: 3,
            genesis: None,
            epoch_length: Seconds(1_000),
            protocol_share: Bps(500),
            operators_share: Bps(6_000),
            min_redemption: Uint128::new(1_000),
            notice_period: Seconds(200),
            appeal_period: Seconds(200),
            clean_rounds: 3,
            operator_delay: Seconds(50),
            unbonding_period: Seconds(500),
            treasury_delay: Seconds(300),
            retire_after: 5,
            valuation_interval: 2,
            lapse_after: 64,
            admins: Admins::NOBODY,
        }
    }
}

/// Follows the plan on the embedded chain, one block a step.
pub(crate) fn deploy(chain: &mut EmbeddedChain, config: &DeployConfig) -> Result<Deployment, ChainError> {
    let genesis = config.genesis.unwrap_or(Seconds(chain.time()));
    let mut plan = DeployPlan::new(config, chain.chain_id(), genesis, Code::Stake.id());
    while let Some(step) = plan.next() {
        let created = take(chain, &config.governance, step)?;
        plan.done(created);
    }
    Ok(plan.finish().expect("a plan without a next step is complete"))
}

fn take(chain: &mut EmbeddedChain, governance: &Addr, step: Step) -> Result<Option<Addr>, ChainError> {
    match step {
        Step::Instantiate { code, msg, admin } => chain.instantiate(code, governance, &msg, admin.as_ref()).map(Some),
        Step::SetAdmin { contract, admin } => chain.set_admin(governance, &contract, &admin).map(|()| None),
        Step::Execute { contract, msg } => chain.execute(governance, &contract, &msg, &[]).map(|_| None),
    }
}
