//! Two versions of a model that serve in one epoch: an operator pools them by fee, and takes nothing that was registered after the
//! round was opened.

use std::collections::BTreeMap;

use chain::{EmbeddedClient, Signer, Timeline, embedded::Checks};
use cosmwasm_std::Uint64;
use influence::{
    Threads, cache,
    dataset::{Examples, LabelledImage, load_digits},
    draws::Estimate,
    report::{self, Breakdown, Evidence, Receipt, Thresholds, VersionEvidence, decide},
};
use k256::ecdsa::SigningKey;
use operator::{
    contracts::Contracts,
    gateway::{Gateway, Offer},
    inputs,
    node::Engine,
    payer::{Asked, Payer},
    published::{Published, Segment, ValidationExample, ValidationSlice, validation_root},
    story::{
        CHAIN_FILE, PUBLISHED_FOLDER,
        cast::Cast,
        plan::{Call, Plan, Size, VALIDATION_PER_ROUND},
    },
    training::{self, Served},
};
use protocol::{
    ChannelId, Epoch, Hash32,
    attribution::{ExecuteMsg as AttributionMsg, Round},
    event::SettlementEvent,
    model::{Curatorship, ExecuteMsg as ModelMsg, PriceSheet, QueryMsg as ModelQuery, Version, VersionManifest},
    open_token::UOPEN_PER_OPEN,
    settlement::{Config, ExecuteMsg as SettlementMsg, QueryMsg as SettlementQuery, ReceiveMsg, SignedVoucher},
};
use rules::{
    bitmap::Bitmap,
    clock::Clock,
    item,
    score::{Report, ScoreEntry, Vector},
};
use tempfile::TempDir;

use crate::told::{ADAPTER, MODEL, digits, told};

/// What each channel is opened with, in uopen.
const DEPOSIT: u128 = 100 * UOPEN_PER_OPEN;
/// How far a pooled quantity may be from the same computed in another order of additions.
const TOLERANCE: f64 = 1e-9;
/// Scores are rounded once: to neighbours at the worst.
const UNITS_APART: u64 = 2;

/// A copy of the story's chain, on which the base gets a second version.
pub struct Scene {
    pub contracts: Contracts,
    pub client: EmbeddedClient,
    pub published: Published,
    pub cast: Cast,
    pub plan: Plan,
    pub copy: TempDir,
}

/// Calls of one version in a channel of its own, redeemed.
pub struct Sold {
    pub voucher: SignedVoucher,
    segment: Segment,
}

impl Scene {
    pub async fn new() -> Self {
        let copy = told().copy();
        let client = EmbeddedClient::open(&copy.path().join(CHAIN_FILE), Checks::On).await.expect("the copy opens");
        let contracts = told().contracts_behind(client.clone(), &client).await;
        let run = &told().first.run;
        let size = Size { seed: run.seed, epochs: run.epochs, operators: run.operators };
        let plan = Plan::draw(&load_digits(&digits()).expect("the digits are committed"), size).expect("they suffice");
        let published = Published::at(copy.path().join(PUBLISHED_FOLDER));
        Self { contracts, client, published, cast: told().cast(), plan, copy }
    }

    /// An engine with a folder of its own: scenes are played at the same time.
    fn engine(&self) -> Engine {
        let cache = self.copy.path().join("cache");
        Engine { cache, ..told().engine(self.contracts.clone(), self.published.clone()) }
    }

    async fn version(&self, number: u32) -> Version {
        self.contracts.model(&ModelQuery::Version { model: MODEL, number }).await.expect("it was registered")
    }

    /// One more version of the base, with the adapter's weights, as if it had been trained further.
    pub async fn register_another(&self) {
        let adapter = ModelQuery::Version { model: ADAPTER, number: 1 };
        let adapter: Version = self.contracts.model(&adapter).await.expect("the adapter has a version");
        let VersionManifest { training_hash, weights_hash, uri, .. } = adapter.manifest;
        let own = self.version(1).await.manifest;
        let manifest = VersionManifest { training_hash, weights_hash, uri, work: Vec::new(), ..own };
        let register = ModelMsg::RegisterVersion { model: MODEL, manifest };
        self.contracts.tell_model(&self.cast.owner.signer, &register).await.expect("the manifest fits");
    }

