//! `oracle train`, through the binary: what it leaves, what a kill costs, what it refuses, where items may come from, what is left out as a
//! copy, and how what it made becomes a version that operators load.

mod copies;
mod desk;
mod interruptions;
mod learning;
mod sources;
mod versions;
