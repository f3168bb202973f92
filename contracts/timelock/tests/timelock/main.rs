//! Tests of `timelock`: one file per action. It is its own admin and that of a stand-in, which says what it was migrated with.

mod cancel;
mod changes;
mod delay;
mod door;
mod execute;
mod expiry;
mod ownership;
mod pitfalls;
mod propose;
mod queries;
mod stand_in;
mod world;
