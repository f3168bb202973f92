//! The contract `model` on the embedded chain, next to the real contracts that it talks to: a file per action.

mod append;
mod approval;
mod consume;
mod create;
mod deployment;
mod digest;
mod prices;
mod propose;
mod query;
mod round_basis;
mod transfer;
mod version;
mod world;
