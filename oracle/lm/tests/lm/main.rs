//! Models against finite differences and candle's autograd, trainings against themselves.

mod autograd;
mod data;
mod gradients;
mod half;
mod hugging_face;
mod small;
mod training;
