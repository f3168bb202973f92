//! What can go wrong between a client and a chain.

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
    /// A transaction without messages.
    #[error("a transaction needs at least one message")]
    NoMessages,
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
