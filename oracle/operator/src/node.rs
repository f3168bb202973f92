//! An operator's part in a round: compute, keep the promise on disk, commit, reveal. Every step may be repeated: it looks at the
//! chain and at its own folder first, and does only what is still to be done.

mod engine;
mod images;
mod kept;
mod single;
mod texts;

use chain::Signer;
use cosmwasm_std::Uint64;
use influence::{cache::CacheError, dataset::DatasetError, language::LanguageError, report::ReportError};
use protocol::{
    Hash32,
    attribution::{ExecuteMsg, Participation, ReportMsg, Round},
};
use rules::{
    bitmap::{Bitmap, BitmapError},
    score::{Report, ScoreError, Vector, pack_entries, report_commitment, unpack_entries},
};

pub use self::{
    engine::{Engine, Measured, is_of_language},
    kept::Kept,
    texts::PaidTexts,
};
use crate::{
    inputs::InputsError,
    store::{Promise, PromisedVector, Store, StoreError},
    training::TrainingError,
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
    /// A language model cannot be asked or scored.
    #[error("the language model cannot be asked or scored")]
    Language(#[from] LanguageError),
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
            Self::Inputs(error) => matches!(error, InputsError::NotAnImage { .. } | InputsError::NotAText { .. }),
            Self::Dataset(_) | Self::Language(LanguageError::Unreadable { .. }) => true,
            Self::Training(TrainingError::Published(error)) => error.is_of_object(),
            Self::Training(TrainingError::Io { source, .. }) => source.kind() == std::io::ErrorKind::NotFound,
            Self::Training(error) => matches!(error, TrainingError::NotThatOne { .. }),
            _ => false,
        }
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
