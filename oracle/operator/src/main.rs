//! `oracle`: exit code 0 when done, 1 for a negative answer (a check that does not hold, a replay that differs), 2 when it could not run.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let arguments = operator::cli::Arguments::parse();
    match operator::cli::run(arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("oracle: {error:#}");
            ExitCode::from(2)
        }
    }
}
