//! Shows a report without running the story: `cargo run -p report --example sample -- target/sample`.

use std::{env, path::PathBuf};

#[path = "../tests/report/sample.rs"]
mod sample;

fn main() -> Result<(), report::WriteError> {
    let out = env::args().nth(1).map_or_else(|| PathBuf::from("target/sample"), PathBuf::from);
    let report = sample::report();
    print!("{}", report::terminal::render(&report));
    let written = report::write(&report, &out)?;
    println!("{}\n{}", written.html.display(), written.json.display());
    Ok(())
}
