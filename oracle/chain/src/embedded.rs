//! The embedded chain as a client: one thread owns it, handles send it work.

use std::{
    path::{Path, PathBuf},
    sync::mpsc,
    thread,
};

use async_trait::async_trait;
use cosmwasm_std::Addr;
use testing::{ChainOptions, EmbeddedChain, Invariants};
use tokio::sync::oneshot;

use crate::{
    ChainClient, ChainError, DeployConfig, Deployment, Execute, Signer, Status, Timeline, TxFilter, TxMessage,
    TxOutcome, TxRecord, error::Result,
};

/// How an embedded chain starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmbeddedOptions {
    /// Enters every digest.
    pub chain_id: String,
    /// Time of the first block, in seconds.
    pub start_time: u64,
    /// Time between blocks.
    pub seconds_per_block: u64,
    /// Whether invariants are checked after every transaction.
    pub invariants: Checks,
}

/// Whether invariants are checked after every transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checks {
    /// A transaction that breaks one returns [`ChainError::Broken`].
    On,
    /// Nobody looks.
    Off,
}

impl From<Checks> for Invariants {
    fn from(checks: Checks) -> Self {
        match checks {
            Checks::On => Self::Return,
            Checks::Off => Self::Off,
        }
    }
}

impl Default for EmbeddedOptions {
    fn default() -> Self {
        let ChainOptions { chain_id, start_time, seconds_per_block, .. } = ChainOptions::default();
        Self { chain_id, start_time, seconds_per_block, invariants: Checks::On }
    }
}

type Job = Box<dyn FnOnce(&mut EmbeddedChain) + Send>;

/// A handle to an embedded chain; clones share it. The chain ends with its last handle.
#[derive(Clone, Debug)]
pub struct EmbeddedClient {
    jobs: mpsc::Sender<Job>,
}

impl EmbeddedClient {
    /// Starts a new chain.
    ///
    /// # Errors
    /// If no thread can be started.
    pub async fn start(options: EmbeddedOptions) -> Result<Self> {
        let options = ChainOptions {
            chain_id: options.chain_id,
            start_time: options.start_time,
            seconds_per_block: options.seconds_per_block,
            invariants: options.invariants.into(),
        };
        Self::spawn(move || Ok(EmbeddedChain::new(options))).await
    }

    /// Opens a saved chain, to query it, search it or go on from there; the file stays as it is until [`Self::save`].
    ///
    /// # Errors
    /// If the file is not a saved chain.
    pub async fn open(path: &Path, checks: Checks) -> Result<Self> {
        let path = PathBuf::from(path);
        Self::spawn(move || EmbeddedChain::open(&path, checks.into())).await
    }

    /// The chain is made in its thread, since its contracts cannot move between threads.
    async fn spawn(
        make: impl FnOnce() -> std::result::Result<EmbeddedChain, testing::ChainError> + Send + 'static,
    ) -> Result<Self> {
        let (jobs, queue) = mpsc::channel::<Job>();
        let (ready, made) = oneshot::channel();
        let work = move || match make() {
            Ok(mut chain) => {
                // A caller that has gone does not need the answer.
                drop(ready.send(Ok(())));
                queue.iter().for_each(|job| job(&mut chain));
            }
            Err(error) => drop(ready.send(Err(error))),
        };
        thread::Builder::new()
            .name("embedded-chain".to_owned())
            .spawn(work)
            .map_err(|error| ChainError::Transport(error.to_string()))?;
        made.await.map_err(|_| gone())??;
        Ok(Self { jobs })
    }

    /// Runs work on the chain's thread; requests run one after the other, in the order they were made.
    async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut EmbeddedChain) -> std::result::Result<T, testing::ChainError> + Send + 'static,
    ) -> Result<T> {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |chain| drop(answer.send(work(chain))));
        self.jobs.send(job).map_err(|_| gone())?;
        Ok(answered.await.map_err(|_| gone())??)
    }

    /// Deploys and wires all contracts.
    ///
    /// # Errors
    /// If a contract refuses, or contracts are deployed already.
    pub async fn deploy(&self, config: DeployConfig) -> Result<Deployment> {
        self.with(move |chain| chain.deploy(&config)).await
    }

    /// Where the contracts are, once deployed.
    ///
    /// # Errors
    /// If the chain is gone.
    pub async fn deployment(&self) -> Result<Option<Deployment>> {
        self.with(|chain| Ok(chain.deployment().cloned())).await
    }

    /// Time and blocks pass, in no usual relation, as when the chain halts.
    ///
    /// # Errors
    /// If the chain is gone.
    pub async fn advance(&self, seconds: u64, blocks: u64) -> Result<()> {
        self.with(move |chain| {
            chain.advance(seconds, blocks);
            Ok(())
        })
        .await
    }

    /// Writes the chain to a file, replaced whole.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub async fn save(&self, path: &Path) -> Result<()> {
        let path = PathBuf::from(path);
        self.with(move |chain| chain.save(&path)).await
    }
}

fn of_block(transactions: &[TxRecord], height: u64) -> Vec<TxRecord> {
    let first = transactions.partition_point(|record| record.height < height);
    transactions[first..].iter().take_while(|record| record.height == height).cloned().collect()
}

fn gone() -> ChainError {
    ChainError::Transport("the embedded chain has stopped".to_owned())
}

#[async_trait]
impl ChainClient for EmbeddedClient {
    async fn status(&self) -> Result<Status> {
        self.with(|chain| Ok(Status { chain_id: chain.chain_id(), height: chain.height(), time: chain.time() })).await
    }

    async fn query_raw(&self, contract: &str, msg: &[u8]) -> Result<Vec<u8>> {
        let (contract, msg) = (Addr::unchecked(contract), msg.to_vec());
        self.with(move |chain| chain.query_raw(&contract, &msg)).await
    }

    async fn execute(&self, signer: &Signer, msgs: Vec<Execute>) -> Result<TxOutcome> {
        if msgs.is_empty() {
            return Err(ChainError::NoMessages);
        }
        // The sender is the signer's own address: there is no way to name another.
        let sender = Addr::unchecked(signer.address());
        let messages = msgs.into_iter().map(embedded_message).collect::<Result<_>>()?;
        self.with(move |chain| chain.execute_all(&sender, messages)).await
    }

    async fn txs(&self, filter: &TxFilter) -> Result<Vec<TxRecord>> {
        let filter = filter.clone();
        self.with(move |chain| Ok(chain.search(&filter).into_iter().cloned().collect())).await
    }

    async fn block(&self, height: u64) -> Result<Vec<TxRecord>> {
        let latest = self.status().await?.height.saturating_sub(1);
        if height > latest {
            return Err(ChainError::NoBlock { height, latest });
        }
        self.with(move |chain| Ok(of_block(chain.transactions(), height))).await
    }
}

#[async_trait]
impl Timeline for EmbeddedClient {
    async fn wait_until(&self, time: u64) -> Result<()> {
        self.with(move |chain| chain.set_time(time.max(chain.time()))).await
    }

    async fn wait_blocks(&self, blocks: u64) -> Result<()> {
        self.with(move |chain| {
            chain.pass_blocks(blocks);
            Ok(())
        })
        .await
    }
}

fn embedded_message(message: Execute) -> Result<TxMessage> {
    let Execute { contract, msg, funds } = message;
    let msg = String::from_utf8(msg)
        .map_err(|error| ChainError::Decode { what: "a message".to_owned(), source: error.into() })?;
    Ok(TxMessage { contract, msg, funds })
}
