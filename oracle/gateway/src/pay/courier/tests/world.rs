//! A gateway that labels images, each time with another label, and a chain in memory that hangs where it is told to.

use std::{
    future::pending,
    sync::{
        Arc, Condvar, Mutex, MutexGuard,
        atomic::{AtomicBool, AtomicU16, Ordering},
    },
};

use async_trait::async_trait;
use bytes::Bytes;
use cosmwasm_std::{Addr, Binary, Uint128};
use k256::ecdsa::{SigningKey, VerifyingKey};
use protocol::{
    ChannelId, Epoch, Hash32, ModelId, Seconds,
    model::{Price, PriceSheet},
    settlement::{Channel, SignedVoucher},
};
use rules::{hash::Domain, payment::genesis_head};
use tempfile::TempDir;
use tokio::{net::TcpListener, sync::Notify};
use tokio_util::sync::CancellationToken;

use crate::{
    chain::{Chain, Fault, Now},
    pay::{Budget, Courier, Errand, Purse, Registered, Wallet},
    segment::Segment,
    service::{self, Classifies, Facts, Limits, Offer, Serves, Shop},
    till::Till,
};

/// What a call costs, and what a channel is opened with, in uopen.
pub const PRICE: u128 = 5;
pub const DEPOSIT: u128 = 20;
const MODEL: ModelId = ModelId(1);

/// Where the chain hangs for good, as it seems to a payer that dies there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fails {
    Never,
    BeforeOpening,
    AfterOpening,
    AfterToppingUp,
    /// When the payer asks for the epoch: it has the answer, and has not counted it.
    Epoch,
    /// The channel is opened and the node is gone.
    Unavailable,
}

/// A chain.
pub struct Memory {
    channels: Mutex<Vec<Channel>>,
    fails: Mutex<Fails>,
    hangs: Notify,
    domain: Domain,
    gateway: Addr,
}

impl Memory {
    pub fn fail(&self, fails: Fails) {
        *self.fails.lock().expect("nobody panics") = fails;
    }

    pub fn count(&self) -> usize {
        self.channels().len()
    }

    pub fn deposits(&self) -> Vec<Uint128> {
        self.channels().iter().map(|channel| channel.deposit).collect()
    }

    fn channels(&self) -> MutexGuard<'_, Vec<Channel>> {
        self.channels.lock().expect("nobody panics")
    }

    async fn hang_if(&self, fails: Fails) {
        let hangs = *self.fails.lock().expect("nobody panics") == fails;
        if hangs {
            self.hangs.notify_one();
            pending::<()>().await;
        }
    }

    /// Returns once somebody hangs.
    pub async fn hangs(&self) {
        self.hangs.notified().await;
    }

    fn find(&self, id: ChannelId) -> Option<Channel> {
        self.channels().iter().find(|channel| channel.id == id).cloned()
    }
}

#[async_trait]
impl Wallet for Memory {
    async fn open(&self, model: ModelId, deposit: Uint128, voucher_key: &VerifyingKey) -> Result<Channel, Fault> {
        self.hang_if(Fails::BeforeOpening).await;
        let channel = {
            let mut channels = self.channels();
            let id = channels.len() as u64 + 1;
            let channel = Channel {
                id: ChannelId(id),
                payer: Addr::unchecked("payer"),
                voucher_key: Binary::from(voucher_key.to_sec1_bytes().to_vec()),
                model,
                gateway: self.gateway.clone(),
                deposit,
                redeemed: Uint128::zero(),
                head: Hash32(genesis_head(&self.domain, id)),
                last_epoch: None,
                close_at: None,
                notice_height: None,
                closed: false,
            };
            channels.push(channel.clone());
            channel
        };
        self.hang_if(Fails::AfterOpening).await;
        let is_gone = *self.fails.lock().expect("nobody panics") == Fails::Unavailable;
        if is_gone { Err(Fault::Unavailable("the node is gone".to_owned())) } else { Ok(channel) }
    }

    async fn settle(&self) -> Result<(), Fault> {
        Ok(())
    }

    async fn opened(&self, voucher_key: &VerifyingKey) -> Result<Option<Channel>, Fault> {
        let key = voucher_key.to_sec1_bytes();
        Ok(self.channels().iter().find(|channel| channel.voucher_key.as_slice() == &*key).cloned())
    }

    async fn top_up(&self, id: ChannelId, amount: Uint128) -> Result<(), Fault> {
        self.channels().iter_mut().filter(|channel| channel.id == id).for_each(|channel| channel.deposit += amount);
        self.hang_if(Fails::AfterToppingUp).await;
        Ok(())
    }

    async fn channel(&self, id: ChannelId) -> Result<Channel, Fault> {
        self.find(id).ok_or_else(|| Fault::Refused("no such channel".to_owned()))
    }

    async fn close(&self, _: ChannelId) -> Result<(), Fault> {
        Ok(())
    }

    async fn version(&self, _: ModelId, _: u32) -> Result<Registered, Fault> {
        Err(Fault::Refused("nobody talks here".to_owned()))
    }

    async fn epoch(&self) -> Result<u64, Fault> {
        self.hang_if(Fails::Epoch).await;
        Ok(1)
    }

    fn address_of(&self, key: &VerifyingKey) -> Result<String, Fault> {
        Ok(address(key))
    }
}

#[async_trait]
impl Chain for Memory {
    async fn now(&self) -> Result<Option<Now>, Fault> {
        Ok(Some(NOW))
    }

