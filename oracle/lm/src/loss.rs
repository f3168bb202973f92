//! Cross-entropy of every row, and its gradient by the logits. Losses are summed, never averaged, so that no row's gradient depends on how
//! many others there are.

use candle_core::{D, DType, Result, Tensor};

use crate::values::{Real, Values, are_at_hand, sum, tensor, wide, with_real};

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
    powers.gradient(&powers.drawn(uniform)?, weights)
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

/// Exponentials of logits.
enum Powers {
    /// On the CPU.
    AtHand(AtHand),
    /// Elsewhere.
    Away(composed::Powers),
}

impl Powers {
    fn of(logits: &Tensor) -> Result<Self> {
        if are_at_hand(logits) {
            return Ok(Self::AtHand(with_real!(logits, R => AtHand::of::<R>(logits)?)));
        }
        Ok(Self::Away(composed::Powers::of(logits)?))
    }

    /// A label of every row.
    fn drawn(&self, uniform: &[f32]) -> Result<Vec<u32>> {
        match self {
            Self::AtHand(own) => own.drawn(uniform),
            Self::Away(powers) => powers.drawn(uniform),
        }
    }

    fn losses(&self, targets: &[u32]) -> Result<Vec<f32>> {
        match self {
            Self::AtHand(own) => with_real!(own.powers, R => own.losses::<R>(targets)),
            Self::Away(powers) => powers.losses(targets),
        }
    }

    /// `weight (p − onehot(target))`
    fn gradient(&self, targets: &[u32], weights: &[f32]) -> Result<Tensor> {
        match self {
            Self::AtHand(own) => with_real!(own.powers, R => own.gradient::<R>(targets, weights)),
            Self::Away(powers) => powers.gradient(targets, weights),
        }
    }
}

struct AtHand {
    logits: Tensor,
    /// `exp(logits − max)`, `[rows, vocabulary]`.
    powers: Tensor,
    /// Sum of a row's powers, `[rows, 1]`.
    totals: Tensor,
    /// Largest logit of a row, `[rows, 1]`.
    largest: Tensor,
}

impl AtHand {
    fn of<R: Real>(logits: &Tensor) -> Result<Self> {
        let (rows, vocabulary) = logits.dims2()?;
        let values = Values::of(logits)?;
        let (mut powers, mut totals, mut largest) =
            (Vec::with_capacity(rows * vocabulary), Vec::with_capacity(rows), Vec::with_capacity(rows));
        for row in values.get::<R>()?.chunks_exact(vocabulary) {
            let most = row.iter().copied().fold(row[0], |most, logit| if logit > most { logit } else { most });
            powers.extend(row.iter().map(|logit| (*logit - most).exp()));
            totals.push(sum(&powers[powers.len() - vocabulary..]));
            largest.push(most);
        }
        let column = |values| tensor::<R>(values, &[rows, 1]);
        let powers = tensor(powers, logits.dims())?;
        Ok(Self { logits: logits.clone(), powers, totals: column(totals)?, largest: column(largest)? })
    }

    fn drawn(&self, uniform: &[f32]) -> Result<Vec<u32>> {
        let rows: Vec<Vec<f32>> = self.powers.broadcast_div(&self.totals)?.to_dtype(DType::F32)?.to_vec2()?;
        Ok(rows.iter().zip(uniform).map(|(row, &uniform)| draw(row, uniform)).collect())
    }

    fn losses<R: Real>(&self, targets: &[u32]) -> Result<Vec<f32>> {
        let (logits, totals, largest) =
            (Values::of(&self.logits)?, Values::of(&self.totals)?, Values::of(&self.largest)?);
        let rows = logits.get::<R>()?.chunks_exact(self.logits.dim(1)?).zip(targets);
        let rows = rows.zip(totals.get::<R>()?.iter().zip(largest.get::<R>()?));
        Ok(rows
            .map(|((row, target), (total, largest))| (total.ln() - (row[*target as usize] - *largest)).to_f64() as f32)
            .collect())
    }

