//! Influence: how much each training item made a model say what it said.
//!
//! `φ_q(i) = (1/n) g_qᵀ (G + λI)⁻¹ g_i`, averaged over the members of the ensemble. `g` are gradients of log-likelihoods
//! ([`crate::ggn::gradients`]): of the label in the training set for an item, of the label **served** for a paid query, of the
//! true label for a validation example. `G` is [`crate::ggn::curvature`] over the `n` training items, `λ` the manifest's
//! damping.
//!
//! To first order φ is what the log-likelihood of the query would lose without the item: **positive means that the item
//! made that label more likely**. Units: nats.
//!
//! `(1/n) (G + λI)⁻¹ g_i` depends on the version alone and is kept as [`Preconditioned`]; scoring a query is then one dot
//! product per item and member.

use faer::Mat;

use crate::dataset::Examples;
use crate::digest::{Digest, digest, f32_bytes};
use crate::ggn::Gradients;
use crate::job::{Cancelled, Job};
use crate::linear::{BLOCK, NotPositiveDefinite, cut, product};
use crate::manifest::{ManifestError, TrainingManifest};
use crate::mlp::{self, Mlp, MlpError, ensemble_hash};
use crate::parallel;
use crate::solver::Solver;

/// Why influence could not be computed.
#[derive(Debug, thiserror::Error)]
pub enum ScoreError {
    /// The manifest cannot be used.
    #[error("the training manifest cannot be used")]
    Manifest(#[from] ManifestError),
    /// A model or examples do not fit.
    #[error("the model cannot be differentiated on these examples")]
    Model(#[from] MlpError),
    /// The members are not those of the manifest.
    #[error("the manifest has {expected} seeds, but {found} members were given")]
    Members {
        /// Members given.
        found: usize,
        /// Seeds in the manifest.
        expected: usize,
    },
    /// A member is not of the manifest's architecture.
    #[error("member {0} does not have the manifest's layers")]
    Architecture(usize),
    /// There is nothing that could have had influence.
    #[error("there are no training items")]
    NoItems,
    /// The damped curvature has no Cholesky factor.
    #[error("member {member} has no usable curvature")]
    Curvature {
        /// The member.
        member: usize,
        /// Where it fails.
        #[source]
        source: NotPositiveDefinite,
    },
    /// Somebody stopped it.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// `(1/n) (G + λI)⁻¹ g_i` of every item under one member.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PreconditionedMember {
    pub(crate) model: Mlp,
    /// `[items, parameters]`, item by item, rounded to f32.
    pub(crate) rows: Vec<f32>,
}

/// All that scoring a query needs of a model version.
#[derive(Clone, Debug, PartialEq)]
pub struct Preconditioned {
    pub(crate) key: Digest,
    pub(crate) items: usize,
    pub(crate) members: Vec<PreconditionedMember>,
}

/// Influence of every item on every query.
///
/// # Shapes
/// `[queries, items]`, row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct Influence {
    items: usize,
    values: Vec<f64>,
}

/// Names what a [`Preconditioned`] is of: manifest, members and items, under the tag `influence/preconditioned/1`.
pub fn key(manifest: &TrainingManifest, members: &[Mlp], items: &Examples) -> Digest {
    let labels: Vec<u8> = items.labels().iter().flat_map(|label| label.to_be_bytes()).collect();
    let parts: [&[u8]; 5] = [
        &manifest.hash(),
        &ensemble_hash(members),
        &(items.width() as u64).to_be_bytes(),
        &f32_bytes(items.features()),
        &labels,
    ];
    digest("influence/preconditioned/1", &parts)
}

/// Computes curvature and preconditioned gradients of every member: seconds of work, once per version.
///
/// # Errors
/// If manifest, members and items do not belong together; [`ScoreError::Cancelled`].
///
/// # Determinism
/// The same inputs give the same bytes on the same kind of processor, for any number of threads.
pub fn precondition(
    manifest: &TrainingManifest,
    members: &[Mlp],
    items: &Examples,
    job: impl Into<Job>,
) -> Result<Preconditioned, ScoreError> {
    let job = job.into();
    check(manifest, members, items)?;
    let steps = |member: &Mlp| Solver::preparation_steps(member.architecture()) + Solver::steps(items.len());
    job.control.begin(members.iter().map(steps).sum());
    let precondition_member = |(rank, model): (usize, &Mlp)| -> Result<PreconditionedMember, ScoreError> {
        let rows = Solver::new((rank, model), items, manifest.damping, &job)?.rows(0..items.len(), &job)?;
        Ok(PreconditionedMember { model: model.clone(), rows })
    };
    let preconditioned = members.iter().enumerate().map(precondition_member).collect::<Result<_, _>>()?;
    Ok(Preconditioned { key: key(manifest, members, items), items: items.len(), members: preconditioned })
}

pub(crate) fn check(manifest: &TrainingManifest, members: &[Mlp], items: &Examples) -> Result<(), ScoreError> {
    let architecture = manifest.check()?;
    if members.len() != manifest.plan.seeds.len() {
        return Err(ScoreError::Members { found: members.len(), expected: manifest.plan.seeds.len() });
    }
    if let Some(index) = members.iter().position(|member| *member.architecture() != architecture) {
        return Err(ScoreError::Architecture(index));
    }
    if items.is_empty() {
        return Err(ScoreError::NoItems);
    }
    Ok(architecture.check(items)?)
}

impl Preconditioned {
    /// What this is of: [`key`].
    pub fn key(&self) -> &Digest {
        &self.key
    }

