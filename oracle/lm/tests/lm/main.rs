//! Models against finite differences and candle's autograd, trainings against themselves.

mod autograd;
mod gradients;
mod small;
mod training;
