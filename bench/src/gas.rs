//! Gas on wasmd, as transactions' results tell it.

mod airdrop;
mod claims;
mod market;
mod rare;
mod rounds;
mod stage;
mod users;

use std::path::PathBuf;

use anyhow::{Result, ensure};

use crate::record::Record;
use market::Market;
use stage::Stage;

/// What is measured.
pub struct Size {
    /// Name of the devnet.
    pub devnet: String,
    /// Positions of the models.
    pub positions: Vec<u32>,
    /// Whether also with pinned contracts.
    pub pinned: bool,
    /// Whether also messages that are sent rarely.
    pub rare: bool,
    /// Folder of the wasm modules.
    pub artifacts: PathBuf,
}

/// Builds a market on the devnet, plays it and returns a record `{name, gas, bytes}` for each kind of message, unpinned first.
///
/// # Errors
/// If the devnet does not run, or a contract refuses a step.
pub async fn measure(size: &Size) -> Result<Vec<Record>> {
    let last = size.positions.last().copied().unwrap_or_default();
    ensure!(last >= claims::NEEDED, "the last model needs {} positions, for claims", claims::NEEDED);
    let mut stage = Stage::deploy(size).await?;
    let mut market = Market::build(&mut stage, &size.positions).await?;
    let mut airdrop = airdrop::Airdrop::build(&mut stage).await?;
    // The first round of a model has no round before it to compare with, and so is cheaper: the second is measured.
    rounds::play(&mut stage, &mut market, None).await?;
    visit(&mut stage, &mut market, &mut airdrop, "").await?;
    if size.rare {
        rare::act(&mut stage).await?;
    }
    if size.pinned {
        stage.pin()?;
        visit(&mut stage, &mut market, &mut airdrop, "_pinned").await?;
    }
    Ok(stage.into_records())
}

async fn visit(
    stage: &mut Stage,
    market: &mut Market,
    airdrop: &mut airdrop::Airdrop,
    suffix: &'static str,
) -> Result<()> {
    stage.begin(suffix);
    rounds::play(stage, market, Some(suffix)).await?;
    claims::claim(stage, market).await?;
    airdrop.claim(stage).await?;
    users::act(stage, market).await
}