    /// Number of training items.
    pub fn items(&self) -> usize {
        self.items
    }

    /// The labels that the ensemble serves, as [`crate::mlp::served_labels`].
    ///
    /// # Errors
    /// If the examples do not fit the members.
    pub fn served_labels(&self, examples: &Examples) -> Result<Vec<u16>, MlpError> {
        let models: Vec<Mlp> = self.models().cloned().collect();
        mlp::served_labels(&models, examples)
    }

    /// The members that this was computed from.
    pub fn models(&self) -> impl Iterator<Item = &Mlp> {
        self.members.iter().map(|member| &member.model)
    }

    /// φ of every item on every query; a query's label is the one whose likelihood is meant.
    ///
    /// # Errors
    /// If the queries do not fit the model; [`ScoreError::Cancelled`].
    pub fn influence(&self, queries: &Examples, job: impl Into<Job>) -> Result<Influence, ScoreError> {
        let job = job.into();
        let mut values = vec![0.0; queries.len() * self.items];
        if queries.is_empty() {
            return Ok(Influence { items: self.items, values });
        }
        job.control.begin(self.members.len() * cut(0..queries.len(), BLOCK).len());
        for member in &self.members {
            let influence = member.influence(self.items, queries, &job)?;
            for (sum, value) in values.iter_mut().zip(influence) {
                *sum += value / self.members.len() as f64;
            }
        }
        Ok(Influence { items: self.items, values })
    }
}

impl PreconditionedMember {
    /// φ under this member, `[queries, items]`.
    fn influence(&self, items: usize, queries: &Examples, job: &Job) -> Result<Vec<f64>, ScoreError> {
        job.control.check()?;
        let gradients = Gradients::new(&self.model, queries)?;
        let parameters = gradients.parameters();
        let rows =
            Mat::from_fn(parameters, items, |parameter, item| f64::from(self.rows[item * parameters + parameter]));
        let blocks = cut(0..queries.len(), BLOCK);
        let products = parallel::map_under(job, blocks.len(), |index| {
            let products = product(rows.transpose(), gradients.columns(blocks[index].clone()).as_ref());
            job.control.advance(1);
            Ok((0..products.ncols()).flat_map(|query| products.col_as_slice(query)).copied().collect::<Vec<f64>>())
        })?;
        Ok(products.concat())
    }
}

impl Influence {
    /// Takes `[queries, items]`, row by row.
    pub(crate) fn new(items: usize, values: Vec<f64>) -> Self {
        Self { items, values }
    }

    /// Number of queries.
    pub fn queries(&self) -> usize {
        self.values.len() / self.items
    }

    /// Number of items.
    pub fn items(&self) -> usize {
        self.items
    }

    /// φ of every item on one query.
    pub fn row(&self, query: usize) -> &[f64] {
        &self.values[query * self.items..(query + 1) * self.items]
    }
}
