//! The client trait, and what is built on it for every chain alike.

use async_trait::async_trait;
use cosmwasm_std::{Coin, StdError, Uint128, from_json, to_json_binary, to_json_vec};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{ChainError, Signer, TxFilter, TxOutcome, TxRecord, error::Result};

/// Where a chain stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// The chain.
    pub chain_id: String,
    /// Block that the next transaction can be in at the earliest.
    pub height: u64,
    /// Its time, in seconds.
    pub time: u64,
}

/// A message to a contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Execute {
    /// The contract.
    pub contract: String,
    /// The message as JSON.
    pub msg: Vec<u8>,
    /// Native coins that go with it.
    pub funds: Vec<Coin>,
}

impl Execute {
    /// A message without coins.
    ///
    /// # Errors
    /// If the message cannot be written as JSON.
    pub fn new(contract: impl Into<String>, msg: &impl Serialize) -> Result<Self> {
        let msg = to_json_vec(msg).map_err(|source| decode("a message", source))?;
        Ok(Self { contract: contract.into(), msg, funds: Vec::new() })
    }

    /// OPEN sent to a contract with a message for it (cw20 `Send`).
    ///
    /// # Errors
    /// If the hook cannot be written as JSON.
    pub fn send_open(
        token: impl Into<String>,
        contract: impl Into<String>,
        amount: Uint128,
        hook: &impl Serialize,
    ) -> Result<Self> {
        let msg = to_json_binary(hook).map_err(|source| decode("a hook", source))?;
        Self::new(token, &cw20::Cw20ExecuteMsg::Send { contract: contract.into(), amount, msg })
    }
}

/// Everything the oracle wants of a chain.
#[async_trait]
pub trait ChainClient: Send + Sync {
    /// Where the chain stands.
    ///
    /// # Errors
    /// If it cannot be reached.
    async fn status(&self) -> Result<Status>;

    /// Asks a contract: JSON in, JSON out.
    ///
    /// # Errors
    /// If it refuses or cannot be reached.
    async fn query_raw(&self, contract: &str, msg: &[u8]) -> Result<Vec<u8>>;

    /// Executes messages in one transaction: all or none. Returns once the transaction is in a block.
    ///
    /// # Errors
    /// If a contract refuses, or the chain cannot be reached.
    async fn execute(&self, signer: &Signer, msgs: Vec<Execute>) -> Result<TxOutcome>;

    /// Returns once nothing that the signer sent earlier may still come into a block. Whoever decides from the chain's state what to send
    /// asks for this first, or may decide the same again while it is on its way. Nothing is, where a transaction is in a block at once.
    ///
    /// # Errors
    /// If it stays unknown, or the chain cannot be reached.
    async fn settle(&self, _signer: &Signer) -> Result<()> {
        Ok(())
    }

    /// Transactions that match, oldest first.
    ///
    /// # Errors
    /// If the chain cannot be reached.
    async fn txs(&self, filter: &TxFilter) -> Result<Vec<TxRecord>>;

    /// Transactions of one block that went through, in order: for who follows the chain block by block.
    ///
    /// # Errors
    /// [`ChainError::NoBlock`] if the block is not there yet, or if the chain cannot be reached.
    async fn block(&self, height: u64) -> Result<Vec<TxRecord>>;
}

/// Typed conveniences, the same for every client.
#[async_trait]
pub trait ChainClientExt: ChainClient {
    /// Asks a contract.
    ///
    /// # Errors
    /// If it refuses, cannot be reached, or answers something else than `T`.
    async fn query<T, Q>(&self, contract: &str, query: &Q) -> Result<T>
    where
        T: DeserializeOwned + Send,
        Q: Serialize + Sync,
    {
        let msg = to_json_vec(query).map_err(|source| decode("a query", source))?;
        let answer = self.query_raw(contract, &msg).await?;
        from_json(&answer).map_err(|source| {
            let what = format!("{contract}'s answer to {}", String::from_utf8_lossy(&msg));
            ChainError::Decode { what, source }
        })
    }

    /// Executes one message.
    ///
    /// # Errors
    /// As [`ChainClient::execute`].
    async fn execute_one<M>(&self, signer: &Signer, contract: &str, msg: &M) -> Result<TxOutcome>
    where
        M: Serialize + Sync,
    {
        self.execute(signer, vec![Execute::new(contract, msg)?]).await
    }

    /// Sends OPEN to a contract with a message for it (cw20 `Send`).
    ///
    /// # Errors
    /// As [`ChainClient::execute`].
    async fn send_open<M>(
        &self,
        signer: &Signer,
        token: &str,
        contract: &str,
        amount: Uint128,
        hook: &M,
    ) -> Result<TxOutcome>
    where
        M: Serialize + Sync,
    {
        self.execute(signer, vec![Execute::send_open(token, contract, amount, hook)?]).await
    }
}

impl<C: ChainClient + ?Sized> ChainClientExt for C {}

/// Waiting for a chain. A node's time passes by itself; an embedded chain's passes because someone waits.
#[async_trait]
pub trait Timeline: Send + Sync {
    /// Returns once the next block's time is at least `time`, in seconds.
    ///
    /// # Errors
    /// If the chain cannot be reached.
    async fn wait_until(&self, time: u64) -> Result<()>;

    /// Returns once `blocks` more blocks have passed.
    ///
    /// # Errors
    /// If the chain cannot be reached.
    async fn wait_blocks(&self, blocks: u64) -> Result<()>;
}

fn decode(what: &str, source: StdError) -> ChainError {
    ChainError::Decode { what: what.to_owned(), source }
}
