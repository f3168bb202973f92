//! Measurements that compare this system with others, each a program of its own in `src/bin` behind a script `bench/<name>`.
//!
//! All print a table and, with `--json FILE`, write the same as a list of flat records ([`record`]). `influence` has [`methods`]
//! to itself, and what it measures from the crate [`tasks`], `pay` has [`pay`], `attacks` has [`attacks`], `gas` has [`gas`], `chaos` has [`chaos`].

pub mod attacks;
pub mod chaos;
pub mod gas;
pub mod methods;
pub mod pay;
pub mod record;
pub mod stopwatch;

pub use tasks::exit;
