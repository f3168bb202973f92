//! `oracle pay`: a payer made from its configuration, until it is told to stop.

use std::{path::Path, sync::Arc};

use anyhow::{Context, Result};
use async_trait::async_trait;
use chain::{Signer, address_of};
use comfy_table::Table;
use cosmwasm_std::Uint128;
use gateway::{
    chain::Fault,
    pay::{self, Budget, Courier, Errand, Purse, Registered, Spent, Wallet},
};
use k256::ecdsa::VerifyingKey;
use protocol::{
    ChannelId, ModelId,
    event::SettlementEvent,
    model::{QueryMsg as ModelQuery, Version},
    open_token::UOPEN_PER_OPEN,
    settlement::{Channel, ExecuteMsg, ReceiveMsg},
};
use rules::clock::Clock;
use tokio::net::TcpListener;

use crate::{
    config::{Config, Environment, sections::PaySettings},
    contracts::Contracts,
    daemon, run, secrets,
    serving::fault,
    store::Store,
    telemetry,
};

/// The account that pays, on a chain.
pub struct Account {
    contracts: Contracts,
    signer: Signer,
    clock: Clock,
}

impl Account {
    /// An account.
    ///
    /// # Errors
    /// If the chain cannot be asked.
    pub async fn new(contracts: Contracts, signer: Signer) -> Result<Self> {
        let clock = contracts.clock().await?;
        Ok(Self { contracts, signer, clock })
    }

    /// All channels that this account ever opened, oldest first.
    async fn openings(&self) -> Result<Vec<ChannelId>, Fault> {
        let payer = self.signer.address();
        let told = self.contracts.channel_openings(payer).await.map_err(fault)?;
        let of = |event| match SettlementEvent::parse(event)?.ok()? {
            SettlementEvent::ChannelOpened { channel, payer: by, .. } if by == payer => Some(channel),
            _ => None,
        };
        Ok(told.iter().flat_map(|record| &record.events).filter_map(of).collect())
    }

    async fn send(&self, amount: Uint128, hook: &ReceiveMsg) -> Result<chain::TxOutcome, Fault> {
        let to = &self.contracts.deployment().settlement;
        self.contracts.send_open(&self.signer, to, amount.u128(), hook).await.map_err(fault)
    }
}

#[async_trait]
impl Wallet for Account {
    async fn open(&self, model: ModelId, deposit: Uint128, voucher_key: &VerifyingKey) -> Result<Channel, Fault> {
        let voucher_key = voucher_key.to_sec1_bytes().into_vec().into();
        let outcome = self.send(deposit, &ReceiveMsg::OpenChannel { model, voucher_key }).await?;
        let opened = outcome.events.iter().find_map(|event| match SettlementEvent::parse(event)?.ok()? {
            SettlementEvent::ChannelOpened { channel, .. } => Some(channel),
            _ => None,
        });
        let opened = opened.ok_or_else(|| Fault::Unavailable("an opening did not say its channel".to_owned()))?;
        tracing::info!(channel = %opened, model = %model, %deposit, "a channel was opened");
        self.channel(opened).await
    }

    async fn settle(&self) -> Result<(), Fault> {
        self.contracts.settle(&self.signer).await.map_err(fault)
    }

    async fn opened(&self, voucher_key: &VerifyingKey) -> Result<Option<Channel>, Fault> {
        let key = voucher_key.to_sec1_bytes();
        // The last one is the likeliest.
        for id in self.openings().await?.into_iter().rev() {
            let channel = self.channel(id).await?;
            if channel.voucher_key.as_slice() == &*key {
                return Ok(Some(channel));
            }
        }
        Ok(None)
    }

    async fn top_up(&self, channel: ChannelId, amount: Uint128) -> Result<(), Fault> {
        self.send(amount, &ReceiveMsg::TopUp { channel }).await?;
        tracing::info!(%channel, %amount, "a channel was topped up");
        Ok(())
    }

    async fn channel(&self, channel: ChannelId) -> Result<Channel, Fault> {
        self.contracts.channel(channel).await.map_err(fault)
    }

    async fn close(&self, channel: ChannelId) -> Result<(), Fault> {
        let close = ExecuteMsg::CloseChannel { channel };
        self.contracts.tell_settlement(&self.signer, &close).await.map(drop).map_err(fault)
    }

