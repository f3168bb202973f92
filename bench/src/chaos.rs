//! Faults, round after round: a small market whose five operators are real daemons, on the embedded chain and on a real wasmd, while
//! operators die, lie and fall silent, transactions get lost, chains halt, disks fill up and receipts are withheld. After every round a
//! stranger recomputes everything; at the end nothing may have been paid wrongly, lost, or taken from who was honest.

pub mod audit;
pub mod disk;
pub mod embedded;
pub mod faults;
pub mod ledger;
pub mod lying;
mod making;
pub mod market;
pub mod model;
pub mod node;
pub mod operators;
pub mod people;
pub mod processes;
pub mod progress;
pub mod proxy;
pub mod summary;
pub mod unreliable;
pub mod wasmd;
pub mod world;
