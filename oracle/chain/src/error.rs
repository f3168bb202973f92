//! What can go wrong between a client and a chain.

use protocol::Hash32;

/// The result of talking to a chain.
pub type Result<T> = std::result::Result<T, ChainError>;

/// Why a chain did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum ChainError {
    /// A contract refused a transaction; nothing changed.
    #[error("{contract} refused: {reason}")]
    Rejected {
        /// The contract that the refused message was sent to.
        contract: String,
        /// What it said.
        reason: String,
    },
    /// A contract refused a query: mostly, what was asked for is not there.
    #[error("{contract} has no answer: {reason}")]
    NotFound {
        /// The contract.
        contract: String,
        /// What it said.
        reason: String,
    },
    /// The chain could not be reached.
    #[error("cannot reach the chain: {0}")]
    Transport(String),
    /// A message that cannot be written, or an answer that is not what its type says.
    #[error("cannot read or write {what}")]
    Decode {
        /// What.
        what: String,
        /// Why.
        #[source]
        source: cosmwasm_std::StdError,
    },
    /// A transaction left a state that must not exist: a defect of the contracts.
    #[error("an invariant is broken: {0}")]
    Broken(String),
    /// A transaction for a view of the chain that stands still.
    #[error("a view of the chain as it was takes no transactions: send them through the client that it was made from")]
    StandsStill,
    /// A transaction without messages.
    #[error("a transaction needs at least one message")]
    NoMessages,
    /// The node belongs to another chain.
    #[error("the node is of chain {found}, not of {expected}: correct the chain id or the node's address")]
    OtherChain {
        /// The chain that was asked for.
        expected: String,
        /// The node's.
        found: String,
    },
    /// A setting that cannot be used.
    #[error("the setting {name} cannot be used: {reason}")]
    Setting {
        /// Which.
        name: &'static str,
        /// Why.
        reason: String,
    },
    /// A transaction needs more gas than it may.
    #[error(
        "the transaction needs {needed} gas with its margin, above the ceiling of {ceiling}: raise gas_ceiling or send fewer \
         messages at once"
    )]
    GasCeiling {
        /// What it needs, with the margin.
        needed: u64,
        /// What it may.
        ceiling: u64,
    },
    /// A transaction used more gas than was simulated.
    #[error("the transaction ran out of gas: raise gas_margin ({reason})")]
    OutOfGas {
        /// What the chain said.
        reason: String,
    },
    /// The signer has fewer native coins than the transaction costs.
    #[error("{address} cannot pay {needed}{denom} for the transaction: send it {denom} ({reason})")]
    InsufficientFunds {
        /// The signer.
        address: String,
        /// The fee and what the messages send, or the fee alone.
        needed: u128,
        /// The native coin.
        denom: String,
        /// What the chain said.
        reason: String,
    },
    /// The signer has never had native coins.
    #[error("the chain does not know {address} yet: send it {denom} for fees")]
    NoAccount {
        /// The signer.
        address: String,
        /// The native coin.
        denom: String,
    },
    /// The node wants a higher fee.
    #[error("the fee is too low for the node: raise gas_price ({reason})")]
    FeeTooLow {
        /// What the node said.
        reason: String,
    },
    /// The node takes no more transactions for now.
    #[error("the node's mempool stayed full: send the transaction again later")]
    MempoolFull,
    /// Another process signs with the same key.
    #[error(
        "{address} signed {got} transactions by our count and {expected} by the chain's: let no other process use its key"
    )]
    Sequence {
        /// The signer.
        address: String,
        /// The sequence that the chain expects.
        expected: u64,
        /// The sequence that was signed.
        got: u64,
    },
    /// A transaction that is in no block and never will be.
    #[error("transaction {hash} was in no block up to {timeout_height} and never will be: send it again")]
    Expired {
        /// The transaction.
        hash: Hash32,
        /// The last block that it could have been in.
        timeout_height: u64,
    },
    /// A transaction that may be in a block or come into one; the signer's next waits until that is known.
    #[error(
        "transaction {hash} may be in a block up to {timeout_height}, but the node does not tell: look again when it does"
    )]
    Unconfirmed {
        /// The transaction.
        hash: Hash32,
        /// The last block that it can be in.
        timeout_height: u64,
    },
    /// The journal of transactions cannot be used.
    #[error(
        "the journal of sent transactions cannot be used, and nothing is sent that is not in it: free space and permissions may be the cause"
    )]
    Journal(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A block that is not there yet.
    #[error("block {height} is not there yet: the latest is {latest}")]
    NoBlock {
        /// The block.
        height: u64,
        /// The latest.
        latest: u64,
    },
    /// The chain makes no blocks.
    #[error("the chain has stood still at block {height} for {seconds} s")]
    Halted {
        /// The latest block.
        height: u64,
        /// For how long, in seconds.
        seconds: u64,
    },
    /// The node refused, and no contract had a part in it.
    #[error("the node refused: {0}")]
    Node(String),
    /// The embedded chain itself failed: its file, its time, its deployment.
    #[error("the embedded chain failed")]
    Embedded(#[source] testing::ChainError),
}

impl From<testing::ChainError> for ChainError {
    fn from(error: testing::ChainError) -> Self {
        use testing::ChainError as Inner;
        match error {
            Inner::Rejected(rejection) => Self::Rejected { reason: rejection.reason(), contract: rejection.contract },
            Inner::Query { contract, reason, .. } => Self::NotFound { contract, reason },
            Inner::Broken { height, broken } => Self::Broken(format!("{broken} (before block {height})")),
            Inner::Json { what, source } => Self::Decode { what, source },
            other => Self::Embedded(other),
        }
    }
}
