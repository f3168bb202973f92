//! One step by hand.

use std::path::PathBuf;

use anyhow::{Result, bail};
use chain::embedded::Checks;
use clap::Args;
use protocol::{
    ModelId,
    attribution::{ExecuteMsg as AttributionMsg, Round},
    settlement::{ClaimItem, ExecuteMsg as SettlementMsg},
};

use super::place::{Found, Place};
use crate::contracts::Contracts;

/// What every step needs.
#[derive(Debug, Args)]
pub struct Act {
    #[command(flatten)]
    place: Place,
    /// The model.
    #[arg(long)]
    model: u64,
    /// File with the key that signs: 64 hex digits, readable by its owner only. With --home, its key unless one is named.
    #[arg(long, env = "ORACLE_KEY_FILE")]
    key: Option<PathBuf>,
    /// The operator's own folder, for the chain of a demo.
    #[arg(long, env = "ORACLE_STATE", default_value = "oracle-state")]
    state: PathBuf,
}

#[derive(Debug, Args)]
pub struct OpenArguments {
    #[command(flatten)]
    act: Act,
    /// Open a valuation round, which shares royalties and a tranche of the stake by utility.
    #[arg(long)]
    valuation: bool,
}

#[derive(Debug, Args)]
pub struct ClaimArguments {
    #[command(flatten)]
    act: Act,
    /// Positions, separated by commas.
    #[arg(long, value_delimiter = ',', required = true)]
    positions: Vec<u32>,
}

impl Act {
    async fn find(&self) -> Result<Found> {
        self.place.find(Checks::On).await
    }

    fn model(&self) -> ModelId {
        ModelId(self.model)
    }

    /// Tells `attribution` something.
    async fn tell(&self, found: &Found, message: &AttributionMsg) -> Result<bool> {
        let signer = found.signer(self.key.as_ref())?;
        found.contracts.tell_attribution(&signer, message).await?;
        found.save().await
    }
}

/// Opens a round.
pub async fn open(arguments: OpenArguments) -> Result<bool> {
    let OpenArguments { act, valuation } = arguments;
    let model = act.model();
    let message = if valuation { AttributionMsg::OpenValuation { model } } else { AttributionMsg::Open { model } };
    act.tell(&act.find().await?, &message).await
}

/// Measures and commits.
pub async fn commit(act: &Act) -> Result<bool> {
    let found = act.find().await?;
    let node = found.node(found.signer(act.key.as_ref())?, &act.state)?;
    let round = open_round(&found.contracts, act.model()).await?;
    if let Some(lacking) = node.commit(&round).await? {
        let lacking = anyhow::Error::from(lacking);
        eprintln!("oracle: committed to `too few`, since the round cannot be measured: {lacking:#}");
    }
    found.save().await
}

/// Reveals.
pub async fn reveal(act: &Act) -> Result<bool> {
    let found = act.find().await?;
    let node = found.node(found.signer(act.key.as_ref())?, &act.state)?;
    node.reveal(&open_round(&found.contracts, act.model()).await?).await?;
    found.save().await
}

/// Runs the first pass.
pub async fn aggregate(act: &Act) -> Result<bool> {
    let found = act.find().await?;
    let round = open_round(&found.contracts, act.model()).await?.id;
    act.tell(&found, &AttributionMsg::Aggregate { model: act.model(), round, limit: None }).await
}

/// Runs the second pass.
pub async fn advance(act: &Act) -> Result<bool> {
    let found = act.find().await?;
    let round = open_round(&found.contracts, act.model()).await?.id;
    act.tell(&found, &AttributionMsg::Advance { model: act.model(), round, limit: None }).await
}

/// Claims.
pub async fn claim(arguments: ClaimArguments) -> Result<bool> {
    let ClaimArguments { act, positions } = arguments;
    let found = act.find().await?;
    let signer = found.signer(act.key.as_ref())?;
    let claims = vec![ClaimItem { model: act.model(), positions }];
    found.contracts.tell_settlement(&signer, &SettlementMsg::Claim { claims }).await?;
    found.save().await
}

async fn open_round(contracts: &Contracts, model: ModelId) -> Result<Round> {
    match contracts.open_round(model).await? {
        Some(round) => Ok(round),
        None => {
            bail!("model {model} has no open round: `oracle open` opens one when an epoch's redemption period is over")
        }
    }
}
