//! Items of contributions, from the published objects, each checked against its contribution's Merkle root before use: of a list in a
//! file, or of a DataNet on a chain.

use std::{collections::BTreeSet, path::Path};

use anyhow::{Context, Result, bail, ensure};
use cosmwasm_std::Uint64;
use influence::language::{Answered, Text};
use lm::data::Content;
use protocol::{
    ContributionId, DatanetId, Hash32, Page,
    datanet::{Contribution, Datanet, QueryMsg, Snapshot as SnapshotRecord, Status},
    model::TrainedOn,
};
use rules::{
    item::{self, ContributionRecord, ImageItem},
    tree,
};
use serde::{Deserialize, Serialize};

use super::material::{Contributor, Material, Origin, Piece, Whereabouts};
use crate::{
    inputs::{Sources, texts},
    originals::Since,
    published::{Digested, Published},
};

/// Contributions to learn from, in their order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Snapshot {
    /// DataNet snapshots that they stand in, for the version's manifest.
    #[serde(default)]
    pub trained_on: Vec<TrainedOn>,
    /// The contributions.
    pub contributions: Vec<Listed>,
}

/// A contribution as it is listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listed {
    /// Its DataNet.
    pub datanet: DatanetId,
    /// Its id.
    pub contribution: ContributionId,
    /// Merkle root of its items.
    pub items_root: Hash32,
    /// Block time of its commit, in seconds; ids follow commits where it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub committed_at: Option<u64>,
}

/// Which contributions of a DataNet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The DataNet.
    pub datanet: DatanetId,
    /// How many of its first contributions; all that there are if absent.
    pub version: Option<Uint64>,
}

impl std::str::FromStr for Wanted {
    type Err = String;

    /// `3` or `3@17`.
    fn from_str(text: &str) -> Result<Self, String> {
        let (datanet, version) = text.split_once('@').map_or((text, None), |(id, version)| (id, Some(version)));
        let refused = || format!("`{text}` is no DataNet: write its id, as 3, or with a version, as 3@17");
        Ok(Self {
            datanet: datanet.parse().map_err(|_| refused())?,
            version: version.map(|version| version.parse().map(Uint64::new)).transpose().map_err(|_| refused())?,
        })
    }
}

impl Snapshot {
    /// Reads a list of contributions.
    ///
    /// # Errors
    /// Names the file; also if it lists a contribution twice, or gives the time of some commits and not of others.
    pub fn load(path: &Path) -> Result<Self> {
        let text = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let form = r#"{"contributions": [{"datanet": "1", "contribution": "1", "items_root": "<64 hex digits>"}]}"#;
        let snapshot: Self = serde_json::from_slice(&text)
            .with_context(|| format!("{} is no list of contributions: write {form}", path.display()))?;
        snapshot.check().with_context(|| format!("cannot use the list of contributions {}", path.display()))?;
        Ok(snapshot)
    }

    fn check(&self) -> Result<()> {
        let all = self.contributions.len();
        ensure!(all > 0, "it lists no contributions");
        let ids: BTreeSet<u64> = self.contributions.iter().map(|listed| listed.contribution.get()).collect();
        ensure!(ids.len() == all, "it lists a contribution twice");
        let timed = self.contributions.iter().filter(|listed| listed.committed_at.is_some()).count();
        ensure!(
            timed == 0 || timed == all,
            "it says of {timed} of {all} contributions when they were committed: say it of all or of none"
        );
        Ok(())
    }

    /// The items of the listed contributions.
    ///
    /// # Errors
    /// If items are missing, have another root, or are no text: says which.
    pub async fn fetch(self, published: &Published) -> Result<Material> {
        let mut material = Material { trained_on: self.trained_on.clone(), ..Material::default() };
        for listed in &self.contributions {
            material.add_contribution(listed, published, Digested::Openly).await?;
        }
        material.snapshot = Some(self);
        Ok(material)
    }
}

impl Material {
    async fn add_contribution(&mut self, listed: &Listed, published: &Published, digested: Digested<'_>) -> Result<()> {
        let Listed { datanet, contribution, items_root, .. } = *listed;
        let items = published
            .items(items_root.bytes(), digested)
            .await
            .with_context(|| format!("cannot use the items of contribution {contribution} of DataNet {datanet}"))?;
        self.origins.push(Origin::Published { datanet, contribution, items_root, items: items.len() });
        self.names.push(format!("contribution {contribution} of DataNet {datanet}"));
        self.contributors.push(listed.contributor());
        for (index, bytes) in items.iter().enumerate() {
            let place = Whereabouts::Published { contribution, index };
            let content = content(bytes, index).with_context(|| format!("cannot use {place}"))?;
            self.pieces.push(Piece { place, content });
            self.owners.push(contribution.to_string());
        }
        Ok(())
    }
}

