//! Operators in this program: real daemons with stores of their own, which can be killed between any two steps of a turn.

use std::{future::poll_fn, path::PathBuf, pin::pin, sync::Arc, task::Poll, time::Duration};

use anyhow::{Result, bail};
use chain::Signer;
use influence::Threads;
use operator::{
    contracts::Contracts,
    daemon::{Daemon, Policy, Serve, noted::Notes},
    keys::DatanetKeys,
    node::{Engine, Node},
    store::{Store, StoreError},
    telemetry::{Health, Metrics},
};
use protocol::attribution::Round;

use super::{disk::SmallDisk, faults::Role, lying, unreliable::Unreliable, world::World};

/// Looks for a store that a killed operator lets go.
const LOOKS: u32 = 2_000;

/// One operator.
pub struct Operator {
    /// Its account.
    pub signer: Signer,
    /// Its way to the chain.
    pub way: Unreliable,
    /// The disk under its state, if it is a small one.
    pub disk: Option<SmallDisk>,
    world: Arc<World>,
    home: PathBuf,
    daemon: Option<Daemon>,
    /// The round of which it has written down a lie.
    lied: Option<Round>,
    /// Why its last turn did not end, if it did not.
    pub failed: Option<String>,
}

impl Operator {
    /// An operator that does not run yet.
    pub fn new(world: Arc<World>, index: usize, way: Unreliable) -> Self {
        let home = world.folder.join(format!("operator-{}", index + 1));
        let signer = world.people.operators[index].clone();
        Self { signer, way, disk: None, world, home, daemon: None, lied: None, failed: None }
    }

    /// Puts its state on a small disk.
    ///
    /// # Errors
    /// If this machine does not permit it.
    pub fn on_small_disk(&mut self) -> Result<()> {
        self.disk = Some(SmallDisk::mount(&self.home, 4)?);
        Ok(())
    }

    /// Whether it runs.
    pub fn is_running(&self) -> bool {
        self.daemon.is_some()
    }

    /// Starts it, unless it runs.
    ///
    /// # Errors
    /// If its store cannot be opened.
    pub async fn start(&mut self) -> Result<()> {
        if self.daemon.is_none() {
            let node = self.node().await?;
            let notes = Notes::new(Metrics::new(), Health::new(Duration::from_secs(60)), true);
            self.daemon = Some(Daemon::new(Arc::new(self.way.clone()), node, policy(), Arc::new(notes)));
        }
        Ok(())
    }

    /// Ends it at once: nothing is finished, nothing is said.
    pub fn kill(&mut self) {
        self.daemon = None;
    }

    /// Its node. Who was killed a moment ago may still hold the store.
    async fn node(&self) -> Result<Node> {
        let contracts = Contracts::new(Arc::new(self.way.clone()), self.world.contracts.deployment().clone());
        for _ in 0..LOOKS {
            match Store::open(&self.home) {
                Ok(store) => {
                    let cache = self.world.folder.join("cache");
                    let engine = Engine::new(contracts, self.world.published.clone(), DatanetKeys::default(), cache);
                    let engine = engine.run_as(Threads::new(1).into());
                    return Ok(Node { signer: self.signer.clone(), store, engine });
                }
                Err(StoreError::InUse(_)) => tokio::time::sleep(Duration::from_millis(2)).await,
                Err(error) => return Err(error.into()),
            }
        }
        bail!("a killed operator does not let its store go")
    }

    /// One turn of its loop, as far as it comes in so many steps; whether it was killed in the middle.
    pub async fn turn(&mut self, steps: usize) -> bool {
        let Some(mut daemon) = self.daemon.take() else { return false };
        let mut left = steps;
        let ended = {
            let mut turn = pin!(daemon.turn());
            poll_fn(|context| match left {
                0 => Poll::Ready(None),
                _ => {
                    left -= 1;
                    turn.as_mut().poll(context).map(Some)
                }
            })
            .await
        };
        let Some(ended) = ended else { return true };
        // What failed is tried again in the next turn, as in the daemon's own loop.
        self.failed = ended.err().map(|error| format!("{:#}", anyhow::Error::from(error)));
        self.daemon = Some(daemon);
        false
    }

    /// Writes down what it is going to say of a round, once, and runs.
    ///
    /// # Errors
    /// If it cannot be written.
    pub async fn lie(&mut self, round: &Round, role: Role) -> Result<()> {
        if self.lied.as_ref().is_some_and(|lied| lied.id == round.id) {
            return self.start().await;
        }
        if let Some(report) = lying::report(&self.world.contracts, round, role).await? {
            self.kill();
            self.node().await?.keep(round, &report)?;
            self.lied = Some(round.clone());
        }
        self.start().await
    }
}

fn policy() -> Policy {
    Policy {
        serve: Serve::All,
        open: true,
        open_valuations: false,
        aggregate: true,
        advance: true,
        withdraw_above: Some(1_000_000),
        stagger: 10,
        patience: 500,
        poll: Duration::from_millis(1),
    }
}
