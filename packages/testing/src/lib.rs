//! An embedded chain for tests and demonstrations: the real contracts, deployed and wired inside cw-multi-test, with a
//! transaction index, a state that can be saved, and invariants that are checked after every transaction.
//!
//! [`EmbeddedChain`] is the chain; [`scenario::World`] is a chain on which a model already earns, for tests that begin there.

pub mod chain;
pub mod code;
pub mod deploy;
pub mod error;
pub mod exploits;
pub mod invariants;
pub mod keys;
mod lifecycle;
pub mod options;
pub mod players;
pub mod saved;
pub mod scenario;
pub mod storage;
mod time;
pub mod transactions;

pub use chain::EmbeddedChain;
pub use code::Code;
pub use deploy::{
    Admin, Admins, DeployConfig, Deployment,
    plan::{DeployPlan, Step},
};
pub use error::{ChainError, Rejection, err};
pub use keys::VoucherKey;
pub use options::{ChainOptions, Invariants};
pub use storage::MemoryStorage;
pub use transactions::{TxFilter, TxMessage, TxOutcome, TxRecord};
