//! The chain that these tests run on. After every message it checks that the contract's OPEN is exactly the bonds it holds, and
//! that records, totals and events say the same of them.

use cosmwasm_std::{Addr, Binary, Coin, StdResult, Uint128, to_json_binary, to_json_vec};
use cw_multi_test::error::AnyResult;
use cw_multi_test::{App, AppResponse, Executor};
use cw20::{BalanceResponse, Cw20ExecuteMsg, Cw20QueryMsg};
use datanet::ContractError;
use protocol::datanet::{
    Admission, Config, Contribution, Datanet, DuplicateProof, ExecuteMsg, NewDatanet, QueryMsg, ReceiveMsg,
    RevealedContribution, Snapshot, Verdict,
};
use protocol::event::DatanetEvent;
use protocol::settlement::ContributionUpdate;
use protocol::{ContributionId, DatanetId, Hash32, Page};
use rules::hash::{Domain, Hash};
use rules::item::{contribution_commitment, items_commitment};
use serde::de::DeserializeOwned;

use crate::books::Books;
use crate::deploy::{NATIVE, deploy_token, instantiate_datanet, instantiation, native_coin};
pub use crate::models::position;
pub use crate::samples::{Side, duplicate_proof, items, payee, revealed, settings};
use crate::stand_ins::{self, deploy_model, deploy_settlement};

/// The bond of `World::open_datanet`: not a multiple of anything below.
pub const BOND: u128 = 1_003;
/// What every funded account has at first, in uopen.
pub const FUNDS: u128 = 1_000_000;
/// Reveals are due this many seconds after the commit.
pub const REVEAL_PERIOD: u64 = 600;
/// Recognitions and withdrawals have a notice of this many seconds.
pub const NOTICE_PERIOD: u64 = 200;
/// Claims for proved debt can be appealed for this many seconds.
pub const APPEAL_PERIOD: u64 = 300;
/// A bond is released after this many settled rounds without proved debt.
pub const CLEAN_ROUNDS: u8 = 3;
/// Every window lasts at least this many blocks.
pub const MIN_BLOCKS: u64 = 5;
pub const SALT: Hash32 = Hash32([7; 32]);
pub const FUNDED: [&str; 8] = ["ann", "ben", "cyd", "eve", "rev1", "rev2", "rev3", "rich"];

/// An embedded chain with OPEN, `datanet`, and stand-ins.
pub struct World {
    pub app: App,
    pub token: Addr,
    pub datanet: Addr,
    pub model: Addr,
    pub settlement: Addr,
    /// Every message that was sent and every event, as bytes.
    pub seen: Vec<Vec<u8>>,
    books: Books,
    donated: Uint128,
}

impl World {
    /// All contracts deployed and wired.
    pub fn new() -> Self {
        let mut world = Self::unwired();
        let settlement = world.settlement.clone();
        world.wire(&settlement).unwrap();
        world
    }

    /// Deployed, and `Wire` not sent yet.
    pub fn unwired() -> Self {
        let mut app = App::new(|router, api, storage| {
            for name in FUNDED {
                let coins = vec![Coin::new(1_000_u128, NATIVE)];
                router.bank.init_balance(storage, &api.addr_make(name), coins).unwrap();
            }
        });
        let token = deploy_token(&mut app);
        let (model, settlement) = (deploy_model(&mut app), deploy_settlement(&mut app));
        let msg = instantiation(&app, &token);
        let datanet = instantiate_datanet(&mut app, &msg, &[]).unwrap();
        let (books, donated) = (Books::default(), Uint128::zero());
        Self { app, token, datanet, model, settlement, seen: vec![], books, donated }
    }

    pub fn wire(&mut self, settlement: &Addr) -> Result<AppResponse, ContractError> {
        let model = self.model.to_string();
        self.execute("governance", ExecuteMsg::Wire { model, settlement: settlement.to_string() })
    }

    /// The address of an account; the model contract also goes by its name.
    pub fn account(&self, name: &str) -> Addr {
        if name == "model" { self.model.clone() } else { self.app.api().addr_make(name) }
    }

    pub fn accounts(&self, names: &[&str]) -> Vec<String> {
        names.iter().map(|name| self.account(name).into_string()).collect()
    }

    /// Passes time and blocks.
    pub fn pass(&mut self, seconds: u64, blocks: u64) {
        self.app.update_block(|block| {
            block.time = block.time.plus_seconds(seconds);
            block.height += blocks;
        });
    }

    pub fn now(&self) -> u64 {
        self.app.block_info().time.seconds()
    }

    // Messages.

    pub fn execute(&mut self, sender: &str, msg: ExecuteMsg) -> Result<AppResponse, ContractError> {
        self.execute_with(sender, msg, &[])
    }

