//! Gas of every message, measured on a local wasmd chain.

use std::{path::PathBuf, process::ExitCode};

use anyhow::{Result, ensure};
use bench::gas::{Size, measure};
use bench::record::Output;
use clap::Parser;

/// Sends every message that users meet to a fresh devnet with all contracts, and tells the gas of each from the transaction's
/// result: first as contracts are, then pinned in the nodes' memory. Messages that are sent rarely are measured once, as contracts are.
#[derive(Parser)]
#[command(name = "bench/gas")]
struct Arguments {
    /// Name of the devnet; it must be running and empty.
    #[arg(long, default_value = "gas")]
    devnet: String,
    /// Positions of the models whose rounds are measured.
    #[arg(long, value_delimiter = ',', default_value = "10,100,1000,10000")]
    positions: Vec<u32>,
    /// Leave out the pinned contracts.
    #[arg(long)]
    unpinned: bool,
    /// Leave out messages that are sent rarely.
    #[arg(long)]
    no_rare: bool,
    /// Folder of the wasm modules.
    #[arg(long, default_value = "artifacts")]
    artifacts: PathBuf,
    #[command(flatten)]
    output: Output,
}

#[tokio::main]
async fn main() -> ExitCode {
    bench::exit(run(Arguments::parse()).await)
}

async fn run(arguments: Arguments) -> Result<()> {
    let Arguments { devnet, positions, unpinned, no_rare, artifacts, output } = arguments;
    ensure!(positions.iter().all(|count| (10..=16_384).contains(count)), "a model has 10 to 16,384 positions here");
    let records = measure(&Size { devnet, positions, pinned: !unpinned, rare: !no_rare, artifacts }).await?;
    Ok(output.show(&records)?)
}
