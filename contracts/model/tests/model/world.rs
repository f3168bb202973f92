//! Where the tests begin: the contract on an embedded chain, between stand-ins of its peers. What must always hold is
//! checked after every message.

use std::fmt::Debug;

use cosmwasm_std::{Addr, Binary, Empty, Order, Record, StdResult, Storage as _, Uint64, Uint128};
use cw_multi_test::error::AnyResult;
use cw_multi_test::{App, AppResponse, ContractWrapper, Executor as _};
use model::{ContractError, contract};
use protocol::datanet::{Admission, Contribution, Datanet, NewDatanet, Status};
use protocol::event::ModelEvent;
use protocol::model::{Commerce, Curatorship, ExecuteMsg, InstantiateMsg, Model, QueryMsg, RoundBasis};
use protocol::model::{Terms, TrainedOn, VersionManifest};
use protocol::stake::{Payment, Reserves};
use protocol::{Bps, ContributionId, DatanetId, Epoch, Hash32, ModelId, Page, Seconds};
use rules::hash::Domain;
use serde::de::DeserializeOwned;

pub use crate::samples::*;
use crate::{check, stand_ins};

pub struct World {
    pub app: App,
    /// The contract under test.
    pub contract: Addr,
    pub code: u64,
    pub datanet: Addr,
    pub attribution: Addr,
    pub settlement: Addr,
    pub stake_code: u64,
    datanets: u64,
    contributions: u64,
    /// Whether what must always hold is checked: not once a test has broken it.
    checked: bool,
}

impl World {
    /// All contracts, and an open DataNet; epoch 0 has begun.
    pub fn new() -> Self {
        let mut world = Self::unwired();
        let wire = world.wire();
        world.run(GOVERNANCE, wire);
        world
    }

    /// As `new`, with the contract `stake` itself in place of its stand-in, which the checks look into.
    pub fn with_real_stake() -> Self {
        let mut world = Self::unwired();
        let entry =
            ContractWrapper::new(stake::contract::execute, stake::contract::instantiate, stake::contract::query);
        world.stake_code = world.app.store_code(Box::new(entry));
        world.contract = world.instantiate(&world.setup()).unwrap();
        world.checked = false;
        let wire = world.wire();
        world.run(GOVERNANCE, wire);
        world
    }

    /// And `Wire` not sent yet.
    pub fn unwired() -> Self {
        let mut app = App::default();
        let [datanet, attribution, settlement] =
            [stand_ins::datanet(), stand_ins::attribution(), stand_ins::settlement()].map(|stand_in| {
                let code = app.store_code(stand_in);
                app.instantiate_contract(code, account(GOVERNANCE), &Empty {}, &[], "stand-in", None).unwrap()
            });
        let stake_code = app.store_code(stand_ins::stake());
        let entry = ContractWrapper::new(contract::execute, contract::instantiate, contract::query);
        let code = app.store_code(Box::new(entry.with_reply(contract::reply).with_migrate(contract::migrate)));
        let contract = datanet.clone();
        let mut world = Self {
            app,
            contract,
            code,
            datanet,
            attribution,
            settlement,
            stake_code,
            datanets: 0,
            contributions: 0,
            checked: true,
        };
        world.contract = world.instantiate(&world.setup()).unwrap();
        world.set_epoch(Some(0));
        world.create_datanet(KEEPER, Bps(1));
        world
    }

    /// And a model of `OWNER`.
    pub fn with_model() -> Self {
        let mut world = Self::new();
        world.run(OWNER, create(new_model()));
        world
    }

    /// And contributions that it uses, at positions from 0.
    pub fn with_used(count: u64) -> Self {
        let mut world = Self::with_model();
        let ids: Vec<_> = (0..count).map(|_| world.accepted(DATANET)).collect();
        ids.chunks(100).for_each(|ids| drop(world.run(OWNER, append(ids))));
        world
    }

    /// And a pool of as many validation examples.
    pub fn with_pool(examples: u64) -> Self {
        let mut world = Self::with_used(1);
        world.extend_pool(hash(1), examples);
        world
    }

    // Deployment.

    pub fn setup(&self) -> InstantiateMsg {
        InstantiateMsg {
            owner: text(GOVERNANCE),
            datanet: self.datanet.to_string(),
            open_token: text("open"),
            stake_code_id: Uint64::new(self.stake_code),
        }
    }

    pub fn instantiate(&mut self, msg: &InstantiateMsg) -> AnyResult<Addr> {
        let admin = Some(text(GOVERNANCE));
        self.app.instantiate_contract(self.code, account(GOVERNANCE), msg, &[], "model", admin)
    }

    pub fn wire(&self) -> ExecuteMsg {
        ExecuteMsg::Wire { attribution: self.attribution.to_string(), settlement: self.settlement.to_string() }
    }

    // Messages.

