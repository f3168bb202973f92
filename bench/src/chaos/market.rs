//! Paid calls, vouchers and receipts; and a gateway that does not always show the receipts as it should.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use anyhow::{Context, Result};
use chain::{ChainError, Signer};
use influence::dataset::LabelledImage;
use k256::ecdsa::SigningKey;
use operator::{
    gateway::{Gateway, Offer},
    inputs::prompt_bytes,
    payer::{Asked, Payer},
    published::Segment,
    story::cast::key,
    training::Served,
};
use protocol::{
    ChannelId, Epoch, Hash32,
    event::SettlementEvent,
    model::{PriceSheet, QueryMsg as ModelQuery},
    open_token::UOPEN_PER_OPEN,
    settlement::{Channel, ExecuteMsg, ReceiveMsg, SignedVoucher},
};
use rand::{Rng as _, RngCore as _};
use rand_chacha::ChaCha8Rng;

use super::{
    faults::{Fault, Script},
    world::{MODEL, World},
};

/// What a payer pays into a channel, in uopen.
const DEPOSIT: u128 = 500 * UOPEN_PER_OPEN;
/// What must be left of it for an epoch's calls, in uopen.
const LEAST: u128 = 50 * UOPEN_PER_OPEN;
/// Calls of a payer in an epoch.
const CALLS: usize = 5;
/// Attempts to redeem while the node does not answer.
const ATTEMPTS: u32 = 60;
/// Time between two of them.
const PAUSE: Duration = Duration::from_secs(1);

/// A payer with its channel.
struct Customer {
    signer: Signer,
    payer: Payer,
    spent: u128,
}

/// A channel that its payer gave notice of.
struct Closing {
    channel: ChannelId,
    owed: u128,
}

/// The gateway and its customers.
pub struct Market {
    world: Arc<World>,
    chance: ChaCha8Rng,
    gateway: Gateway<Served>,
    prices: PriceSheet,
    customers: Vec<Customer>,
    closing: Vec<Closing>,
    channels: u64,
    late: Vec<Segment>,
    /// Redemptions whose receipts nobody can use, by head, with their amounts in uopen.
    unusable: BTreeMap<Hash32, u128>,
    /// Those whose receipts were shown late, which operators may have seen or not.
    tardy: BTreeMap<Hash32, u128>,
    /// What did not come out as it must.
    pub violations: Vec<String>,
    /// Channels that were closed, their rest refunded.
    pub closed: u64,
    /// Redemptions whose receipts were never shown, or false ones.
    pub misused: u64,
    /// Redemptions whose receipts were shown late.
    pub shown_late: u64,
    /// Vouchers that came after their epoch's redemption was over: the gateway's own loss.
    pub expired: u64,
}

impl Market {
    /// Opens the gateway and a channel for every payer.
    ///
    /// # Errors
    /// If a contract refuses.
    pub async fn open(world: Arc<World>, chance: ChaCha8Rng) -> Result<Self> {
        let prices: PriceSheet = world.contracts.model(&ModelQuery::PriceSheet { model: MODEL, version: 1 }).await?;
        let domain = world.contracts.settlement_domain();
        let offer = Offer { model: MODEL, version: 1, domain, prices: prices.clone() };
        let gateway = Gateway::new(world.trained.served(), offer);
        let (late, unusable, tardy, violations) = (Vec::new(), BTreeMap::new(), BTreeMap::new(), Vec::new());
        let mut market = Self {
            world,
            chance,
            gateway,
            prices,
            customers: Vec::new(),
            closing: Vec::new(),
            channels: 0,
            late,
            unusable,
            tardy,
            violations,
            closed: 0,
            misused: 0,
            shown_late: 0,
            expired: 0,
        };
        for signer in market.world.people.payers.clone() {
            let customer = market.customer(signer).await?;
            market.customers.push(customer);
        }
        Ok(market)
    }

    async fn customer(&mut self, signer: Signer) -> Result<Customer> {
        self.channels += 1;
        let seed = self.world.people.seed;
        let voucher_key = SigningKey::from_slice(&key(seed, &format!("vouchers of channel {}", self.channels)))?;
        let channel = open_channel(&self.world, &signer, &voucher_key).await?;
        self.gateway.serve(&channel)?;
        let payer =
            Payer::new(voucher_key, self.world.contracts.settlement_domain(), MODEL, channel.id, self.prices.clone());
        Ok(Customer { signer, payer, spent: 0 })
    }

