//! What can go wrong on the embedded chain.

use std::{fmt, io, path::PathBuf};

use crate::invariants::Broken;

/// Why the embedded chain did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum ChainError {
    /// A contract refused the transaction; nothing changed. [`err`] finds the contract's own error in it.
    #[error("{} refused: {}", .0.contract, .0.reason())]
    Rejected(Rejection),
    /// The transaction was executed and left a state that must not exist.
    #[error("an invariant is broken before block {height}")]
    Broken {
        /// The block after the transaction.
        height: u64,
        /// Which, and by how much.
        #[source]
        broken: Broken,
    },
    /// A query was refused.
    #[error("{contract} does not answer {query}: {reason}")]
    Query {
        /// Who was asked.
        contract: String,
        /// What was asked, as JSON.
        query: String,
        /// What it said.
        reason: String,
    },
    /// A message or an answer that is not what its type says.
    #[error("cannot read or write {what} as JSON")]
    Json {
        /// What.
        what: String,
        /// Why.
        #[source]
        source: cosmwasm_std::StdError,
    },
    /// An address of another chain, or none at all.
    #[error("{0} is not an address of this chain: it needs the prefix {prefix}", prefix = crate::chain::ADDRESS_PREFIX)]
    Address(String),
    /// Time does not run backwards.
    #[error("the chain is at {now} s and cannot go back to {wanted} s")]
    Past {
        /// Block time.
        now: u64,
        /// Time asked for.
        wanted: u64,
    },
    /// The contracts are deployed once.
    #[error("contracts are already deployed: start another chain")]
    AlreadyDeployed,
    /// A file could not be read or written.
    #[error("cannot {action} {}", path.display())]
    File {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file is not a saved chain.
    #[error("{} is not a saved chain: {reason}", path.display())]
    NotAChain {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

/// A contract's refusal, its typed error inside.
pub struct Rejection {
    /// The contract that the refused message was sent to.
    pub contract: String,
    /// The error as the contract returned it, under the context that the simulator adds.
    pub error: anyhow::Error,
}

impl Rejection {
    /// What the contract said: the outermost message that is not the simulator's context.
    pub fn reason(&self) -> String {
        self.error
            .chain()
            .map(ToString::to_string)
            .find(|text| !text.starts_with("Error executing WasmMsg"))
            .unwrap_or_else(|| self.error.to_string())
    }
}

impl fmt::Debug for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:#}", self.contract, self.error)
    }
}

/// The contract's own error in a refused transaction.
///
/// # Panics
/// If the transaction went through, or was refused with an error of another type.
#[track_caller]
#[expect(clippy::panic, reason = "a test that expects another outcome must stop here")]
pub fn err<E>(result: Result<impl fmt::Debug, ChainError>) -> E
where
    E: fmt::Display + fmt::Debug + Send + Sync + 'static,
{
    match result {
        Ok(outcome) => panic!("expected {}, but the transaction went through: {outcome:?}", std::any::type_name::<E>()),
        Err(ChainError::Rejected(rejection)) => rejection.error.downcast().unwrap_or_else(|other| {
            panic!("expected {}, but the contract said: {other:#}", std::any::type_name::<E>())
        }),
        Err(other) => panic!("expected {}, but: {other:?}", std::any::type_name::<E>()),
    }
}
