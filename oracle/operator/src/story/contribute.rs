//! Act 1: a DataNet with bonds and review; contributors commit and reveal; a copy is proved by a stranger. The adapter's DataNet is
//! made the same way, but private: its items are digested under a key that reviewers and operators hold.

use anyhow::{Context, Result, ensure};
use cosmwasm_std::{HexBinary, Uint64, Uint128};
use protocol::{
    Bps, ContributionId, DatanetId, Hash32, Payee,
    datanet::{
        Admission, Contribution, ContributionKind, DuplicatePair, DuplicateProof, ExecuteMsg, NewDatanet, ReceiveMsg,
        RevealedContribution, Status, Verdict,
    },
    event::DatanetEvent,
};
use rules::{hash::Hash, item, tree};

use super::{
    cast::{Actor, CONTRIBUTION_BOND, key},
    plan::{Batch, Conduct},
    stage::Stage,
    subject::{NetWords, Subject},
};
use crate::published::Digested;

/// Commits that the DataNet takes from one account in a day.
pub const COMMITS_A_DAY: u32 = 5;
/// Where the contributors' licence stands.
const LICENCE: &str = "CC-BY-4.0";

/// A DataNet to be.
pub struct Net<'a> {
    /// What it is called.
    pub words: NetWords,
    /// What its items are.
    pub subject: Subject,
    /// Who owns it.
    pub owner: &'a Actor,
    /// What goes into it.
    pub batches: &'a [Batch],
    /// Who contributes each batch.
    pub contributors: &'a [Actor],
    /// Its key, if it is private.
    pub key: Option<Hash>,
}

impl<'a> Net<'a> {
    /// That of the base.
    pub fn of_base(stage: &'a Stage<'_>) -> Self {
        Self {
            words: stage.plan.subject.base_net(),
            subject: stage.plan.subject,
            owner: &stage.cast.owner,
            batches: &stage.plan.batches,
            contributors: &stage.cast.contributors,
            key: None,
        }
    }

    /// That of the adapter, in private.
    pub fn of_adapter(stage: &'a Stage<'_>) -> Self {
        Self {
            words: stage.plan.subject.adapter_net(),
            subject: stage.plan.subject,
            owner: &stage.cast.adapter_owner,
            batches: &stage.plan.adapter.batches,
            contributors: &stage.cast.inverters,
            key: Some(key(stage.size.seed, stage.plan.subject.key_name())),
        }
    }

    fn digested(&self) -> Digested<'_> {
        self.key.as_ref().map_or(Digested::Openly, Digested::Under)
    }
}

/// A batch on its way into the DataNet.
struct Entry<'a> {
    batch: &'a Batch,
    contributor: &'a Actor,
    digests: Vec<Hash>,
    root: Hash,
    bytes: u64,
    salt: Hash,
}

/// Contributions in the order of the net's batches.
pub struct Contributed {
    /// The DataNet.
    pub datanet: DatanetId,
    /// One id per batch.
    pub ids: Vec<ContributionId>,
}

/// Plays the act.
pub async fn play(stage: &Stage<'_>, net: &Net<'_>) -> Result<Contributed> {
    let datanet = create_datanet(stage, net).await?;
    let mut entries: Vec<Entry> = Vec::new();
    for (batch, contributor) in net.batches.iter().zip(net.contributors) {
        entries.push(prepare(stage, net, batch, contributor).await?);
    }
    let mut ids = Vec::new();
    for entry in &entries {
        ids.push(commit(stage, datanet, entry).await?);
    }
    for (entry, id) in entries.iter().zip(&ids) {
        reveal(stage, entry, *id).await?;
    }
    for id in &ids {
        review(stage, *id).await?;
    }
    if net.batches.iter().any(|batch| batch.conduct == Conduct::Copy) {
        prove_copy(stage, &entries, &ids).await?;
    }
    Ok(Contributed { datanet, ids })
}

async fn create_datanet(stage: &Stage<'_>, net: &Net<'_>) -> Result<DatanetId> {
    let new = NewDatanet {
        name: net.words.name.to_owned(),
        description: net.words.description.to_owned(),
        media: net.subject.media().to_owned(),
        schema: net.subject.schema().to_owned(),
        licence: LICENCE.to_owned(),
        admission: Admission::Reviewed {
            reviewers: stage.cast.reviewers.iter().map(Actor::address).collect(),
            threshold: 2,
        },
        bond: Uint128::new(CONTRIBUTION_BOND),
        commits_per_day: COMMITS_A_DAY,
        min_influence_share: Bps(5_000),
        curators: vec![stage.cast.datanet_curator.address()],
        item_key: net.key.as_ref().map(|key| Hash32(item::key_commitment(key))),
    };
    let outcome = stage.contracts.tell_datanet(&net.owner.signer, &ExecuteMsg::CreateDatanet(new)).await?;
    stage.event(&outcome, DatanetEvent::parse, |event| match event {
        DatanetEvent::DatanetCreated { datanet, .. } => Some(datanet),
        _ => None,
    })
}