    /// An epoch's calls, on new channels where old ones end. Who closes its channel does so after half of them, and calls on.
    ///
    /// # Errors
    /// If a contract or the gateway refuses.
    pub async fn serve(&mut self, epoch: Epoch, script: &Script) -> Result<()> {
        self.finish_closing().await?;
        let closes = script.has(Fault::ChannelClosed).then(|| self.chance.random_range(0..self.customers.len()));
        for index in 0..self.customers.len() {
            for call in 0..CALLS {
                if call == CALLS / 2 && closes == Some(index) {
                    self.give_notice(index).await?;
                }
                self.call(index, epoch)?;
            }
        }
        Ok(())
    }

    fn call(&mut self, index: usize, epoch: Epoch) -> Result<()> {
        let customer = &mut self.customers[index];
        let image: &LabelledImage = &self.world.digits[self.chance.random_range(0..self.world.digits.len())];
        let price = if self.chance.random_bool(0.5) { "standard" } else { "priority" };
        let (prompt, mut salt) = (prompt_bytes(image)?, [0; 32]);
        self.chance.fill_bytes(&mut salt);
        let answer = self.gateway.call(customer.payer.channel(), epoch, price, &prompt, salt)?;
        let asked = Asked { epoch, price, prompt: &prompt, salt };
        self.gateway.accept(customer.payer.pay(&asked, &answer)?)?;
        customer.spent = answer.cumulative;
        Ok(())
    }

    async fn give_notice(&mut self, index: usize) -> Result<()> {
        let customer = &self.customers[index];
        let close = ExecuteMsg::CloseChannel { channel: customer.payer.channel() };
        self.world.contracts.tell_settlement(&customer.signer, &close).await?;
        // What it owes is known when its last call is made.
        self.closing.push(Closing { channel: customer.payer.channel(), owed: u128::MAX });
        Ok(())
    }

    /// New channels for who has given notice, or has spent its deposit.
    async fn renew(&mut self) -> Result<()> {
        for index in 0..self.customers.len() {
            let customer = &self.customers[index];
            let (channel, spent) = (customer.payer.channel(), customer.spent);
            let closing = self.closing.iter_mut().find(|closing| closing.channel == channel);
            let gone = closing.map(|closing| closing.owed = spent).is_some();
            if gone || DEPOSIT - spent < LEAST {
                self.customers[index] = self.customer(customer.signer.clone()).await?;
            }
        }
        Ok(())
    }

    /// Redeems what ended epochs left, and shows the receipts, or does not, as the script says.
    ///
    /// # Errors
    /// If the chain cannot be reached or nothing can be written.
    pub async fn redeem(&mut self, script: &Script) -> Result<()> {
        let waiting = self.gateway.redemptions();
        let vouchers: Vec<SignedVoucher> = waiting.iter().map(|(voucher, _)| voucher.clone()).collect();
        if vouchers.is_empty() {
            return Ok(());
        }
        let booked = self.book(&vouchers).await?;
        let segments = waiting.into_iter().map(|(_, segment)| segment).filter(|segment| booked.contains(&segment.head));
        let mut misused =
            [Fault::HiddenHead, Fault::Altered, Fault::Withheld].into_iter().filter(|fault| script.has(*fault));
        for segment in segments {
            self.show(segment, misused.next()).await?;
        }
        Ok(())
    }

    /// All vouchers at once; one by one where that is refused, as after a halt that outlasted the redemption of one epoch. A node that
    /// does not answer is told again: what is booked then already is seen in the channel.
    async fn book(&mut self, vouchers: &[SignedVoucher]) -> Result<Vec<Hash32>> {
        if self.tell(vouchers).await? {
            return Ok(vouchers.iter().map(|voucher| voucher.head).collect());
        }
        let mut booked = Vec::new();
        for voucher in vouchers {
            let is_booked = self.world.contracts.channel(voucher.channel).await?.head == voucher.head;
            if is_booked || self.tell(std::slice::from_ref(voucher)).await? {
                booked.push(voucher.head);
            } else {
                self.expired += 1;
            }
        }
        Ok(booked)
    }

    /// Redeems vouchers; whether they were taken.
    async fn tell(&self, vouchers: &[SignedVoucher]) -> Result<bool> {
        let redeem = ExecuteMsg::Redeem { vouchers: vouchers.to_vec() };
        for attempt in 1.. {
            match self.world.contracts.tell_settlement(&self.world.people.gateway, &redeem).await {
                Ok(_) => return Ok(true),
                Err(ChainError::Rejected { .. }) => return Ok(false),
                Err(error) if attempt == ATTEMPTS => return Err(error.into()),
                Err(_) => tokio::time::sleep(PAUSE).await,
            }
        }
        Ok(false)
    }

