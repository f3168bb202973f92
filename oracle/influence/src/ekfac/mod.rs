//! Influence in language models: per-sample gradients preconditioned with EK-FAC, without ever forming a gradient that is not needed.
//!
//! For a linear map with rows `x` entering and `δ = ∂L/∂y` leaving, the gradient of item `i` is `G_i = Σ_t δ_tᵀ x_t` over its rows. EK-FAC takes the
//! curvature of the map's weights to be diagonal in the Kronecker product of the eigenbases of `E[x xᵀ]` and `E[δ δᵀ]`, and measures that
//! diagonal: `Λ = E[(Q_Sᵀ G Q_A)²]`, over labels drawn from the model. With damping `λ`
//!
//! `φ_q(i) = (1/n) ⟨Q_Sᵀ G_q Q_A / (Λ + λ), Q_Sᵀ G_i Q_A⟩ = (1/n) ⟨P_q, G_i⟩`, summed over maps,
//!
//! where `P_q` was turned back into the ordinary basis, so that no item's gradient is ever turned.
//!
//! Heavy steps are functions of a *shard*, a range of items: [`factors`] and [`spectrum`] give sums that are added in the order of shards,
//! [`queries`] and [`pairs`] give rows.
//!
//! # Source
//! George et al. 2018, *Fast Approximate Natural Gradient Descent in a Kronecker-factored Eigenbasis*, sections 2 and 3; Grosse et al.
//! 2023, *Studying Large Language Model Generalization with Influence Functions*, section 3.1.

pub mod basis;
pub mod damping;
pub mod factors;
pub mod pairs;
pub mod queries;
pub mod score;
pub mod spectrum;
pub mod sums;

mod gradients;
mod pass;
mod sample;

pub(crate) use gradients::{GradientTap, Take};
pub use pass::{Labels, Shard, Subject};
pub(crate) use sample::sample;

use candle_core::Tensor;
use lm::tap::Site;

/// Why influence in a language model could not be computed.
#[derive(Debug, thiserror::Error)]
pub enum EkfacError {
    /// A computation in candle failed.
    #[error("a tensor operation failed while computing influence")]
    Compute(#[from] candle_core::Error),
    /// A factor has no eigenbasis.
    #[error("the curvature of {site} has no eigenbasis: is a weight not finite?")]
    Basis {
        /// Name of the weight.
        site: String,
    },
    /// There is nothing to learn the curvature from.
    #[error("there are no items with predictions")]
    NoItems,
    /// Somebody stopped it.
    #[error(transparent)]
    Cancelled(#[from] compute::Cancelled),
}

/// Something for every tracked site, in one order.
#[derive(Clone, Debug)]
pub struct PerSite<T>(pub(crate) Vec<(Site, T)>);

impl<T> PerSite<T> {
    /// Sites and values.
    pub fn iter(&self) -> impl Iterator<Item = (Site, &T)> {
        self.0.iter().map(|(site, value)| (*site, value))
    }

    /// Something of every tracked site of a subject.
    ///
    /// # Errors
    /// The first that `of_site` gives.
    pub fn of<E>(subject: &Subject<'_>, mut of_site: impl FnMut(Site) -> Result<T, E>) -> Result<Self, E> {
        Ok(Self(subject.sites.iter().map(|site| Ok((*site, of_site(*site)?))).collect::<Result<_, E>>()?))
    }

    /// The value of a site.
    pub fn get(&self, site: Site) -> Option<&T> {
        self.0.iter().find(|(own, _)| *own == site).map(|(_, value)| value)
    }

    pub(crate) fn get_mut(&mut self, site: Site) -> Option<&mut T> {
        self.0.iter_mut().find(|(own, _)| *own == site).map(|(_, value)| value)
    }

    pub(crate) fn try_map<U, E>(&self, mut map: impl FnMut(Site, &T) -> Result<U, E>) -> Result<PerSite<U>, E> {
        let mapped = self.0.iter().map(|(site, value)| Ok((*site, map(*site, value)?)));
        Ok(PerSite(mapped.collect::<Result<_, E>>()?))
    }
}

/// One matrix per site.
pub type Matrices = PerSite<Tensor>;
