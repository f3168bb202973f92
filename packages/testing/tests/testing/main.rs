//! The embedded chain, its invariants and its world.

mod chain;
mod invariants;
mod saved;
mod world;
