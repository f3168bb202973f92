//! What attribution is measured on: models small enough to be trained again hundreds of times, and what those trainings showed; and the
//! [`peers`] that are measured beside ours.
//! [`answers`] attacks Task C's model with answers that are chosen. [`gpu`] measures speed alone, on models of random weights.
//!
//! Task A is a small classifier of [`digits`], Task B a language model of one [`text`]. Each has its [`truth`] from retraining on halves of the items,
//! [`measured`] by the linear datamodeling score ([`lds`]), and is [`export`]ed for programs in other languages.

pub mod answers;
pub mod digits;
pub mod export;
pub mod gpu;
pub mod lds;
pub mod measured;
pub mod peers;
pub mod text;
pub mod torch;
pub mod truth;

use std::process::ExitCode;

/// What a program's `main` returns: 0 when it is done; else 2, after the error and its causes are printed.
pub fn exit(result: anyhow::Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}
