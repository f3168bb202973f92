//! How a client reaches its node, and what it pays.

use std::{fmt, time::Duration};

use cosmwasm_std::Decimal;

/// How a client reaches its node, and what it pays.
#[derive(Clone, PartialEq, Eq)]
pub struct WasmdOptions {
    /// Address of the node's CometBFT RPC, as `http://127.0.0.1:26657`.
    pub rpc: String,
    /// The chain that the node must be of.
    pub chain_id: String,
    /// The native coin that fees are paid in.
    pub denom: String,
    /// Price of one unit of gas, in `denom`.
    pub gas_price: Decimal,
    /// What simulated gas is multiplied by.
    pub gas_margin: Decimal,
    /// The most gas that one transaction may be given.
    pub gas_ceiling: u64,
    /// Blocks from the latest within which a transaction can come into a block.
    pub timeout_blocks: u64,
    /// How long a transaction is looked for when the node does not answer or makes no blocks.
    pub confirm_timeout: Duration,
    /// The longest that one request may take.
    pub request_timeout: Duration,
    /// How often a question is asked again when the node cannot be reached, with growing pauses.
    pub retries: usize,
    /// The first pause.
    pub retry_pause: Duration,
    /// Time between looks at what is waited for.
    pub poll_interval: Duration,
    /// A chain without a new block for so long stands still.
    pub halted_after: Duration,
}

/// Without a name and a password that the address may hold.
impl fmt::Debug for WasmdOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WasmdOptions")
            .field("rpc", &redacted(&self.rpc))
            .field("chain_id", &self.chain_id)
            .field("denom", &self.denom)
            .field("gas_price", &self.gas_price.to_string())
            .field("gas_margin", &self.gas_margin.to_string())
            .field("gas_ceiling", &self.gas_ceiling)
            .finish_non_exhaustive()
    }
}

/// An address without what stands before an `@`.
fn redacted(rpc: &str) -> String {
    match rpc.split_once("://").zip(rpc.rsplit_once('@')) {
        Some(((scheme, _), (_, host))) => format!("{scheme}://{host}"),
        None => rpc.to_owned(),
    }
}

impl WasmdOptions {
    /// Settings of a devnet: fees of 0.001 stake per gas, gas as simulated × 1.3, at most 50 million.
    pub fn new(rpc: impl Into<String>, chain_id: impl Into<String>) -> Self {
        Self {
            rpc: rpc.into(),
            chain_id: chain_id.into(),
            denom: "stake".to_owned(),
            gas_price: Decimal::permille(1),
            gas_margin: Decimal::percent(130),
            gas_ceiling: 50_000_000,
            timeout_blocks: 20,
            confirm_timeout: Duration::from_secs(120),
            request_timeout: Duration::from_secs(10),
            retries: 5,
            retry_pause: Duration::from_millis(100),
            poll_interval: Duration::from_millis(100),
            halted_after: Duration::from_secs(60),
        }
    }
}
