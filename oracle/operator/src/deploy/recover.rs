//! What a killed deployment did and could not write down any more. The chain knows: each step is governance's, and leaves an event.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use chain::{ChainClient as _, Code, DeployPlan, Execute, Step, Timeline as _, TxFilter, TxRecord, WasmdClient};
use cosmwasm_std::Addr;
use protocol::{Hash32, Seconds};
use sha2::{Digest as _, Sha256};

use super::progress::Begun;

/// Brings what was written down to where the chain is.
///
/// A transaction that was sent and never heard of may come into a block until its timeout: so many blocks are waited for first.
pub async fn catch_up(client: &WasmdClient, mut begun: Begun, artifacts: &Path) -> Result<Begun> {
    let blocks = client.options().timeout_blocks;
    eprintln!("oracle: a deployment was begun; waiting {blocks} blocks for what it had sent, then going on with it");
    client.wait_blocks(blocks.saturating_add(1)).await?;
    let chain = Past { client, governance: begun.config().governance, since: begun.began_height };
    let config = begun.config();
    for code in DeployPlan::codes(&config) {
        if begun.progress.code_ids.contains_key(code.artifact()) {
            continue;
        }
        let Some(id) = chain.stored(&module_hash(artifacts, code)?).await? else { return Ok(begun) };
        begun.progress.code_ids.insert(code.artifact().to_owned(), id);
    }
    let stake = *begun.progress.code_ids.get(Code::Stake.artifact()).context("the code of stakes was stored")?;
    let genesis = config.genesis.unwrap_or(Seconds(0));
    let mut plan = DeployPlan::new(&config, begun.chain_id.clone(), genesis, stake);
    for created in &begun.progress.done {
        plan.done(created.clone());
    }
    begun.progress.genesis = Some(genesis.get());
    while let Some(step) = plan.next() {
        let Some(created) = chain.done(&step, &begun).await? else { break };
        begun.progress.done.push(created.clone());
        plan.done(created);
    }
    Ok(begun)
}

/// Governance's transactions since a deployment began.
struct Past<'a> {
    client: &'a WasmdClient,
    governance: Addr,
    since: u64,
}

impl Past<'_> {
    /// The id of a module that was stored.
    async fn stored(&self, hash: &Hash32) -> Result<Option<u64>> {
        let filter = TxFilter::event("store_code").with("code_checksum", hash);
        let found = self.first(&filter).await?;
        found.map(|record| attribute(&record, &filter, "code_id")?.parse().context("a code id is a number")).transpose()
    }

    /// Whether a step was done: `Some`, and in it what was created.
    async fn done(&self, step: &Step, begun: &Begun) -> Result<Option<Option<Addr>>> {
        match step {
            Step::Instantiate { code, .. } => Ok(self.instance(*code, begun).await?.map(Some)),
            Step::SetAdmin { contract, admin } => {
                let info = self.client.contract_info(contract.as_str()).await?;
                Ok((info.admin.as_ref() == Some(admin)).then_some(None))
            }
            Step::Execute { contract, msg } => {
                let wanted = Execute::new(contract.as_str(), msg)?;
                Ok(self.sent(&wanted).await?.then_some(None))
            }
        }
    }

    /// Each deployment stores codes of its own, so that an instance of one is its own too.
    async fn instance(&self, code: Code, begun: &Begun) -> Result<Option<Addr>> {
        let Some(id) = begun.progress.code_ids.get(code.artifact()) else { return Ok(None) };
        let filter = TxFilter::event("instantiate").with("code_id", id);
        let found = self.first(&filter).await?;
        found.map(|record| attribute(&record, &filter, "_contract_address").map(Addr::unchecked)).transpose()
    }

    async fn sent(&self, wanted: &Execute) -> Result<bool> {
        let filter = TxFilter::event("execute").from_contract(&wanted.contract).since(self.since);
        let records = self.client.txs(&filter).await?;
        let same = |message: &chain::TxMessage| {
            message.contract == wanted.contract && message.msg.as_bytes() == wanted.msg.as_slice()
        };
        Ok(records.iter().any(|record| record.sender == self.governance.as_str() && record.messages.iter().any(same)))
    }

    async fn first(&self, filter: &TxFilter) -> Result<Option<TxRecord>> {
        let records = self.client.txs(&filter.clone().since(self.since)).await?;
        Ok(records.into_iter().find(|record| record.sender == self.governance.as_str()))
    }
}

fn attribute(record: &TxRecord, filter: &TxFilter, key: &str) -> Result<String> {
    let event = record.events.iter().find(|event| filter.matches_event(event));
    let found = event.and_then(|event| event.attributes.iter().find(|attribute| attribute.key == key));
    found.map(|attribute| attribute.value.clone()).with_context(|| format!("{} has no {key}", record.hash))
}

/// SHA-256 of a module, as the chain names it.
pub fn module_hash(artifacts: &Path, code: Code) -> Result<Hash32> {
    let path = artifacts.join(code.artifact()).with_extension("wasm");
    let bytes =
        fs::read(&path).with_context(|| format!("cannot read {}: scripts/build-wasm builds it", path.display()))?;
    Ok(Hash32(Sha256::digest(bytes).into()))
}
