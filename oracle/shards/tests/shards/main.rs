//! Plans, stores and pools, and an index computed through them.

mod arithmetic;
mod failing;
mod index;
mod outputs;
mod plans;
mod resumed;
mod together;
