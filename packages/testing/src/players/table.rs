//! The table that players sit at: a small world, a counterfeit of OPEN, a contract of a stranger, and the rules that nobody may break.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use cosmwasm_std::{Addr, StdError, Uint128, coins, from_json};
use cw20::Cw20Coin;
use protocol::{Page, Permission, attribution, datanet, model, open_token, settlement, stake};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::foreign::{self, ForeignMsg, Words};
use super::mutation::COIN;
use super::setup::setup;
use super::{Action, Coverage, every_variant};
use crate::error::Rejection;
use crate::invariants::Broken;
use crate::scenario::{DEPOSIT, INITIAL_BALANCE, World};
use crate::{ChainError, Code, MemoryStorage, TxMessage, TxOutcome};

/// What became of an action.
#[derive(Debug)]
pub enum Reply {
    /// It went through.
    Done(TxOutcome),
    /// It was refused, with these words.
    Refused(String),
    /// Time has passed.
    Passed,
}

/// What must never happen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// An invariant is broken.
    #[error("an invariant is broken: {0}")]
    Broken(Broken),
    /// A contract panicked.
    #[error("a contract panicked: {0}")]
    Panicked(String),
    /// Something that was refused left a trace.
    #[error("a refused transaction changed the state")]
    Trace,
    /// Somebody did what only another may do.
    #[error("{sender} could send {variant}, which only {owner} may")]
    Intruded {
        /// Who.
        sender: Addr,
        /// What.
        variant: String,
        /// Who may.
        owner: String,
    },
    /// A refusal that is no contract's own error.
    #[error("refused without a typed error: {0}")]
    Untyped(String),
}

/// How players came to break a rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("life {seed}: after {} actions, {fault}", actions.len())]
pub struct Failure {
    /// The life's seed, which also makes its world.
    pub seed: u64,
    /// All that was done, the last of it wrong.
    pub actions: Vec<Action>,
    /// What went wrong.
    pub fault: Fault,
}

/// A world and what does not belong to it.
pub struct Table {
    /// The world.
    pub world: World,
    /// A cw20 token of a stranger, of which everybody has as much as of OPEN.
    pub counterfeit: Addr,
    /// A contract of a stranger.
    pub foreign: Addr,
    /// Stake contracts of all models.
    pub stakes: Vec<Addr>,
    /// What became of the messages.
    pub coverage: Coverage,
    hooks: BTreeSet<String>,
    before: MemoryStorage,
}

impl Table {
    /// The world of a seed: bare, with one model, or with an adapter on top of it; recognised or not.
    ///
    /// # Panics
    /// If the world cannot be made, which is no player's fault.
    pub fn new(seed: u64) -> Self {
        let mut world = if seed % 8 == 7 { World::deployed(setup(seed)) } else { World::with(setup(seed)) };
        if seed % 8 < 4 {
            world.adapter(DEPOSIT);
        }
        if seed.is_multiple_of(2) {
            let model = world.model;
            world.recognise(model);
        }
        let stranger = world.accounts.stranger.clone();
        let foreign = world.chain.instantiate_foreign(foreign::code(), &stranger).expect("anyone may instantiate code");
        let token = counterfeit_message(&world);
        let counterfeit = world.chain.instantiate(Code::OpenToken, &stranger, &token, None).expect("a valid token");
        for account in world.accounts.all() {
            world.chain.give_coins(&account, coins(1_000_000, COIN));
        }
        let before = world.chain.storage().clone();
        let (stakes, coverage, hooks) = (Vec::new(), Coverage::default(), every_variant());
        let mut table = Self { world, counterfeit, foreign, stakes, coverage, hooks, before };
        table.find_stakes();
        table
    }

    /// Does an action and looks whether everything is as it must be.
    ///
    /// # Errors
    /// The first rule that is broken.
    pub fn apply(&mut self, action: &Action) -> Result<Reply, Fault> {
        match action {
            Action::Pass { seconds, blocks } => {
                self.world.chain.advance(*seconds, *blocks);
                Ok(Reply::Passed)
            }
            Action::Send { sender, messages } => self.send(sender, messages),
        }
    }

