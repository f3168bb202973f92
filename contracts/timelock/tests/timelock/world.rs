//! A small chain with a timelock on it.

use cosmwasm_std::{Addr, BlockInfo, Empty, Timestamp, Uint64};
use cw_multi_test::{App, AppResponse, ContractWrapper, Executor};
use protocol::timelock::{Change, ExecuteMsg, InstantiateMsg, Proposal, QueryMsg};
use protocol::{Page, ProposalId, Seconds};
use serde::Serialize;
use serde::de::DeserializeOwned;
use timelock::ContractError;

use crate::stand_in;

pub const START: u64 = 1_000_000;
pub const START_HEIGHT: u64 = 100;
pub const DELAY: u64 = 600;
pub const MIN_BLOCKS: u64 = 5;
/// `EXECUTION_PERIOD` in seconds.
pub const PERIOD: u64 = 14 * 86_400;
pub const FIRST: ProposalId = ProposalId(1);

pub type Outcome = Result<AppResponse, ContractError>;

pub struct World {
    pub app: App,
    pub timelock: Addr,
    pub target: Addr,
    /// Code of stand-ins, of which the target is one.
    pub code: u64,
    /// Code of timelocks.
    pub own_code: u64,
}

impl World {
    /// A timelock that is its own admin, and the target's.
    pub fn new() -> Self {
        let mut world = Self::bare();
        world.timelock = world.instantiate(&world.instantiate_msg()).unwrap();
        let (deployer, timelock) = (world.account("deployer"), world.timelock.clone());
        let own =
            cosmwasm_std::WasmMsg::UpdateAdmin { contract_addr: timelock.to_string(), admin: timelock.to_string() };
        world.app.execute(deployer, own.into()).unwrap();
        world.target = world.stand_in(Some(timelock));
        world
    }

    /// No timelock yet.
    pub fn bare() -> Self {
        let mut app = App::default();
        let time = Timestamp::from_seconds(START);
        app.set_block(BlockInfo { height: START_HEIGHT, time, chain_id: "test-1".to_owned() });
        let code = app.store_code(stand_in::contract());
        let own_code = app.store_code(Box::new(
            ContractWrapper::new(
                timelock::contract::execute,
                timelock::contract::instantiate,
                timelock::contract::query,
            )
            .with_migrate(timelock::contract::migrate),
        ));
        let nowhere = Addr::unchecked("");
        Self { app, timelock: nowhere.clone(), target: nowhere, code, own_code }
    }

    pub fn account(&self, name: &str) -> Addr {
        self.app.api().addr_make(name)
    }

    pub fn instantiate_msg(&self) -> InstantiateMsg {
        let proposer = self.account("proposer").into();
        InstantiateMsg { proposer, delay: Seconds(DELAY), min_blocks: Uint64::new(MIN_BLOCKS) }
    }

    /// The deployer is its first admin.
    pub fn instantiate(&mut self, msg: &InstantiateMsg) -> Result<Addr, ContractError> {
        let deployer = self.account("deployer");
        let admin = Some(deployer.to_string());
        let made = self.app.instantiate_contract(self.own_code, deployer, msg, &[], "timelock", admin);
        made.map_err(|error| error.downcast().unwrap())
    }

    pub fn stand_in(&mut self, admin: Option<Addr>) -> Addr {
        let deployer = self.account("deployer");
        let admin = admin.map(String::from);
        self.app.instantiate_contract(self.code, deployer, &Empty {}, &[], "target", admin).unwrap()
    }

    // ---- messages

    /// A migration of the target to its own code.
    pub fn migrate(&self, msg: &str) -> Change {
        Change::Migrate { contract: self.target.to_string(), code_id: self.code.into(), msg: msg.as_bytes().into() }
    }

    pub fn execute(&mut self, sender: &str, msg: &ExecuteMsg) -> Outcome {
        self.try_execute(sender, msg).map_err(|error| error.downcast().unwrap())
    }

    /// For refusals that are not the timelock's own.
    pub fn try_execute(&mut self, sender: &str, msg: &ExecuteMsg) -> Result<AppResponse, anyhow::Error> {
        self.app.execute_contract(self.account(sender), self.timelock.clone(), msg, &[])
    }

    pub fn propose(&mut self, changes: Vec<Change>) -> Outcome {
        self.execute("proposer", &ExecuteMsg::Propose { changes, reason: "a better build".to_owned() })
    }

    pub fn cancel(&mut self, sender: &str, proposal: ProposalId) -> Outcome {
        self.execute(sender, &ExecuteMsg::Cancel { proposal })
    }

    pub fn run(&mut self, proposal: ProposalId) -> Outcome {
        self.execute("stranger", &ExecuteMsg::Execute { proposal })
    }

    // ---- time

    pub fn pass(&mut self, seconds: u64, blocks: u64) {
        self.app.update_block(|block| {
            block.time = block.time.plus_seconds(seconds);
            block.height += blocks;
        });
    }

    /// The first second and block at which what was proposed now can be executed.
    pub fn wait(&mut self) {
        self.pass(DELAY, MIN_BLOCKS);
    }

    // ---- what is there

    pub fn query<T: DeserializeOwned>(&self, query: &(impl Serialize + std::fmt::Debug)) -> T {
        self.app.wrap().query_wasm_smart(&self.timelock, query).unwrap()
    }

    pub fn proposals(&self) -> Vec<Proposal> {
        self.query(&QueryMsg::Proposals { page: Page::default() })
    }

    /// Messages that a stand-in was migrated with.
    pub fn migrations(&self, contract: &Addr) -> Vec<String> {
        self.app.wrap().query_wasm_smart(contract, &Empty {}).unwrap()
    }

    pub fn admin(&self, contract: &Addr) -> Option<Addr> {
        self.app.contract_data(contract).unwrap().admin
    }
}

/// Values of an attribute in the events of a type.
pub fn attributes(response: &AppResponse, event: &str, key: &str) -> Vec<String> {
    let of_type = response.events.iter().filter(|found| found.ty == format!("wasm-{event}"));
    let all = of_type.flat_map(|found| &found.attributes);
    all.filter(|attribute| attribute.key == key).map(|attribute| attribute.value.clone()).collect()
}
