//! `oracle` for tests that let it die: built with the feature `failpoints`, under a name that no other build writes.

fn main() -> std::process::ExitCode {
    operator::cli::main()
}
