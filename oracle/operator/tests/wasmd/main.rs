//! The operator's command against a running wasmd: deployment, and migration in the middle of a market's life.
//!
//! They need devnet/bin/wasmd (or Go) and artifacts/, fresh from `scripts/build-wasm`, and take minutes:
//! `cargo test -p operator --features wasmd --test wasmd`. The variables ARTIFACTS and NEXT_ARTIFACTS name folders to use instead of
//! artifacts/ and of the build with a higher version that the test of migrations makes.

mod cosmjs;
mod deploying;
mod devnet;
mod kill;
mod market;
mod migration;
mod serving;