    pub fn execute_with_native_coins(&mut self, sender: &str, msg: ExecuteMsg) -> Result<AppResponse, ContractError> {
        self.execute_with(sender, msg, &[native_coin()])
    }

    fn execute_with(&mut self, sender: &str, msg: ExecuteMsg, funds: &[Coin]) -> Result<AppResponse, ContractError> {
        let (sender, datanet) = (self.account(sender), self.datanet.clone());
        self.seen.push(to_json_vec(&msg).unwrap());
        let result = self.app.execute_contract(sender, datanet, &msg, funds);
        self.after(result)
    }

    /// A cw20 `Send` of OPEN.
    pub fn send(&mut self, sender: &str, amount: u128, msg: Binary) -> Result<AppResponse, ContractError> {
        let (sender, token) = (self.account(sender), self.token.clone());
        self.seen.push(msg.to_vec());
        let send = Cw20ExecuteMsg::Send { contract: self.datanet.to_string(), amount: amount.into(), msg };
        let result = self.app.execute_contract(sender, token, &send, &[]);
        self.after(result)
    }

    /// Enters what a message did into the books and checks them.
    fn after(&mut self, result: AnyResult<AppResponse>) -> Result<AppResponse, ContractError> {
        let result = contract_error(result);
        if let Ok(response) = &result {
            events(response).iter().for_each(|event| self.books.enter(event));
            let texts = response.events.iter().flat_map(|event| &event.attributes);
            self.seen.extend(texts.map(|attribute| attribute.value.clone().into_bytes()));
        }
        self.check_money();
        result
    }

    pub fn donate(&mut self, amount: u128) {
        let (sender, token) = (self.account("rich"), self.token.clone());
        let transfer = Cw20ExecuteMsg::Transfer { recipient: self.datanet.to_string(), amount: amount.into() };
        self.app.execute_contract(sender, token, &transfer, &[]).unwrap();
        self.donated += Uint128::new(amount);
        self.check_money();
    }

    pub fn create(&mut self, settings: NewDatanet) -> Result<DatanetId, ContractError> {
        let response = self.execute("owner", ExecuteMsg::CreateDatanet(settings))?;
        let created = events(&response).into_iter().find_map(|event| match event {
            DatanetEvent::DatanetCreated { datanet, .. } => Some(datanet),
            _ => None,
        });
        Ok(created.unwrap())
    }

    pub fn open_datanet(&mut self) -> DatanetId {
        self.create(settings(Admission::Open {})).unwrap()
    }

    /// An open DataNet whose curators are cur1 and cur2.
    pub fn curated_datanet(&mut self) -> DatanetId {
        let curators = self.accounts(&["cur1", "cur2"]);
        self.create(NewDatanet { curators, ..settings(Admission::Open {}) }).unwrap()
    }

    /// A DataNet in which two of rev1, rev2, rev3 decide.
    pub fn reviewed_datanet(&mut self) -> DatanetId {
        let reviewers = self.accounts(&["rev1", "rev2", "rev3"]);
        self.create(settings(Admission::Reviewed { reviewers, threshold: 2 })).unwrap()
    }

    pub fn commit_hash(
        &mut self,
        sender: &str,
        datanet: DatanetId,
        commitment: Hash32,
    ) -> Result<ContributionId, ContractError> {
        let bond = self.datanet(datanet).map_or(BOND, |datanet| datanet.settings.bond.u128());
        let msg = to_json_binary(&ReceiveMsg::Commit { datanet, commitment }).unwrap();
        let response = self.send(sender, bond, msg)?;
        let committed = events(&response).into_iter().find_map(|event| match event {
            DatanetEvent::Committed { contribution, .. } => Some(contribution),
            _ => None,
        });
        Ok(committed.unwrap())
    }

    pub fn commit(
        &mut self,
        sender: &str,
        datanet: DatanetId,
        items: &[Hash],
    ) -> Result<ContributionId, ContractError> {
        let commitment = self.commitment(sender, datanet, items);
        self.commit_hash(sender, datanet, commitment)
    }

    pub fn reveal(
        &mut self,
        sender: &str,
        contribution: ContributionId,
        revealed: RevealedContribution,
    ) -> Result<AppResponse, ContractError> {
        self.execute(sender, ExecuteMsg::Reveal { contribution, revealed })
    }

    /// Commits and reveals.
    pub fn contribute(&mut self, sender: &str, datanet: DatanetId, items: &[Hash]) -> ContributionId {
        let contribution = self.commit(sender, datanet, items).unwrap();
        self.reveal(sender, contribution, revealed(items)).unwrap();
        contribution
    }

