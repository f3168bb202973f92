//! Tests of what contributions contain, against planted copies, by hand and against searches that try everything.

mod bm25;
mod duplicates;
mod measured;
mod planted;
mod spans;
