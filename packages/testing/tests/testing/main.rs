//! The embedded chain, its invariants and its world.

mod attacker;
mod chain;
mod channel_attacks;
mod contributions;
mod debts;
mod halts;
mod histories;
mod hooks;
mod invariants;
mod lineage;
mod locked_money;
mod moves;
mod operator_attacks;
mod players;
mod round_attacks;
mod saved;
mod sources;
mod stakes;
mod stopped;
mod terms;
mod treasury;
mod valuations;
mod withdrawals;
mod world;
