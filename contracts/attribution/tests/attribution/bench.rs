//! The contract on a bench: real `attribution`, real token, stubs around them, and the moves of a round in one line each.

use attribution::ContractError;
use cosmwasm_std::{Addr, Binary, Coin, Order, Timestamp, Uint64, Uint128, to_json_binary};
use cw_multi_test::{App, AppResponse, Executor, IntoAddr};
use cw20::{BalanceResponse, Cw20ExecuteMsg, Cw20QueryMsg};
use protocol::attribution::{
    Config, ExecuteMsg, InstantiateMsg, MAX_OPERATORS, MethodParams, Operator, Participation, QueryMsg, ReceiveMsg,
    ReportMsg, Round,
};
use protocol::model::RoundBasis;
use protocol::settlement::{ExecuteMsg as SettlementMsg, Openable, Valuation};
use protocol::{Hash32, MethodId, ModelId, RoundId, Seconds};
use rules::hash::Domain;
use rules::score::{Report, report_commitment};

pub use crate::fixtures::*;
use crate::stubs;

/// The contract with a method, seven bonded operators, and a range that can be opened.
pub struct Bench {
    pub app: App,
    pub governance: Addr,
    pub open_token: Addr,
    pub model: Addr,
    pub settlement: Addr,
    pub attribution: Addr,
    /// By account, as rounds order them.
    pub operators: Vec<Addr>,
}

impl Bench {
    /// Everything deployed, one operator delay before the start; nothing wired, registered or bonded.
    pub fn bare() -> Self {
        let names = (0..80).map(|index| format!("operator {index}").into_addr());
        let mut operators: Vec<Addr> = names.collect();
        operators.sort();
        let mut app = App::default();
        app.update_block(|block| {
            block.time = Timestamp::from_seconds(START - OPERATOR_DELAY);
            block.height = 1_000;
            block.chain_id = "bench-1".to_owned();
        });
        let governance = "governance".into_addr();
        let open_token = token(&mut app, &governance, &operators);
        let peer = |app: &mut App, code: Box<dyn cw_multi_test::Contract<_>>| {
            let id = app.store_code(code);
            let empty = cosmwasm_std::Empty {};
            app.instantiate_contract(id, governance.clone(), &empty, &[], "stub", None).unwrap()
        };
        let model = peer(&mut app, stubs::model());
        let settlement = peer(&mut app, stubs::settlement());
        let id = app.store_code(Box::new(code()));
        let msg = InstantiateMsg {
            owner: governance.to_string(),
            open_token: open_token.to_string(),
            model: model.to_string(),
            min_blocks: Uint64::new(MIN_BLOCKS),
            operator_delay: Seconds(OPERATOR_DELAY),
            unbonding_period: Seconds(UNBONDING),
        };
        let attribution = app.instantiate_contract(id, governance.clone(), &msg, &[], "attribution", None).unwrap();
        let mut bench = Self { app, governance, open_token, model, settlement, attribution, operators };
        bench.set_basis(&basis());
        bench.set_openable(&Openable::Range(Box::new(range())));
        bench.set_valuation(&valuation());
        bench
    }

    /// Wired, with the method registered.
    pub fn wired() -> Self {
        Self::wired_with(method_params())
    }

    /// Wired, with this method registered.
    pub fn wired_with(method: MethodParams) -> Self {
        let mut bench = Self::bare();
        let settlement = bench.settlement.to_string();
        bench.govern(ExecuteMsg::Wire { settlement });
        bench.govern(ExecuteMsg::RegisterMethod(method));
        bench
    }

    /// With seven bonded operators, whose delay is over: the start.
    pub fn new() -> Self {
        let mut bench = Self::wired();
        for index in 0..7 {
            bench.join(index);
        }
        bench.pass_delay();
        bench
    }

    /// With a round open.
    pub fn opened() -> Self {
        let mut bench = Self::new();
        bench.open();
        bench
    }

    /// With a round open in which the first operators have committed these reports, and the commit window over.
    pub fn committed(reports: &[Report]) -> Self {
        let mut bench = Self::opened();
        bench.commit_all(reports);
        bench.end_window();
        bench
    }

    /// With these reports revealed, and the reveal window over.
    pub fn revealed(reports: &[Report]) -> Self {
        let mut bench = Self::new();
        bench.play_to_reveals(reports);
        bench
    }

    pub fn set_basis(&mut self, basis: &RoundBasis) {
        let model = self.model.clone();
        let mut storage = self.app.contract_storage_mut(&model);
        stubs::BASIS.save(&mut *storage, basis).unwrap();
    }

    pub fn set_positions(&mut self, positions: u32) {
        self.set_basis(&RoundBasis { positions, ..basis() });
    }

