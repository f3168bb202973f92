//! What anybody can ask of a chain: replays and statements.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use protocol::{Epoch, ModelId, RoundId};

use super::place::Place;
use crate::{replay, statement};

#[derive(Debug, Args)]
pub struct ReplayArguments {
    #[command(flatten)]
    place: Place,
    /// The model.
    #[arg(long)]
    model: u64,
    /// The settled round.
    #[arg(long)]
    round: u64,
    /// Also recompute the scores from the published receipts and training data.
    #[arg(long)]
    influence: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub struct StatementArguments {
    #[command(flatten)]
    place: Place,
    /// The account.
    #[arg(long)]
    account: String,
    /// First epoch, by block time.
    #[arg(long)]
    from: u64,
    /// Last epoch.
    #[arg(long)]
    to: u64,
    /// Also write it as CSV.
    #[arg(long)]
    csv: Option<PathBuf>,
    /// Also write it as a page to print.
    #[arg(long)]
    html: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Recomputes a round.
pub async fn replay(arguments: ReplayArguments) -> Result<bool> {
    let (model, round) = (ModelId(arguments.model), RoundId(arguments.round));
    // An auditor looks at whatever chain it is shown: what breaks an invariant there is a difference to name, not an obstacle.
    let found = arguments.place.find_still().await?;
    let contracts = &found.contracts;
    let mut replayed = replay::replay(contracts, model, round).await?;
    if arguments.influence {
        let cache = std::env::temp_dir().join(format!("oracle-replay-{}", std::process::id()));
        let engine = found.engine(cache.clone())?;
        let steps = replay::steps(contracts, model, round).await?;
        let last = steps.last().context("a settled round has a step")?;
        let distance = replay::influence(&engine, &last.aggregate, model, round).await;
        // The cache is this process's own; nothing else reads it.
        std::fs::remove_dir_all(&cache).ok();
        replayed.influence = Some(distance?);
    }
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&replayed)?);
    } else {
        print!("{}", replayed.describe());
    }
    Ok(replayed.agrees())
}

/// Adds up an account.
pub async fn statement(arguments: StatementArguments) -> Result<bool> {
    let StatementArguments { place, account, from, to, csv, html, json } = arguments;
    // As in a replay, what is wrong with the chain is the answer and not an obstacle.
    let found = place.find_still().await?;
    let range = Epoch(from)..=Epoch(to);
    let made = match statement::account(&found.contracts, found.client.as_ref(), &account, range).await {
        Err(error) if error.is_mismatch() => {
            eprintln!("oracle: the chain's books do not add up: {error}");
            return Ok(false);
        }
        made => made?,
    };
    let write = |path: PathBuf, text: String| {
        std::fs::write(&path, text).with_context(|| format!("cannot write the statement to {}", path.display()))
    };
    csv.map(|path| write(path, statement::csv(&made))).transpose()?;
    if let Some(path) = html {
        write(path, statement::page(&made)?)?;
    }
    if json {
        println!("{}", serde_json::to_string_pretty(&made)?);
    } else {
        print!("{}", statement::render(&made));
    }
    Ok(made.adds_up())
}
