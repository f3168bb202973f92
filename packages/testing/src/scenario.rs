//! A small world on an embedded chain: contracts, accounts, a DataNet with accepted contributions, a served model, bonded
//! operators and an open channel. Tests begin here and change one thing.
//!
//! Steps that build the world panic when they fail, since no test is about them; actions that tests are about return the chain's
//! result.

mod bonds;
mod data;
mod lineage;
mod models;
mod payments;
mod rounds;
mod stakes;
mod treasury;

use cosmwasm_std::{Addr, Uint128};
use protocol::attribution::MethodParams;
use protocol::model::{NewStake, Terms};
use protocol::{Bps, ChannelId, DatanetId, MethodId, ModelId, Seconds};
use rules::{clock::Clock, hash::Domain};

use crate::{ChainOptions, DeployConfig, Deployment, EmbeddedChain};
pub use data::Batch;
pub use lineage::{adapter_terms, new_adapter};
pub use models::{new_model, version_manifest};
pub use payments::PaidChannel;
pub use rounds::{Part, positive_sum, report, report_message};

/// OPEN that each account has at the start, in uopen.
pub const INITIAL_BALANCE: u128 = 1_000_000_000_000;
/// Bond of a contribution, in uopen.
pub const CONTRIBUTION_BOND: u128 = 1_000_000;
/// Bond of an operator, in uopen.
pub const OPERATOR_BOND: u128 = 50_000_000;
/// What an operator pays who missed three rounds in a row, in uopen.
pub const MISSED_PENALTY: u128 = 10_000_000;
/// Deposit of the first channel, in uopen.
pub const DEPOSIT: u128 = 100_000_000_000;

/// Who acts.
#[derive(Clone, Debug)]
pub struct Accounts {
    /// Governance of the contracts.
    pub governance: Addr,
    /// Owner of the model.
    pub owner: Addr,
    /// The model's gateway.
    pub gateway: Addr,
    /// Owner of the DataNet.
    pub datanet_owner: Addr,
    /// Curator of the model.
    pub model_curator: Addr,
    /// Curator of the DataNet.
    pub datanet_curator: Addr,
    /// Reviewers of the DataNet: two of three accept.
    pub reviewers: Vec<Addr>,
    /// Contributors, one for each contribution and one more.
    pub contributors: Vec<Addr>,
    /// Who pays.
    pub payer: Addr,
    /// Operators of the method.
    pub operators: Vec<Addr>,
    /// Somebody with OPEN and no role.
    pub stranger: Addr,
}

/// How a world is made.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The chain.
    pub chain: ChainOptions,
    /// Numbers of items of the contributions.
    pub items: Vec<u64>,
    /// How many operators.
    pub operators: usize,
    /// The model's terms.
    pub terms: Terms,
    /// The model's stake.
    pub stake: NewStake,
    /// The method.
    pub method: MethodParams,
    /// Validation examples approved at the start.
    pub validation: u64,
    /// Changes to how contracts are deployed.
    pub deploy: fn(&mut DeployConfig),
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            chain: ChainOptions::default(),
            items: vec![20, 40, 60],
            operators: 7,
            terms: Terms {
                owner: Bps(2_000),
                stake: Bps(1_000),
                influence: Bps(7_000),
                parents: Bps(0),
                release_rate: Bps::WHOLE,
                cap: Uint128::new(1_000_000_000_000),
            },
            stake: NewStake {
                name: "Stake of a test".to_owned(),
                symbol: "TEST".to_owned(),
                owner: Bps(5_000),
                contributors: Bps(3_000),
                work: Bps(2_000),
            },
            method: MethodParams {
                name: "test/v1".to_owned(),
                spec_hash: rules::hash::digest("test-method/v1", &[]).into(),
                z_tenths: 20,
                min_effective_queries: 16,
                validation_per_round: 20u64.into(),
                min_pool: Uint128::new(1_000),
                bond: Uint128::new(OPERATOR_BOND),
                missed_penalty: Uint128::new(MISSED_PENALTY),
                commit_period: Seconds(100),
                reveal_period: Seconds(100),
                tolerance: 0u64.into(),
            },
            validation: 2_000,
            deploy: |_| (),
        }
    }
}

/// A chain and what is on it.
pub struct World {
    /// The chain.
    pub chain: EmbeddedChain,
    /// Where the contracts are.
    pub at: Deployment,
    /// Who acts.
    pub accounts: Accounts,
    /// How it was made.
    pub setup: Setup,
    /// The DataNet.
    pub datanet: DatanetId,
    /// Its contributions, in the order of commits.
    pub batches: Vec<Batch>,
    /// The method.
    pub method: MethodId,
    /// The model.
    pub model: ModelId,
    /// Open channels.
    pub channels: Vec<PaidChannel>,
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

impl World {
    /// The whole world, at the start of an epoch for which validation examples are approved.
    pub fn new() -> Self {
        Self::with(Setup::default())
    }

