//! Random players: anyone sends any message with any amounts in any order, and after each one all [`crate::invariants`] hold.
//!
//! A [`Life`] is a small world and the players in it. They mostly do what makes sense where the world stands, so that channels are paid,
//! rounds settled and debts collected, and often change it into what does not: another sender, another amount, a list turned around.
//! What they do are plain [`Action`]s, so that a failure is a list of them, which [`shrink`] shortens and [`replay`] plays again.

mod action;
mod chance;
mod coverage;
mod crowd;
mod foreign;
mod life;
mod mutation;
mod setup;
mod shrink;
mod table;

pub use action::Action;
pub use chance::Chance;
pub use coverage::{CLOSED, Coverage, Tally, every_variant};
pub use life::{Life, Outcome, play, play_edges, replay};
pub use shrink::{Shrunk, shrink};
pub use table::{Failure, Fault, Reply, Table};
