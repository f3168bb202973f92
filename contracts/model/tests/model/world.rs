//! Where the tests begin: all contracts deployed, a method, a DataNet, and from there on as much as a test asks for.

use cosmwasm_std::{Addr, Binary, Uint64, Uint128};
use model::ContractError;
use protocol::event::ModelEvent;
use protocol::model::{
    Curatorship, ExecuteMsg, Model, ModelKind, NewModel, Price, QueryMsg, RoundBasis, Terms, TrainedOn, VersionManifest,
};
use protocol::{Bps, ContributionId, DatanetId, Hash32, MethodId, ModelId, RoundId, Seconds, attribution, datanet};
use rules::{hash::Domain, item::contribution_commitment};
use testing::{ChainError, DeployConfig, Deployment, EmbeddedChain, TxOutcome, err};

pub const GOVERNANCE: &str = "governance";
pub const OWNER: &str = "owner";
pub const GATEWAY: &str = "gateway";
/// The model's first curator.
pub const CURATOR: &str = "curator";
/// The model's second curator, who also curates the first DataNet.
pub const BOTH: &str = "both";
/// A curator of the first DataNet.
pub const KEEPER: &str = "keeper";
pub const CONTRIBUTOR: &str = "contributor";
pub const STRANGER: &str = "stranger";

/// The model that `with_model` creates.
pub const MODEL: ModelId = ModelId(1);
/// The DataNet that exists from the start.
pub const DATANET: DatanetId = DatanetId(1);
/// The method that exists from the start.
pub const METHOD: MethodId = MethodId(1);

const BOND: u128 = 100;

pub struct World {
    pub chain: EmbeddedChain,
    pub at: Deployment,
    contributions: u64,
}

impl World {
    /// All contracts, a method and an open DataNet.
    pub fn new() -> Self {
        let mut chain = EmbeddedChain::default();
        let balances = vec![(account(CONTRIBUTOR), Uint128::new(1_000_000_000))];
        let config = DeployConfig {
            wasm_admin: Some(account(GOVERNANCE)),
            ..DeployConfig::for_tests(account(GOVERNANCE), balances)
        };
        let at = chain.deploy(&config).expect("the contracts deploy");
        let mut world = Self { chain, at, contributions: 0 };
        world.register_method();
        world.create_datanet(KEEPER, Bps(1));
        world
    }

    /// And a model of `OWNER`.
    pub fn with_model() -> Self {
        let mut world = Self::new();
        world.run(OWNER, ExecuteMsg::CreateModel(new_model()));
        world
    }

    /// And contributions that it uses, at positions from 0.
    pub fn with_used(count: u64) -> Self {
        let mut world = Self::with_model();
        let ids: Vec<_> = (0..count).map(|_| world.accepted(DATANET)).collect();
        world.run(OWNER, append(&ids));
        world
    }

    /// And a pool of as many validation examples.
    pub fn with_pool(examples: u64) -> Self {
        let mut world = Self::with_used(1);
        world.extend_pool(hash(1), examples);
        world
    }

    pub fn execute(&mut self, sender: &str, msg: ExecuteMsg) -> Result<TxOutcome, ChainError> {
        let contract = self.at.model.clone();
        self.chain.execute(&account(sender), &contract, &msg, &[])
    }

    #[track_caller]
    pub fn run(&mut self, sender: &str, msg: ExecuteMsg) -> Vec<ModelEvent> {
        let outcome = self.execute(sender, msg).expect("the message is accepted");
        events(&outcome)
    }

    /// The error of a message that must be refused, and must leave no trace.
    #[track_caller]
    pub fn refused(&mut self, sender: &str, msg: ExecuteMsg) -> ContractError {
        let before = self.chain.storage().clone();
        let error = err(self.execute(sender, msg));
        assert!(*self.chain.storage() == before, "a refused message changed the state");
        error
    }

    #[track_caller]
    pub fn query<T: serde::de::DeserializeOwned>(&self, query: QueryMsg) -> T {
        self.chain.query(&self.at.model, &query).expect("the query is answered")
    }

