//! A small chain with the stake of one model on it.

use cosmwasm_std::{Addr, Binary, Event, Uint128, to_json_binary};
use cw_multi_test::{App, AppResponse, ContractWrapper, Executor};
use cw20::{Cw20Coin, Cw20ExecuteMsg};
use protocol::ModelId;
use protocol::event::StakeEvent;
use protocol::stake::{
    AccountDividends, DividendTotals, ExecuteMsg, InstantiateMsg, Payment, QueryMsg, ReceiveMsg, Reserves, SUPPLY,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use stake::ContractError;

use crate::hook::{self, HookMsg, Onward};

mod books;

pub const MODEL_ID: ModelId = ModelId(7);
/// Units of the account `owner`: 2^39, so that dividends of a multiple of 128 uopen are shared without rest.
pub const OWNER_UNITS: u128 = 1 << 39;
pub const CONTRIBUTORS_UNITS: u128 = 300_000_000_000;
pub const WORK_UNITS: u128 = SUPPLY - OWNER_UNITS - CONTRIBUTORS_UNITS;
/// OPEN of the account `payer`: all there is.
pub const FUNDS: u128 = 1_000_000_000_000_000_000;

pub type Outcome = Result<AppResponse, ContractError>;

pub struct World {
    pub app: App,
    pub open: Addr,
    /// A token that is not OPEN.
    pub forged: Addr,
    pub stake: Addr,
    pub hook: Addr,
    /// OPEN sent to the contract outside of its messages.
    pub donated: u128,
}

impl World {
    pub fn new() -> Self {
        Self::with_units([OWNER_UNITS, CONTRIBUTORS_UNITS, WORK_UNITS])
    }

    /// Owner's units, contributors' reserve, work reserve.
    pub fn with_units([owner, contributors, work]: [u128; 3]) -> Self {
        let mut world = Self::bare();
        let mut msg = world.instantiate_msg();
        msg.owner_units = owner.into();
        msg.contributors_units = contributors.into();
        msg.work_units = work.into();
        world.stake = world.instantiate(&msg).unwrap();
        world.check_books();
        world
    }

    /// The tokens and the hook, no stake yet.
    pub fn bare() -> Self {
        let mut app = App::default();
        let payer = app.api().addr_make("payer");
        let [open, forged] = ["OPEN", "FORGED"].map(|name| deploy_token(&mut app, name, &payer));
        let code = app.store_code(hook::contract());
        let hook = app.instantiate_contract(code, payer, &cosmwasm_std::Empty {}, &[], "hook", None).unwrap();
        Self { stake: open.clone(), app, open, forged, hook, donated: 0 }
    }

    pub fn instantiate_msg(&self) -> InstantiateMsg {
        InstantiateMsg {
            model_id: MODEL_ID,
            name: "Stake of digits".to_owned(),
            symbol: "DIGITS".to_owned(),
            open_token: self.open.to_string(),
            settlement: self.text("settlement"),
            owner: self.text("owner"),
            owner_units: OWNER_UNITS.into(),
            contributors_units: CONTRIBUTORS_UNITS.into(),
            work_units: WORK_UNITS.into(),
        }
    }

    pub fn code(&mut self) -> u64 {
        self.app.store_code(Box::new(
            ContractWrapper::new(stake::contract::execute, stake::contract::instantiate, stake::contract::query)
                .with_migrate(stake::contract::migrate),
        ))
    }

    pub fn instantiate(&mut self, msg: &InstantiateMsg) -> Result<Addr, ContractError> {
        let (code, model, admin) = (self.code(), self.account("model"), self.text("admin"));
        self.app.instantiate_contract(code, model, msg, &[], "stake of model 7", Some(admin)).map_err(refusal)
    }

    // ---- accounts

    /// The address of a name; `stake` and `hook` are the contracts.
    pub fn account(&self, name: &str) -> Addr {
        match name {
            "stake" => self.stake.clone(),
            "hook" => self.hook.clone(),
            name => self.app.api().addr_make(name),
        }
    }

    pub fn text(&self, name: &str) -> String {
        self.account(name).into()
    }

    // ---- messages

    /// Sends a message by a named account, and checks the books whatever comes of it.
    pub fn execute(&mut self, sender: &str, msg: &ExecuteMsg) -> Outcome {
        let stake = self.stake.clone();
        self.tell(sender, &stake, msg)
    }

    /// Sends any message to any contract, and checks the books.
    pub fn tell(&mut self, sender: &str, contract: &Addr, msg: &(impl Serialize + std::fmt::Debug)) -> Outcome {
        let sender = self.account(sender);
        let outcome = self.app.execute_contract(sender, contract.clone(), msg, &[]).map_err(refusal);
        self.check_books();
        outcome
    }

    pub fn transfer(&mut self, from: &str, to: &str, amount: u128) -> Outcome {
        let msg = ExecuteMsg::Transfer { recipient: self.text(to), amount: amount.into() };
        self.execute(from, &msg)
    }

    pub fn burn(&mut self, from: &str, amount: u128) -> Outcome {
        self.execute(from, &ExecuteMsg::Burn { amount: amount.into() })
    }

    /// Sends units to the hook, which runs the messages.
    pub fn send(&mut self, from: &str, amount: u128, calls: Vec<Onward>) -> Outcome {
        let msg = to_json_binary(&calls).unwrap();
        self.execute(from, &ExecuteMsg::Send { contract: self.text("hook"), amount: amount.into(), msg })
    }

    /// Has the hook run messages.
    pub fn run_hook(&mut self, calls: Vec<Onward>) -> Outcome {
        let hook = self.hook.clone();
        self.tell("payer", &hook, &HookMsg::Run(calls))
    }

    /// A message that the hook sends to the stake.
    pub fn onward(&self, msg: &ExecuteMsg) -> Onward {
        Onward { contract: self.text("stake"), msg: to_json_binary(msg).unwrap() }
    }

    /// Lets `spender` move units of `owner`, without end.
    pub fn allow(&mut self, owner: &str, spender: &str, amount: u128) {
        let msg = ExecuteMsg::IncreaseAllowance { spender: self.text(spender), amount: amount.into(), expires: None };
        self.execute(owner, &msg).unwrap();
    }

    pub fn transfer_from(&mut self, spender: &str, owner: &str, to: &str, amount: u128) -> Outcome {
        let (owner, recipient) = (self.text(owner), self.text(to));
        self.execute(spender, &ExecuteMsg::TransferFrom { owner, recipient, amount: amount.into() })
    }

    /// A dividend by the account `payer`.
    pub fn dividend(&mut self, amount: u128) -> Outcome {
        let msg = to_json_binary(&ReceiveMsg::Dividend {}).unwrap();
        self.pay_with("payer", &self.open.clone(), amount, msg)
    }

    /// Sends any cw20 to the stake with a message.
    pub fn pay_with(&mut self, payer: &str, token: &Addr, amount: u128, msg: Binary) -> Outcome {
        let contract = self.text("stake");
        self.tell(payer, token, &Cw20ExecuteMsg::Send { contract, amount: amount.into(), msg })
    }

    /// Sends OPEN to the stake without a message.
    pub fn donate(&mut self, amount: u128) {
        let (open, recipient) = (self.open.clone(), self.text("stake"));
        self.donated += amount;
        self.tell("payer", &open, &Cw20ExecuteMsg::Transfer { recipient, amount: amount.into() }).unwrap();
    }

    /// A stranger claims for named accounts.
    pub fn claim(&mut self, names: &[&str]) -> Outcome {
        let accounts = names.iter().map(|name| self.text(name)).collect();
        self.execute("stranger", &ExecuteMsg::ClaimDividends { accounts })
    }

    pub fn pay_work(&mut self, payments: &[(&str, u128)]) -> Outcome {
        let payments = self.payments(payments);
        self.execute("model", &ExecuteMsg::PayWork { payments })
    }

    pub fn deliver(&mut self, payments: &[(&str, u128)]) -> Outcome {
        let payments = self.payments(payments);
        self.execute("settlement", &ExecuteMsg::Deliver { payments })
    }

    pub fn payments(&self, payments: &[(&str, u128)]) -> Vec<Payment> {
        let payment = |(name, amount): &(&str, u128)| Payment { account: self.text(name), amount: (*amount).into() };
        payments.iter().map(payment).collect()
    }

    // ---- queries

    pub fn query<T: DeserializeOwned>(&self, query: &QueryMsg) -> T {
        self.app.wrap().query_wasm_smart(&self.stake, query).expect("the query is answered")
    }

    /// Units of an account.
    pub fn units(&self, name: &str) -> u128 {
        let answer: cw20::BalanceResponse = self.query(&QueryMsg::Balance { address: self.text(name) });
        answer.balance.u128()
    }

    /// OPEN of an account, in uopen.
    pub fn wallet(&self, name: &str) -> u128 {
        let query = cw20_base::msg::QueryMsg::Balance { address: self.text(name) };
        let answer: cw20::BalanceResponse = self.app.wrap().query_wasm_smart(&self.open, &query).unwrap();
        answer.balance.u128()
    }

    pub fn dividends(&self, name: &str) -> AccountDividends {
        self.query(&QueryMsg::Dividends { account: self.text(name) })
    }

    pub fn claimable(&self, name: &str) -> u128 {
        self.dividends(name).claimable.u128()
    }

    pub fn totals(&self) -> DividendTotals {
        self.query(&QueryMsg::DividendTotals {})
    }

    /// What is left of the contributors' and of the work reserve.
    pub fn reserves(&self) -> [u128; 2] {
        let Reserves { contributors, work } = self.query(&QueryMsg::Reserves {});
        [contributors.u128(), work.u128()]
    }

    pub fn supply(&self) -> u128 {
        let info: cw20::TokenInfoResponse = self.query(&QueryMsg::TokenInfo {});
        info.total_supply.u128()
    }
}

fn deploy_token(app: &mut App, name: &str, rich: &Addr) -> Addr {
    let code = app.store_code(Box::new(ContractWrapper::new(
        cw20_base::contract::execute,
        cw20_base::contract::instantiate,
        cw20_base::contract::query,
    )));
    let msg = cw20_base::msg::InstantiateMsg {
        name: name.to_owned(),
        symbol: name.to_owned(),
        decimals: 6,
        initial_balances: vec![Cw20Coin { address: rich.to_string(), amount: Uint128::new(FUNDS) }],
        mint: None,
        marketing: None,
    };
    app.instantiate_contract(code, rich.clone(), &msg, &[], name, None).unwrap()
}

/// The error of the stake, or of the token that refused it something.
fn refusal<E: Into<cw_multi_test::error::AnyError>>(error: E) -> ContractError {
    let error = error.into();
    error
        .downcast::<ContractError>()
        .or_else(|error| error.downcast::<cw20_base::ContractError>().map(ContractError::Cw20))
        .or_else(|error| error.downcast::<cosmwasm_std::StdError>().map(ContractError::Std))
        .expect("an error of the stake or of a token")
}

/// The stake's own events of a response, in order.
pub fn events(response: &AppResponse) -> Vec<StakeEvent> {
    response.events.iter().filter_map(StakeEvent::parse).map(|event| event.expect("a well-formed event")).collect()
}

/// The first value of an attribute of cw20-base's events.
pub fn attribute(response: &AppResponse, key: &str) -> Option<String> {
    let of = |event: &Event| event.attributes.iter().find(|found| found.key == key).map(|found| found.value.clone());
    response.events.iter().filter(|event| event.ty == "wasm").find_map(of)
}
