//! The node's RPC: questions are asked again when it cannot be reached; a transaction is never offered again from here.

use std::{fmt, time::Duration};

use backon::{ExponentialBuilder, Retryable as _};
use cosmrs::tendermint::{Hash, Time, block::Height};
use protocol::Hash32;
use tendermint_rpc::{
    Client as _, Error, HttpClient, HttpClientUrl, Order,
    client::CompatMode,
    endpoint::{abci_query::AbciQuery, block, block_results, broadcast::tx_sync, tx, tx_search},
    error::ErrorDetail,
    query::Query,
};

use super::WasmdOptions;
use crate::{ChainError, error::Result};

/// Transactions of a page of a search: the most that CometBFT gives.
const PAGE: u8 = 100;

/// Why a call to a node gave nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CallError {
    /// No answer, or none that can be read. Whether the call had an effect is not known.
    #[error("{0}")]
    Transport(String),
    /// The node answered that it will not.
    #[error("{0}")]
    Answer(String),
}

impl From<Error> for CallError {
    fn from(error: Error) -> Self {
        match error.detail() {
            ErrorDetail::Response(answer) => {
                let (message, data) = (answer.source.message(), answer.source.data().unwrap_or_default());
                Self::Answer(format!("{message}: {data}"))
            }
            detail => Self::Transport(detail.to_string()),
        }
    }
}

impl From<CallError> for ChainError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Transport(reason) => Self::Transport(reason),
            CallError::Answer(reason) => Self::Node(reason),
        }
    }
}

impl CallError {
    pub(crate) fn is_transport(&self) -> bool {
        matches!(self, Self::Transport(_))
    }
}

/// The node's latest block, and the node itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Latest {
    pub chain_id: String,
    pub node_id: String,
    pub height: u64,
    /// In seconds.
    pub time: u64,
    pub catching_up: bool,
}

/// A node's RPC.
#[derive(Clone)]
pub(crate) struct Node {
    rpc: HttpClient,
    policy: ExponentialBuilder,
}

/// Without the client inside, which prints its address whole.
impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Node").field("policy", &self.policy).finish_non_exhaustive()
    }
}

impl Node {
    pub(crate) fn new(options: &WasmdOptions) -> Result<Self> {
        let setting = |error: Error| ChainError::Setting { name: "rpc", reason: error.to_string() };
        let url: HttpClientUrl = options.rpc.parse().map_err(setting)?;
        let builder = HttpClient::builder(url).compat_mode(CompatMode::V0_38).timeout(options.request_timeout);
        let policy = ExponentialBuilder::new()
            .with_jitter()
            .with_min_delay(options.retry_pause)
            .with_max_delay(Duration::from_secs(5))
            .with_max_times(options.retries);
        Ok(Self { rpc: builder.build().map_err(setting)?, policy })
    }

    /// Asks again while the node cannot be reached.
    async fn ask<T, F>(&self, question: impl Fn() -> F) -> std::result::Result<T, CallError>
    where
        F: Future<Output = std::result::Result<T, Error>>,
    {
        let once = || async { question().await.map_err(CallError::from) };
        once.retry(self.policy)
            .when(CallError::is_transport)
            .notify(|error, pause| tracing::debug!(%error, ?pause, "the node cannot be reached; asking again"))
            .await
    }

    pub(crate) async fn status(&self) -> std::result::Result<Latest, CallError> {
        self.ask(|| self.rpc.status()).await.map(latest)
    }

    /// Asked once.
    pub(crate) async fn status_now(&self) -> std::result::Result<Latest, CallError> {
        Ok(latest(self.rpc.status().await?))
    }

    /// A question to the application at a height, or at its latest.
    pub(crate) async fn abci(
        &self,
        path: &str,
        data: &[u8],
        height: Option<Height>,
    ) -> std::result::Result<AbciQuery, CallError> {
        self.ask(|| self.rpc.abci_query(Some(path.to_owned()), data, height, false)).await
    }

    /// A transaction by its hash, if it is in a block; asked once.
    pub(crate) async fn transaction(&self, hash: Hash32) -> std::result::Result<Option<tx::Response>, CallError> {
        match self.rpc.tx(Hash::Sha256(hash.0), false).await.map_err(CallError::from) {
            Ok(found) => Ok(Some(found)),
            Err(CallError::Answer(reason)) if reason.contains("not found") => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(crate) async fn block(&self, height: u64) -> Result<block::Response> {
        let height = of(height)?;
        Ok(self.ask(|| self.rpc.block(height)).await?)
    }

    pub(crate) async fn block_results(&self, height: u64) -> Result<block_results::Response> {
        let height = of(height)?;
        Ok(self.ask(|| self.rpc.block_results(height)).await?)
    }

    /// Time of a block, in seconds.
    pub(crate) async fn time(&self, height: u64) -> Result<u64> {
        let height = of(height)?;
        Ok(seconds(self.ask(|| self.rpc.header(height)).await?.header.time))
    }

    /// One page of a search, oldest first; pages count from 1.
    pub(crate) async fn search(&self, query: &Query, page: u32) -> Result<tx_search::Response> {
        Ok(self.ask(|| self.rpc.tx_search(query.clone(), false, page, PAGE, Order::Ascending)).await?)
    }

    /// Offers a transaction, once.
    pub(crate) async fn offer(&self, bytes: Vec<u8>) -> std::result::Result<tx_sync::Response, CallError> {
        Ok(self.rpc.broadcast_tx_sync(bytes).await?)
    }
}

/// Whole seconds since 1970.
pub(crate) fn seconds(time: Time) -> u64 {
    u64::try_from(time.unix_timestamp()).unwrap_or_default()
}

fn latest(status: tendermint_rpc::endpoint::status::Response) -> Latest {
    Latest {
        chain_id: status.node_info.network.to_string(),
        node_id: status.node_info.id.to_string(),
        height: status.sync_info.latest_block_height.value(),
        time: seconds(status.sync_info.latest_block_time),
        catching_up: status.sync_info.catching_up,
    }
}

pub(crate) fn of(height: u64) -> Result<Height> {
    Height::try_from(height).map_err(|error| ChainError::Node(format!("{height} is no height: {error}")))
}
