//! Tests of `stake`: the behaviour of cw20-base that it promises, dividends, reserves, and what attackers try.
//!
//! `world` runs the contract beside a real OPEN token, a forged one and a contract that acts when units reach it; `model` and
//! `settlement` are accounts that the tests speak for. After every message it checks the books, to the last fraction.

mod allowances;
mod claims;
mod cw20;
mod dividends;
mod door;
mod enumeration;
mod extremes;
mod histories;
mod hook;
mod marketing;
mod pitfalls;
mod reentrancy;
mod reserves;
mod transfers;
mod world;