async fn prepare<'a>(stage: &Stage<'_>, net: &Net<'_>, batch: &'a Batch, contributor: &'a Actor) -> Result<Entry<'a>> {
    let items = &batch.items;
    let root = stage.published.put_items(items, net.digested()).await?;
    Ok(Entry {
        batch,
        contributor,
        digests: net.digested().all(items),
        root,
        // What is private withholds its size too.
        bytes: if net.key.is_some() { 0 } else { items.iter().map(|item| item.len() as u64).sum() },
        salt: key(stage.size.seed, &format!("salt of {}", batch.name)),
    })
}

async fn commit(stage: &Stage<'_>, datanet: DatanetId, entry: &Entry<'_>) -> Result<ContributionId> {
    let domain = stage.contracts.datanet_domain();
    let commitment = item::contribution_commitment(
        &domain,
        datanet.get(),
        entry.contributor.signer.address(),
        &entry.root,
        &entry.salt,
    );
    let hook = ReceiveMsg::Commit { datanet, commitment: Hash32(commitment) };
    let to = &stage.contracts.deployment().datanet;
    let outcome = stage.contracts.send_open(&entry.contributor.signer, to, CONTRIBUTION_BOND, &hook).await?;
    stage.event(&outcome, DatanetEvent::parse, |event| match event {
        DatanetEvent::Committed { contribution, .. } => Some(contribution),
        _ => None,
    })
}

async fn reveal(stage: &Stage<'_>, entry: &Entry<'_>, contribution: ContributionId) -> Result<()> {
    let revealed = RevealedContribution {
        kind: ContributionKind::Data,
        items_root: Hash32(entry.root),
        item_count: Uint64::new(entry.digests.len() as u64),
        bytes: Uint64::new(entry.bytes),
        uri: format!("published:items/{}", HexBinary::from(entry.root.as_slice())),
        licence: LICENCE.to_owned(),
        salt: Hash32(entry.salt),
        payees: payees(stage, entry),
    };
    let message = ExecuteMsg::Reveal { contribution, revealed };
    stage.contracts.tell_datanet(&entry.contributor.signer, &message).await?;
    Ok(())
}

/// One contributor shares what it earns with the annotator who labelled the batch.
fn payees(stage: &Stage<'_>, entry: &Entry<'_>) -> Vec<Payee> {
    if entry.batch.name != stage.plan.shared {
        return Vec::new();
    }
    let payee = |actor: &Actor, share| Payee { account: actor.address(), share: Bps(share) };
    vec![payee(entry.contributor, 7_000), payee(&stage.cast.annotator, 3_000)]
}

async fn review(stage: &Stage<'_>, contribution: ContributionId) -> Result<()> {
    for reviewer in stage.cast.reviewers.iter().take(2) {
        let message = ExecuteMsg::Review { contribution, verdict: Verdict::Accept };
        stage.contracts.tell_datanet(&reviewer.signer, &message).await?;
    }
    Ok(())
}

async fn prove_copy(stage: &Stage<'_>, entries: &[Entry<'_>], ids: &[ContributionId]) -> Result<()> {
    let find = |wanted: &dyn Fn(&Batch) -> bool| {
        entries.iter().zip(ids).find(|(entry, _)| wanted(entry.batch)).context("the plan has a copy and its original")
    };
    let (copy, later) = find(&|batch| batch.conduct == Conduct::Copy)?;
    let (original, earlier) = find(&|batch| batch.conduct != Conduct::Copy && batch.items == copy.batch.items)?;
    let proof = duplicate_proof((*earlier, &original.digests), (*later, &copy.digests))
        .context("every item of the copy is in the original")?;
    stage.contracts.tell_datanet(&stage.cast.stranger.signer, &ExecuteMsg::ProveDuplicate(proof)).await?;
    let record: Contribution = stage.contracts.contribution(*later).await?;
    ensure!(record.status == Status::Slashed, "the copy is {:?}, not slashed", record.status);
    Ok(())
}

/// Proves that every item of the later contribution stands in the earlier one; anyone can make it from public items.
pub fn duplicate_proof(earlier: (ContributionId, &[Hash]), later: (ContributionId, &[Hash])) -> Option<DuplicateProof> {
    let find = |digest: &Hash| earlier.1.iter().position(|candidate| candidate == digest);
    let pairs: Vec<DuplicatePair> = (0_u64..)
        .zip(later.1)
        .filter_map(|(position, digest)| {
            let earlier_position = Uint64::new(find(digest)? as u64);
            Some(DuplicatePair { digest: Hash32(*digest), earlier_position, later_position: Uint64::new(position) })
        })
        .take(protocol::datanet::MAX_DUPLICATE_PAIRS)
        .collect();
    let mut earlier_positions: Vec<u64> = pairs.iter().map(|pair| pair.earlier_position.u64()).collect();
    earlier_positions.sort_unstable();
    earlier_positions.dedup();
    let later_positions: Vec<u64> = pairs.iter().map(|pair| pair.later_position.u64()).collect();
    Some(DuplicateProof {
        earlier: earlier.0,
        later: later.0,
        earlier_path: path(earlier.1, &earlier_positions)?,
        later_path: path(later.1, &later_positions)?,
        pairs,
    })
}

fn path(digests: &[Hash], positions: &[u64]) -> Option<Vec<Hash32>> {
    let leaves: Vec<Hash> = digests.iter().map(|digest| tree::leaf(digest)).collect();
    Some(tree::prove_many(&leaves, positions)?.path.into_iter().map(Hash32).collect())
}