    /// Asserts that a query is refused with this error.
    #[track_caller]
    pub fn assert_query_refused(&self, query: QueryMsg, expected: &ContractError) {
        let answer: Result<serde::de::IgnoredAny, _> = self.chain.query(&self.at.model, &query);
        let refusal = answer.expect_err("the query is refused").to_string();
        assert!(refusal.contains(&expected.to_string()), "{refusal} is not: {expected}");
    }

    pub fn model(&self) -> Model {
        self.query(QueryMsg::Model { model: MODEL })
    }

    pub fn basis(&self, fixed_by: u64) -> RoundBasis {
        self.query(QueryMsg::RoundBasis { model: MODEL, fixed_by: Seconds(fixed_by) })
    }

    pub fn domain(&self) -> Domain {
        Domain { chain_id: self.chain.chain_id(), contract: self.at.model.to_string() }
    }

    fn register_method(&mut self) {
        let params = attribution::MethodParams {
            name: "ggn-mlp/v1".to_owned(),
            spec_hash: hash(9),
            z_tenths: 20,
            min_effective_queries: 16,
            validation_per_round: Uint64::new(10),
            min_pool: Uint128::new(1),
            bond: Uint128::new(1_000),
            commit_period: Seconds(100),
            reveal_period: Seconds(100),
            tolerance: Uint64::zero(),
        };
        let contract = self.at.attribution.clone();
        let msg = attribution::ExecuteMsg::RegisterMethod(params);
        self.chain.execute(&account(GOVERNANCE), &contract, &msg, &[]).expect("the method is registered");
    }

    /// A DataNet that accepts at reveal, with `curator` and `BOTH` as its curators.
    pub fn create_datanet(&mut self, curator: &str, min_influence_share: Bps) {
        let new = datanet::NewDatanet {
            name: "digits".to_owned(),
            description: String::new(),
            media: "image/x-grey8".to_owned(),
            schema: "8x8".to_owned(),
            licence: "CC-BY-4.0".to_owned(),
            admission: datanet::Admission::Open {},
            bond: Uint128::new(BOND),
            commits_per_day: 10_000,
            min_influence_share,
            curators: vec![text(curator), text(BOTH)],
        };
        let contract = self.at.datanet.clone();
        let msg = datanet::ExecuteMsg::CreateDatanet(new);
        self.chain.execute(&account("datanet-owner"), &contract, &msg, &[]).expect("the DataNet is created");
    }

    /// A contribution that is committed, not revealed.
    pub fn committed(&mut self, datanet: DatanetId) -> ContributionId {
        self.contributions += 1;
        let root = item_root(self.contributions);
        let domain = Domain { chain_id: self.chain.chain_id(), contract: self.at.datanet.to_string() };
        let contributor = account(CONTRIBUTOR);
        let commitment =
            contribution_commitment(&domain, datanet.get(), contributor.as_str(), root.bytes(), hash(7).bytes());
        let hook = datanet::ReceiveMsg::Commit { datanet, commitment: commitment.into() };
        let contract = self.at.datanet.clone();
        self.chain.send_open(&contributor, &contract, BOND, &hook).expect("the contribution is committed");
        ContributionId(self.contributions)
    }

    /// An accepted contribution.
    pub fn accepted(&mut self, datanet: DatanetId) -> ContributionId {
        let contribution = self.committed(datanet);
        let revealed = datanet::RevealedContribution {
            kind: datanet::ContributionKind::Data,
            items_root: item_root(contribution.get()),
            item_count: Uint64::new(1),
            bytes: Uint64::new(64),
            uri: "items".to_owned(),
            licence: "CC-BY-4.0".to_owned(),
            salt: hash(7),
            payees: Vec::new(),
        };
        let contract = self.at.datanet.clone();
        let msg = datanet::ExecuteMsg::Reveal { contribution, revealed };
        self.chain.execute(&account(CONTRIBUTOR), &contract, &msg, &[]).expect("the contribution is revealed");
        contribution
    }

    pub fn snapshot(&self, datanet: DatanetId, version: u64) -> TrainedOn {
        let query = datanet::QueryMsg::Snapshot { datanet, version: Uint64::new(version) };
        let found: datanet::Snapshot = self.chain.query(&self.at.datanet, &query).expect("the snapshot exists");
        TrainedOn { datanet, version: found.version, root: found.root }
    }

