//! The embedded chain: the real contracts inside cw-multi-test, with blocks, a transaction index and invariants.

use cosmwasm_std::{
    Addr, BlockInfo, Coin, CosmosMsg, Empty, Event, Storage, Timestamp, Uint128, WasmMsg, to_json_binary,
    to_json_string,
};
use cw_multi_test::{App, AppBuilder, BankKeeper, IntoBech32 as _, MockApiBech32, no_init};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    ChainError, ChainOptions, Code, DeployConfig, Deployment, Invariants, MemoryStorage, TxFilter, TxMessage,
    TxOutcome, TxRecord, deploy,
    error::Rejection,
    invariants::{Moves, Snapshot},
    transactions,
};

/// Bech32 prefix of all addresses.
pub const ADDRESS_PREFIX: &str = "wasm";

type ContractApp = App<BankKeeper, MockApiBech32, MemoryStorage>;

/// An embedded chain. Each executed transaction is a block of its own; a refused one leaves no trace, not even a block.
pub struct EmbeddedChain {
    pub(crate) app: ContractApp,
    pub(crate) seconds_per_block: u64,
    pub(crate) deployment: Option<Deployment>,
    pub(crate) transactions: Vec<TxRecord>,
    invariants: Invariants,
    last: Option<Snapshot>,
}

impl Default for EmbeddedChain {
    fn default() -> Self {
        Self::new(ChainOptions::default())
    }
}

/// Everything but the code: what is saved.
pub(crate) struct ChainState {
    pub block: BlockInfo,
    pub seconds_per_block: u64,
    pub deployment: Option<Deployment>,
    pub storage: MemoryStorage,
    pub transactions: Vec<TxRecord>,
}

impl EmbeddedChain {
    /// A chain with the code of all contracts and no instances.
    pub fn new(options: ChainOptions) -> Self {
        let state = ChainState {
            block: BlockInfo {
                height: 1,
                time: Timestamp::from_seconds(options.start_time),
                chain_id: options.chain_id,
            },
            seconds_per_block: options.seconds_per_block,
            deployment: None,
            storage: MemoryStorage::default(),
            transactions: Vec::new(),
        };
        Self::with_state(state, options.invariants)
    }

    pub(crate) fn with_state(state: ChainState, invariants: Invariants) -> Self {
        let mut app = AppBuilder::new()
            .with_api(MockApiBech32::new(ADDRESS_PREFIX))
            .with_storage(state.storage)
            .with_block(state.block)
            .build(no_init);
        for code in Code::ALL {
            let id = app.store_code(code.contract());
            debug_assert_eq!(id, code.id(), "codes are registered in the order of their ids");
        }
        Self {
            app,
            seconds_per_block: state.seconds_per_block,
            deployment: state.deployment,
            transactions: state.transactions,
            invariants,
            last: None,
        }
    }

    /// Deploys and wires all contracts; once per chain.
    ///
    /// # Errors
    /// If contracts are deployed already, or one refuses the configuration.
    pub fn deploy(&mut self, config: &DeployConfig) -> Result<Deployment, ChainError> {
        if self.deployment.is_some() {
            return Err(ChainError::AlreadyDeployed);
        }
        let deployment = deploy::deploy(self, config)?;
        self.deployment = Some(deployment.clone());
        self.check(&[])?;
        Ok(deployment)
    }

    /// Where the contracts are, once deployed.
    pub fn deployment(&self) -> Option<&Deployment> {
        self.deployment.as_ref()
    }

    /// The address of a name: always the same.
    pub fn account(name: &str) -> Addr {
        name.into_bech32_with_prefix(ADDRESS_PREFIX)
    }

    /// The id that enters every digest.
    pub fn chain_id(&self) -> String {
        self.app.block_info().chain_id
    }

    /// The block of the next transaction.
    pub fn height(&self) -> u64 {
        self.app.block_info().height
    }

    /// Time of the next transaction's block, in seconds.
    pub fn time(&self) -> u64 {
        self.app.block_info().time.seconds()
    }

