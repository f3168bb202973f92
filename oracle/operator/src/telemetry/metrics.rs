//! Metrics, as `/metrics` shows them in the OpenMetrics format. `docs/operator.md` says what each means and which to alert on.
//!
//! Amounts are exact up to 2^63 − 1; larger ones are shown as that.

use std::{
    fmt,
    sync::{Arc, atomic::AtomicU64},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use prometheus_client::{
    encoding::text,
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram, info::Info},
    registry::Registry,
};
use protocol::{
    MethodId, ModelId, RoundId,
    attribution::{Operator, Phase},
};

use super::{
    gpu::Gpus,
    labels::{Fate, InPhase, InState, NodeState, OfBuild, OfCoin, OfMessage, OfMethod, OfModel, OfPeer, PHASES, phase},
};

/// Upper ends of the buckets of influence times, in seconds: one second to a day.
const INFLUENCE_BUCKETS: [f64; 11] =
    [1.0, 5.0, 15.0, 60.0, 180.0, 600.0, 1_800.0, 3_600.0, 10_800.0, 43_200.0, 86_400.0];

type Fraction = Gauge<f64, AtomicU64>;

/// All metrics of an operator; clones share them.
#[derive(Clone)]
pub struct Metrics(Arc<Inner>);

struct Inner {
    registry: Registry,
    block: BlockMetrics,
    node: Family<InState, Gauge>,
    rounds: RoundMetrics,
    messages: Family<OfMessage, Counter>,
    money: MoneyMetrics,
    influence: InfluenceMetrics,
    turns_failed: Counter,
    lost_promises: Counter,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// All at nothing. GPUs appear if the machine has any.
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("oracle");
        let build = Info::new(OfBuild { version: env!("CARGO_PKG_VERSION") });
        registry.register("build", "The program's version", build);
        if let Some(gpus) = Gpus::find() {
            registry.register_collector(Box::new(gpus));
        }
        let node = Family::default();
        registry.register("node_state", "1 for the state that the node is in, 0 for the others", node.clone());
        let messages = Family::default();
        registry.register("messages", "Messages by kind and fate: sent, refused or failed", messages.clone());
        let turns_failed = counter(&mut registry, "turns_failed", "Turns of the loop that did not end");
        let lost_promises = counter(
            &mut registry,
            "lost_promises",
            "Rounds in which a commitment is on chain and its report is not kept here: each costs the bond",
        );
        Self(Arc::new(Inner {
            block: BlockMetrics::register(&mut registry),
            rounds: RoundMetrics::register(&mut registry),
            money: MoneyMetrics::register(&mut registry),
            influence: InfluenceMetrics::register(&mut registry),
            node,
            messages,
            turns_failed,
            lost_promises,
            registry,
        }))
    }

    /// The latest block, and its time in seconds.
    pub fn block(&self, height: u64, time: u64) {
        self.0.block.height.set(amount(height));
        self.0.block.time.set(amount(time));
    }

    /// The last block that was followed.
    pub fn followed(&self, height: u64) {
        self.0.block.followed.set(amount(height));
    }

    /// How the node does.
    pub fn node(&self, state: NodeState) {
        for other in NodeState::ALL {
            self.0.node.get_or_create(&InState { state: other.name() }).set(i64::from(other == state));
        }
    }

    /// The open round of a model, if there is one.
    pub fn round(&self, model: ModelId, open: Option<(RoundId, Phase)>) {
        let model = model.get();
        let current = open.map_or("none", |(_, current)| phase(current));
        for name in PHASES {
            self.0.rounds.phase.get_or_create(&InPhase { model, phase: name }).set(i64::from(name == current));
        }
        if let Some((round, _)) = open {
            self.0.rounds.round.get_or_create(&OfModel { model }).set(amount(round.get()));
        }
    }

    /// What became of a message.
    pub fn message(&self, kind: &'static str, fate: Fate) {
        self.0.messages.get_or_create(&OfMessage { kind, fate: fate.name() }).inc();
    }

    /// From the own vector to a settled round's median, beside the method's tolerance, both in 10^-9 of the fees.
    pub fn median(&self, model: ModelId, distance: u64, tolerance: u64) {
        let of = OfModel { model: model.get() };
        self.0.rounds.distance.get_or_create(&of).set(amount(distance));
        self.0.rounds.tolerance.get_or_create(&of).set(amount(tolerance));
    }

    /// Whether somebody should look at a model's median.
    pub fn alert(&self, model: ModelId, is_raised: bool) {
        self.0.rounds.alert.get_or_create(&OfModel { model: model.get() }).set(i64::from(is_raised));
    }

    /// From the own vector to another operator's, in 10^-9 of the fees.
    pub fn peer(&self, model: ModelId, operator: &str, distance: u64) {
        let of = OfPeer { model: model.get(), operator: operator.to_owned() };
        self.0.rounds.peers.get_or_create(&of).set(amount(distance));
    }

    /// Redemptions of a model's last measured round whose receipts were missing or false.
    pub fn unresolved(&self, model: ModelId, count: usize) {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        self.0.rounds.unresolved.get_or_create(&OfModel { model: model.get() }).set(count);
    }

    /// What a method's operator holds and has missed.
    pub fn standing(&self, method: MethodId, operator: &Operator) {
        let (money, of) = (&self.0.money, OfMethod { method: method.get() });
        money.bond.get_or_create(&of).set(amount(operator.bond.u128()));
        money.missed.get_or_create(&of).set(i64::from(operator.missed));
        money.slashed.get_or_create(&of).set(i64::from(operator.slashed));
        money.penalties.get_or_create(&of).set(i64::from(operator.penalties));
    }

    /// Rewards that wait in settlement, in uopen.
    pub fn rewards(&self, uopen: u128) {
        self.0.money.rewards.set(amount(uopen));
    }

    /// The account's native coins.
    pub fn native_balance(&self, denom: &str, balance: u128) {
        self.0.money.native.get_or_create(&OfCoin { denom: denom.to_owned() }).set(amount(balance));
    }

    /// The account's OPEN, in uopen.
    pub fn open_balance(&self, uopen: u128) {
        self.0.money.open.set(amount(uopen));
    }

    /// How far the influence job of a model is, 0 to 1.
    pub fn progress(&self, model: ModelId, part: f64) {
        self.0.influence.progress.get_or_create(&OfModel { model: model.get() }).set(part.clamp(0.0, 1.0));
    }

    /// A round was measured, in this time.
    pub fn measured(&self, model: ModelId, time: Duration) {
        self.0.influence.seconds.observe(time.as_secs_f64());
        self.progress(model, 1.0);
    }

    /// A turn of the loop did not end.
    pub fn turn_failed(&self) {
        self.0.turns_failed.inc();
    }

    /// A commitment is on chain whose report is not kept here.
    pub fn promise_lost(&self) {
        self.0.lost_promises.inc();
    }

    /// A model is not served any more: what was said of it is forgotten.
    pub fn forget(&self, model: ModelId) {
        let (rounds, of) = (&self.0.rounds, OfModel { model: model.get() });
        for family in [&rounds.round, &rounds.distance, &rounds.tolerance, &rounds.alert, &rounds.unresolved] {
            family.remove(&of);
        }
        for phase in PHASES {
            rounds.phase.remove(&InPhase { model: of.model, phase });
        }
        self.0.influence.progress.remove(&of);
        // Those of the other models come back with their next rounds.
        rounds.peers.clear();
    }

    /// All of them as OpenMetrics text.
    ///
    /// # Errors
    /// If a metric cannot be written, which would be a defect.
    pub fn encode(&self) -> Result<String, fmt::Error> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
        let block = &self.0.block;
        if block.time.get() > 0 {
            block.age.set(amount(now).saturating_sub(block.time.get()));
        }
        let mut text = String::new();
        text::encode(&mut text, &self.0.registry)?;
        Ok(text)
    }
}