    async fn show(&mut self, segment: Segment, misused: Option<Fault>) -> Result<()> {
        let amount = segment.receipts.iter().map(|receipt| receipt.fee.u128()).sum();
        self.misused += u64::from(matches!(misused, Some(Fault::HiddenHead | Fault::Altered)));
        match misused {
            Some(Fault::HiddenHead) => drop(self.unusable.insert(segment.head, amount)),
            Some(Fault::Altered) => {
                self.unusable.insert(segment.head, amount);
                self.world.published.put_segment(&altered(segment)).await?;
            }
            Some(Fault::Withheld) => {
                self.tardy.insert(segment.head, amount);
                self.late.push(segment);
            }
            _ => self.world.published.put_segment(&segment).await?,
        }
        Ok(())
    }

    /// Shows what was withheld.
    ///
    /// # Errors
    /// If it cannot be written.
    pub async fn show_late(&mut self) -> Result<()> {
        for segment in std::mem::take(&mut self.late) {
            self.shown_late += 1;
            self.world.published.put_segment(&segment).await?;
        }
        Ok(())
    }

    /// Takes the rest of closing channels back where the notice is over.
    ///
    /// # Errors
    /// If the chain cannot be reached.
    pub async fn finish_closing(&mut self) -> Result<()> {
        self.renew().await?;
        for closing in std::mem::take(&mut self.closing) {
            let finish = ExecuteMsg::FinishClose { channel: closing.channel };
            match self.world.contracts.tell_settlement(&self.world.people.gateway, &finish).await {
                Ok(_) => self.check_closed(&closing).await?,
                Err(ChainError::Rejected { .. }) => self.closing.push(closing),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Channels whose notice still runs.
    pub fn closing(&self) -> usize {
        self.closing.len()
    }

    async fn check_closed(&mut self, closing: &Closing) -> Result<()> {
        let channel = self.world.contracts.channel(closing.channel).await?;
        self.closed += 1;
        if !channel.closed || (channel.redeemed.u128() != closing.owed && self.expired == 0) {
            let (redeemed, owed) = (channel.redeemed, closing.owed);
            self.violations.push(format!("channel {}: {redeemed} uopen were redeemed of {owed} owed", closing.channel));
        }
        Ok(())
    }

    /// What a range's redemptions are worth whose receipts nobody can use, in uopen.
    ///
    /// # Errors
    /// If the chain does not answer.
    pub async fn unusable(&self, first: Epoch, last: Epoch) -> Result<u128> {
        self.worth(&self.unusable, first, last).await
    }

    /// What a range's redemptions are worth whose receipts came late, in uopen: a halt may have outlasted the wait for them.
    ///
    /// # Errors
    /// If the chain does not answer.
    pub async fn tardy(&self, first: Epoch, last: Epoch) -> Result<u128> {
        self.worth(&self.tardy, first, last).await
    }

    async fn worth(&self, of: &BTreeMap<Hash32, u128>, first: Epoch, last: Epoch) -> Result<u128> {
        let redemptions = self.world.contracts.redemptions(MODEL, first, last).await?;
        Ok(redemptions.iter().filter_map(|(_, redemption)| of.get(&redemption.head)).sum())
    }
}

/// As somebody with access to the store would leave it.
fn altered(mut segment: Segment) -> Segment {
    if let Some(receipt) = segment.receipts.first_mut() {
        receipt.output = [0, 1].as_slice().into();
        receipt.salt = Hash32([7; 32]);
    }
    segment
}

async fn open_channel(world: &World, signer: &Signer, voucher_key: &SigningKey) -> Result<Channel> {
    let hook = ReceiveMsg::OpenChannel { model: MODEL, voucher_key: Payer::voucher_key(voucher_key) };
    let to = &world.contracts.deployment().settlement;
    let outcome = world.contracts.send_open(signer, to, DEPOSIT, &hook).await?;
    let opened = outcome.events.iter().find_map(|event| match SettlementEvent::parse(event)?.ok()? {
        SettlementEvent::ChannelOpened { channel, .. } => Some(channel),
        _ => None,
    });
    Ok(world.contracts.channel(opened.context("an opening says its channel")?).await?)
}
