//! An operator's part in a round: compute, keep the promise on disk, commit, reveal. Every step may be repeated: it looks at the
//! chain and at its own folder first, and does only what is still to be done.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use chain::Signer;
use cosmwasm_std::Uint64;
use influence::{
    Job, Threads,
    cache::{self, CacheError},
    dataset::{DatasetError, Examples},
    report::{self, Breakdown, Evidence, Ownership, Receipt, ReportError, Thresholds, VersionEvidence},
    score::Preconditioned,
};
use protocol::{
    Hash32, ModelId,
    attribution::{ExecuteMsg, Participation, ReportMsg, Round, RoundKind},
    model::{QueryMsg as ModelQuery, Version},
};
use rules::{
    bitmap::{Bitmap, BitmapError},
    score::{Report, ScoreError, Vector, pack_entries, report_commitment, unpack_entries},
};

use crate::{
    contracts::Contracts,
    inputs::{self, InputsError, PaidCalls, Receipts, Shape, Sources},
    keys::DatanetKeys,
    published::Published,
    store::{Promise, PromisedVector, Store, StoreError},
    training::{self, TrainingError},
};

/// The smallest effective number of paid prompts, a parameter of the method.
pub const MIN_EFFECTIVE_QUERIES: u32 = 16;

/// Why an operator could not do its part. Nothing was sent that it cannot stand by.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// The chain did not answer or refused.
    #[error(transparent)]
    Chain(#[from] chain::ChainError),
    /// Inputs are missing.
    #[error("the round's inputs cannot be gathered")]
    Inputs(#[from] InputsError),
    /// The version cannot be loaded.
    #[error("the model version cannot be loaded")]
    Training(#[from] TrainingError),
    /// Images do not fit the model.
    #[error("the images do not fit the model")]
    Dataset(#[from] DatasetError),
    /// The curvature could not be computed or kept.
    #[error("the version's curvature cannot be computed or kept")]
    Cache(#[from] CacheError),
    /// The report could not be computed.
    #[error("the report cannot be computed")]
    Report(#[from] ReportError),
    /// The folder cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A kept vector is malformed.
    #[error("the kept vector is malformed")]
    Score(#[from] ScoreError),
    /// A kept bitmap is malformed.
    #[error("the kept bitmap is malformed")]
    Bitmap(#[from] BitmapError),
    /// The commitment on chain is of something else than what was kept.
    #[error("what was committed in round {0} is not kept here: reveal from the folder that it was committed from")]
    NoPromise(u64),
    /// The computation was stopped.
    #[error("the computation was stopped")]
    Stopped,
}

impl NodeError {
    /// Whether what others had to publish is missing or false, so that nobody can measure the round.
    pub fn is_of_data(&self) -> bool {
        match self {
            Self::Inputs(InputsError::Published(error)) => error.is_of_object(),
            Self::Inputs(error) => matches!(error, InputsError::NotAnImage { .. }),
            Self::Dataset(_) => true,
            Self::Training(TrainingError::Published(error)) => error.is_of_object(),
            Self::Training(TrainingError::Io { source, .. }) => source.kind() == std::io::ErrorKind::NotFound,
            Self::Training(error) => matches!(error, TrainingError::NotThatOne { .. }),
            _ => false,
        }
    }
}

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
}

/// A version, ready to be scored, and its paid calls.
struct Scored {
    preconditioned: Preconditioned,
    ownership: Ownership,
    receipts: Vec<Receipt>,
}

impl Engine {
    /// An engine over contracts and published objects that keeps derived data in a folder.
    pub fn new(contracts: Contracts, published: Published, keys: DatanetKeys, cache: PathBuf) -> Self {
        Self { contracts, published, keys, cache, job: Threads::available().into() }
    }

    /// The same engine with so many threads, whose computations another can watch and stop.
    #[must_use]
    pub fn run_as(&self, job: Job) -> Self {
        Self { job, ..self.clone() }
    }

    /// Measures a round from what the chain and the published objects say, and nothing else.
    pub async fn measure(&self, round: &Round) -> Result<Measured, NodeError> {
        let method = self.contracts.method(round.method).await?;
        let paid = self.paid_calls(round).await?;
        let scored = self.scored(round, &paid).await?;
        let examples = inputs::validation(&self.contracts, &self.published, round).await?;
        let validation = Examples::from_images(&examples.images)?;
        let thresholds = Thresholds {
            effective_prompts: f64::from(method.params.min_effective_queries),
            validation_examples: usize::try_from(method.params.validation_per_round.u64()).unwrap_or(usize::MAX),
        };
        let (kind, unresolved, job) = (round.kind, paid.unresolved, self.job.clone());
        let outcome = blocking(move || {
            let versions: Vec<VersionEvidence<'_>> = scored.iter().map(Scored::evidence).collect();
            let evidence = Evidence { versions: &versions, validation: &validation, strata: &examples.strata };
            match kind {
                RoundKind::Fees => report::report(&evidence, thresholds, unresolved, job),
                RoundKind::Valuation => report::valuation(&evidence, thresholds, job),
            }
        })
        .await??;
        Ok(Measured { report: outcome.report, breakdown: outcome.breakdown, unresolved: paid.reasons })
    }

    /// What was paid for in a round; nothing in a valuation.
    pub async fn paid_calls(&self, round: &Round) -> Result<PaidCalls, NodeError> {
        if round.kind == RoundKind::Valuation {
            return Ok(PaidCalls::none());
        }
        let receipts = inputs::receipts(&self.contracts, &self.published, round).await?;
        let shapes = self.shapes(round, &receipts).await?;
        let share = inputs::protocol_share(&self.contracts).await?;
        Ok(inputs::paid_calls(&receipts, &shapes, share)?)
    }

    /// Shapes of the versions that receipts name, of those that were registered when the round opened: what comes later is no input of it.
    async fn shapes(&self, round: &Round, receipts: &[Receipts]) -> Result<BTreeMap<u32, Shape>, NodeError> {
        let segments = receipts.iter().filter_map(|receipts| receipts.as_ref().ok());
        let named: BTreeSet<u32> =
            segments.flat_map(|segment| &segment.receipts).map(|receipt| receipt.version).collect();
        let latest = self.contracts.model_record(round.model).await?.versions;
        let mut shapes = BTreeMap::new();
        for number in named.into_iter().filter(|number| (1..=latest).contains(number)) {
            let version = self.version(round.model, number).await?;
            if version.registered_at <= round.opened_at {
                shapes.insert(number, training::published_shape(&self.published, &version.manifest).await?);
            }
        }
        Ok(shapes)
    }

    /// Every version that served paid calls of the round, or the latest that was registered when it opened, if none did.
    async fn scored(&self, round: &Round, paid: &PaidCalls) -> Result<Vec<Scored>, NodeError> {
        let mut served: BTreeSet<u32> = paid.calls.iter().map(|call| call.version).collect();
        if served.is_empty() {
            served.insert(self.latest_version(round).await?);
        }
        let mut scored = Vec::new();
        for number in served {
            let version = self.version(round.model, number).await?;
            let (preconditioned, ownership) = self.preconditioned(round.model, &version, round.positions).await?;
            let receipts = paid.calls.iter().filter(|call| call.version == number).map(receipt).collect();
            scored.push(Scored { preconditioned, ownership, receipts });
        }
        Ok(scored)
    }

    async fn latest_version(&self, round: &Round) -> Result<u32, NodeError> {
        let mut number = self.contracts.model_record(round.model).await?.versions;
        while number > 1 && self.version(round.model, number).await?.registered_at > round.opened_at {
            number -= 1;
        }
        Ok(number)
    }

    async fn version(&self, model: ModelId, number: u32) -> Result<Version, NodeError> {
        Ok(self.contracts.model(&ModelQuery::Version { model, number }).await?)
    }

    async fn preconditioned(
        &self,
        model: ModelId,
        version: &Version,
        positions: u32,
    ) -> Result<(Preconditioned, Ownership), NodeError> {
        let trained = training::load_published(&self.published, &version.manifest).await?;
        let batches = inputs::training(self.sources(), model, version.number).await?;
        let (items, ownership) = training::examples(&batches, positions as usize)?;
        let (cache, job) = (self.cache.clone(), self.job.clone());
        let preconditioned =
            blocking(move || cache::load_or_compute(&cache, &trained.manifest, &trained.members, &items, job))
                .await??
                .0;
        Ok((preconditioned, ownership))
    }

    /// Derives what rounds with a version will need, before there is one.
    pub async fn prepare(&self, model: ModelId, number: u32) -> Result<(), NodeError> {
        let positions = self.contracts.model_record(model).await?.positions;
        let version = self.version(model, number).await?;
        self.preconditioned(model, &version, positions).await.map(drop)
    }

    /// Where data is read.
    pub fn sources(&self) -> Sources<'_> {
        Sources { contracts: &self.contracts, published: &self.published, keys: &self.keys }
    }
}

impl Scored {
    fn evidence(&self) -> VersionEvidence<'_> {
        VersionEvidence { preconditioned: &self.preconditioned, ownership: &self.ownership, receipts: &self.receipts }
    }
}

/// Heavy work leaves the async threads alone.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, NodeError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| NodeError::Stopped)
}

fn receipt(call: &inputs::PaidCall) -> Receipt {
    Receipt {
        net_fee_uopen: call.net_fee,
        prompt: call.prompt_digest,
        features: call.prompt.features(),
        served_label: call.served,
    }
}

/// An operator: a key, a folder, an engine.
#[derive(Clone)]
pub struct Node {
    /// Its key.
    pub signer: Signer,
    /// What it keeps.
    pub store: Store,
    /// What it measures with.
    pub engine: Engine,
}

impl Node {
    /// Commits to the report of a round, unless a commitment is already on chain: measures it unless a promise is already kept, keeps
    /// it, sends the commitment.
    ///
    /// A round whose version, training items or validation examples are missing or false cannot be measured by anyone: then the report
    /// is `TooFew`, and why is returned. To stay away would count as a missed round.
    pub async fn commit(&self, round: &Round) -> Result<Option<NodeError>, NodeError> {
        // What stands behind a commitment on chain is never touched again.
        if self.part(round).await?.is_some_and(|part| part.commitment.is_some()) {
            return Ok(None);
        }
        let (promise, lacking) = match self.promised(round)? {
            Some(promise) => (promise, None),
            None => self.measure_and_keep(round).await?,
        };
        let message = self.commit_message(round, &promise)?;
        self.engine.contracts.tell_attribution(&self.signer, &message).await?;
        Ok(lacking)
    }

    /// What is kept for a round as it stands on chain.
    pub fn promised(&self, round: &Round) -> Result<Option<Promise>, NodeError> {
        let promise = self.store.promise(round.model, round.id)?;
        Ok(promise.filter(|promise| promise.inputs == round.inputs))
    }

    /// The message that commits to a promise.
    pub fn commit_message(&self, round: &Round, promise: &Promise) -> Result<ExecuteMsg, NodeError> {
        let commitment = self.commitment(round, promise)?;
        Ok(ExecuteMsg::Commit { model: round.model, round: round.id, commitment })
    }

    async fn measure_and_keep(&self, round: &Round) -> Result<(Promise, Option<NodeError>), NodeError> {
        match self.engine.measure(round).await {
            Ok(measured) => Ok((self.keep(round, &measured.report)?, None)),
            Err(error) if error.is_of_data() => Ok((self.keep(round, &Report::TooFew)?, Some(error))),
            Err(error) => Err(error),
        }
    }

    /// What goes on chain for a promise.
    fn commitment(&self, round: &Round, promise: &Promise) -> Result<Hash32, NodeError> {
        let domain = self.engine.contracts.attribution_domain();
        let report = report_of(promise)?;
        Ok(Hash32(report_commitment(
            &domain,
            round.inputs.bytes(),
            self.signer.address(),
            &report,
            promise.salt.bytes(),
        )))
    }

    /// Keeps a report as this operator's promise for a round, with a fresh salt: durable when this returns.
    pub fn keep(&self, round: &Round, report: &Report) -> Result<Promise, NodeError> {
        let vector = match report {
            Report::TooFew => None,
            Report::Vector(vector) => Some(PromisedVector {
                entries: pack_entries(&vector.entries).into(),
                reach: vector.reach,
                unresolved: vector.unresolved.as_bytes().into(),
                redemptions: vector.unresolved.len(),
            }),
        };
        let promise = Promise { inputs: round.inputs, salt: Hash32(rand::random()), vector };
        self.store.keep(round.model, round.id, &promise)?;
        Ok(promise)
    }

    /// Reveals what was committed, unless it is already revealed.
    pub async fn reveal(&self, round: &Round) -> Result<(), NodeError> {
        let part = self.part(round).await?;
        if part.as_ref().is_some_and(|part| part.revealed.is_some()) {
            return Ok(());
        }
        let message = self.reveal_message(round, part.as_ref())?;
        self.engine.contracts.tell_attribution(&self.signer, &message).await?;
        Ok(())
    }

    /// The message that reveals what is kept for a round, whose commitment on chain, if there is one, must be of that.
    ///
    /// # Errors
    /// [`NodeError::NoPromise`] when nothing is kept, or something else than what was committed.
    pub fn reveal_message(&self, round: &Round, part: Option<&Participation>) -> Result<ExecuteMsg, NodeError> {
        let promise = self.store.promise(round.model, round.id)?.ok_or(NodeError::NoPromise(round.id.get()))?;
        let committed = part.and_then(|part| part.commitment);
        if committed.is_some() && committed != Some(self.commitment(round, &promise)?) {
            return Err(NodeError::NoPromise(round.id.get()));
        }
        let report = match promise.vector {
            None => ReportMsg::TooFew {},
            Some(vector) => ReportMsg::Vector {
                entries: vector.entries.as_slice().into(),
                reach: Uint64::new(vector.reach),
                unresolved: vector.unresolved.as_slice().into(),
            },
        };
        Ok(ExecuteMsg::Reveal { model: round.model, round: round.id, report, salt: promise.salt })
    }

    /// This operator's part in a round, if it is in its set.
    pub async fn part(&self, round: &Round) -> Result<Option<Participation>, NodeError> {
        let parts = self.engine.contracts.participations(round.model, round.id).await?;
        Ok(parts.into_iter().find(|part| part.operator.as_str() == self.signer.address()))
    }
}

fn report_of(promise: &Promise) -> Result<Report, NodeError> {
    let Some(vector) = &promise.vector else { return Ok(Report::TooFew) };
    Ok(Report::Vector(Vector {
        entries: unpack_entries(&vector.entries)?,
        reach: vector.reach,
        unresolved: Bitmap::from_bytes(vector.redemptions, vector.unresolved.to_vec())?,
    }))
}