/// The items of a DataNet's first contributions, as the chain and the published objects have them. The list of contributions is checked
/// against the snapshot's root. What was slashed or withdrawn since is left out, as every new version must.
///
/// # Errors
/// If the chain's list has another root, items are missing or false, or a key is lacking.
pub async fn of_datanet(sources: Sources<'_>, wanted: Wanted) -> Result<Material> {
    let (datanet, snapshot, contributions) = look_up(sources, wanted).await?;
    let digested = sources.keys.digested(&datanet)?;
    let SnapshotRecord { datanet, version, root } = snapshot;
    let trained_on = vec![TrainedOn { datanet, version, root }];
    let usable = contributions.iter().filter(|contribution| contribution.status == Status::Accepted);
    let listed: Vec<Listed> = usable.filter_map(listed).collect();
    ensure!(!listed.is_empty(), "DataNet {datanet} has no contribution that can be used");
    let mut material = Material { trained_on: trained_on.clone(), ..Material::default() };
    for contribution in &listed {
        material.add_contribution(contribution, sources.published, digested).await?;
    }
    // A list without the key gives nobody the items of a private DataNet.
    let is_open = digested == Digested::Openly;
    material.snapshot = is_open.then_some(Snapshot { trained_on, contributions: listed });
    Ok(material)
}

async fn look_up(sources: Sources<'_>, wanted: Wanted) -> Result<(Datanet, SnapshotRecord, Vec<Contribution>)> {
    let Wanted { datanet, version } = wanted;
    let contracts = sources.contracts;
    let record: Datanet = contracts.datanet(&QueryMsg::Datanet { datanet }).await?;
    let version = version.unwrap_or(record.version);
    let snapshot: SnapshotRecord = contracts.datanet(&QueryMsg::Snapshot { datanet, version }).await?;
    let contributions = accepted(sources, &snapshot).await?;
    let root = root_of(sources, &contributions)?;
    if root != snapshot.root {
        bail!(
            "the contributions that the node lists for version {version} of DataNet {datanet} have another root than the chain's snapshot: ask another node"
        )
    }
    Ok((record, snapshot, contributions))
}

/// The contributions of a snapshot, by rank.
async fn accepted(sources: Sources<'_>, snapshot: &SnapshotRecord) -> Result<Vec<Contribution>> {
    let mut all: Vec<Contribution> = Vec::new();
    loop {
        let start_after = all.last().map(|contribution| Uint64::new(contribution.id.get()));
        let page = Page { start_after, limit: Some(Page::MAX_LIMIT) };
        let query = QueryMsg::Contributions { datanet: snapshot.datanet, page };
        let more: Vec<Contribution> = sources.contracts.datanet(&query).await?;
        if more.is_empty() {
            break;
        }
        all.extend(more);
    }
    all.retain(|contribution| contribution.rank.is_some_and(|rank| rank < snapshot.version));
    all.sort_by_key(|contribution| contribution.rank);
    Ok(all)
}

/// Root of the DataNet's tree over contributions.
fn root_of(sources: Sources<'_>, contributions: &[Contribution]) -> Result<Hash32> {
    let domain = sources.contracts.datanet_domain();
    let leaf = |contribution: &Contribution| {
        let record = record(contribution).context("an accepted contribution was not revealed")?;
        Ok(tree::leaf(&item::contribution_digest(&domain, &record)))
    };
    let leaves = contributions.iter().map(leaf).collect::<Result<Vec<_>>>()?;
    Ok(Hash32(tree::commitment(tree::TAG_DATANET, leaves.len() as u64, &tree::top(&leaves))))
}

fn record(contribution: &Contribution) -> Option<ContributionRecord> {
    let revealed = contribution.revealed.as_ref()?;
    Some(ContributionRecord {
        datanet: contribution.datanet.get(),
        id: contribution.id.get(),
        contributor: contribution.contributor.to_string(),
        kind: revealed.kind.name().to_owned(),
        items_root: revealed.items_root.into(),
        item_count: revealed.item_count.u64(),
        committed_at: contribution.committed_at.get(),
    })
}

fn listed(contribution: &Contribution) -> Option<Listed> {
    Some(Listed {
        datanet: contribution.datanet,
        contribution: contribution.id,
        items_root: contribution.revealed.as_ref()?.items_root,
        committed_at: Some(contribution.committed_at.get()),
    })
}

impl Listed {
    fn contributor(&self) -> Contributor {
        let id = self.contribution.get();
        let since = Since { committed_at: self.committed_at.unwrap_or(id), contribution: id };
        Contributor { name: self.contribution.to_string(), since }
    }
}

/// An item as operators read it too: a text, or an answer after its prompt.
fn content(bytes: &[u8], index: usize) -> Result<Content> {
    if ImageItem::parse(bytes).is_some() {
        bail!("it is an image, and a language model learns from text: name a DataNet of texts")
    }
    Ok(match texts::text(bytes, "item", index)? {
        Text::Whole(text) => Content::Text(text),
        Text::Answered(Answered { prompt, answer }) => Content::Answered { prompt, answer },
    })
}