    /// State, whole.
    pub fn storage(&self) -> &MemoryStorage {
        self.app.storage()
    }

    /// A contract's state, to tamper with.
    pub fn contract_storage_mut<'a>(&'a mut self, contract: &Addr) -> Box<dyn Storage + 'a> {
        self.app.contract_storage_mut(contract)
    }

    /// Executes one message in a block of its own.
    ///
    /// # Errors
    /// If the contract refuses; then nothing changed.
    ///
    /// # Panics
    /// With [`Invariants::Panic`], if the transaction breaks an invariant.
    pub fn execute(
        &mut self,
        sender: &Addr,
        contract: &Addr,
        msg: &impl Serialize,
        funds: &[Coin],
    ) -> Result<TxOutcome, ChainError> {
        let msg = to_json_string(msg).map_err(|source| ChainError::Json { what: "a message".to_owned(), source })?;
        self.execute_all(sender, vec![TxMessage { contract: contract.to_string(), msg, funds: funds.to_vec() }])
    }

    /// Executes messages in one block: all or none.
    ///
    /// # Errors
    /// If a contract refuses; then nothing changed.
    ///
    /// # Panics
    /// With [`Invariants::Panic`], if the transaction breaks an invariant.
    pub fn execute_all(&mut self, sender: &Addr, messages: Vec<TxMessage>) -> Result<TxOutcome, ChainError> {
        self.check_address(sender)?;
        let calls = messages.iter().map(call).collect();
        let responses = self.app.execute_multi(sender.clone(), calls).map_err(|error| rejection(&messages, error))?;
        let events = responses.into_iter().flat_map(|response| response.events).collect();
        let outcome = self.record(sender, messages, events)?;
        self.pass_blocks(1);
        self.check(&outcome.events)?;
        Ok(outcome)
    }

    /// Sends OPEN to a contract with a message for it (cw20 `Send`).
    ///
    /// # Errors
    /// As [`Self::execute`].
    ///
    /// # Panics
    /// If the contracts are not deployed.
    pub fn send_open(
        &mut self,
        sender: &Addr,
        contract: &Addr,
        amount: u128,
        hook: &impl Serialize,
    ) -> Result<TxOutcome, ChainError> {
        let token = self.deployment.as_ref().expect("contracts are deployed first").open_token.clone();
        let msg = to_json_binary(hook).map_err(|source| ChainError::Json { what: "a hook".to_owned(), source })?;
        let send = cw20::Cw20ExecuteMsg::Send { contract: contract.to_string(), amount: Uint128::new(amount), msg };
        self.execute(sender, &token, &send, &[])
    }

    /// Asks a contract.
    ///
    /// # Errors
    /// If it refuses, or answers something else than `T`.
    pub fn query<T: DeserializeOwned>(&self, contract: &Addr, query: &impl Serialize) -> Result<T, ChainError> {
        let query = to_json_string(query).map_err(|source| ChainError::Json { what: "a query".to_owned(), source })?;
        let answer = self.query_raw(contract, query.as_bytes())?;
        cosmwasm_std::from_json(answer)
            .map_err(|source| ChainError::Json { what: format!("the answer to {query}"), source })
    }

    /// Asks a contract: JSON in, JSON out.
    ///
    /// # Errors
    /// If it refuses.
    pub fn query_raw(&self, contract: &Addr, query: &[u8]) -> Result<Vec<u8>, ChainError> {
        let request = cosmwasm_std::WasmQuery::Smart { contract_addr: contract.to_string(), msg: query.into() };
        let request = to_json_binary(&cosmwasm_std::QueryRequest::<Empty>::Wasm(request));
        let request = request.map_err(|source| ChainError::Json { what: "a query".to_owned(), source })?;
        let refused = |reason: String| ChainError::Query {
            contract: contract.to_string(),
            query: String::from_utf8_lossy(query).into_owned(),
            reason,
        };
        let answer = self.app.wrap().raw_query(&request);
        let answer = answer.into_result().map_err(|error| refused(error.to_string()))?;
        answer.into_result().map(|binary| binary.to_vec()).map_err(refused)
    }

    /// Transactions that match, oldest first.
    pub fn search(&self, filter: &TxFilter) -> Vec<&TxRecord> {
        self.transactions.iter().filter(|record| filter.matches(record)).collect()
    }

    /// All transactions, oldest first.
    pub fn transactions(&self) -> &[TxRecord] {
        &self.transactions
    }

    /// Gives native coins to an account.
    ///
    /// # Panics
    /// If the bank module refuses, as for an account named twice.
    pub fn give_coins(&mut self, account: &Addr, coins: Vec<Coin>) {
        self.app
            .init_modules(|router, _, storage| router.bank.init_balance(storage, account, coins))
            .expect("the bank takes balances of any account");
    }

    /// Turns the checks on or off from now on.
    pub fn set_invariants(&mut self, invariants: Invariants) {
        self.invariants = invariants;
        self.last = None;
    }

    /// Reads all state and checks it, also against how it was after the last transaction.
    ///
    /// # Errors
    /// [`ChainError::Broken`].
    ///
    /// # Panics
    /// With [`Invariants::Panic`] instead.
    #[expect(clippy::panic, reason = "a broken invariant must fail the test that broke it, whatever it expects")]
    pub fn check(&mut self, events: &[Event]) -> Result<(), ChainError> {
        let Some(deployment) = self.deployment.as_ref().filter(|_| self.invariants != Invariants::Off) else {
            return Ok(());
        };
        let checked = Snapshot::read(self, deployment).and_then(|now| {
            now.consistent()?;
            if let Some(before) = &self.last {
                now.follows(before, &Moves::read(deployment, events))?;
            }
            Ok(now)
        });
        let height = self.height();
        match (checked, self.invariants) {
            (Ok(now), _) => {
                self.last = Some(now);
                Ok(())
            }
            (Err(broken), Invariants::Panic) => {
                panic!("an invariant is broken before block {height}: {broken}")
            }
            (Err(broken), _) => Err(ChainError::Broken { height, broken }),
        }
    }

    pub(crate) fn block(&self) -> BlockInfo {
        self.app.block_info()
    }

    fn check_address(&self, address: &Addr) -> Result<(), ChainError> {
        use cosmwasm_std::Api as _;
        self.app.api().addr_validate(address.as_str()).map(drop).map_err(|_| ChainError::Address(address.to_string()))
    }

    fn record(&mut self, sender: &Addr, messages: Vec<TxMessage>, events: Vec<Event>) -> Result<TxOutcome, ChainError> {
        let BlockInfo { height, time, chain_id } = self.app.block_info();
        let time = time.seconds();
        let hash = transactions::hash(&chain_id, height, time, sender.as_str(), &messages).map_err(|error| {
            ChainError::Json {
                what: "a transaction".to_owned(),
                source: cosmwasm_std::StdError::generic_err(error.to_string()),
            }
        })?;
        let record = TxRecord { height, time, hash, sender: sender.to_string(), messages, events };
        let outcome = TxOutcome::from(&record);
        self.transactions.push(record);
        Ok(outcome)
    }
}

fn call(message: &TxMessage) -> CosmosMsg {
    CosmosMsg::Wasm(WasmMsg::Execute {
        contract_addr: message.contract.clone(),
        msg: message.msg.as_bytes().into(),
        funds: message.funds.clone(),
    })
}

/// Which of several messages failed stands only in the text of the simulator's outermost context.
fn rejection(messages: &[TxMessage], error: anyhow::Error) -> ChainError {
    let context = error.to_string();
    let failed = messages.iter().find(|message| context.contains(&format!("contract_addr: \"{}\"", message.contract)));
    let contract = failed.or(messages.first()).map_or_else(String::new, |message| message.contract.clone());
    ChainError::Rejected(Rejection { contract, error })
}
