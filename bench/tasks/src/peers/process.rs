//! One method in a process of its own, on the same two cores as all others, and what the system says that it took.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::method::{Method, Ours};
use super::task::Task;

/// Threads of every method.
const THREADS: &str = "2";

/// The programs that are called.
#[derive(Clone, Debug)]
pub struct Programs {
    /// `oracle`.
    pub oracle: PathBuf,
    /// The interpreter of the peers' virtual environment.
    pub python: PathBuf,
    /// `bench/reference/peers`.
    pub scripts: PathBuf,
}

/// What a process took, as `measured.py` writes it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Took {
    /// Exit status.
    pub status: i32,
    /// Wall seconds of the whole process.
    pub seconds: f64,
    /// Processor seconds.
    pub cpu_seconds: f64,
    /// Peak of resident memory.
    pub peak_mib: u64,
}

impl Programs {
    /// Fails if torch computes other outputs from the exported weights than our engine did; else says how much they differ.
    ///
    /// # Errors
    /// If they differ or the script cannot be run.
    pub fn check_agreement(&self, task: &Task) -> Result<String> {
        let script = self.scripts.join("agreement.py");
        let output = Command::new(&self.python).arg(&script).arg(&task.folder).output();
        let output = output.with_context(|| format!("cannot run {}", self.python.display()))?;
        let error = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "task {:?}: {}", task.name, error.trim());
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// Runs a method, unless it was run before; `None` if it cannot be run here, with the reason in its log.
    ///
    /// # Errors
    /// If nothing could be started or written.
    pub fn run(&self, method: &Method, task: &Task) -> Result<Option<Took>> {
        let folder = task.scores();
        fs::create_dir_all(folder.join("runs")).with_context(|| format!("cannot write {}", folder.display()))?;
        let record = folder.join(format!("runs/{}.json", method.name()));
        if let Some(took) = read(&record).filter(|took| took.status == 0) {
            return Ok(Some(took));
        }
        let (said, log) = (record.with_extension("out"), record.with_extension("log"));
        let mut command = Command::new(&self.python);
        command.arg(self.scripts.join("measured.py")).arg(&record).args(self.command(method, task));
        command.stdin(Stdio::null()).stdout(created(&said)?).stderr(created(&log)?);
        command.status().with_context(|| format!("cannot run {}", self.python.display()))?;
        let took = read(&record).filter(|took| took.status == 0);
        if let (Some(took), Method::Ours(ours)) = (took, method) {
            describe(ours, took, &said, &folder)?;
        }
        Ok(took)
    }

    fn command(&self, method: &Method, task: &Task) -> Vec<String> {
        let (shown, folder) = (|path: &Path| path.display().to_string(), task.scores());
        match method {
            Method::Ours(ours) => {
                let out = shown(&folder.join(format!("{}.npy", ours.name)));
                let own = [shown(&self.oracle), "score".to_owned()].into_iter().chain(ours.arguments.iter().cloned());
                own.chain(["--out", &out, "--json", "--threads", THREADS].map(str::to_owned)).collect()
            }
            Method::Peer(peer) => {
                let script = shown(&self.scripts.join("peers.py"));
                let (input, output) = (shown(&task.folder), shown(&folder));
                let flags = [
                    &shown(&self.python),
                    &script,
                    *peer,
                    "--input",
                    &input,
                    "--output",
                    &output,
                    "--threads",
                    THREADS,
                ];
                flags.map(str::to_owned).to_vec()
            }
        }
    }
}

/// Writes beside our matrix what peers write beside theirs.
fn describe(ours: &Ours, took: Took, said: &Path, folder: &Path) -> Result<()> {
    let text = fs::read_to_string(said).with_context(|| format!("cannot read {}", said.display()))?;
    let summary: Value = serde_json::from_str(&text).with_context(|| format!("{} is no summary", said.display()))?;
    let seconds = |phase: &str| summary[format!("{phase}_seconds")].as_f64().unwrap_or(f64::NAN);
    let (prepare, score) = (seconds("choosing") + seconds("curvature"), seconds("scoring"));
    let damping = match ours.damping.parse::<f64>() {
        Ok(_) => ours.damping.clone(),
        Err(_) => format!("{}: {}", ours.damping, summary["damping"]),
    };
    let about = json!({
        "peer": "ours",
        "method": ours.method,
        "damping": damping,
        "seconds": { "prepare": prepare, "score": score, "total": prepare + score },
        "cpu_seconds": took.cpu_seconds,
        "peak_mib": took.peak_mib,
        "bytes_per_item": summary["bytes_per_item"],
    });
    let path = folder.join(format!("{}.json", ours.name));
    fs::write(&path, format!("{about:#}\n")).with_context(|| format!("cannot write {}", path.display()))
}

fn created(path: &Path) -> Result<File> {
    File::create(path).with_context(|| format!("cannot write {}", path.display()))
}

fn read(path: &Path) -> Option<Took> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}
