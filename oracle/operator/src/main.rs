//! `oracle`: exit code 0 when done, 1 for a negative answer (a check that does not hold, a replay that differs), 2 when it could not run.

fn main() -> std::process::ExitCode {
    operator::cli::main()
}