    /// Validation examples for one more round: the story has used all of its own.
    pub async fn approve_validation(&self) -> Vec<ValidationExample> {
        let examples = self.validation().to_vec();
        let root = Hash32(validation_root(&examples));
        let count = Uint64::new(examples.len() as u64);
        let propose = ModelMsg::ProposeValidation { model: MODEL, root, count, uri: "published:validation".to_owned() };
        self.contracts.tell_model(&self.cast.owner.signer, &propose).await.expect("the owner proposes");
        let contribution = self.contracts.used(MODEL).await.expect("the chain answers")[0];
        for (curator, on_behalf) in [
            (&self.cast.model_curator, Curatorship::Model {}),
            (&self.cast.datanet_curator, Curatorship::Datanet { contribution }),
        ] {
            let approve = ModelMsg::ApproveValidation { model: MODEL, root, on_behalf };
            self.contracts.tell_model(&curator.signer, &approve).await.expect("both approve");
        }
        examples
    }

    fn validation(&self) -> &[ValidationExample] {
        &self.plan.validation[..VALIDATION_PER_ROUND]
    }

    pub async fn clock(&self) -> Clock {
        let config: Config = self.contracts.settlement(&SettlementQuery::Config {}).await.expect("the chain answers");
        Clock { genesis: config.genesis.get(), epoch_length: config.epoch_length.get() }
    }

    /// Goes to the start of the next epoch.
    pub async fn next_epoch(&self) -> Epoch {
        let current: Option<Epoch> =
            self.contracts.settlement(&SettlementQuery::CurrentEpoch {}).await.expect("the chain answers");
        let next = current.and_then(Epoch::next).expect("the story began after genesis");
        let start = self.clock().await.start_of(next.get()).expect("it is in range");
        self.client.wait_until(start).await.expect("it is ahead");
        next
    }

    /// Calls that a gateway served under the number of a version, with the members of another if that is not registered yet.
    pub async fn sell(&self, epoch: Epoch, number: u32, members_of: u32, calls: &[Call]) -> Sold {
        let record = self.contracts.model_record(MODEL).await.expect("the chain answers");
        let sheet = ModelQuery::PriceSheet { model: MODEL, version: record.price_sheet };
        let prices: PriceSheet = self.contracts.model(&sheet).await.expect("the chain answers");
        let domain = self.contracts.settlement_domain();
        let offer = Offer { model: MODEL, version: number, domain: domain.clone(), prices: prices.clone() };
        let mut gateway = Gateway::new(self.served(members_of).await, offer);
        let key = SigningKey::from_slice(&[number as u8; 32]).expect("a small number is a key");
        let channel = self.open_channel(&self.cast.owner.signer, &key).await;
        gateway.serve(&self.contracts.channel(channel).await.expect("it was opened")).expect("it can be served");
        let mut payer = Payer::new(key, domain, MODEL, channel, prices);
        for call in calls {
            let answer = gateway.call(channel, epoch, call.price, &call.prompt, call.salt).expect("it is served");
            let asked = Asked { epoch, price: call.price, prompt: &call.prompt, salt: call.salt };
            gateway.accept(payer.pay(&asked, &answer).expect("the receipt is true")).expect("it is what is owed");
        }
        let (voucher, segment) = gateway.redemptions().pop().expect("calls were paid");
        self.published.put_segment(&segment).await.expect("the folder can be written");
        Sold { voucher, segment }
    }

    async fn served(&self, number: u32) -> Served {
        let manifest = self.version(number).await.manifest;
        training::load_published(&self.published, &manifest).await.expect("it is there").served()
    }

    async fn open_channel(&self, payer: &Signer, key: &SigningKey) -> ChannelId {
        let hook = ReceiveMsg::OpenChannel { model: MODEL, voucher_key: Payer::voucher_key(key) };
        let to = &self.contracts.deployment().settlement;
        let outcome = self.contracts.send_open(payer, to, DEPOSIT, &hook).await.expect("the payer has OPEN");
        let opened = outcome.events.iter().find_map(|event| match SettlementEvent::parse(event)?.ok()? {
            SettlementEvent::ChannelOpened { channel, .. } => Some(channel),
            _ => None,
        });
        opened.expect("a channel was opened")
    }