struct BlockMetrics {
    height: Gauge,
    followed: Gauge,
    time: Gauge,
    age: Gauge,
}

impl BlockMetrics {
    fn register(registry: &mut Registry) -> Self {
        Self {
            height: gauge(registry, "last_block", "Height of the latest block"),
            followed: gauge(registry, "followed_block", "Height of the last block that was followed"),
            time: gauge(registry, "block_time_seconds", "Time of the latest block"),
            age: gauge(
                registry,
                "block_age_seconds",
                "Local clock less time of the latest block; negative: this clock is late",
            ),
        }
    }
}

struct RoundMetrics {
    phase: Family<InPhase, Gauge>,
    round: Family<OfModel, Gauge>,
    distance: Family<OfModel, Gauge>,
    tolerance: Family<OfModel, Gauge>,
    alert: Family<OfModel, Gauge>,
    peers: Family<OfPeer, Gauge>,
    unresolved: Family<OfModel, Gauge>,
}

impl RoundMetrics {
    fn register(registry: &mut Registry) -> Self {
        Self {
            phase: family(
                registry,
                "round_phase",
                "1 for the phase that the model's open round is in, 0 for the others",
            ),
            round: family(registry, "round", "Id of the latest open round"),
            distance: family(
                registry,
                "agreement_distance",
                "From the own vector to the last median, in 10^-9 of the fees",
            ),
            tolerance: family(
                registry,
                "agreement_tolerance",
                "Largest distance between honest vectors, in 10^-9 of the fees",
            ),
            alert: family(registry, "median_out_of_tolerance", "1 if the last median is farther than the tolerance"),
            peers: family(registry, "peer_distance", "From the own vector to another operator's, in 10^-9 of the fees"),
            unresolved: family(
                registry,
                "unresolved_redemptions",
                "Redemptions of the last measured round without true receipts",
            ),
        }
    }
}

