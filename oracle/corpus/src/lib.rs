//! What contributions contain, compared with one another and with what a model says.
//!
//! Three questions, each answered without a model:
//!
//! - [`duplicates`]: which items repeat earlier ones, byte for byte or nearly.
//! - [`spans`]: which parts of an output stand word for word in the training text, and where.
//! - [`bm25`]: how well each training text matches a query by its words.
//!
//! Nothing here reads a file, a clock or a network. The same input and settings give the same result on every run.

pub mod bm25;
pub mod duplicates;
pub mod spans;
pub mod words;
