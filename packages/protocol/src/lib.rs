//! The words every part of the system shares: messages, queries, events, ids and units of all contracts.
//!
//! No logic lives here. A client needs this crate and nothing else to talk to the contracts; what the numbers mean
//! and how they move is in the crate `rules`.
//!
//! Conventions: 64-bit numbers and amounts are strings in JSON, hashes are 64 hex digits, shares are basis points.
//! Every `ExecuteMsg` has `permission()`, an exhaustive match, so that no variant can be added without stating who may send it.

pub mod attribution;
pub mod datanet;
pub mod event;
pub mod ids;
pub mod model;
pub mod open_token;
pub mod permission;
pub mod settlement;
pub mod stake;
pub mod timelock;
pub mod units;

pub use ids::{ChannelId, ContributionId, DatanetId, Epoch, MethodId, ModelId, ProposalId, RoundId, Seconds, SpendId};
pub use permission::Permission;
pub use units::{Bps, Hash32, Page, Payee};