    async fn version(&self, model: ModelId, version: u32) -> Result<Registered, Fault> {
        let query = ModelQuery::Version { model, number: version };
        let version: Version = self.contracts.model(&query).await.map_err(fault)?;
        Ok(Registered { manifest: version.manifest.training_hash, at: version.registered_at.get() })
    }

    async fn epoch(&self) -> Result<u64, Fault> {
        let time = self.contracts.status().await.map_err(fault)?.time;
        Ok(self.clock.epoch_at(time).unwrap_or_default())
    }

    fn address_of(&self, key: &VerifyingKey) -> Result<String, Fault> {
        address_of(key).map_err(|error| Fault::Refused(error.to_string()))
    }
}

/// Runs the payer until SIGTERM or SIGINT.
///
/// # Errors
/// Whatever keeps it from starting. Once it runs, what fails is told to whoever called.
pub async fn run(config: &Config, environment: &Environment) -> Result<bool> {
    daemon::crash::listen();
    telemetry::logging::begin(&config.log)?;
    let settings = &config.pay;
    let listener = TcpListener::bind(settings.listen).await.with_context(|| {
        format!("cannot listen on {}: stop what uses the port, or set `pay.listen`", settings.listen)
    })?;
    let store = Store::open(&config.home)?;
    let stop = run::stop_on_signals()?;
    let Some(client) = run::connect(config, &stop).await? else { return Ok(true) };
    let signer = secrets::load(&config.key, environment)?;
    let contracts = Contracts::new(Arc::new(client.with_journal(Arc::new(store))), config.deployment()?);
    let (domain, key) = (contracts.settlement_domain(), signer.signing_key().clone());
    let wallet = Arc::new(Account::new(contracts, signer).await?);
    let courier = Arc::new(Courier::new(errand(settings), key, domain, wallet, purse(config)?)?);
    let running = pay::serve(courier, listener, stop)?;
    tracing::info!(address = %running.address, gateway = settings.gateway.as_str(), "calls are paid here");
    running.ended.await.context("the payer failed")??;
    Ok(true)
}

/// What was spent. Only while no payer has the purse open.
///
/// # Errors
/// If the purse cannot be read.
pub fn spent(config: &Config) -> Result<Spent> {
    Ok(purse(config)?.spent()?)
}

/// What was spent, for people.
pub fn table(spent: &Spent) -> String {
    let open = |amount: Uint128| format!("{}.{:06}", amount.u128() / UOPEN_PER_OPEN, amount.u128() % UOPEN_PER_OPEN);
    let mut days = Table::new();
    days.set_header(["day (UTC)", "calls", "OPEN"]);
    for (number, day) in &spent.days {
        days.add_row([date(*number), day.calls.to_string(), open(day.fees)]);
    }
    let mut channels = Table::new();
    channels.set_header(["channel", "model", "calls", "spent", "left", "state"]);
    for pocket in &spent.channels {
        let state = match (&pocket.retired, &pocket.pending) {
            (Some(why), _) => format!("used no further: {why}"),
            (None, Some(_)) => "a call is under way".to_owned(),
            (None, None) => "open".to_owned(),
        };
        channels.add_row([
            pocket.channel.to_string(),
            pocket.model.to_string(),
            pocket.paid.number.to_string(),
            open(pocket.paid.sum),
            open(pocket.left()),
            state,
        ]);
    }
    format!("{days}\n{channels}")
}

/// A day since 1970 as year, month and day.
fn date(day: u64) -> String {
    let time = report::statement::utc(day.saturating_mul(86_400));
    time.split_once(' ').map_or(time.clone(), |(date, _)| date.to_owned())
}

fn purse(config: &Config) -> Result<Purse> {
    let PaySettings { per_call, per_day, .. } = config.pay;
    let budget = Budget { per_call: per_call.into(), per_day: per_day.into() };
    let folder: &Path = &config.home;
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    Ok(Purse::open(&folder.join("purse.redb"), budget)?)
}

fn errand(settings: &PaySettings) -> Errand {
    Errand {
        gateway: settings.gateway.as_str().to_owned(),
        price: settings.price.clone(),
        deposit: settings.deposit.into(),
        at_once: usize::try_from(settings.at_once).unwrap_or(usize::MAX),
    }
}
