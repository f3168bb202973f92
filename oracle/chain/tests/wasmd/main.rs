//! The client against a running wasmd, and against the embedded chain where both must say the same.
//!
//! Each test has keys of its own, paid by the devnet's faucet.

mod admin;
mod alike;
mod devnet;
mod faults;
mod refusals;