    /// When the validation examples were approved.
    pub fn set_approved_at(&mut self, approved_at: Seconds) {
        let model = self.model.clone();
        let mut storage = self.app.contract_storage_mut(&model);
        stubs::APPROVED_AT.save(&mut *storage, &approved_at).unwrap();
    }

    pub fn set_openable(&mut self, openable: &Openable) {
        let settlement = self.settlement.clone();
        let mut storage = self.app.contract_storage_mut(&settlement);
        stubs::OPENABLE.save(&mut *storage, openable).unwrap();
    }

    pub fn set_valuation(&mut self, valuation: &Valuation) {
        let settlement = self.settlement.clone();
        let mut storage = self.app.contract_storage_mut(&settlement);
        stubs::VALUATION.save(&mut *storage, valuation).unwrap();
    }

    /// What `settlement` answers now.
    pub fn valuation(&self) -> Valuation {
        let storage = self.app.contract_storage(&self.settlement);
        stubs::VALUATION.load(&*storage).unwrap()
    }

    /// Epochs pass in `settlement`.
    pub fn pass_epochs(&mut self, epochs: u64) {
        let mut valuation = self.valuation();
        valuation.epoch.0 += epochs;
        self.set_valuation(&valuation);
    }

    pub fn set_refuses(&mut self, refuses: bool) {
        let settlement = self.settlement.clone();
        let mut storage = self.app.contract_storage_mut(&settlement);
        stubs::REFUSES.save(&mut *storage, &refuses).unwrap();
    }

    /// What `settlement` was told.
    pub fn advanced(&self) -> Vec<SettlementMsg> {
        let storage = self.app.contract_storage(&self.settlement);
        stubs::ADVANCED.may_load(&*storage).unwrap().unwrap_or_default()
    }

    /// What the treasury got.
    pub fn treasury(&self) -> Vec<Uint128> {
        let storage = self.app.contract_storage(&self.settlement);
        stubs::TREASURY.may_load(&*storage).unwrap().unwrap_or_default()
    }

    /// What `model` was told.
    pub fn consumed(&self) -> Vec<protocol::model::ExecuteMsg> {
        let storage = self.app.contract_storage(&self.model);
        stubs::CONSUMED.may_load(&*storage).unwrap().unwrap_or_default()
    }

    pub fn send(&mut self, sender: &Addr, msg: &ExecuteMsg) -> Result<AppResponse, ContractError> {
        self.send_with(sender, msg, &[])
    }

    pub fn send_with(&mut self, sender: &Addr, msg: &ExecuteMsg, funds: &[Coin]) -> Result<AppResponse, ContractError> {
        let contract = self.attribution.clone();
        let sent = self.app.execute_contract(sender.clone(), contract, msg, funds).map_err(own_error);
        self.check();
        sent
    }

    pub fn govern(&mut self, msg: ExecuteMsg) -> AppResponse {
        let governance = self.governance.clone();
        self.send(&governance, &msg).unwrap()
    }

    /// Any account: for messages that everyone may send.
    pub fn anyone(&mut self, msg: &ExecuteMsg) -> Result<AppResponse, ContractError> {
        self.send(&"passer-by".into_addr(), msg)
    }

    /// Sends OPEN of a token contract to `attribution`.
    pub fn pay(
        &mut self,
        token: &Addr,
        sender: &Addr,
        amount: u128,
        hook: Binary,
    ) -> Result<AppResponse, ContractError> {
        let send =
            Cw20ExecuteMsg::Send { contract: self.attribution.to_string(), amount: Uint128::new(amount), msg: hook };
        let sent = self.app.execute_contract(sender.clone(), token.clone(), &send, &[]).map_err(own_error);
        self.check();
        sent
    }

    pub fn pay_bond(&mut self, index: usize, amount: u128) -> Result<AppResponse, ContractError> {
        let hook = to_json_binary(&ReceiveMsg::Bond { method: METHOD }).unwrap();
        let (token, operator) = (self.open_token.clone(), self.operators[index].clone());
        self.pay(&token, &operator, amount, hook)
    }

    pub fn admit(&mut self, index: usize) -> Result<AppResponse, ContractError> {
        let (governance, operator) = (self.governance.clone(), self.operators[index].to_string());
        let method = METHOD;
        self.send(&governance, &ExecuteMsg::AdmitOperator { method, operator })
    }

    pub fn remove(&mut self, index: usize) -> Result<AppResponse, ContractError> {
        let (governance, operator) = (self.governance.clone(), self.operators[index].to_string());
        let method = METHOD;
        self.send(&governance, &ExecuteMsg::RemoveOperator { method, operator })
    }

