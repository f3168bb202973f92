//! Whether two runs with one seed give the same vectors and the same ledger. The first run of a seed is followed by a second one from
//! nothing, training included; a later run is held against the record of the first.

use std::{fs, path::PathBuf, sync::Arc};

use anyhow::{Context, Result};
use protocol::{Hash32, RoundId};
use rules::{hash::digest, ledger, score::pack_entries};
use serde::{Deserialize, Serialize};

use super::{Options, Played, ground::Embedded, nodes::Caches, play, subject::Subject};
use crate::{contracts::Contracts, progress::Progress, replay, story::plan::Size};

/// Folder of records in the story's folder.
pub const RECORD_FOLDER: &str = "records";

/// What two runs must have in common. Addresses and salts are not in it: vectors depend on neither.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// Hash of all weights.
    pub weights: Hash32,
    /// Hash of every vector revealed, round by round in the order of operators.
    pub vectors: Hash32,
    /// Hash of the ledgers and of the stake given, after the last rounds.
    pub ledger: Hash32,
}

/// Two runs beside each other.
pub struct Repeated {
    /// This run.
    pub this: Fingerprint,
    /// The other run.
    pub other: Fingerprint,
}

/// Compares a run with another of the same seed.
pub async fn compare(options: &Options, played: &Played, progress: &Progress) -> Result<Repeated> {
    let this = fingerprint(&played.contracts, played).await?;
    let path = record_path(options, &options.size)?;
    if let Some(other) = fs::read(&path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()) {
        return Ok(Repeated { this, other });
    }
    let step = progress.step("the same story once more from nothing, with one cache", 0);
    let folder = options.out.join("repeat");
    super::remove(&folder)?;
    let again = Options { out: folder.clone(), ..options.clone() };
    let second = play(Arc::new(Embedded::start().await?), &again, Caches::Shared, &Progress::hidden())
        .await
        .context("the second run failed")?;
    let other = fingerprint(&second.contracts, &second).await?;
    super::remove(&folder)?;
    drop(step);
    crate::published::write_durably(&path, &serde_json::to_vec_pretty(&other)?)?;
    Ok(Repeated { this, other })
}

async fn fingerprint(contracts: &Contracts, played: &Played) -> Result<Fingerprint> {
    let mut vectors = Vec::new();
    let rounds = played.rounds.iter().map(|(round, _)| round).chain([&played.grown.round, &played.grown.valuation]);
    for round in rounds {
        let mut revealed = replay::revealed(contracts, round).await?;
        // Who came first into a block is the chain's affair.
        revealed.sort_by(|one, other| one.operator.cmp(&other.operator));
        for revealed in revealed {
            vectors.push(pack_entries(&revealed.vector.entries));
            vectors.push(revealed.vector.reach.to_be_bytes().to_vec());
            vectors.push(revealed.vector.unresolved.as_bytes().to_vec());
        }
    }
    let mut ledgers = Vec::new();
    for model in [played.registered.model, played.grown.adapter.model] {
        if let Some(step) = replay::steps(contracts, model, RoundId(u64::MAX)).await?.last() {
            ledgers.push(ledger::pack(&step.after.entries));
            ledgers.extend(step.after.stake.iter().map(|units| units.to_be_bytes().to_vec()));
        }
    }
    let versions = [&played.registered.version, &played.grown.adapter.version];
    let weights = versions.map(|version| version.weights_hash().to_vec());
    Ok(Fingerprint { weights: hash(&weights), vectors: hash(&vectors), ledger: hash(&ledgers) })
}

fn hash(parts: &[Vec<u8>]) -> Hash32 {
    let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
    Hash32(digest("operator/fingerprint/1", &parts))
}

/// The program that runs, also where another was built in its place meanwhile: Linux keeps it under this name.
fn own_program() -> std::io::Result<Vec<u8>> {
    fs::read("/proc/self/exe").or_else(|_| fs::read(std::env::current_exe()?))
}

/// A record holds for one build of this program: another may rightly compute something else.
fn record_path(options: &Options, size: &Size) -> Result<PathBuf> {
    let build = digest("operator/build/1", &[&own_program().context("cannot read this program")?]);
    let story = match options.subject {
        Subject::Digits => "",
        Subject::Text => "text-",
    };
    let name = format!("{story}{}-{}-{}-{}.json", size.seed, size.epochs, size.operators, hex::encode(&build[..8]));
    Ok(options.out.join(RECORD_FOLDER).join(name))
}