    /// A manifest of the model as `with_used(positions)` leaves it.
    pub fn manifest(&self, positions: u32) -> VersionManifest {
        VersionManifest {
            trained_on: vec![self.snapshot(DATANET, u64::from(positions))],
            positions,
            left_out: Binary::from(vec![0; positions.div_ceil(8) as usize]),
            training_hash: hash(2),
            weights_hash: hash(3),
            uri: "ipfs://weights".to_owned(),
        }
    }

    /// Proposes examples and has them approved by both sides.
    #[track_caller]
    pub fn extend_pool(&mut self, root: Hash32, examples: u64) -> Vec<ModelEvent> {
        self.run(OWNER, propose(root, examples));
        self.run(CURATOR, approve(root, Curatorship::Model {}));
        self.run(KEEPER, approve(root, for_datanet(1)))
    }

    /// A round of the real `attribution` contract's address consumes examples.
    pub fn consume(&mut self, count: u64) -> Result<TxOutcome, ChainError> {
        let (sender, contract) = (self.at.attribution.clone(), self.at.model.clone());
        self.chain.execute(&sender, &contract, &consume(count), &[])
    }
}

pub fn account(name: &str) -> Addr {
    EmbeddedChain::account(name)
}

pub fn text(name: &str) -> String {
    account(name).into_string()
}

pub fn hash(byte: u8) -> Hash32 {
    Hash32([byte; 32])
}

fn item_root(number: u64) -> Hash32 {
    rules::hash::digest("test-items", &[&number.to_be_bytes()]).into()
}

pub fn events(outcome: &TxOutcome) -> Vec<ModelEvent> {
    outcome.events.iter().filter_map(ModelEvent::parse).map(|event| event.expect("the event is complete")).collect()
}

pub fn price(name: &str, per_call: u128) -> Price {
    Price { name: name.to_owned(), per_call: Uint128::new(per_call) }
}

pub fn terms() -> Terms {
    Terms {
        owner: Bps(3_000),
        stake: Bps(0),
        influence: Bps(7_000),
        parents: Bps(0),
        release_rate: Bps(2_500),
        cap: Uint128::new(1_000_000_000),
    }
}

pub fn new_model() -> NewModel {
    NewModel {
        name: "digits-mlp".to_owned(),
        kind: ModelKind::Base,
        terms: terms(),
        prices: vec![price("standard", 2_000), price("batch", 1_000)],
        gateway: text(GATEWAY),
        method: METHOD,
        curators: vec![text(CURATOR), text(BOTH)],
    }
}

pub fn append(ids: &[ContributionId]) -> ExecuteMsg {
    ExecuteMsg::AppendContributions { model: MODEL, contributions: ids.to_vec() }
}

pub fn register(manifest: VersionManifest) -> ExecuteMsg {
    ExecuteMsg::RegisterVersion { model: MODEL, manifest }
}

pub fn set_prices(prices: Vec<Price>) -> ExecuteMsg {
    ExecuteMsg::SetPrices { model: MODEL, prices }
}

pub fn offer(to: &str) -> ExecuteMsg {
    ExecuteMsg::OfferModel { model: MODEL, to: text(to) }
}

pub fn accept() -> ExecuteMsg {
    ExecuteMsg::AcceptModel { model: MODEL }
}

pub fn propose(root: Hash32, count: u64) -> ExecuteMsg {
    ExecuteMsg::ProposeValidation { model: MODEL, root, count: Uint64::new(count), uri: "ipfs://examples".to_owned() }
}

pub fn approve(root: Hash32, on_behalf: Curatorship) -> ExecuteMsg {
    ExecuteMsg::ApproveValidation { model: MODEL, root, on_behalf }
}

pub fn for_datanet(contribution: u64) -> Curatorship {
    Curatorship::Datanet { contribution: ContributionId(contribution) }
}

pub fn consume(count: u64) -> ExecuteMsg {
    ExecuteMsg::ConsumeValidation { model: MODEL, round: RoundId(1), count: Uint64::new(count) }
}