    pub fn unbond(&mut self, index: usize) -> Result<AppResponse, ContractError> {
        let operator = self.operators[index].clone();
        self.send(&operator, &ExecuteMsg::Unbond { method: METHOD })
    }

    pub fn set_encryption_key(&mut self, index: usize, key: Hash32) -> Result<AppResponse, ContractError> {
        let operator = self.operators[index].clone();
        self.send(&operator, &ExecuteMsg::SetEncryptionKey { method: METHOD, key })
    }

    pub fn withdraw(&mut self, index: usize) -> Result<AppResponse, ContractError> {
        let operator = self.operators[index].clone();
        self.send(&operator, &ExecuteMsg::WithdrawBond { method: METHOD })
    }

    /// The first seven pay what their bonds lack.
    pub fn top_up(&mut self) {
        for index in 0..7 {
            let lacks = BOND - self.operator(index).bond.u128();
            if lacks > 0 {
                self.pay_bond(index, lacks).unwrap();
            }
        }
    }

    /// Admitted and bonded; it takes part once the delay has passed.
    pub fn join(&mut self, index: usize) {
        self.admit(index).unwrap();
        self.pay_bond(index, BOND).unwrap();
    }

    pub fn try_open(&mut self) -> Result<AppResponse, ContractError> {
        self.anyone(&ExecuteMsg::Open { model: MODEL })
    }

    pub fn open(&mut self) -> Round {
        self.try_open().unwrap();
        self.open_round()
    }

    pub fn try_open_valuation(&mut self) -> Result<AppResponse, ContractError> {
        self.anyone(&ExecuteMsg::OpenValuation { model: MODEL })
    }

    pub fn open_valuation(&mut self) -> Round {
        self.try_open_valuation().unwrap();
        self.open_round()
    }

    /// The open round.
    pub fn open_round(&self) -> Round {
        let round: Option<Round> = self.query(&QueryMsg::OpenRound { model: MODEL });
        round.expect("a round is open")
    }

    pub fn round(&self, id: u64) -> Round {
        self.query(&QueryMsg::Round { model: MODEL, round: RoundId(id) })
    }

    pub fn commitment(&self, index: usize, report: &Report) -> Hash32 {
        let inputs = self.open_round().inputs;
        report_commitment(&self.domain(), inputs.bytes(), self.operators[index].as_str(), report, SALT.bytes()).into()
    }

    pub fn domain(&self) -> Domain {
        Domain { chain_id: "bench-1".to_owned(), contract: self.attribution.to_string() }
    }

    pub fn commit_hash(&mut self, index: usize, commitment: Hash32) -> Result<AppResponse, ContractError> {
        let round = self.open_round().id;
        let operator = self.operators[index].clone();
        self.send(&operator, &ExecuteMsg::Commit { model: MODEL, round, commitment })
    }

    pub fn commit(&mut self, index: usize, report: &Report) -> Result<AppResponse, ContractError> {
        self.commit_hash(index, self.commitment(index, report))
    }

    pub fn commit_all(&mut self, reports: &[Report]) {
        for (index, report) in reports.iter().enumerate() {
            self.commit(index, report).unwrap();
        }
    }

    pub fn end_commits(&mut self) -> Result<AppResponse, ContractError> {
        let round = self.open_round().id;
        self.anyone(&ExecuteMsg::EndCommits { model: MODEL, round })
    }

    pub fn reveal_msg(&mut self, index: usize, report: ReportMsg) -> Result<AppResponse, ContractError> {
        let round = self.open_round().id;
        let operator = self.operators[index].clone();
        self.send(&operator, &ExecuteMsg::Reveal { model: MODEL, round, report, salt: SALT })
    }

    pub fn reveal(&mut self, index: usize, report: &Report) -> Result<AppResponse, ContractError> {
        self.reveal_msg(index, report_msg(report))
    }

    pub fn aggregate(&mut self, limit: Option<u32>) -> Result<AppResponse, ContractError> {
        let round = self.open_round().id;
        self.anyone(&ExecuteMsg::Aggregate { model: MODEL, round, limit })
    }

    pub fn advance(&mut self, limit: Option<u32>) -> Result<AppResponse, ContractError> {
        let round = self.open_round().id;
        self.anyone(&ExecuteMsg::Advance { model: MODEL, round, limit })
    }

    /// Opens, commits and reveals, by the first operators, and lets the windows end.
    pub fn play_to_reveals(&mut self, reports: &[Report]) {
        self.open();
        self.play_opened_to_reveals(reports);
    }

    /// Commits and reveals in the open round, by the first operators, and lets the windows end.
    pub fn play_opened_to_reveals(&mut self, reports: &[Report]) {
        self.commit_all(reports);
        self.end_window();
        self.end_commits().unwrap();
        for (index, report) in reports.iter().enumerate() {
            self.reveal(index, report).unwrap();
        }
        self.end_window();
    }

