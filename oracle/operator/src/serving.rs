//! `oracle serve`: the gateway of this key's models, made from its configuration, until it is told to stop.

mod corrections;
mod explain;
mod offers;
mod outside;

use std::{path::Path, sync::Arc, time::Duration};

use anyhow::{Context, Result};
use chain::Signer;
use gateway::{
    engine,
    service::{self, Facts, Limits, Shop, keep_looking},
    till::Till,
};
use tokio::net::TcpListener;

use self::outside::Outside;
pub use self::{offers::Catalogue, outside::fault};
use crate::{
    config::{Config, Environment, sections::ServeSettings},
    contracts::Contracts,
    daemon,
    node::Engine,
    published::Reader,
    run, secrets,
    store::Store,
    telemetry,
};

/// Time between two looks at what is registered.
const LOOK: Duration = Duration::from_secs(10);

/// Runs the gateway until SIGTERM or SIGINT; calls that are being answered are answered to their end.
///
/// # Errors
/// Whatever keeps it from starting. Once it runs, what fails is told and tried again.
pub async fn run(config: &Config, environment: &Environment) -> Result<bool> {
    daemon::crash::listen();
    telemetry::logging::begin(&config.log)?;
    let settings = &config.serve;
    // Taken first: what does not get it must not touch the books either.
    let listener = TcpListener::bind(settings.listen).await.with_context(|| {
        format!("cannot listen on {}: stop what uses the port, or set `serve.listen`", settings.listen)
    })?;
    let store = Store::open(&config.home)?;
    let stop = run::stop_on_signals()?;
    let Some(client) = run::connect(config, &stop).await? else { return Ok(true) };
    let signer = secrets::load(&config.key, environment)?;
    let client = Arc::new(client.with_journal(Arc::new(store)));
    let contracts = Contracts::new(client, config.deployment()?);
    let engine = run::engine(config, contracts)?;
    let (shop, mut catalogue) = open(engine, &signer, &config.home, settings).await?;
    let looking = tokio::spawn(keep_looking(Arc::clone(&shop), config.chain.block_poll, stop.clone()));
    let running = service::serve(Arc::clone(&shop), listener, stop.clone())?;
    tracing::info!(address = %running.address, models = shop.offers().len(), gateway = signer.address(), "the gateway serves");
    let watched = tokio::spawn({
        let (shop, stop) = (Arc::clone(&shop), stop.clone());
        async move {
            while !stop.is_cancelled() {
                tokio::select! {
                    () = stop.cancelled() => break,
                    () = tokio::time::sleep(LOOK) => {}
                }
                match catalogue.renewed().await {
                    Ok(Some(offers)) => shop.offer(offers),
                    Ok(None) => {}
                    Err(error) => tracing::warn!(
                        error = format!("{error:#}"),
                        "what is registered cannot be looked up; serving on as before"
                    ),
                }
            }
        }
    });
    running.ended.await.context("the service failed")??;
    watched.await.context("the catalogue failed")?;
    looking.await.context("redemption failed")?;
    Ok(true)
}

/// A gateway of an account, with its books in a folder, that serves what is registered for it.
///
/// # Errors
/// If the books are in use, or the chain cannot be asked.
pub async fn open(
    engine: Engine,
    signer: &Signer,
    folder: &Path,
    settings: &ServeSettings,
) -> Result<(Arc<Shop>, Catalogue)> {
    let engine = engine.read_by(Reader::of_account(signer));
    let domain = engine.contracts.settlement_domain();
    let till = Till::open(&folder.join("books.redb"), signer.signing_key().clone(), domain)?;
    let facts = facts(&engine.contracts, signer);
    let outside = Arc::new(Outside::new(engine.clone(), signer.clone()).await?);
    let mut shop = Shop::new(till, outside.clone(), facts, limits(settings));
    shop.explains = Some(outside.clone());
    shop.corrects = Some(outside);
    let mut catalogue =
        Catalogue::new(engine, signer.address().to_owned(), settings.models.clone(), of_engine(settings));
    shop.offer(catalogue.offers().await.context("cannot load the models that are served")?);
    Ok((Arc::new(shop), catalogue))
}

fn facts(contracts: &Contracts, signer: &Signer) -> Facts {
    let deployment = contracts.deployment();
    Facts {
        chain_id: deployment.chain_id.clone(),
        open_token: deployment.open_token.clone(),
        settlement: deployment.settlement.clone(),
        gateway: cosmwasm_std::Addr::unchecked(signer.address()),
        gateway_key: signer.public_key(),
    }
}

fn limits(settings: &ServeSettings) -> Limits {
    Limits {
        body_bytes: size(settings.body_kib).saturating_mul(1 << 10),
        answer_tokens: size(settings.answer_tokens),
        answer_time: settings.answer_time,
        requests_at_once: size(settings.requests_at_once),
        per_second: u32::try_from(settings.per_second).unwrap_or(u32::MAX),
        burst: u32::try_from(settings.burst).unwrap_or(u32::MAX),
        correction_wait: settings.correction_wait,
    }
}

fn of_engine(settings: &ServeSettings) -> engine::Limits {
    engine::Limits {
        active: size(settings.sequences),
        cache_bytes: size(settings.cache_mib).saturating_mul(1 << 20),
        ..engine::Limits::default()
    }
}

fn size(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
