//! Measurements that compare this system with others, each a program of its own in `src/bin` behind a script `bench/<name>`.
//!
//! All print a table and, with `--json FILE`, write the same as a list of flat records ([`record`]). `influence` has [`digits`],
//! [`lds`], [`methods`] and [`torch`] to itself, `pay` has [`pay`], `gas` has [`gas`], `chaos` has [`chaos`].

use std::process::ExitCode;

pub mod chaos;
pub mod digits;
pub mod gas;
pub mod lds;
pub mod methods;
pub mod pay;
pub mod record;
pub mod stopwatch;
pub mod torch;

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
