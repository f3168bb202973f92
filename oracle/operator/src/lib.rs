//! The oracle: gateway, operator, auditor, and the story that plays them all.
//!
//! Code map: [`contracts`] asks and tells the chain; [`published`] holds what hashes on chain stand for; [`gateway`] and [`payer`] are
//! the two sides of a paid call; [`inputs`] gathers a round with the [`keys`] of private DataNets, [`node`] measures it and takes part in it, [`store`] keeps its promises;
//! [`training`] makes versions, without copies if [`originals`] chose; [`replay`] checks what the chain did; [`story`] is `oracle demo`.

pub mod attributed;
pub mod citations;
pub mod cli;
pub mod config;
pub mod contracts;
pub mod daemon;
pub mod deploy;
pub mod disclosure;
pub mod doctor;
pub mod duplicates;
pub mod gateway;
pub mod inputs;
pub mod keys;
pub mod node;
pub mod originals;
pub mod payer;
pub mod paying;
pub mod progress;
pub mod published;
pub mod removal;
pub mod replay;
pub mod run;
pub mod scoring;
pub mod secrets;
pub mod serving;
pub mod statement;
pub mod store;
pub mod story;
pub mod teaching;
pub mod telemetry;
pub mod training;