    /// Redeems, waits for the end of the redemption period, opens a round and publishes the examples that it consumes.
    async fn settle(&self, epoch: Epoch, sold: &[Sold], examples: &[ValidationExample]) -> Round {
        self.next_epoch().await;
        let vouchers = sold.iter().map(|sold| sold.voucher.clone()).collect();
        let redeem = SettlementMsg::Redeem { vouchers };
        self.contracts.tell_settlement(&self.cast.gateway.signer, &redeem).await.expect("they are signed");
        let end = self.clock().await.redemption_end(epoch.get()).expect("it is in range");
        self.client.wait_until(end).await.expect("it is ahead");
        self.client.wait_blocks(5).await.expect("blocks pass");
        let stranger = &self.cast.stranger.signer;
        self.contracts.tell_attribution(stranger, &AttributionMsg::Open { model: MODEL }).await.expect("it has fees");
        let slice = ValidationSlice::cut(examples, 0, examples.len() as u64).expect("all of them");
        self.published.put_validation(&slice).await.expect("the folder can be written");
        self.contracts.open_round(MODEL).await.expect("the chain answers").expect("it was opened")
    }

    /// One version alone, by what was sold under it.
    async fn alone(&self, number: u32, sold: &Sold) -> Alone {
        let version = self.version(number).await;
        let trained = training::load_published(&self.published, &version.manifest).await.expect("it is there");
        let batches = inputs::training(self.engine().sources(), MODEL, number).await.expect("items are published");
        let positions = version.manifest.positions as usize;
        let (items, ownership) = training::examples(&batches, positions).expect("images fit together");
        let (cache, threads) = (self.engine().cache, Threads::available());
        let (preconditioned, _) = cache::load_or_compute(&cache, &trained.manifest, &trained.members, &items, threads)
            .expect("the curvature can be computed");
        let receipts: Vec<Receipt> = sold.segment.receipts.iter().map(receipt).collect();
        let versions =
            [VersionEvidence { preconditioned: &preconditioned, ownership: &ownership, receipts: &receipts }];
        let image = |example: &ValidationExample| inputs::image(&example.item, "example", 0).expect("it is one");
        let images: Vec<LabelledImage> = self.validation().iter().map(image).collect();
        let validation = Examples::from_images(&images).expect("images fit together");
        let strata = vec![0; validation.len()];
        let evidence = Evidence { versions: &versions, validation: &validation, strata: &strata };
        let thresholds = Thresholds { effective_prompts: 0.0, validation_examples: 0 };
        let outcome = report::report(&evidence, thresholds, Bitmap::new(0), threads).expect("it can be measured");
        let fees = receipts.iter().map(|receipt| receipt.net_fee_uopen as f64).sum();
        Alone { breakdown: outcome.breakdown, receipts, fees }
    }
}

/// A version measured alone.
struct Alone {
    breakdown: Breakdown,
    receipts: Vec<Receipt>,
    fees: f64,
}

/// A published receipt as the engine takes it, read from its bytes: 95 % of the fee is net.
fn receipt(published: &operator::published::PublishedReceipt) -> Receipt {
    let prompt = inputs::image(&published.prompt, "prompt", 0).expect("it is one");
    let label = published.output.as_slice();
    Receipt {
        net_fee_uopen: published.fee.u128() * 95 / 100,
        prompt: item::item_digest(&published.prompt),
        features: prompt.features(),
        served_label: u16::from(label[0]) << 8 | u16::from(label[1]),
    }
}

/// Mean of two versions' values by fee: net influence and utility are linear in the receipts.
fn pooled(one: &Alone, other: &Alone, of: fn(&Breakdown) -> &Vec<Estimate>) -> Vec<f64> {
    let fees = one.fees + other.fees;
    let pairs = of(&one.breakdown).iter().zip(of(&other.breakdown));
    pairs.map(|(mine, theirs)| (mine.value * one.fees + theirs.value * other.fees) / fees).collect()
}

/// `(Σf)² / Σf²` over the prompts of both versions: a prompt that both were asked is one draw.
fn effective_prompts(versions: [&Alone; 2]) -> f64 {
    let mut fees: BTreeMap<_, f64> = BTreeMap::new();
    for receipt in versions.iter().flat_map(|alone| &alone.receipts) {
        *fees.entry(receipt.prompt).or_default() += receipt.net_fee_uopen as f64;
    }
    let (sum, squares) = fees.values().fold((0.0, 0.0), |(sum, squares), fee| (sum + fee, squares + fee * fee));
    sum * sum / squares
}

fn largest_gap(values: &[Estimate], expected: &[f64]) -> f64 {
    assert_eq!(values.len(), expected.len());
    values.iter().zip(expected).map(|(value, expected)| (value.value - expected).abs()).fold(0.0, f64::max)
}

