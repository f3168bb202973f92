//! What attribution is measured on: language models small enough to be trained again hundreds of times, and what those trainings showed.

pub mod export;
pub mod lds;
pub mod text;
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
