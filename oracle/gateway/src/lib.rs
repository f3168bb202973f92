//! What is between a model and those who pay for its answers: generation for many at once, metering, receipts, vouchers, and the HTTP service over them.
//!
//! Money: an [`account`] is what a gateway knows of a channel, the [`till`] keeps accounts on disk, [`x402`] is how a payment travels. Answers: the [`engine`] generates,
//! [`openai`] is how clients ask. [`service`] is the gateway over both, [`pay`] the payer's side. What a chain says comes through the trait [`chain::Chain`]; nothing here
//! knows a chain's client.

pub mod account;
pub mod asked;
pub mod chain;
pub mod correction;
pub mod crash;
pub mod engine;
pub mod file;
pub mod openai;
pub mod order;
pub mod pay;
pub mod prompt;
pub mod segment;
pub mod service;
pub mod template;
pub mod till;
pub mod voucher;
pub mod x402;