fn assert_scores(vector: &Vector, breakdown: &Breakdown, net: &[f64], utility: &[f64]) {
    let exact = |value| Estimate { value, error: 0.0 };
    for (position, entry) in vector.entries.iter().enumerate() {
        let score = (decide(exact(net[position]), exact(utility[position])).value * 1e9) as i64;
        assert!(score.abs_diff(i64::from(entry.score)) <= UNITS_APART, "position {position}: {entry:?}, not {score}");
        let deciding = decide(breakdown.net[position], breakdown.utility[position]);
        assert_eq!(entry.error, (deciding.error * 1e9) as u32, "position {position}");
    }
    let reach: f64 = net.iter().map(|net| net.max(0.0)).sum();
    assert!(((reach * 1e9) as u64).abs_diff(vector.reach) <= UNITS_APART, "{} is not {reach}", vector.reach);
}

#[tokio::test]
async fn two_versions_that_served_in_one_epoch_are_pooled_by_fee_and_a_later_one_is_unresolved() {
    let scene = Scene::new().await;
    scene.register_another().await;
    let examples = scene.approve_validation().await;
    let epoch = scene.next_epoch().await;
    // Twelve prompts are asked of both; the third channel's receipts name a version that is not registered yet.
    let calls = &scene.plan.calls[0];
    let sold = [
        scene.sell(epoch, 1, 1, &calls[..30]).await,
        scene.sell(epoch, 2, 2, &calls[18..42]).await,
        scene.sell(epoch, 3, 2, &calls[50..53]).await,
    ];
    let round = scene.settle(epoch, &sold, &examples).await;
    scene.register_another().await;
    assert!(scene.version(3).await.registered_at > round.opened_at);

    let measured = scene.engine().measure(&round).await.expect("all is published");
    let [(2, reason)] = measured.unresolved.as_slice() else { panic!("{:?}", measured.unresolved) };
    assert!(reason.ends_with("names version 3, which was not registered"), "{reason}");
    let Report::Vector(vector) = &measured.report else { panic!("there is enough evidence") };
    assert_eq!(vector.unresolved.ones().collect::<Vec<_>>(), [2]);
    assert_eq!(vector.entries.len(), 10);
    assert!(vector.entries.iter().any(|entry| *entry != ScoreEntry::default()));

    let (one, two) = (scene.alone(1, &sold[0]).await, scene.alone(2, &sold[1]).await);
    let (net, utility) = (pooled(&one, &two, |part| &part.net), pooled(&one, &two, |part| &part.utility));
    let whole = &measured.breakdown;
    assert!(largest_gap(&whole.net, &net) < TOLERANCE, "{:?} is not {net:?}", whole.net);
    assert!(largest_gap(&whole.utility, &utility) < TOLERANCE, "{:?} is not {utility:?}", whole.utility);
    let effective = effective_prompts([&one, &two]);
    assert!((whole.effective_prompts - effective).abs() < TOLERANCE, "{} is not {effective}", whole.effective_prompts);
    assert_scores(vector, whole, &net, &utility);
    // It would have been noticed if one version alone had been measured.
    for alone in [&one, &two] {
        let net_of = |part: &Breakdown| part.net.iter().map(|net| net.value).collect::<Vec<f64>>();
        assert!(largest_gap(&whole.net, &net_of(&alone.breakdown)) > 1e3 * TOLERANCE);
    }
}

#[tokio::test]
async fn who_opens_later_takes_the_version_that_was_registered_meanwhile() {
    let scene = Scene::new().await;
    scene.register_another().await;
    let examples = scene.approve_validation().await;
    let epoch = scene.next_epoch().await;
    let sold = [scene.sell(epoch, 2, 2, &scene.plan.calls[0][..30]).await];
    let round = scene.settle(epoch, &sold, &examples).await;
    let measured = scene.engine().measure(&round).await.expect("all is published");
    assert!(measured.unresolved.is_empty(), "{:?}", measured.unresolved);
    let alone = scene.alone(2, &sold[0]).await;
    assert_eq!(measured.breakdown, alone.breakdown, "one version is measured as that version");
}

#[tokio::test]
async fn a_version_that_was_registered_after_a_valuation_was_opened_is_not_valued_by_it() {
    let scene = Scene::new().await;
    let round = told().round(&scene.contracts, 5).await;
    let before = scene.engine().measure(&round).await.expect("all is published");
    scene.register_another().await;
    let after = scene.engine().measure(&round).await.expect("all is published");
    assert_eq!((after.report, after.breakdown), (before.report, before.breakdown));
}
