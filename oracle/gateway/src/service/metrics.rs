//! What is counted, for Prometheus; and the calls that are being answered, for whoever must wait for their end.

use std::{fmt, time::Duration};

use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::{Registry, Unit},
};
use tokio_util::task::TaskTracker;

use crate::openai::Usage;

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfModel {
    model: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct WithCode {
    code: String,
}

/// Counters of a gateway.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    calls: Family<OfModel, Counter>,
    fees: Family<OfModel, Counter>,
    prompt_tokens: Family<OfModel, Counter>,
    completion_tokens: Family<OfModel, Counter>,
    seconds: Histogram,
    repeated: Counter,
    refused: Family<WithCode, Counter>,
    answering: Gauge,
    redeemed: Counter,
    unredeemed: Gauge,
    redemption_failures: Counter,
    tasks: TaskTracker,
}

/// A call that is being answered, until it is dropped.
#[derive(Debug)]
pub struct Answering(Gauge);

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// All at 0.
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("gateway");
        let mut of_model = |name: &str, help: &str| {
            let family = Family::<OfModel, Counter>::default();
            registry.register(name, help, family.clone());
            family
        };
        let calls = of_model("calls", "Calls that were answered and charged");
        let fees = of_model("fees_uopen", "Fees that were charged, in uopen");
        let prompt_tokens = of_model("prompt_tokens", "Tokens that were read");
        let completion_tokens = of_model("completion_tokens", "Tokens that were written");
        let seconds = Histogram::new(exponential_buckets(0.01, 2.0, 14));
        registry.register_with_unit("answer", "Time from an order to its booking", Unit::Seconds, seconds.clone());
        let repeated = Counter::default();
        registry.register("repeated_answers", "Answers that were given again without charge", repeated.clone());
        let refused = Family::<WithCode, Counter>::default();
        registry.register("refused_requests", "Requests that were refused, by code", refused.clone());
        let (answering, unredeemed) = (Gauge::default(), Gauge::default());
        registry.register("calls_now", "Calls that are being answered", answering.clone());
        registry.register("unredeemed_uopen", "Signed for and not redeemed, in uopen", unredeemed.clone());
        let (redeemed, redemption_failures) = (Counter::default(), Counter::default());
        registry.register("redeemed_vouchers", "Vouchers that were redeemed", redeemed.clone());
        registry.register("redemption_failures", "Attempts to redeem that failed", redemption_failures.clone());
        Self {
            registry,
            calls,
            fees,
            prompt_tokens,
            completion_tokens,
            seconds,
            repeated,
            refused,
            answering,
            redeemed,
            unredeemed,
            redemption_failures,
            tasks: TaskTracker::new(),
        }
    }

    /// A call is booked.
    pub fn served(&self, model: &str, fee: u128, usage: Usage, took: Duration) {
        let label = OfModel { model: model.to_owned() };
        self.calls.get_or_create(&label).inc();
        self.fees.get_or_create(&label).inc_by(u64::try_from(fee).unwrap_or(u64::MAX));
        self.prompt_tokens.get_or_create(&label).inc_by(usage.prompt_tokens as u64);
        self.completion_tokens.get_or_create(&label).inc_by(usage.completion_tokens as u64);
        self.seconds.observe(took.as_secs_f64());
    }

    /// An answer is given again.
    pub fn repeated(&self) {
        self.repeated.inc();
    }

    /// A request is refused.
    pub fn refused(&self, code: &str) {
        self.refused.get_or_create(&WithCode { code: code.to_owned() }).inc();
    }

    /// A call is being answered.
    pub fn answering(&self) -> Answering {
        self.answering.inc();
        Answering(self.answering.clone())
    }

    /// Calls that are being answered.
    pub fn tasks(&self) -> TaskTracker {
        self.tasks.clone()
    }

    /// Vouchers were redeemed, or not.
    pub fn redeemed(&self, vouchers: usize, is_done: bool) {
        if is_done {
            self.redeemed.inc_by(vouchers as u64);
        } else {
            self.redemption_failures.inc();
        }
    }

    /// What is signed for and not redeemed, in uopen.
    pub fn unredeemed(&self, uopen: u128) {
        self.unredeemed.set(i64::try_from(uopen).unwrap_or(i64::MAX));
    }

    /// As Prometheus reads them.
    ///
    /// # Errors
    /// Never in practice: it writes into a text.
    pub fn encode(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}
