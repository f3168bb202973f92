//! What a decoder computes besides linear maps: each with its derivative written out.
//!
//! A forward function gives its result and what its backward function needs. All of them are made of candle's plain operations, so that they
//! run in any precision on any device; the tests hold every derivative against candle's autograd and against finite differences.

pub mod attention;
pub mod norm;
pub mod rope;
pub mod swiglu;
