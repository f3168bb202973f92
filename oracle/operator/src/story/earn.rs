//! Act 3: payers open channels, buy answers at two prices and sign vouchers; the gateway meters, chains receipts, redeems.

use anyhow::{Context, Result};
use k256::ecdsa::SigningKey;
use protocol::{
    ChannelId, Epoch, ModelId,
    event::SettlementEvent,
    model::{PriceSheet, QueryMsg as ModelQuery},
    settlement::{ExecuteMsg, ReceiveMsg},
};

use super::{
    cast::{Actor, key},
    plan::Call,
    stage::Stage,
    train::Registered,
    version::Serving,
};
use crate::{
    gateway::{Gateway, Offer},
    payer::{Asked, Payer},
    published::Segment,
};

/// The gateway and its customers.
pub struct Market {
    gateway: Gateway<Serving>,
    payers: Vec<Payer>,
}

/// Whether the gateway shows the receipts of what it redeems.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Candour {
    /// It publishes them all.
    Open,
    /// It hides those of its first redemption.
    HidesOne,
}

impl Market {
    /// Opens the gateway for a model, and a channel of `deposit` uopen for every payer.
    pub async fn open(stage: &Stage<'_>, registered: &Registered, deposit: u128) -> Result<Self> {
        let model = registered.model;
        let record = stage.contracts.model_record(model).await?;
        let prices: PriceSheet =
            stage.contracts.model(&ModelQuery::PriceSheet { model, version: record.price_sheet }).await?;
        let offer = Offer {
            model,
            version: record.versions,
            domain: stage.contracts.settlement_domain(),
            prices: prices.clone(),
        };
        let mut gateway = Gateway::new(registered.version.served(), offer);
        let mut payers = Vec::new();
        for actor in &stage.cast.payers {
            let name = format!("vouchers of {} for model {model}", actor.name);
            let voucher_key = SigningKey::from_slice(&key(stage.size.seed, &name))?;
            let channel = open_channel(stage, actor, deposit, model, &voucher_key).await?;
            gateway.serve(&stage.contracts.channel(channel).await?)?;
            payers.push(Payer::new(voucher_key, stage.contracts.settlement_domain(), model, channel, prices.clone()));
        }
        Ok(Self { gateway, payers })
    }

    /// One epoch of calls, and their redemption.
    pub async fn trade(&mut self, stage: &Stage<'_>, epoch: Epoch, calls: &[Call], candour: Candour) -> Result<()> {
        stage.wait_for_epoch(epoch).await?;
        self.serve_calls(stage, epoch, calls)?;
        stage.wait_for_epoch(epoch.next().context("epochs do not end")?).await?;
        let (vouchers, segments): (Vec<_>, Vec<Segment>) = self.gateway.redemptions().into_iter().unzip();
        stage.contracts.tell_settlement(&stage.cast.gateway.signer, &ExecuteMsg::Redeem { vouchers }).await?;
        for segment in segments.iter().skip(usize::from(candour == Candour::HidesOne)) {
            stage.published.put_segment(segment).await?;
        }
        Ok(())
    }

    fn serve_calls(&mut self, stage: &Stage<'_>, epoch: Epoch, calls: &[Call]) -> Result<()> {
        let step = stage.progress.step(&format!("epoch {epoch}: {} paid calls", calls.len()), calls.len() as u64);
        for call in calls {
            let payer = &mut self.payers[call.payer];
            let answer = self.gateway.call(payer.channel(), epoch, call.price, &call.prompt, call.salt)?;
            let asked = Asked { epoch, price: call.price, prompt: &call.prompt, salt: call.salt };
            self.gateway.accept(payer.pay(&asked, &answer)?)?;
            step.advance();
        }
        Ok(())
    }
}

async fn open_channel(
    stage: &Stage<'_>,
    actor: &Actor,
    deposit: u128,
    model: ModelId,
    voucher_key: &SigningKey,
) -> Result<ChannelId> {
    let hook = ReceiveMsg::OpenChannel { model, voucher_key: Payer::voucher_key(voucher_key) };
    let to = &stage.contracts.deployment().settlement;
    let outcome = stage.contracts.send_open(&actor.signer, to, deposit, &hook).await?;
    stage.event(&outcome, SettlementEvent::parse, |event| match event {
        SettlementEvent::ChannelOpened { channel, .. } => Some(channel),
        _ => None,
    })
}
