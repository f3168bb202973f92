//! Tests of `settlement`: one file per action, and one for each kind of promise.
//!
//! `world` runs the contract beside a real OPEN token and a stand-in for `model`; `datanet` and
//! `attribution` are accounts that the tests speak for. After every message it checks that the books
//! add up to every uopen that came in.

mod advance;
mod channels;
mod chunks;
mod claims;
mod close;
mod door;
mod histories;
mod openable;
mod pitfalls;
mod queries;
mod redeem;
mod stub;
mod treasury;
mod whole;
mod windows;
mod world;
