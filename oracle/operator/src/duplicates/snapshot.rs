//! Items to compare, from the published contributions of a snapshot, each checked against its Merkle root.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use protocol::{ContributionId, DatanetId, Hash32};
use serde::Deserialize;

use super::{Bodies, Input, order::Order};
use crate::{
    attributed::Owners,
    published::{Digested, Published},
};

/// Contributions, as `oracle train` takes them too; what else the file says is passed over.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Snapshot {
    contributions: Vec<Listed>,
}

/// A contribution as it is listed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
struct Listed {
    datanet: DatanetId,
    contribution: ContributionId,
    items_root: Hash32,
    /// Block time of its commit, in seconds; ids follow commits where it is not given.
    #[serde(default)]
    committed_at: Option<u64>,
}

impl Listed {
    fn name(&self) -> String {
        format!("{}/{}", self.datanet, self.contribution)
    }
}

impl Snapshot {
    /// Reads a list of contributions.
    ///
    /// # Errors
    /// Names the file; also if it gives the time of some commits and not of others, which then have no order.
    pub fn read(path: &Path) -> Result<Self> {
        let shown = path.display();
        let text = std::fs::read(path).with_context(|| format!("cannot read {shown}"))?;
        let form = r#"{"contributions": [{"datanet": "1", "contribution": "7", "items_root": "<64 hex digits>"}]}"#;
        let snapshot: Self = serde_json::from_slice(&text)
            .with_context(|| format!("{shown} is no list of contributions: write {form}"))?;
        ensure!(!snapshot.contributions.is_empty(), "{shown} lists no contributions");
        let timed = snapshot.contributions.iter().filter(|listed| listed.committed_at.is_some()).count();
        let all = snapshot.contributions.len();
        ensure!(
            timed == 0 || timed == all,
            "{shown} says of {timed} of {all} contributions when they were committed: say it of all or of none"
        );
        Ok(snapshot)
    }

    /// The items of all contributions.
    ///
    /// # Errors
    /// If items are missing or have another root than is listed.
    pub async fn fetch(&self, published: &Published) -> Result<Input> {
        let (mut bodies, mut whereabouts, mut owners) = (Vec::new(), Vec::new(), Vec::new());
        for listed in &self.contributions {
            let items = published
                .items(listed.items_root.bytes(), Digested::Openly)
                .await
                .with_context(|| format!("cannot use the items of contribution {}", listed.name()))?;
            whereabouts.extend((0..items.len()).map(|index| format!("item {index} of contribution {}", listed.name())));
            owners.extend(vec![listed.name(); items.len()]);
            bodies.extend(items);
        }
        let owners = Owners::new(owners);
        let order = self.order(&owners)?;
        Ok(Input { bodies: Bodies::Canonical(bodies), whereabouts, owners, order })
    }

    /// A contribution's id grows with its commit.
    fn order(&self, owners: &Owners) -> Result<Order> {
        let time = |name: &String| {
            let listed = self.contributions.iter().find(|listed| listed.name() == *name);
            let listed = listed.context("every owner was listed")?;
            Ok(listed.committed_at.unwrap_or(listed.contribution.get()))
        };
        Ok(Order::new(owners.names().iter().map(time).collect::<Result<_>>()?))
    }
}
