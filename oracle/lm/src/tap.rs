//! Looking into the backward pass.
//!
//! With rows `x` entering a linear map `y = x Wᵀ` and `δ = ∂L/∂y`, the gradient of any row or item by `W` is `Σ δᵀ x` over its rows. A tap is
//! shown `x` and `δ` and makes of them what it needs; nothing else computes a weight gradient.

use candle_core::{Result, Tensor};

use crate::weights::{Projection, Slot};

/// A linear map of the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Map {
    /// One of a block's.
    Projection(usize, Projection),
    /// From the last residual stream to logits.
    Head,
}

impl Map {
    /// Where its weight is.
    pub fn slot(self) -> Slot {
        match self {
            Self::Projection(layer, projection) => Slot::Projection(layer, projection),
            Self::Head => Slot::Head,
        }
    }
}

/// Which weight of an adapted map `y = x Wᵀ + s (x Aᵀ) Bᵀ`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    /// `W`
    Whole,
    /// `A`, down to the rank.
    Down,
    /// `B`, up from it.
    Up,
}

/// A weight that rows go through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Site {
    /// The map.
    pub map: Map,
    /// Which of its weights.
    pub part: Part,
}

impl Site {
    /// The weight of the base model.
    pub fn whole(map: Map) -> Self {
        Self { map, part: Part::Whole }
    }

    /// Its name: that of the weight in its file.
    pub fn name(self) -> String {
        let name = self.map.slot().name();
        match self.part {
            Part::Whole => name,
            Part::Down => name.replace(".weight", ".lora_A.weight"),
            Part::Up => name.replace(".weight", ".lora_B.weight"),
        }
    }
}

/// What a backward pass shows, from the head to the embedding.
pub trait Tap {
    /// Whether [`Self::linear`] is to be called for a site.
    fn wants(&self, site: Site) -> bool;

    /// The rows that enter a site, and the loss's gradient by what leaves it.
    ///
    /// # Shapes
    /// `inputs` `[rows, inputs]`, `gradients` `[rows, outputs]`.
    ///
    /// # Errors
    /// Ends the pass.
    fn linear(&mut self, site: Site, inputs: &Tensor, gradients: &Tensor) -> Result<()>;

    /// Whether [`Self::norm`] and [`Self::embedding`] are to be called.
    fn wants_rest(&self) -> bool {
        false
    }

    /// The gradient by a norm's weight, `[hidden]`.
    ///
    /// # Errors
    /// Ends the pass.
    fn norm(&mut self, _slot: Slot, _gradient: Tensor) -> Result<()> {
        Ok(())
    }

    /// The gradient by the rows taken from the embedding, `[rows, hidden]`.
    ///
    /// # Errors
    /// Ends the pass.
    fn embedding(&mut self, _tokens: &Tensor, _gradients: &Tensor) -> Result<()> {
        Ok(())
    }
}
