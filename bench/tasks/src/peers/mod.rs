//! Our influence beside that of other libraries: the same weights, items, queries and truth, each method in a process of its own.
//!
//! A [`task::Task`] writes what all are given and says how well a matrix of influences does; [`method`] lists who computes one; [`process`] runs
//! them; [`outcome`] reads what they left; [`table`] and [`plot`] show it.

pub mod method;
pub mod outcome;
pub mod plot;
pub mod process;
pub mod speed;
pub mod table;
pub mod task;
