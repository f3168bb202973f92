//! What measures rounds: the same for all kinds of models, but for how calls, items and examples are read and versions are scored.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::Arc,
};

use influence::{
    Job, Threads, language,
    report::{self, Attributable, Breakdown, Evidence, Outcome, Ownership, ReportError, Thresholds, VersionEvidence},
};
use protocol::{
    ModelId,
    attribution::{Method, Round, RoundKind},
    model::{QueryMsg as ModelQuery, Version},
};
use rules::{bitmap::Bitmap, score::Report};

use super::{NodeError, kept::Kept};
use crate::{
    contracts::Contracts,
    inputs::{PaidCalls, Receipts, Sources},
    keys::DatanetKeys,
    published::{Published, Reader},
};

/// A report and what stands behind it.
pub struct Measured {
    /// What goes on chain.
    pub report: Report,
    /// For people.
    pub breakdown: Breakdown,
    /// Redemptions that could not be resolved, and why.
    pub unresolved: Vec<(usize, String)>,
}

/// Everything that measures rounds: the contracts, the published objects, a folder for derived data.
#[derive(Clone)]
pub struct Engine {
    /// The contracts.
    pub contracts: Contracts,
    /// Published objects.
    pub published: Published,
    /// Keys of private DataNets.
    pub keys: DatanetKeys,
    /// Where preconditioned gradients are kept.
    pub cache: PathBuf,
    /// How computations are run.
    pub job: Job,
    /// Language models that were loaded and measured; clones share them.
    pub kept: Kept,
}

/// A version, ready to be scored, and its paid calls.
pub(super) struct Scored<V: Attributable> {
    pub(super) version: Arc<V>,
    pub(super) ownership: Ownership,
    pub(super) receipts: Vec<V::Receipt>,
}

/// What a round of one kind of models is decided on.
pub(super) struct Gathered<'a, V: Attributable> {
    pub(super) scored: &'a [Scored<V>],
    pub(super) validation: &'a V::Examples,
    pub(super) strata: &'a [u16],
    pub(super) unresolved: Bitmap,
}

impl<V: Attributable> Gathered<'_, V> {
    /// The report of a round of that kind.
    pub(super) fn report(self, kind: RoundKind, thresholds: Thresholds, job: Job) -> Result<Outcome, ReportError> {
        let versions: Vec<VersionEvidence<'_, V>> = self.scored.iter().map(Scored::evidence).collect();
        let evidence = Evidence { versions: &versions, validation: self.validation, strata: self.strata };
        match kind {
            RoundKind::Fees => report::report(&evidence, thresholds, self.unresolved, job),
            RoundKind::Valuation => report::valuation(&evidence, thresholds, job),
        }
    }
}

impl<V: Attributable> Scored<V> {
    fn evidence(&self) -> VersionEvidence<'_, V> {
        let Self { version, ownership, receipts } = self;
        VersionEvidence { preconditioned: version, ownership, receipts }
    }
}

impl Engine {
    /// An engine over contracts and published objects that keeps derived data in a folder.
    pub fn new(contracts: Contracts, published: Published, keys: DatanetKeys, cache: PathBuf) -> Self {
        Self { contracts, published, keys, cache, job: Threads::available().into(), kept: Kept::default() }
    }

    /// The same engine, which reads receipts that are sealed to a reader.
    #[must_use]
    pub fn read_by(self, reader: Reader) -> Self {
        Self { published: self.published.read_by(reader), ..self }
    }

    /// The same engine with so many threads, whose computations another can watch and stop.
    #[must_use]
    pub fn run_as(&self, job: Job) -> Self {
        Self { job, ..self.clone() }
    }

    /// Measures a round from what the chain and the published objects say, and nothing else. The method's name says of which kind the
    /// model is.
    pub async fn measure(&self, round: &Round) -> Result<Measured, NodeError> {
        let method = self.contracts.method(round.method).await?;
        if is_of_language(&method) {
            self.measure_texts(round, thresholds(&method)).await
        } else {
            self.measure_images(round, thresholds(&method)).await
        }
    }

    /// Derives what rounds with a version will need, before there is one.
    pub async fn prepare(&self, model: ModelId, number: u32) -> Result<(), NodeError> {
        let record = self.contracts.model_record(model).await?;
        let version = self.version(model, number).await?;
        if is_of_language(&self.contracts.method(record.method).await?) {
            self.scorer(model, &version, record.positions).await.map(drop)
        } else {
            self.preconditioned(model, &version, record.positions).await.map(drop)
        }
    }

    /// Where data is read.
    pub fn sources(&self) -> Sources<'_> {
        Sources { contracts: &self.contracts, published: &self.published, keys: &self.keys }
    }

    /// The versions that receipts name, of those that were registered when the round opened: what comes later is no input of it.
    pub(super) async fn named_versions(
        &self,
        round: &Round,
        receipts: &[Receipts],
    ) -> Result<BTreeMap<u32, Version>, NodeError> {
        let segments = receipts.iter().filter_map(|receipts| receipts.as_ref().ok());
        let named: BTreeSet<u32> =
            segments.flat_map(|segment| &segment.receipts).map(|receipt| receipt.version).collect();
        let latest = self.contracts.model_record(round.model).await?.versions;
        let mut versions = BTreeMap::new();
        for number in named.into_iter().filter(|number| (1..=latest).contains(number)) {
            let version = self.version(round.model, number).await?;
            if version.registered_at <= round.opened_at {
                versions.insert(number, version);
            }
        }
        Ok(versions)
    }

    /// Every version that served paid calls of the round, or the latest that was registered when it opened, if none did.
    pub(super) async fn served_versions<P, S>(
        &self,
        round: &Round,
        paid: &PaidCalls<P, S>,
    ) -> Result<Vec<Version>, NodeError> {
        let mut served: BTreeSet<u32> = paid.calls.iter().map(|call| call.version).collect();
        if served.is_empty() {
            served.insert(self.latest_version(round).await?);
        }
        let mut versions = Vec::new();
        for number in served {
            versions.push(self.version(round.model, number).await?);
        }
        Ok(versions)
    }

    async fn latest_version(&self, round: &Round) -> Result<u32, NodeError> {
        let mut number = self.contracts.model_record(round.model).await?.versions;
        while number > 1 && self.version(round.model, number).await?.registered_at > round.opened_at {
            number -= 1;
        }
        Ok(number)
    }

    pub(super) async fn version(&self, model: ModelId, number: u32) -> Result<Version, NodeError> {
        Ok(self.contracts.model(&ModelQuery::Version { model, number }).await?)
    }
}

/// Whether a method is of language models; all others are of classifiers.
pub fn is_of_language(method: &Method) -> bool {
    method.params.name == language::manifest::METHOD
}

fn thresholds(method: &Method) -> Thresholds {
    Thresholds {
        effective_prompts: f64::from(method.params.min_effective_queries),
        validation_examples: usize::try_from(method.params.validation_per_round.u64()).unwrap_or(usize::MAX),
    }
}

/// Heavy work leaves the async threads alone.
pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, NodeError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| NodeError::Stopped)
}
