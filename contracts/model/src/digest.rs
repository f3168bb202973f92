//! Commitments to versions and validation pools: two folds that enter the inputs of every round.

use protocol::model::{VersionManifest, WorkKind};
use protocol::{Hash32, ModelId};
use rules::hash::{Domain, digest};

/// Where a version stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionPlace<'a> {
    /// Chain and address of this contract.
    pub domain: &'a Domain,
    /// The model.
    pub model: ModelId,
    /// The version's number, from 1.
    pub number: u32,
}

/// The name of a kind of work, in digests and events.
pub const fn work_kind(kind: WorkKind) -> &'static str {
    match kind {
        WorkKind::Compute => "compute",
        WorkKind::FineTuning => "fine_tuning",
    }
}

/// `digest("model-version/v2", chain id, contract, model, number, n, (datanet, version, root) · n, positions, left_out,
/// training hash, weights hash, uri, m, (account, kind, share) · m)`, numbers big endian: 4 bytes for `number` and
/// `positions`, 2 for `share`, 8 for the others; `kind` as [`work_kind`] names it.
pub fn version_digest(place: &VersionPlace, manifest: &VersionManifest) -> Hash32 {
    let model = place.model.get().to_be_bytes();
    let number = place.number.to_be_bytes();
    let snapshots = count(manifest.trained_on.len());
    let positions = manifest.positions.to_be_bytes();
    let trained_on: Vec<_> = manifest
        .trained_on
        .iter()
        .map(|part| (part.datanet.get().to_be_bytes(), part.version.to_be_bytes(), part.root))
        .collect();
    let claims = count(manifest.work.len());
    let shares: Vec<_> = manifest.work.iter().map(|claim| claim.share.0.to_be_bytes()).collect();

    let mut parts: Vec<&[u8]> =
        vec![place.domain.chain_id.as_bytes(), place.domain.contract.as_bytes(), &model, &number, &snapshots];
    for (datanet, version, root) in &trained_on {
        parts.extend([datanet.as_slice(), version.as_slice(), root.bytes().as_slice()]);
    }
    parts.extend([
        positions.as_slice(),
        manifest.left_out.as_slice(),
        manifest.training_hash.bytes(),
        manifest.weights_hash.bytes(),
        manifest.uri.as_bytes(),
        &claims,
    ]);
    for (claim, share) in manifest.work.iter().zip(&shares) {
        parts.extend([claim.account.as_bytes(), work_kind(claim.kind).as_bytes(), share.as_slice()]);
    }
    digest("model-version/v2", &parts).into()
}

fn count(length: usize) -> [u8; 8] {
    u64::try_from(length).unwrap_or(u64::MAX).to_be_bytes()
}

/// `digest("model-versions/v1", previous, version digest)`; 32 zero bytes before the first version.
pub fn fold_version(previous: &Hash32, version: &Hash32) -> Hash32 {
    digest("model-versions/v1", &[previous.bytes(), version.bytes()]).into()
}

/// `digest("validation-pool/v1", previous, root, count)`, `count` as 8 bytes big endian; 32 zero bytes before the first.
pub fn fold_validation(previous: &Hash32, root: &Hash32, count: u64) -> Hash32 {
    digest("validation-pool/v1", &[previous.bytes(), root.bytes(), &count.to_be_bytes()]).into()
}