    /// A whole round.
    pub fn play(&mut self, reports: &[Report]) -> Round {
        self.open();
        self.play_opened(reports)
    }

    /// A whole valuation.
    pub fn play_valuation(&mut self, reports: &[Report]) -> Round {
        self.open_valuation();
        self.play_opened(reports)
    }

    fn play_opened(&mut self, reports: &[Report]) -> Round {
        self.play_opened_to_reveals(reports);
        let id = self.open_round().id;
        self.aggregate(None).unwrap();
        if self.is_open() {
            self.advance(None).unwrap();
        }
        self.round(id.get())
    }

    pub fn is_open(&self) -> bool {
        let round: Option<Round> = self.query(&QueryMsg::OpenRound { model: MODEL });
        round.is_some()
    }

    /// Time and blocks enough for any window.
    pub fn end_window(&mut self) {
        self.pass(COMMIT_PERIOD.max(REVEAL_PERIOD), MIN_BLOCKS);
    }

    /// Until who was admitted takes part, and who was removed does not; no block.
    pub fn pass_delay(&mut self) {
        self.pass(OPERATOR_DELAY, 0);
    }

    pub fn now(&self) -> Seconds {
        Seconds(self.app.block_info().time.seconds())
    }

    pub fn pass(&mut self, seconds: u64, blocks: u64) {
        self.app.update_block(|block| {
            block.time = block.time.plus_seconds(seconds);
            block.height += blocks;
        });
    }

    pub fn query<T: serde::de::DeserializeOwned>(&self, query: &QueryMsg) -> T {
        self.app.wrap().query_wasm_smart(&self.attribution, query).unwrap()
    }

    /// The words with which a query is refused.
    pub fn query_error(&self, query: &QueryMsg) -> String {
        let answer: Result<serde_json::Value, _> = self.app.wrap().query_wasm_smart(&self.attribution, query);
        answer.unwrap_err().to_string()
    }

    pub fn config(&self) -> Config {
        self.query(&QueryMsg::Config {})
    }

    pub fn operator(&self, index: usize) -> Operator {
        self.query(&QueryMsg::Operator { method: METHOD, account: self.operators[index].to_string() })
    }

    /// OPEN of an account.
    pub fn balance(&self, account: &Addr) -> u128 {
        let asked = Cw20QueryMsg::Balance { address: account.to_string() };
        let answer: BalanceResponse = self.app.wrap().query_wasm_smart(&self.open_token, &asked).unwrap();
        answer.balance.u128()
    }

    /// Bonds are what operators paid in, are there, and are locked by the rounds that are open.
    fn check(&self) {
        let operators: Vec<Operator> = [METHOD, MethodId(2)].into_iter().flat_map(|id| self.operators_of(id)).collect();
        let held: u128 = operators.iter().map(|operator| operator.bond.u128()).sum();
        assert_eq!(self.config().bonds_held.u128(), held, "bonds held are the sum of all bonds");
        assert!(self.balance(&self.attribution) >= held, "bonds are there");
        let open: Vec<Round> = (1..=MODELS).filter_map(|model| self.open_round_of(ModelId(model))).collect();
        for operator in operators {
            let seated =
                |round: &&Round| round.method == operator.method && round.operators.contains(&operator.account);
            let sets = open.iter().filter(seated).count();
            assert_eq!(operator.open_sets as usize, sets, "{} counts its open rounds", operator.account);
        }
    }

    fn operators_of(&self, method: MethodId) -> Vec<Operator> {
        let asked = QueryMsg::Operators { method };
        let operators: Vec<Operator> = self.app.wrap().query_wasm_smart(&self.attribution, &asked).unwrap_or_default();
        assert!(operators.len() <= MAX_OPERATORS);
        operators
    }

    fn open_round_of(&self, model: ModelId) -> Option<Round> {
        self.query(&QueryMsg::OpenRound { model })
    }

    pub fn participations(&self, round: u64) -> Vec<Participation> {
        self.query(&QueryMsg::Participations { model: MODEL, round: RoundId(round) })
    }

    /// Agreement of each operator of the set, in basis points.
    pub fn agreements(&self, round: u64) -> Vec<Option<u16>> {
        let parts = self.participations(round);
        parts.iter().map(|part| part.agreement.map(|agreement| agreement.0)).collect()
    }

    /// The contract's whole state.
    pub fn dump(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        let storage = self.app.contract_storage(&self.attribution);
        storage.range(None, None, Order::Ascending).collect()
    }
}

fn own_error(error: anyhow::Error) -> ContractError {
    error.downcast().unwrap_or_else(|other| panic!("not an error of attribution: {other:#}"))
}