struct MoneyMetrics {
    rewards: Gauge,
    native: Family<OfCoin, Gauge>,
    open: Gauge,
    bond: Family<OfMethod, Gauge>,
    missed: Family<OfMethod, Gauge>,
    slashed: Family<OfMethod, Gauge>,
    penalties: Family<OfMethod, Gauge>,
}

impl MoneyMetrics {
    fn register(registry: &mut Registry) -> Self {
        Self {
            rewards: gauge(registry, "rewards_uopen", "Rewards that wait in settlement"),
            native: family(registry, "native_balance", "Native coins of the account, which pay for gas"),
            open: gauge(registry, "open_balance_uopen", "OPEN of the account"),
            bond: family(registry, "bond_uopen", "Bond that a method holds"),
            missed: family(
                registry,
                "missed_rounds",
                "Opened rounds in a row without a commitment; the third costs a penalty",
            ),
            slashed: family(registry, "slashed_times", "Times slashed for silence after a commitment"),
            penalties: family(registry, "penalties", "Times that missed rounds cost a penalty"),
        }
    }
}

struct InfluenceMetrics {
    progress: Family<OfModel, Fraction>,
    seconds: Histogram,
}

impl InfluenceMetrics {
    fn register(registry: &mut Registry) -> Self {
        let progress = Family::default();
        registry.register("influence_progress", "How far the influence job of the model is, 0 to 1", progress.clone());
        let seconds = Histogram::new(INFLUENCE_BUCKETS);
        registry.register("influence_seconds", "Time that measuring a round took", seconds.clone());
        Self { progress, seconds }
    }
}

fn gauge(registry: &mut Registry, name: &str, help: &str) -> Gauge {
    let gauge = Gauge::default();
    registry.register(name, help, gauge.clone());
    gauge
}

fn counter(registry: &mut Registry, name: &str, help: &str) -> Counter {
    let counter = Counter::default();
    registry.register(name, help, counter.clone());
    counter
}

fn family<L>(registry: &mut Registry, name: &str, help: &str) -> Family<L, Gauge>
where
    L: Clone + std::hash::Hash + Eq + prometheus_client::encoding::EncodeLabelSet + fmt::Debug + Send + Sync + 'static,
{
    let family = Family::default();
    registry.register(name, help, family.clone());
    family
}

fn amount(number: impl TryInto<i64>) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}
