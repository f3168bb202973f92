//! Tests of `settlement`: one file per action, and one for each kind of promise.
//!
//! `world` runs the contract beside a real OPEN token, real stakes and a stand-in for `model`; `datanet`
//! and `attribution` are accounts that the tests speak for. After every message it checks that the books
//! add up to every uopen that came in.

mod advance;
mod channels;
mod chunks;
mod claims;
mod close;
mod debt;
mod deliveries;
mod dividends;
mod door;
mod flow;
mod histories;
mod lapse;
mod openable;
mod oracle;
mod pitfalls;
mod queries;
mod redeem;
mod retire;
mod shares;
mod spend;
mod standings;
mod stub;
mod treasury;
mod valuation;
mod whole;
mod windows;
mod world;
