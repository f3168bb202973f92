//! `oracle run`: an operator made from its configuration, until it is told to stop.

use std::{path::PathBuf, sync::Arc, time::Duration};

use anyhow::{Context, Result};
use chain::wasmd::WasmdClient;
use influence::{Job, Threads, cache};
use protocol::attribution::ExecuteMsg;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::{
    config::{Config, Environment, ObjectsUrl, Serve},
    contracts::Contracts,
    daemon::{self, Daemon, Policy, noted::Notes, survey},
    doctor::standing,
    keys::DatanetKeys,
    node::{Engine, Node},
    published::{Published, Reader},
    secrets,
    store::Store,
    telemetry::{self, Health, Metrics},
};

/// Time between two looks at the size of the cache.
const PRUNE: Duration = Duration::from_secs(600);
/// Time between two looks at whether the chain has this operator's key.
const ANNOUNCE: Duration = Duration::from_secs(60);

/// Runs the operator until SIGTERM or SIGINT.
///
/// # Errors
/// Whatever keeps it from starting. Once it runs, what fails is told and tried again.
pub async fn run(config: &Config, environment: &Environment) -> Result<bool> {
    daemon::crash::listen();
    telemetry::logging::begin(&config.log)?;
    let store = Store::open(&config.home)?;
    let stop = stop_on_signals()?;
    let Some(client) = connect(config, &stop).await? else { return Ok(true) };
    let node = node(config, environment, &client, store)?;
    let notes = Arc::new(Notes::new(Metrics::new(), Health::new(config.http.stalled_after), config.watch.alert));
    let listener = telemetry::http::bind(config.http.listen).await?;
    let served = tokio::spawn(telemetry::http::serve_on(
        listener,
        notes.metrics().clone(),
        notes.health().clone(),
        stop.clone(),
    ));
    let announced = tokio::spawn(announce(node.clone(), stop.clone()));
    let surveyed = tokio::spawn(survey::survey(client.clone(), node.clone(), Arc::clone(&notes), stop.clone()));
    let pruned = tokio::spawn(prune(config.compute.cache.clone(), config.compute.cache_limit_mib, stop.clone()));
    Daemon::new(Arc::new(client), node, policy(config), notes).run(stop).await;
    announced.await.context("the announcement of the key failed")?;
    surveyed.await.context("the survey failed")?;
    pruned.await.context("the cache's keeper failed")?;
    served.await.context("the server of metrics failed")??;
    Ok(true)
}

/// A client, as soon as the node answers; `None` when told to stop before.
pub(crate) async fn connect(config: &Config, stop: &CancellationToken) -> Result<Option<WasmdClient>> {
    loop {
        match WasmdClient::connect(config.chain.wasmd()).await {
            Ok(client) => return Ok(Some(client)),
            Err(chain::ChainError::Transport(reason)) => {
                tracing::warn!(rpc = %config.chain.rpc, reason, "the node does not answer; trying again");
            }
            Err(error) => return Err(error).context("cannot use the node"),
        }
        tokio::select! {
            () = stop.cancelled() => return Ok(None),
            () = tokio::time::sleep(Duration::from_secs(2)) => {}
        }
    }
}

/// The operator of a configuration, its store open.
///
/// # Errors
/// If key, deployment, objects or keys of DataNets cannot be used.
pub fn node(config: &Config, environment: &Environment, client: &WasmdClient, store: Store) -> Result<Node> {
    let signer = secrets::load(&config.key, environment)?;
    // Every clone of the client shares it.
    let client = client.clone().with_journal(Arc::new(store.clone()));
    let contracts = Contracts::new(Arc::new(client), config.deployment()?);
    let engine = engine(config, contracts)?.read_by(Reader::of_account(&signer));
    Ok(Node { signer, store, engine })
}

/// Tells the chain, of every method that admitted this operator, the key to which receipts are sealed for it. Looked at again now and then: it may be admitted later.
async fn announce(node: Node, stop: CancellationToken) {
    while !stop.is_cancelled() {
        if let Err(error) = announce_once(&node).await {
            tracing::warn!(%error, "the key for receipts was not announced; trying again");
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(ANNOUNCE) => {}
        }
    }
}

async fn announce_once(node: &Node) -> Result<(), chain::ChainError> {
    let (contracts, own) = (&node.engine.contracts, Reader::of_account(&node.signer).key());
    for (method, operator) in standing::admissions(contracts, node.signer.address()).await? {
        if operator.encryption_key != Some(own) {
            let key = ExecuteMsg::SetEncryptionKey { method: method.id, key: own };
            contracts.tell_attribution(&node.signer, &key).await?;
        }
    }
    Ok(())
}

/// The engine of a configuration.
///
/// # Errors
/// If objects or keys of DataNets cannot be used.
pub fn engine(config: &Config, contracts: Contracts) -> Result<Engine> {
    let keys = config.objects.datanet_keys.as_deref().map(DatanetKeys::load).transpose()?.unwrap_or_default();
    let published = match &config.objects.url {
        ObjectsUrl::Folder(path) => Published::at(path),
        ObjectsUrl::Bucket(url) => Published::open(url)?,
    };
    let engine = Engine::new(contracts, published, keys, config.compute.cache.clone());
    let threads = config.compute.threads.map(|threads| Threads::new(usize::try_from(threads).unwrap_or(usize::MAX)));
    Ok(match threads {
        Some(threads) => engine.run_as(Job::from(threads)),
        None => engine,
    })
}

fn policy(config: &Config) -> Policy {
    let duties = &config.duties;
    Policy {
        serve: match &config.models.serve {
            Serve::All => daemon::Serve::All,
            Serve::Only(models) => daemon::Serve::Only(models.clone()),
        },
        open: duties.open,
        open_valuations: duties.open_valuations,
        aggregate: duties.aggregate,
        advance: duties.advance,
        withdraw_above: duties.claim_above,
        stagger: duties.stagger,
        patience: config.objects.patience,
        poll: config.chain.block_poll,
    }
}

/// Ends what runs when the process is told to end.
pub(crate) fn stop_on_signals() -> Result<CancellationToken> {
    let stop = CancellationToken::new();
    for kind in [SignalKind::terminate(), SignalKind::interrupt()] {
        let mut signals = signal(kind).context("cannot listen for signals")?;
        let stop = stop.clone();
        tokio::spawn(async move {
            signals.recv().await;
            stop.cancel();
        });
    }
    Ok(stop)
}

/// Keeps the cache under its limit.
async fn prune(folder: PathBuf, limit_mib: u64, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let (folder, limit) = (folder.clone(), limit_mib.saturating_mul(1 << 20));
        let pruned = tokio::task::spawn_blocking(move || cache::prune(&folder, limit, &[])).await;
        if let Ok(Err(error)) = pruned {
            tracing::warn!(%error, "the cache cannot be kept under its limit");
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(PRUNE) => {}
        }
    }
}
