//! Where the story is played: the embedded chain, or a wasmd devnet. The acts know neither.

use std::{path::Path, sync::Arc};

use anyhow::{Context, Result};
use async_trait::async_trait;
use chain::{ChainClient, DeployConfig, Deployment, EmbeddedClient, EmbeddedOptions, Timeline, embedded::Checks};

use super::{
    CHAIN_FILE,
    cast::Actor,
    nodes::{Caches, Nodes},
    rounds::Crew,
    stage::{Pace, Stage},
};
use crate::contracts::Contracts;

/// A chain and its time.
pub trait Chain: ChainClient + Timeline {}

impl<C: ChainClient + Timeline> Chain for C {}

/// A place where the story can be played.
#[async_trait]
pub trait Ground: Send + Sync {
    /// Its name, for the report.
    fn name(&self) -> &'static str;

    /// The chain.
    fn chain(&self) -> Arc<dyn Chain>;

    /// How fast the story is played here.
    fn pace(&self) -> Pace;

    /// Deploys the contracts by the word of the first of `everybody`, who all get what transactions cost.
    async fn deploy(&self, config: DeployConfig, governance: &Actor, everybody: &[&Actor]) -> Result<Deployment>;

    /// Whether the act of correction is played here: it takes two epochs more.
    fn has_time_for_corrections(&self) -> bool;

    /// The operators.
    fn crew(&self, stage: &Stage<'_>, caches: Caches) -> Result<Box<dyn Crew>>;

    /// Keeps in the story's folder what later commands need to find the chain.
    async fn keep(&self, out: &Path, deployment: &Deployment) -> Result<()>;

    /// The chain as it stands now, for who needs answers that fit together.
    async fn still(&self) -> Result<Arc<dyn ChainClient>>;

    /// The contracts as a stranger sees them, who knows the story's folder and nothing else.
    async fn as_stranger(&self, out: &Path) -> Result<Contracts>;
}

/// An embedded chain.
pub struct Embedded {
    client: EmbeddedClient,
}

impl Embedded {
    /// A new one.
    ///
    /// # Errors
    /// If no thread can be started.
    pub async fn start() -> Result<Self> {
        Ok(Self { client: EmbeddedClient::start(EmbeddedOptions::default()).await? })
    }
}

#[async_trait]
impl Ground for Embedded {
    fn name(&self) -> &'static str {
        "embedded"
    }

    fn chain(&self) -> Arc<dyn Chain> {
        Arc::new(self.client.clone())
    }

    fn pace(&self) -> Pace {
        Pace::EMBEDDED
    }

    /// Transactions cost nothing here.
    async fn deploy(&self, config: DeployConfig, _: &Actor, _: &[&Actor]) -> Result<Deployment> {
        self.client.deploy(config).await.context("cannot deploy the contracts")
    }

    fn has_time_for_corrections(&self) -> bool {
        true
    }

    fn crew(&self, stage: &Stage<'_>, caches: Caches) -> Result<Box<dyn Crew>> {
        Ok(Box::new(Nodes::new(stage, caches)?))
    }

    async fn keep(&self, out: &Path, _: &Deployment) -> Result<()> {
        self.client.save(&out.join(CHAIN_FILE)).await.context("cannot save the chain")
    }

    /// Nothing moves here but when it is told to.
    async fn still(&self) -> Result<Arc<dyn ChainClient>> {
        Ok(Arc::new(self.client.clone()))
    }

    async fn as_stranger(&self, out: &Path) -> Result<Contracts> {
        let client = EmbeddedClient::open(&out.join(CHAIN_FILE), Checks::Off).await?;
        let deployment = client.deployment().await?.context("contracts are deployed on the saved chain")?;
        Ok(Contracts::new(Arc::new(client), deployment))
    }
}