    pub fn execute(&mut self, sender: &str, msg: ExecuteMsg) -> AnyResult<AppResponse> {
        self.execute_as(&account(sender), msg)
    }

    pub fn execute_as(&mut self, sender: &Addr, msg: ExecuteMsg) -> AnyResult<AppResponse> {
        let result = self.app.execute_contract(sender.clone(), self.contract.clone(), &msg, &[]);
        if self.checked {
            check::all(self);
        }
        result
    }

    #[track_caller]
    pub fn run(&mut self, sender: &str, msg: ExecuteMsg) -> Vec<ModelEvent> {
        events(&self.execute(sender, msg).expect("the message is accepted"))
    }

    /// The error of a message that must be refused, and must leave no trace.
    #[track_caller]
    pub fn refused(&mut self, sender: &str, msg: ExecuteMsg) -> ContractError {
        let before = self.dump();
        let error = err(self.execute(sender, msg));
        assert!(self.dump() == before, "a refused message changed the state");
        error
    }

    /// A peer refuses, and what the contract had written by then is undone.
    #[track_caller]
    pub fn refused_by_a_peer(&mut self, sender: &str, msg: ExecuteMsg) -> String {
        let before = self.dump();
        let error = self.execute(sender, msg).expect_err("the peer refuses");
        assert!(self.dump() == before, "a refused message changed the state");
        assert!(error.downcast_ref::<ContractError>().is_none(), "the contract itself refuses: {error:#}");
        format!("{error:#}")
    }

    /// A round of `attribution` consumes examples.
    pub fn consume(&mut self, count: u64) -> AnyResult<AppResponse> {
        let attribution = self.attribution.clone();
        self.execute_as(&attribution, consume(count))
    }

    /// Proposes examples and has them approved by both sides.
    #[track_caller]
    pub fn extend_pool(&mut self, root: Hash32, examples: u64) -> Vec<ModelEvent> {
        self.run(OWNER, propose(root, examples));
        self.run(CURATOR, approve(root, Curatorship::Model {}));
        self.run(KEEPER, approve(root, for_datanet(1)))
    }

    // Queries.

    #[track_caller]
    pub fn query<T: DeserializeOwned>(&self, query: QueryMsg) -> T {
        self.try_query(&query).expect("the query is answered")
    }

    pub fn try_query<T: DeserializeOwned>(&self, query: &QueryMsg) -> StdResult<T> {
        self.app.wrap().query_wasm_smart(&self.contract, query)
    }

    /// Asserts that a query is refused with this error.
    #[track_caller]
    pub fn assert_query_refused(&self, query: QueryMsg, expected: &ContractError) {
        let answer: StdResult<serde::de::IgnoredAny> = self.try_query(&query);
        let refusal = answer.expect_err("the query is refused").to_string();
        assert!(refusal.contains(&expected.to_string()), "{refusal} is not: {expected}");
    }

    pub fn model(&self) -> Model {
        self.query(QueryMsg::Model { model: MODEL })
    }

    pub fn basis(&self, fixed_by: u64) -> RoundBasis {
        self.query(QueryMsg::RoundBasis { model: MODEL, fixed_by: Seconds(fixed_by) })
    }

    pub fn commerce(&self, epoch: Option<u64>) -> Commerce {
        self.query(QueryMsg::Commerce { model: MODEL, epoch: epoch.map(Epoch) })
    }

    /// The terms that hold in an epoch.
    pub fn terms_in(&self, epoch: u64) -> Terms {
        self.commerce(Some(epoch)).terms
    }

    pub fn domain(&self) -> Domain {
        Domain { chain_id: self.app.block_info().chain_id, contract: self.contract.to_string() }
    }

    // Time.

    pub fn time(&self) -> u64 {
        self.app.block_info().time.seconds()
    }

    pub fn pass_time(&mut self, seconds: u64) {
        self.app.update_block(|block| {
            block.time = block.time.plus_seconds(seconds);
            block.height += 1;
        });
    }

    /// Sets the epoch that `settlement` is in; `None` before the first.
    pub fn set_epoch(&mut self, epoch: Option<u64>) {
        let settlement = self.settlement.clone();
        let mut storage = self.app.contract_storage_mut(&settlement);
        stand_ins::EPOCH.save(&mut *storage, &epoch.map(Epoch)).unwrap();
    }

    // Peers.

    /// A DataNet with `curator` and `BOTH` as its curators.
    pub fn create_datanet(&mut self, curator: &str, min_influence_share: Bps) -> DatanetId {
        self.datanets += 1;
        let id = DatanetId(self.datanets);
        let settings = NewDatanet {
            name: "digits".to_owned(),
            description: String::new(),
            media: "image/x-grey8".to_owned(),
            schema: "8x8".to_owned(),
            licence: "CC-BY-4.0".to_owned(),
            admission: Admission::Open {},
            bond: Uint128::new(100),
            commits_per_day: 10_000,
            min_influence_share,
            curators: vec![text(curator), text(BOTH)],
            item_key: None,
        };
        let (owner, version) = (account("datanet-owner"), Uint64::zero());
        let datanet = Datanet { id, owner, offered_to: None, settings, version, root: Hash32::default() };
        let at = self.datanet.clone();
        stand_ins::DATANETS.save(&mut *self.app.contract_storage_mut(&at), id.get(), &datanet).unwrap();
        id
    }