    fn gradient<R: Real>(&self, targets: &[u32], weights: &[f32]) -> Result<Tensor> {
        let vocabulary = self.logits.dim(1)?;
        let (powers, totals) = (Values::of(&self.powers)?, Values::of(&self.totals)?);
        let mut gradient = Vec::with_capacity(self.logits.elem_count());
        let rows = powers.get::<R>()?.chunks_exact(vocabulary).zip(totals.get::<R>()?);
        for ((powers, total), (target, weight)) in rows.zip(targets.iter().zip(weights)) {
            let weight = R::from_f64(f64::from(*weight));
            let share = weight / *total;
            let start = gradient.len();
            gradient.extend(powers.iter().map(|power| *power * share));
            gradient[start + *target as usize] -= weight;
        }
        tensor(gradient, self.logits.dims())
    }
}

/// The same of candle's operations, for any device and precision.
pub mod composed {
    use super::{D, DType, Result, Tensor, wide};

    /// Exponentials of logits.
    pub struct Powers {
        /// `logits − max`
        shifted: Tensor,
        /// `exp(shifted)`
        powers: Tensor,
        /// Sum of the powers, `[rows, 1]`.
        total: Tensor,
        /// Of the logits.
        dtype: DType,
    }

    impl Powers {
        /// # Errors
        /// What candle says, as of all that follow.
        pub fn of(logits: &Tensor) -> Result<Self> {
            let shifted = wide(logits)?;
            let shifted = shifted.broadcast_sub(&shifted.max_keepdim(D::Minus1)?)?;
            let powers = shifted.exp()?;
            let total = powers.sum_keepdim(D::Minus1)?;
            Ok(Self { shifted, powers, total, dtype: logits.dtype() })
        }

        /// Labels as of [`super::sampled_gradient`], drawn in two steps: a part of the vocabulary, then a label in it. So few numbers leave
        /// the device.
        pub fn drawn(&self, uniform: &[f32]) -> Result<Vec<u32>> {
            let (rows, vocabulary) = self.powers.dims2()?;
            let size = vocabulary.isqrt().max(1);
            let parts = vocabulary.div_ceil(size);
            let padded = self.powers.pad_with_zeros(1, 0, parts * size - vocabulary)?;
            let sums = padded.reshape((rows, parts, size))?.sum(2)?.to_dtype(DType::F32)?.to_vec2::<f32>()?;
            let draws = sums.iter().zip(uniform).map(|(sums, uniform)| find(sums, uniform * sums.iter().sum::<f32>()));
            let draws: Vec<(usize, f32)> = draws.collect();
            let places = draws.iter().enumerate().map(|(row, (part, _))| (row * parts + part) as u32);
            let places = Tensor::from_iter(places, self.powers.device())?;
            let chosen = padded.reshape((rows * parts, size))?.index_select(&places, 0)?.to_dtype(DType::F32)?;
            let label =
                |(powers, (part, left)): (&Vec<f32>, &(usize, f32))| (part * size + find(powers, *left).0) as u32;
            Ok(chosen.to_vec2::<f32>()?.iter().zip(&draws).map(label).collect())
        }

        fn column(&self, targets: &[u32]) -> Result<Tensor> {
            Tensor::from_slice(targets, (targets.len(), 1), self.shifted.device())
        }

        /// As [`super::losses`].
        pub fn losses(&self, targets: &[u32]) -> Result<Vec<f32>> {
            let chosen = self.shifted.gather(&self.column(targets)?, 1)?;
            (self.total.log()? - chosen)?.flatten_all()?.to_dtype(DType::F32)?.to_vec1()
        }

        /// As of [`super::score`].
        pub fn gradient(&self, targets: &[u32], weights: &[f32]) -> Result<Tensor> {
            let weights = Tensor::from_slice(weights, (weights.len(), 1), self.shifted.device())?;
            let weights = weights.to_dtype(self.shifted.dtype())?;
            let weighted = self.powers.broadcast_mul(&weights.broadcast_div(&self.total)?)?;
            weighted.scatter_add(&self.column(targets)?, &weights.neg()?, 1)?.to_dtype(self.dtype)
        }
    }

    /// Where the sum of the values passes `mark`, and what of the mark is left there; the end of the last positive value where rounding
    /// keeps it from that.
    fn find(values: &[f32], mark: f32) -> (usize, f32) {
        let mut left = mark;
        for (place, value) in values.iter().enumerate() {
            if left < *value {
                return (place, left);
            }
            left -= value;
        }
        (values.iter().rposition(|value| *value > 0.0).unwrap_or(0), f32::INFINITY)
    }
}