    fn send(&mut self, sender: &Addr, messages: &[TxMessage]) -> Result<Reply, Fault> {
        let owners: Vec<Reserved> = messages.iter().filter_map(|message| self.reserved(sender, message)).collect();
        let chain = &mut self.world.chain;
        let block = (chain.height(), chain.time());
        let result = catch_unwind(AssertUnwindSafe(|| chain.execute_all(sender, messages.to_vec())));
        for message in messages {
            self.coverage.count(self.variant(message), matches!(result, Ok(Ok(_))));
        }
        let result = match result {
            Ok(result) => result,
            Err(panic) => return self.forgive(block, messages, words(panic.as_ref())),
        };
        match result {
            Ok(outcome) => self.accept(outcome, owners),
            Err(ChainError::Rejected(rejection)) => self.refuse(block, &rejection),
            Err(ChainError::Broken { broken, .. }) => Err(Fault::Broken(broken)),
            Err(other) => Err(Fault::Untyped(other.to_string())),
        }
    }

    fn accept(&mut self, outcome: TxOutcome, owners: Vec<Reserved>) -> Result<Reply, Fault> {
        if let Some(Reserved { sender, variant, owner }) = owners.into_iter().next() {
            return Err(Fault::Intruded { sender, variant, owner });
        }
        if outcome.attribute("model_created", "model").is_some() {
            self.find_stakes();
        }
        self.before.clone_from(self.world.chain.storage());
        Ok(Reply::Done(outcome))
    }

    /// The published cw20-base, which OPEN is, adds allowances without a check: beyond 128 bits it panics, which a chain answers like any
    /// refusal. Nothing else may panic.
    fn forgive(&self, block: (u64, u64), messages: &[TxMessage], panic: String) -> Result<Reply, Fault> {
        let tokens = [&self.world.at.open_token, &self.counterfeit];
        let adds = |message: &TxMessage| {
            let said =
                self.words_in(message).map(|words| (words.contract, String::from_utf8_lossy(&words.msg).into_owned()));
            let (contract, msg) = said.unwrap_or_else(|| (message.contract.clone(), message.msg.clone()));
            tokens.iter().any(|token| token.as_str() == contract) && msg.contains("increase_allowance")
        };
        if panic != "attempt to add with overflow" || !messages.iter().any(adds) {
            return Err(Fault::Panicked(panic));
        }
        self.unchanged(block)?;
        Ok(Reply::Refused(panic))
    }

    fn unchanged(&self, block: (u64, u64)) -> Result<(), Fault> {
        let chain = &self.world.chain;
        let same = block == (chain.height(), chain.time()) && chain.storage() == &self.before;
        if same { Ok(()) } else { Err(Fault::Trace) }
    }

    fn refuse(&self, block: (u64, u64), rejection: &Rejection) -> Result<Reply, Fault> {
        self.unchanged(block)?;
        if is_typed(&rejection.error) {
            Ok(Reply::Refused(rejection.reason()))
        } else {
            Err(Fault::Untyped(format!("{:#}", rejection.error)))
        }
    }

    /// What a message is: `contract.variant`, or `contract<-variant` for OPEN sent to a contract of ours.
    pub fn variant(&self, message: &TxMessage) -> String {
        let Ok(value) = serde_json::from_str::<Value>(&message.msg) else { return "unreadable".to_owned() };
        let contract = self.name_of(&message.contract);
        if let Some(hook) = self.hook(contract, &value) {
            return hook;
        }
        key(&value).map_or_else(|| "unreadable".to_owned(), |key| format!("{contract}.{key}"))
    }

    fn hook(&self, contract: &str, value: &Value) -> Option<String> {
        let send = value.get("send").filter(|_| contract == "open_token")?;
        let receiver = self.name_of(send.get("contract")?.as_str()?);
        let hook = cosmwasm_std::Binary::from_base64(send.get("msg")?.as_str()?).ok()?;
        let key = key(&serde_json::from_slice(&hook).ok()?)?;
        self.hooks.get(&format!("{receiver}<-{key}")).cloned()
    }

