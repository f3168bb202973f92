//! The gateway: what is served, to whom, and the HTTP service over it.

mod admit;
mod answer;
mod corrections;
mod error;
mod http;
mod limits;
mod metrics;
mod redeem;
mod reply;

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
};

use cosmwasm_std::Addr;
use protocol::{
    ModelId,
    model::{Price, PriceSheet},
};
use rules::payment::Tariff;
use tokio::sync::watch;

pub use self::{
    corrections::{CorrectionRequest, Corrects, TakeRequest, pass_on},
    error::ServiceError,
    http::{Running, serve},
    limits::Limits,
    metrics::Metrics,
    redeem::{keep_looking, redeem_all},
};
use crate::{
    chain::{Chain, Now},
    engine::Engine,
    template::Template,
    till::Till,
    x402,
};

/// What gives an image a label.
pub trait Classifies: Send + Sync + 'static {
    /// The label of a prompt, given its canonical bytes.
    ///
    /// # Errors
    /// Why there is none; nothing is charged then.
    fn classify(&self, prompt: &[u8]) -> Result<u16, String>;
}

/// Explains what contributions shaped an answer.
#[async_trait::async_trait]
pub trait Explains: Send + Sync + 'static {
    /// The attribution of a call that was served, as JSON for people; `None` while its round is not settled.
    ///
    /// # Errors
    /// Why it cannot be told.
    async fn attribution(
        &self,
        model: ModelId,
        channel: protocol::ChannelId,
        call: &crate::till::Booked,
    ) -> Result<Option<serde_json::Value>, crate::chain::Fault>;
}

/// A language model in an engine.
#[derive(Clone)]
pub struct Texts {
    /// The engine.
    pub engine: Engine,
    /// Its name there.
    pub name: String,
    /// Tokens of a prompt that a version reads, and that whoever measures it reads too.
    pub prompt_tokens: usize,
    /// How it is talked to, if it brings a template along.
    pub chat: Option<Arc<Chat>>,
}

/// The template of a version.
pub struct Chat {
    /// Made ready.
    pub template: Template,
    /// Canonical bytes of the manifest that holds it, for payers, who compare them with the chain.
    pub manifest: Vec<u8>,
}

/// What answers.
#[derive(Clone)]
pub enum Serves {
    /// A language model.
    Texts(Texts),
    /// A classifier.
    Labels(Arc<dyn Classifies>),
}

/// A model that is served.
#[derive(Clone)]
pub struct Offer {
    /// Its name here.
    pub name: String,
    /// The model.
    pub model: ModelId,
    /// The version that answers.
    pub version: u32,
    /// Its owner.
    pub owner: Addr,
    /// When the version was registered, in seconds since 1970.
    pub since: u64,
    /// Prices in force.
    pub sheet: PriceSheet,
    /// What answers.
    pub serves: Serves,
}

impl Offer {
    /// The version's template, if it has one.
    pub fn chat(&self) -> Option<&Chat> {
        match &self.serves {
            Serves::Texts(texts) => texts.chat.as_deref(),
            Serves::Labels(_) => None,
        }
    }

    /// A price by its name.
    pub fn price(&self, name: &str) -> Option<&Price> {
        self.sheet.prices.iter().find(|price| price.name == name)
    }
}

/// A price as the rules compute with it.
pub fn tariff(price: &Price) -> Tariff {
    Tariff {
        per_call: price.per_call.u128(),
        per_1000_in: price.per_1000_in.u128(),
        per_1000_out: price.per_1000_out.u128(),
    }
}

/// What never changes while a gateway runs.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Id of the chain.
    pub chain_id: String,
    /// The cw20 contract of OPEN.
    pub open_token: Addr,
    /// The contract that holds channels.
    pub settlement: Addr,
    /// The gateway's account.
    pub gateway: Addr,
    /// Its public key, compressed.
    pub gateway_key: Vec<u8>,
}

impl Facts {
    /// The chain in CAIP-2 form.
    pub fn network(&self) -> String {
        x402::network(&self.chain_id)
    }
}

/// A gateway.
pub struct Shop {
    /// Its books.
    pub till: Till,
    /// The chain and the store.
    pub chain: Arc<dyn Chain>,
    /// What never changes.
    pub facts: Facts,
    /// What is too much.
    pub limits: Limits,
    /// What is counted.
    pub metrics: Metrics,
    /// Who explains answers, if somebody does.
    pub explains: Option<Arc<dyn Explains>>,
    /// Who brings corrections onto the chain, if somebody does.
    pub corrects: Option<Arc<dyn Corrects>>,
    now: watch::Sender<Option<Now>>,
    offers: RwLock<Arc<BTreeMap<String, Offer>>>,
}

impl Shop {
    /// A gateway that serves nothing yet.
    pub fn new(till: Till, chain: Arc<dyn Chain>, facts: Facts, limits: Limits) -> Self {
        Self {
            till,
            chain,
            facts,
            limits,
            metrics: Metrics::new(),
            explains: None,
            corrects: None,
            now: watch::Sender::new(None),
            offers: RwLock::default(),
        }
    }

    /// Serves these from now on, and no others; calls that are being answered are answered to their end.
    pub fn offer(&self, offers: Vec<Offer>) {
        let by_name = offers.into_iter().map(|offer| (offer.name.clone(), offer)).collect();
        *self.offers.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(by_name);
    }

    /// What is served now, by name.
    pub fn offers(&self) -> Arc<BTreeMap<String, Offer>> {
        Arc::clone(&self.offers.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// A model by its name here, or by its number on chain.
    pub fn find(&self, name: &str) -> Option<Offer> {
        let offers = self.offers();
        let by_number = || offers.values().find(|offer| offer.model.to_string() == name);
        offers.get(name).or_else(by_number).cloned()
    }

    /// Where the chain stands, as far as is known.
    pub fn now(&self) -> Option<Now> {
        *self.now.borrow()
    }

    /// Learns where the chain stands.
    pub fn learn(&self, now: Option<Now>) {
        self.now.send_replace(now);
    }
}