    /// As [`Self::new`], made otherwise.
    pub fn with(setup: Setup) -> Self {
        let mut world = Self::deployed(setup);
        world.add_datanet();
        for index in 0..world.setup.items.len() {
            world.add_contribution(index);
        }
        world.add_method();
        world.bond_operators();
        world.pass_operator_delay();
        world.add_model();
        world.append_all();
        world.register_version().expect("the manifest fits the model");
        world.approve_validation(world.setup.validation);
        world.to_next_epoch();
        let payer = world.accounts.payer.clone();
        world.open_channel(&payer, DEPOSIT).expect("the payer has OPEN and the model is served");
        world
    }

    /// Contracts and accounts only.
    pub fn deployed(setup: Setup) -> Self {
        let mut chain = EmbeddedChain::new(setup.chain.clone());
        let accounts = Accounts::new(&setup);
        let balances = accounts.all().into_iter().map(|account| (account, Uint128::new(INITIAL_BALANCE))).collect();
        let mut config = DeployConfig::for_tests(accounts.governance.clone(), balances);
        (setup.deploy)(&mut config);
        let at = chain.deploy(&config).expect("the configuration is valid");
        Self {
            chain,
            at,
            accounts,
            setup,
            datanet: DatanetId(1),
            batches: Vec::new(),
            method: MethodId(1),
            model: ModelId(1),
            channels: Vec::new(),
        }
    }

    /// What settlement's digests are bound to.
    pub fn settlement_domain(&self) -> Domain {
        self.domain(&self.at.settlement)
    }

    /// What a contract's digests are bound to.
    pub fn domain(&self, contract: &Addr) -> Domain {
        Domain { chain_id: self.at.chain_id.clone(), contract: contract.to_string() }
    }

    /// The clock of epochs.
    pub fn clock(&self) -> Clock {
        let config: protocol::settlement::Config = self
            .chain
            .query(&self.at.settlement, &protocol::settlement::QueryMsg::Config {})
            .expect("settlement tells its configuration");
        Clock { genesis: config.genesis.get(), epoch_length: config.epoch_length.get() }
    }

    /// The epoch of the next transaction.
    pub fn epoch(&self) -> u64 {
        self.clock().epoch_at(self.chain.time()).expect("time is after genesis")
    }

    /// OPEN that an account holds, in uopen.
    pub fn open_balance(&self, account: &Addr) -> u128 {
        let query = cw20::Cw20QueryMsg::Balance { address: account.to_string() };
        let answer: cw20::BalanceResponse = self.chain.query(&self.at.open_token, &query).expect("OPEN tells balances");
        answer.balance.u128()
    }

    /// Acts on another model as if it were the world's.
    pub fn with_model<T>(&mut self, model: ModelId, act: impl FnOnce(&mut Self) -> T) -> T {
        let own = std::mem::replace(&mut self.model, model);
        let done = act(self);
        self.model = own;
        done
    }

    /// Goes to the first second of the next epoch.
    pub fn to_next_epoch(&mut self) {
        let end = self.clock().end_of(self.epoch()).expect("test epochs fit 64 bits");
        self.chain.set_time(end).expect("the end of an epoch is ahead");
    }
}

impl Accounts {
    fn new(setup: &Setup) -> Self {
        let one = EmbeddedChain::account;
        let many = |name: &str, count: usize| (1..=count).map(|number| one(&format!("{name} {number}"))).collect();
        Self {
            governance: one("governance"),
            owner: one("owner"),
            gateway: one("gateway"),
            datanet_owner: one("datanet owner"),
            model_curator: one("model curator"),
            datanet_curator: one("datanet curator"),
            reviewers: many("reviewer", 3),
            contributors: many("contributor", setup.items.len().saturating_add(1)),
            payer: one("payer"),
            operators: many("operator", setup.operators),
            stranger: one("stranger"),
        }
    }

    /// Every account.
    pub fn all(&self) -> Vec<Addr> {
        let single = [
            &self.governance,
            &self.owner,
            &self.gateway,
            &self.datanet_owner,
            &self.model_curator,
            &self.datanet_curator,
            &self.payer,
            &self.stranger,
        ];
        single.into_iter().chain(&self.reviewers).chain(&self.contributors).chain(&self.operators).cloned().collect()
    }
}

/// Reads an id that a transaction's event tells.
fn id_of(outcome: &crate::TxOutcome, event: &str, key: &str) -> u64 {
    outcome.attribute(event, key).and_then(|value| value.parse().ok()).expect("the contract's event names the new id")
}

/// The id of a channel that a transaction opened.
fn channel_of(outcome: &crate::TxOutcome) -> ChannelId {
    ChannelId(id_of(outcome, "channel_opened", "channel"))
}
