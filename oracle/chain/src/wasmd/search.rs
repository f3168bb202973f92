//! Finding transactions: by events, in the node's index, and by block.

use std::collections::BTreeMap;

use cosmrs::tendermint::abci::types::ExecTxResult;
use tendermint_rpc::{endpoint::tx, query::Query};

use super::{
    WasmdClient,
    node::seconds,
    record::{self, BlockTransaction, Place},
};
use crate::{ChainError, TxFilter, TxRecord, error::Result};

/// Looks at a block's results before they are given up: a node has a block a moment before its results.
const LOOKS: u32 = 20;

/// Where a transaction stands: height and number in its block.
type Position = (u64, u32);

impl WasmdClient {
    pub(crate) async fn search(&self, filter: &TxFilter) -> Result<Vec<TxRecord>> {
        let mut found = BTreeMap::new();
        for event_type in types(&filter.event_type) {
            for response in self.pages(&query(&event_type, filter)).await? {
                if let Some(record) = self.read(&response).await?.filter(|record| filter.matches(record)) {
                    found.insert(position(&response), record);
                }
            }
        }
        Ok(found.into_values().collect())
    }

    async fn pages(&self, query: &Query) -> Result<Vec<tx::Response>> {
        let mut all = Vec::new();
        for page in 1.. {
            let found = self.node().search(query, page).await?;
            let more = !found.txs.is_empty();
            all.extend(found.txs);
            if !more || all.len() as u64 >= u64::from(found.total_count) {
                break;
            }
        }
        Ok(all)
    }

    async fn read(&self, found: &tx::Response) -> Result<Option<TxRecord>> {
        let height = found.height.value();
        let place = Place { height, time: self.block_time(height).await? };
        record::record(place, &found.tx, &found.tx_result)
    }

    /// What went through. What failed is not even read: anybody can have nonsense fail.
    pub(crate) async fn records_of(&self, height: u64) -> Result<Vec<TxRecord>> {
        let (place, all) = self.raw_of(height).await?;
        let read = all.iter().map(|(bytes, result)| record::record(place, bytes, result));
        Ok(read.collect::<Result<Vec<_>>>()?.into_iter().flatten().collect())
    }

    /// All transactions of one block in order, those that failed included.
    ///
    /// # Errors
    /// As [`crate::ChainClient::block`].
    pub async fn block_transactions(&self, height: u64) -> Result<Vec<BlockTransaction>> {
        let (place, all) = self.raw_of(height).await?;
        let read = all.iter().map(|(bytes, result)| {
            Ok(BlockTransaction { record: record::read(place, bytes, result)?, went_through: result.code.is_ok() })
        });
        read.collect()
    }

    async fn raw_of(&self, height: u64) -> Result<(Place, Vec<(Vec<u8>, ExecTxResult)>)> {
        let latest = self.node().status().await?.height;
        if height > latest {
            return Err(ChainError::NoBlock { height, latest });
        }
        let block = self.node().block(height).await?.block;
        let place = Place { height, time: seconds(block.header.time) };
        self.shared.times.keep(height, place.time);
        if block.data.is_empty() {
            return Ok((place, Vec::new()));
        }
        let results = self.results_of(height, block.data.len()).await?;
        Ok((place, block.data.into_iter().zip(results).collect()))
    }

    async fn results_of(&self, height: u64, transactions: usize) -> Result<Vec<ExecTxResult>> {
        let mut last = ChainError::Node(format!("block {height} has no results"));
        for _ in 0..LOOKS {
            match self.node().block_results(height).await.map(|found| found.txs_results.unwrap_or_default()) {
                Ok(results) if results.len() == transactions => return Ok(results),
                Ok(results) => {
                    let what = format!("block {height} has {transactions} transactions and {} results", results.len());
                    last = ChainError::Node(what);
                }
                Err(error @ ChainError::Node(_)) => last = error,
                Err(error) => return Err(error),
            }
            tokio::time::sleep(self.options().poll_interval).await;
        }
        Err(last)
    }
}

fn position(found: &tx::Response) -> Position {
    (found.height.value(), found.index)
}

/// Types that a filter's name stands for: contracts' own events have a prefix on a chain.
fn types(name: &str) -> Vec<String> {
    if name == "wasm" || name.starts_with("wasm-") {
        vec![name.to_owned()]
    } else {
        vec![name.to_owned(), format!("wasm-{name}")]
    }
}

/// A query that finds at least what the filter wants: what the query language cannot say is left to the filter.
fn query(event_type: &str, filter: &TxFilter) -> Query {
    let sayable = |value: &str| !value.contains(['\'', '\\']);
    let attributes = filter.attributes.iter().filter(|(_, value)| sayable(value));
    let exists = Query::default().and_exists(format!("{event_type}.msg_index"));
    let query =
        attributes.fold(exists, |query, (key, value)| query.and_eq(format!("{event_type}.{key}"), value.as_str()));
    if filter.min_height > 0 { query.and_gte("tx.height", filter.min_height) } else { query }
}