    pub fn review(
        &mut self,
        reviewer: &str,
        contribution: ContributionId,
        verdict: Verdict,
    ) -> Result<AppResponse, ContractError> {
        self.execute(reviewer, ExecuteMsg::Review { contribution, verdict })
    }

    /// Two of three reviewers agree.
    pub fn decide(&mut self, contribution: ContributionId, verdict: Verdict) {
        for reviewer in ["rev1", "rev2"] {
            self.review(reviewer, contribution, verdict).unwrap();
        }
    }

    pub fn prove(&mut self, prover: &str, proof: DuplicateProof) -> Result<AppResponse, ContractError> {
        self.execute(prover, ExecuteMsg::ProveDuplicate(proof))
    }

    // Queries.

    pub fn query<T: DeserializeOwned>(&self, msg: &QueryMsg) -> StdResult<T> {
        self.app.wrap().query_wasm_smart(&self.datanet, msg)
    }

    pub fn config(&self) -> Config {
        self.query(&QueryMsg::Config {}).unwrap()
    }

    pub fn datanet(&self, datanet: DatanetId) -> StdResult<Datanet> {
        self.query(&QueryMsg::Datanet { datanet })
    }

    pub fn contribution(&self, contribution: ContributionId) -> Contribution {
        self.query(&QueryMsg::Contribution { contribution }).unwrap()
    }

    pub fn contributions(&self, datanet: DatanetId, page: Page) -> Vec<Contribution> {
        self.query(&QueryMsg::Contributions { datanet, page }).unwrap()
    }

    pub fn snapshot(&self, datanet: DatanetId, version: u64) -> StdResult<Snapshot> {
        self.query(&QueryMsg::Snapshot { datanet, version: version.into() })
    }

    pub fn balance(&self, account: &Addr) -> u128 {
        let query = Cw20QueryMsg::Balance { address: account.to_string() };
        let answer: BalanceResponse = self.app.wrap().query_wasm_smart(&self.token, &query).unwrap();
        answer.balance.u128()
    }

    pub fn balance_of(&self, name: &str) -> u128 {
        self.balance(&self.account(name))
    }

    pub fn treasury(&self) -> u128 {
        self.balance(&self.settlement)
    }

    /// Everything `settlement` was told, in order.
    pub fn synced(&self) -> Vec<ContributionUpdate> {
        stand_ins::synced(&self.app, &self.settlement)
    }

    pub fn domain(&self) -> Domain {
        Domain { chain_id: self.app.block_info().chain_id, contract: self.datanet.to_string() }
    }

    pub fn commitment(&self, contributor: &str, datanet: DatanetId, items: &[Hash]) -> Hash32 {
        self.commitment_in(&self.domain(), contributor, datanet, items)
    }

    pub fn commitment_in(&self, domain: &Domain, contributor: &str, datanet: DatanetId, items: &[Hash]) -> Hash32 {
        let contributor = self.account(contributor);
        let root = items_commitment(items);
        contribution_commitment(domain, datanet.get(), contributor.as_str(), &root, SALT.bytes()).into()
    }

    fn check_money(&self) {
        let held = self.config().bonds_held;
        let open = (held + self.donated).u128();
        assert_eq!(self.balance(&self.datanet), open, "the contract's OPEN is not the bonds it holds");
        assert_eq!(held, self.books.held(), "the bonds held are not what the events say");
        assert_eq!(self.treasury(), self.books.in_treasury().u128(), "the treasury is not what the events say");
        self.books.check(&self.all_contributions());
    }

    fn all_contributions(&self) -> Vec<Contribution> {
        let ask = |id| self.query(&QueryMsg::Contribution { contribution: ContributionId(id) });
        (1..).map(ask).map_while(Result::ok).collect()
    }
}

/// Seconds and blocks around the end of a window of `period`, and whether it has ended then. The last is a chain that halted.
pub fn edges(period: u64) -> [(u64, u64, bool); 4] {
    [
        (period - 1, MIN_BLOCKS, false),
        (period, MIN_BLOCKS - 1, false),
        (period, MIN_BLOCKS, true),
        (1_000 * period, MIN_BLOCKS - 1, false),
    ]
}

pub fn contract_error<T>(result: AnyResult<T>) -> Result<T, ContractError> {
    result.map_err(|error| match error.downcast::<ContractError>() {
        Ok(refused) => refused,
        Err(other) => panic!("not an error of datanet: {other:?}"),
    })
}

/// Events of `datanet` in a response, in order.
pub fn events(response: &AppResponse) -> Vec<DatanetEvent> {
    response.events.iter().filter_map(DatanetEvent::parse).map(|event| event.unwrap()).collect()
}