    async fn channel(&self, id: ChannelId) -> Result<Option<Channel>, Fault> {
        Ok(self.find(id))
    }

    async fn redeem(&self, _: Vec<SignedVoucher>) -> Result<(), Fault> {
        Ok(())
    }

    async fn publish(&self, _: &Segment) -> Result<(), Fault> {
        Ok(())
    }
}

const NOW: Now = Now { epoch: Epoch(1), redeemable: Epoch(1) };

fn address(key: &VerifyingKey) -> String {
    format!("account-{}", hex::encode(key.to_sec1_bytes()))
}

/// A classifier that says another label each time, and can be held.
#[derive(Default)]
pub struct Model {
    labels: AtomicU16,
    is_held: Mutex<bool>,
    released: Condvar,
    is_asked: AtomicBool,
}

impl Model {
    pub fn hold(&self) {
        *self.is_held.lock().expect("nobody panics") = true;
    }

    pub fn let_go(&self) {
        *self.is_held.lock().expect("nobody panics") = false;
        self.released.notify_all();
    }

    pub async fn is_asked(&self) {
        while !self.is_asked.load(Ordering::Relaxed) {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    }
}

impl Classifies for Model {
    fn classify(&self, _: &[u8]) -> Result<u16, String> {
        self.is_asked.store(true, Ordering::Relaxed);
        let held = self.is_held.lock().expect("nobody panics");
        drop(self.released.wait_while(held, |is_held| *is_held).expect("nobody panics"));
        Ok(self.labels.fetch_add(1, Ordering::Relaxed))
    }
}

/// A gateway that runs, and what a payer is made from.
pub struct World {
    pub chain: Arc<Memory>,
    pub model: Arc<Model>,
    shop: Arc<Shop>,
    at: String,
    at_once: usize,
    folder: TempDir,
}

impl World {
    pub async fn new(at_once: usize) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let domain = Domain { chain_id: "shop-1".to_owned(), contract: "settlement".to_owned() };
        let key = key(4);
        let gateway = Addr::unchecked(address(key.verifying_key()));
        let facts = Facts {
            chain_id: domain.chain_id.clone(),
            open_token: Addr::unchecked("open"),
            settlement: Addr::unchecked(&domain.contract),
            gateway: gateway.clone(),
            gateway_key: key.verifying_key().to_sec1_bytes().to_vec(),
        };
        let chain = Arc::new(Memory {
            channels: Mutex::default(),
            fails: Mutex::new(Fails::Never),
            hangs: Notify::new(),
            domain: domain.clone(),
            gateway,
        });
        let till = Till::open(&folder.path().join("books.redb"), key, domain).expect("new books");
        let (model, limits) = (Arc::new(Model::default()), Limits::default());
        let shop = Arc::new(Shop::new(till, Arc::clone(&chain) as Arc<dyn Chain>, facts, limits));
        shop.learn(Some(NOW));
        shop.offer(vec![offer(Arc::clone(&model) as Arc<dyn Classifies>)]);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let running = service::serve(Arc::clone(&shop), listener, CancellationToken::new()).expect("an address");
        Self { chain, model, shop, at: format!("http://{}", running.address), at_once, folder }
    }

    /// A payer over the purse of those before it, who are dead.
    pub fn payer(&self) -> Arc<Courier> {
        let budget = Budget { per_call: Uint128::new(100), per_day: Uint128::new(10_000) };
        let purse = Purse::open(&self.folder.path().join("purse.redb"), budget).expect("nobody has it open");
        let errand = Errand {
            gateway: self.at.clone(),
            price: "standard".to_owned(),
            deposit: Uint128::new(DEPOSIT),
            at_once: self.at_once,
        };
        let (domain, wallet) = (self.chain.domain.clone(), Arc::clone(&self.chain) as Arc<dyn Wallet>);
        Arc::new(Courier::new(errand, key(3), domain, wallet, purse).expect("the purse can be read"))
    }

    /// Calls that the gateway has booked.
    pub fn served(&self) -> u64 {
        self.shop.till.accounts().expect("they can be read").iter().map(|account| account.served.number).sum()
    }
}

/// Calls that payers have counted, and their fees in uopen.
pub fn spent(courier: &Courier) -> (u64, u128) {
    let days = courier.purse.spent().expect("it can be read").days;
    days.iter().fold((0, 0), |(calls, fees), (_, day)| (calls + day.calls, fees + day.fees.u128()))
}

/// Channels that may have been opened without the purse knowing them.
pub fn openings(courier: &Courier) -> usize {
    courier.purse.openings().expect("they can be read").len()
}

/// An image that differs from the others.
pub fn body(what: u8) -> Bytes {
    Bytes::from(format!(r#"{{"model":"digits","image":{{"width":1,"height":1,"pixels":[{what}]}}}}"#))
}

fn key(byte: u8) -> SigningKey {
    SigningKey::from_slice(&[byte; 32]).expect("a small number is a key")
}

fn offer(model: Arc<dyn Classifies>) -> Offer {
    let price = Price {
        name: "standard".to_owned(),
        per_call: Uint128::new(PRICE),
        per_1000_in: Uint128::zero(),
        per_1000_out: Uint128::zero(),
    };
    Offer {
        name: "digits".to_owned(),
        model: MODEL,
        version: 1,
        owner: Addr::unchecked("owner"),
        since: 1,
        sheet: PriceSheet { version: 1, prices: vec![price], since: Seconds(0), until: None },
        serves: Serves::Labels(model),
    }
}
