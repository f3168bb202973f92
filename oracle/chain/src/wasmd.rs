//! A wasmd node as a client, over CometBFT's RPC alone.
//!
//! A transaction's way: [`writer`] gives the signer's turn, [`gas`] simulates and prices it, [`envelope`] signs it, [`journal`] keeps it,
//! [`send`] offers it to the node and looks until it is in a block or never can be. What the node says in words becomes a typed error in
//! [`refusal`]. What happened is read back in [`record`] and [`search`].
//!
//! Invariants: a key signs one transaction at a time; nothing is signed while an earlier transaction of the key may still come into a
//! block, not even after the program was killed, if it keeps a [`Journal`]; every transaction has a height after which it cannot.

use std::sync::Arc;

use async_trait::async_trait;
use protocol::Hash32;

use crate::{ChainClient, ChainError, Execute, Signer, Status, Timeline, TxFilter, TxOutcome, TxRecord, error::Result};

mod admin;
mod clock;
pub mod crash;
mod deploy;
mod envelope;
mod gas;
mod health;
mod journal;
mod messages;
mod node;
mod options;
mod queries;
mod record;
mod refusal;
mod search;
mod send;
mod still;
mod writer;

pub use admin::{ContractInfo, Instantiate};
pub use deploy::{DeployProgress, DeployRequest, NodeDeployment};
pub use health::{Checkup, NodeHealth, Probe};
pub use journal::{Journal, JournalError, SentTransaction};
pub use options::WasmdOptions;
pub use record::BlockTransaction;
pub use still::WasmdStill;

use clock::BlockTimes;
use journal::Book;
use messages::Batch;
use node::Node;
use writer::Writers;

/// A client of one chain; clones share it. All transactions of a key must go through clones of one client.
#[derive(Clone, Debug)]
pub struct WasmdClient {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    options: WasmdOptions,
    node: Node,
    writers: Writers,
    journal: Book,
    times: BlockTimes,
}

/// A transaction that went through, and what it cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// What became of it.
    pub outcome: TxOutcome,
    /// Gas that it used.
    pub gas_used: u64,
    /// Gas that it was given.
    pub gas_wanted: u64,
    /// Its size.
    pub bytes: u64,
}

impl WasmdClient {
    /// Connects to a node and makes sure of its chain.
    ///
    /// # Errors
    /// [`ChainError::OtherChain`], [`ChainError::Setting`] if the address is none, or if the node cannot be reached.
    pub async fn connect(options: WasmdOptions) -> Result<Self> {
        let client = Self::offline(options)?;
        client.verify().await?;
        Ok(client)
    }

    /// A client that has not asked its node anything yet: for who must start while the node is down. The chain id enters every
    /// signature, so that a node of another chain refuses; [`Self::verify`] or a [`Probe`] says it in words.
    ///
    /// # Errors
    /// [`ChainError::Setting`] if the address is none.
    pub fn offline(options: WasmdOptions) -> Result<Self> {
        let node = Node::new(&options)?;
        let (writers, journal, times) = (Writers::default(), Book::default(), BlockTimes::default());
        let shared = Shared { options, node, writers, journal, times };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Keeps what it offers in a journal until it knows what became of it, and settles first what the journal holds from before. Without
    /// one, a transaction that was offered is forgotten when the program ends. Given once, before the first transaction.
    #[must_use]
    pub fn with_journal(self, journal: Arc<dyn Journal>) -> Self {
        self.shared.journal.begin(journal);
        self
    }

    /// Makes sure that the node is of the chain that the options name.
    ///
    /// # Errors
    /// [`ChainError::OtherChain`], or if the node cannot be reached.
    pub async fn verify(&self) -> Result<()> {
        let (expected, found) = (self.options().chain_id.clone(), self.node().status().await?.chain_id);
        if expected == found { Ok(()) } else { Err(ChainError::OtherChain { expected, found }) }
    }

    /// What the client was made with.
    pub fn options(&self) -> &WasmdOptions {
        &self.shared.options
    }

    /// Executes messages in one transaction, and tells what it cost.
    ///
    /// # Errors
    /// As [`ChainClient::execute`].
    pub async fn execute_measured(&self, signer: &Signer, msgs: Vec<Execute>) -> Result<Receipt> {
        self.transact(signer, Batch::execute(signer.address(), msgs)?).await
    }

    fn node(&self) -> &Node {
        &self.shared.node
    }

    fn journal(&self) -> &Book {
        &self.shared.journal
    }

    fn writers(&self) -> &Writers {
        &self.shared.writers
    }
}

#[async_trait]
impl ChainClient for WasmdClient {
    async fn status(&self) -> Result<Status> {
        let latest = self.node().status().await?;
        Ok(Status { chain_id: latest.chain_id, height: latest.height.saturating_add(1), time: latest.time })
    }

    async fn query_raw(&self, contract: &str, msg: &[u8]) -> Result<Vec<u8>> {
        self.smart(contract, msg, None).await
    }

    async fn execute(&self, signer: &Signer, msgs: Vec<Execute>) -> Result<TxOutcome> {
        Ok(self.execute_measured(signer, msgs).await?.outcome)
    }

    async fn settle(&self, signer: &Signer) -> Result<()> {
        let writer = self.writers().of(signer.address());
        let mut writer = writer.lock().await;
        self.settle_open(&mut writer, signer.address()).await
    }

    async fn txs(&self, filter: &TxFilter) -> Result<Vec<TxRecord>> {
        self.search(filter).await
    }

    async fn block(&self, height: u64) -> Result<Vec<TxRecord>> {
        self.records_of(height).await
    }
}

#[async_trait]
impl Timeline for WasmdClient {
    async fn wait_until(&self, time: u64) -> Result<()> {
        self.poll(|latest| latest.time >= time).await
    }

    async fn wait_blocks(&self, blocks: u64) -> Result<()> {
        let end = self.node().status().await?.height.saturating_add(blocks);
        self.poll(|latest| latest.height >= end).await
    }
}

/// SHA-256 of a transaction's bytes: how a node names it.
fn hash(transaction: &[u8]) -> Hash32 {
    use sha2::Digest as _;
    Hash32(sha2::Sha256::digest(transaction).into())
}
