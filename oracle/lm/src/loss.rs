//! Cross-entropy of every row, and its gradient by the logits. Losses are summed, never averaged, so that no row's gradient depends on how
//! many others there are.

use candle_core::{D, DType, Result, Tensor};

/// What a batch's logits say about some targets.
pub struct Scored {
    /// `−log p(target)` of every row, nats, `[rows]`.
    pub losses: Vec<f32>,
    /// Gradient of `Σ weight · loss` by the logits, `[rows, vocabulary]`.
    pub by_logits: Tensor,
}

/// Losses and gradient at the given targets.
///
/// # Shapes
/// `logits` `[rows, vocabulary]`; one target and one weight per row.
///
/// # Errors
/// What candle says.
pub fn score(logits: &Tensor, targets: &[u32], weights: &[f32]) -> Result<Scored> {
    let powers = Powers::of(logits)?;
    Ok(Scored { losses: powers.losses(targets)?, by_logits: powers.gradient(targets, weights)? })
}

/// Losses alone, as of [`score`].
///
/// # Errors
/// What candle says.
pub fn losses(logits: &Tensor, targets: &[u32]) -> Result<Vec<f32>> {
    Powers::of(logits)?.losses(targets)
}

/// Gradient by the logits of `Σ weight · (−log p(label))` for labels drawn from the model itself, one per row: `uniform` has a number from
/// `[0, 1)` for each, which is compared with the cumulated probabilities in the order of the vocabulary.
///
/// # Errors
/// What candle says.
pub fn sampled_gradient(logits: &Tensor, weights: &[f32], uniform: &[f32]) -> Result<Tensor> {
    let powers = Powers::of(logits)?;
    let rows: Vec<Vec<f32>> = powers.probabilities()?.to_dtype(DType::F32)?.to_vec2()?;
    let labels: Vec<u32> = rows.iter().zip(uniform).map(|(row, &uniform)| draw(row, uniform)).collect();
    powers.gradient(&labels, weights)
}

fn draw(probabilities: &[f32], uniform: f32) -> u32 {
    let total: f32 = probabilities.iter().sum();
    let mut left = uniform * total;
    for (label, probability) in probabilities.iter().enumerate() {
        left -= probability;
        if left < 0.0 {
            return label as u32;
        }
    }
    probabilities.len() as u32 - 1
}

struct Powers {
    /// `logits − max`
    shifted: Tensor,
    /// `exp(shifted)`
    powers: Tensor,
    /// Sum of the powers, `[rows, 1]`.
    total: Tensor,
}

impl Powers {
    fn of(logits: &Tensor) -> Result<Self> {
        let shifted = logits.broadcast_sub(&logits.max_keepdim(D::Minus1)?)?;
        let powers = shifted.exp()?;
        let total = powers.sum_keepdim(D::Minus1)?;
        Ok(Self { shifted, powers, total })
    }

    fn probabilities(&self) -> Result<Tensor> {
        self.powers.broadcast_div(&self.total)
    }

    fn column(&self, targets: &[u32]) -> Result<Tensor> {
        Tensor::from_slice(targets, (targets.len(), 1), self.shifted.device())
    }

    fn losses(&self, targets: &[u32]) -> Result<Vec<f32>> {
        let chosen = self.shifted.gather(&self.column(targets)?, 1)?;
        (self.total.log()? - chosen)?.flatten_all()?.to_dtype(DType::F32)?.to_vec1()
    }

    /// `weight (p − onehot(target))`
    fn gradient(&self, targets: &[u32], weights: &[f32]) -> Result<Tensor> {
        let weights =
            Tensor::from_slice(weights, (weights.len(), 1), self.shifted.device())?.to_dtype(self.shifted.dtype())?;
        let weighted = self.powers.broadcast_mul(&weights.broadcast_div(&self.total)?)?;
        weighted.scatter_add(&self.column(targets)?, &weights.neg()?, 1)
    }
}