    fn name_of(&self, address: &str) -> &'static str {
        let at = &self.world.at;
        let ours = [
            ("open_token", &at.open_token),
            ("datanet", &at.datanet),
            ("model", &at.model),
            ("attribution", &at.attribution),
            ("settlement", &at.settlement),
            ("counterfeit", &self.counterfeit),
            ("foreign", &self.foreign),
        ];
        let stakes = self.stakes.iter().map(|stake| ("stake", stake));
        ours.into_iter().chain(stakes).find(|(_, own)| own.as_str() == address).map_or("nobody", |(name, _)| name)
    }

    /// Whether a message is reserved for somebody else than who sends it, in person or through the contract of a stranger.
    fn reserved(&self, sender: &Addr, message: &TxMessage) -> Option<Reserved> {
        let contract = self.name_of(&message.contract);
        if let Some(words) = self.words_in(message) {
            let msg = String::from_utf8(words.msg.to_vec()).ok()?;
            return self.reserved(&self.foreign, &TxMessage { contract: words.contract, msg, funds: vec![] });
        }
        let owner = match permission(contract, &message.msg)? {
            Permission::Anyone | Permission::Party(_) => return None,
            Permission::Governance => self.owner_of(contract, &message.contract)?,
            other => format!("{other:?}"),
        };
        (owner != sender.as_str()).then(|| Reserved { sender: sender.clone(), variant: self.variant(message), owner })
    }

    /// What a message makes the stranger's contract say, by itself or as a hook.
    fn words_in(&self, message: &TxMessage) -> Option<Words> {
        if self.foreign.as_str() == message.contract {
            let Ok(ForeignMsg::Say(words)) = from_json(message.msg.as_bytes()) else { return None };
            return Some(words);
        }
        let value: Value = serde_json::from_str(&message.msg).ok()?;
        let sent = value.get("send").or_else(|| value.get("send_from"))?;
        let hook = cosmwasm_std::Binary::from_base64(sent.get("msg")?.as_str()?).ok()?;
        (sent.get("contract")?.as_str()? == self.foreign.as_str()).then(|| from_json(hook).ok()).flatten()
    }

    /// The governance of a contract; without one, nobody.
    fn owner_of(&self, contract: &str, address: &str) -> Option<String> {
        if contract == "stake" {
            return None;
        }
        let query = settlement::QueryMsg::Ownership {};
        let ownership: cosmwasm_std::StdResult<OwnerOnly> =
            self.world.chain.query(&Addr::unchecked(address), &query).map_err(|_| StdError::generic_err("no owner"));
        Some(ownership.ok()?.owner.unwrap_or_else(|| "nobody".to_owned()))
    }

    fn find_stakes(&mut self) {
        let query = model::QueryMsg::Models { page: Page { start_after: None, limit: Some(Page::MAX_LIMIT) } };
        let models: Vec<model::Model> =
            self.world.chain.query(&self.world.at.model, &query).expect("model lists its models");
        self.stakes = models.into_iter().filter_map(|model| model.stake).collect();
    }
}

/// A message that another one may send.
struct Reserved {
    sender: Addr,
    variant: String,
    owner: String,
}

#[derive(serde::Deserialize)]
struct OwnerOnly {
    owner: Option<String>,
}

/// An enum in JSON is one key, or one word.
fn key(value: &Value) -> Option<String> {
    match value {
        Value::Object(map) => map.keys().next().cloned(),
        Value::String(word) => Some(word.clone()),
        _ => None,
    }
}

fn permission(contract: &str, msg: &str) -> Option<Permission> {
    fn read<T: DeserializeOwned>(msg: &str) -> Option<T> {
        from_json(msg.as_bytes()).ok()
    }
    match contract {
        "datanet" => read::<datanet::ExecuteMsg>(msg).map(|msg| msg.permission()),
        "model" => read::<model::ExecuteMsg>(msg).map(|msg| msg.permission()),
        "attribution" => read::<attribution::ExecuteMsg>(msg).map(|msg| msg.permission()),
        "settlement" => read::<settlement::ExecuteMsg>(msg).map(|msg| msg.permission()),
        "stake" => read::<stake::ExecuteMsg>(msg).map(|msg| msg.permission()),
        _ => None,
    }
}

/// Whether one of the contracts said it in its own words, or could not read what it was sent.
fn is_typed(error: &anyhow::Error) -> bool {
    error.is::<::datanet::ContractError>()
        || error.is::<::model::ContractError>()
        || error.is::<::attribution::ContractError>()
        || error.is::<::settlement::ContractError>()
        || error.is::<::stake::ContractError>()
        || error.is::<cw20_base::ContractError>()
        || error.is::<StdError>()
}

fn words(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string)).unwrap_or_else(|| "no words".to_owned())
}

fn counterfeit_message(world: &World) -> open_token::InstantiateMsg {
    let coin = |account: Addr| Cw20Coin { address: account.into_string(), amount: Uint128::new(INITIAL_BALANCE) };
    open_token::InstantiateMsg {
        name: "OPEN".to_owned(),
        symbol: "OPEN".to_owned(),
        decimals: open_token::DECIMALS,
        initial_balances: world.accounts.all().into_iter().map(coin).collect(),
        mint: None,
        marketing: None,
    }
}
