//! Contributions to a reviewed DataNet, with items that copies can be proved of.

use anyhow::{Context, Result};
use chain::{Execute, Signer};
use cosmwasm_std::Addr;
use futures::future::try_join_all;
use protocol::datanet::{ExecuteMsg, ReceiveMsg, Verdict};
use protocol::{ContributionId, DatanetId, Hash32};
use rules::item;
use testing::scenario::Batch;

use super::super::market::all_told;
use super::super::stage::Stage;
use super::cast::Cast;

/// Bond of a contribution, in uopen.
pub const BOND: u128 = 1_000;
/// Items of each contribution.
const ITEMS: u64 = 20;
/// Contributions of each contributor.
const EACH: usize = 3;

/// Contributions, and what has become of them.
pub struct Contributions {
    /// Accepted, by contributors in blocks.
    pub originals: Vec<Batch>,
    /// Accepted: a copy of the first one in the last contributor's name.
    pub copy: Batch,
    /// Accepted: a copy of the second one in the name of the last contributor but one.
    pub other_copy: Batch,
    /// Never decided on.
    pub pending: Batch,
}

impl Contributions {
    /// Has all of them committed, revealed and reviewed; notes `review`, `review_accepting` and `review_rejecting`.
    ///
    /// # Errors
    /// If the contract refuses a step.
    pub async fn build(stage: &mut Stage, cast: &Cast, datanet: DatanetId) -> Result<Self> {
        let shared = &*stage;
        let own =
            cast.contributors.iter().map(|contributor| submit(shared, contributor, datanet, batches_of(contributor)));
        let originals: Vec<Batch> = try_join_all(own).await?.into_iter().flatten().collect();
        let (second, third, last) = (cast.contributor(1)?, cast.contributor(2)?, cast.contributor(3)?);
        let [first_batch, second_batch, ..] = originals.as_slice() else { anyhow::bail!("no contributions to copy") };
        let copy = submit_one(stage, last, datanet, first_batch.copied_by(&account(last))).await?;
        let other_copy = submit_one(stage, third, datanet, second_batch.copied_by(&account(third))).await?;
        let pending = submit_one(stage, second, datanet, Batch::named(&account(second), "pending", ITEMS)).await?;
        let refused = submit_one(stage, second, datanet, Batch::named(&account(second), "refused", ITEMS)).await?;
        accept(stage, cast, originals.iter().chain([&copy, &other_copy]).map(|batch| batch.id).collect()).await?;
        refuse(stage, cast, refused.id).await?;
        Ok(Self { originals, copy, other_copy, pending })
    }

    /// An original.
    ///
    /// # Errors
    /// If there are fewer.
    pub fn original(&self, number: usize) -> Result<&Batch> {
        self.originals.get(number).context("a contribution")
    }

    /// The original that no model uses: the last one.
    ///
    /// # Errors
    /// If there is none.
    pub fn unused(&self) -> Result<&Batch> {
        self.originals.last().context("a contribution")
    }

    /// What models use, by positions: all originals but the last, and a copy.
    pub fn used(&self) -> Vec<ContributionId> {
        let originals = self.originals.iter().rev().skip(1).rev();
        originals.chain([&self.copy]).map(|batch| batch.id).collect()
    }
}

fn account(signer: &Signer) -> Addr {
    Addr::unchecked(signer.address())
}

fn batches_of(contributor: &Signer) -> Vec<Batch> {
    (0..EACH)
        .map(|number| Batch::named(&account(contributor), &format!("{} {number}", contributor.address()), ITEMS))
        .collect()
}

async fn submit_one(stage: &Stage, contributor: &Signer, datanet: DatanetId, batch: Batch) -> Result<Batch> {
    submit(stage, contributor, datanet, vec![batch]).await?.pop().context("a contribution")
}

/// Commits and reveals.
async fn submit(
    stage: &Stage,
    contributor: &Signer,
    datanet: DatanetId,
    mut batches: Vec<Batch>,
) -> Result<Vec<Batch>> {
    let at = &stage.at.deployment.datanet;
    let commits = batches.iter().map(|batch| stage.sending(at, BOND, &commitment(stage, datanet, batch)));
    let committed = stage.client.execute_measured(contributor, commits.collect::<Result<_>>()?).await?;
    let ids = all_told(&committed, "contribution_committed", "contribution");
    for (batch, id) in batches.iter_mut().zip(ids) {
        batch.id = ContributionId(id);
    }
    let reveals = batches.iter().map(|batch| {
        Ok(Execute::new(at.as_str(), &ExecuteMsg::Reveal { contribution: batch.id, revealed: batch.revealed() })?)
    });
    stage.client.execute_measured(contributor, reveals.collect::<Result<_>>()?).await?;
    Ok(batches)
}

fn commitment(stage: &Stage, datanet: DatanetId, batch: &Batch) -> ReceiveMsg {
    let domain = stage.domain(&stage.at.deployment.datanet);
    let (contributor, root) = (batch.contributor.as_str(), batch.root());
    let commitment = item::contribution_commitment(&domain, datanet.get(), contributor, &root, &batch.salt);
    ReceiveMsg::Commit { datanet, commitment: Hash32(commitment) }
}

/// Two reviewers accept: the first is measured alone, and the other ones go together.
async fn accept(stage: &mut Stage, cast: &Cast, contributions: Vec<ContributionId>) -> Result<()> {
    let at = stage.at.deployment.datanet.clone();
    let (first, others) = contributions.split_first().context("a contribution")?;
    for (reviewer, name) in [(0, "review"), (1, "review_accepting")] {
        let reviewer = cast.reviewer(reviewer)?;
        stage.measured(name, reviewer, &at, &vote(*first, Verdict::Accept)).await?;
        let votes = others.iter().map(|id| Ok(Execute::new(at.as_str(), &vote(*id, Verdict::Accept))?));
        stage.client.execute_measured(reviewer, votes.collect::<Result<_>>()?).await?;
    }
    Ok(())
}

/// Two reviewers refuse, so that no two are left who could accept: the bond goes back.
async fn refuse(stage: &mut Stage, cast: &Cast, contribution: ContributionId) -> Result<()> {
    let at = stage.at.deployment.datanet.clone();
    let no = vote(contribution, Verdict::Reject);
    stage.execute(cast.reviewer(0)?, &at, &no).await?;
    stage.measured("review_rejecting", cast.reviewer(1)?, &at, &no).await?;
    Ok(())
}

fn vote(contribution: ContributionId, verdict: Verdict) -> ExecuteMsg {
    ExecuteMsg::Review { contribution, verdict }
}
