//! The embedded chain, its invariants and its world.

mod attacker;
mod chain;
mod channel_attacks;
mod contributions;
mod halts;
mod hooks;
mod invariants;
mod locked_money;
mod operator_attacks;
mod round_attacks;
mod saved;
mod sources;
mod world;