    /// A contribution that is committed, not revealed.
    pub fn committed(&mut self, datanet: DatanetId) -> ContributionId {
        self.contribution(datanet, Status::Committed)
    }

    /// An accepted contribution, the last of its DataNet's newest snapshot.
    pub fn accepted(&mut self, datanet: DatanetId) -> ContributionId {
        let contribution = self.contribution(datanet, Status::Accepted);
        let at = self.datanet.clone();
        let mut storage = self.app.contract_storage_mut(&at);
        let mut found = stand_ins::DATANETS.load(&*storage, datanet.get()).unwrap();
        found.version += Uint64::one();
        stand_ins::DATANETS.save(&mut *storage, datanet.get(), &found).unwrap();
        contribution
    }

    fn contribution(&mut self, datanet: DatanetId, status: Status) -> ContributionId {
        self.contributions += 1;
        let id = ContributionId(self.contributions);
        let contribution = Contribution {
            id,
            datanet,
            contributor: account(CONTRIBUTOR),
            commitment: hash(7),
            committed_at: Seconds(self.time()),
            committed_height: Uint64::one(),
            accepted_at: None,
            rank: None,
            bond: Uint128::new(100),
            bond_taken: Uint128::zero(),
            bond_returned: false,
            status,
            revealed: None,
            payees: vec![],
            accepts: 0,
            rejects: 0,
            duplicates: Uint64::zero(),
            used: false,
            withdrawn_at: None,
        };
        let at = self.datanet.clone();
        stand_ins::CONTRIBUTIONS.save(&mut *self.app.contract_storage_mut(&at), id.get(), &contribution).unwrap();
        id
    }

    pub fn set_status(&mut self, contribution: u64, status: Status) {
        let at = self.datanet.clone();
        let mut storage = self.app.contract_storage_mut(&at);
        let mut found = stand_ins::CONTRIBUTIONS.load(&*storage, contribution).unwrap();
        found.status = status;
        stand_ins::CONTRIBUTIONS.save(&mut *storage, contribution, &found).unwrap();
    }

    pub fn snapshot(&self, datanet: DatanetId, version: u64) -> TrainedOn {
        TrainedOn { datanet, version: Uint64::new(version), root: stand_ins::snapshot_root(datanet, version) }
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
            work: vec![],
        }
    }

    /// The model's stake contract.
    pub fn stake(&self, model: ModelId) -> Addr {
        self.query::<Model>(QueryMsg::Model { model }).stake.expect("every model has a stake")
    }

    pub fn reserves(&self) -> Reserves {
        self.app.wrap().query_wasm_smart(self.stake(MODEL), &protocol::stake::QueryMsg::Reserves {}).unwrap()
    }

    /// What the model's stake has paid for work, in order.
    pub fn paid(&self) -> Vec<(String, u128)> {
        let storage = self.app.contract_storage(&self.stake(MODEL));
        let paid: Vec<Payment> = stand_ins::PAID.may_load(&*storage).unwrap().unwrap_or_default();
        paid.into_iter().map(|payment| (payment.account, payment.amount.u128())).collect()
    }

    // State.

    /// All state of all contracts.
    pub fn dump(&self) -> Vec<Record> {
        self.app.storage().range(None, None, Order::Ascending).collect()
    }

    /// Changes the stored model behind the contract's back, and checks no more.
    pub fn tamper(&mut self, change: impl FnOnce(&mut Model)) {
        self.checked = false;
        let mut model = self.model();
        change(&mut model);
        let contract = self.contract.clone();
        let stored = cw_storage_plus::Map::<u64, Model>::new("models");
        stored.save(&mut *self.app.contract_storage_mut(&contract), MODEL.get(), &model).unwrap();
    }

    pub fn models(&self) -> Vec<Model> {
        self.query(QueryMsg::Models { page: Page::default() })
    }
}

/// The contract's error in a result that must be one.
#[track_caller]
pub fn err<T: Debug>(result: AnyResult<T>) -> ContractError {
    let error = result.expect_err("the contract refuses");
    error.downcast().unwrap_or_else(|other| panic!("not an error of the contract: {other:#}"))
}

/// Events of the contract in a response, in order.
pub fn events(response: &AppResponse) -> Vec<ModelEvent> {
    response.events.iter().filter_map(ModelEvent::parse).map(|event| event.expect("the event is complete")).collect()
}
