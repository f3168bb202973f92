//! The contract `model` on an embedded chain, between stand-ins of the contracts that it talks to: a file per action.

mod append;
mod approval;
mod change_terms;
mod check;
mod consume;
mod corrections;
mod create;
mod deployment;
mod digest;
mod lineage;
mod pitfalls;
mod prices;
mod propose;
mod query;
mod real_stake;
mod round_basis;
mod samples;
mod stake;
mod stand_ins;
mod transfer;
mod version;
mod withdrawals;
mod work;
mod world;
