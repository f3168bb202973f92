//! What messages do: one file per action.

pub mod change;
pub mod propose;
pub mod run;
pub mod setup;
