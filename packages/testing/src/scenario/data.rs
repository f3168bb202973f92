//! DataNets and contributions.

use cosmwasm_std::{Addr, Uint64, Uint128};
use protocol::datanet::{
    Admission, Contribution, ContributionKind, DuplicatePair, DuplicateProof, ExecuteMsg, NewDatanet, QueryMsg,
    ReceiveMsg, RevealedContribution, Verdict,
};
use protocol::{Bps, ContributionId, DatanetId, Hash32};
use rules::{hash::Hash, item, tree};

use super::{CONTRIBUTION_BOND, World, id_of};
use crate::{ChainError, TxOutcome};

/// Items of a contribution, and what its contributor keeps secret until the reveal.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Who contributes.
    pub contributor: Addr,
    /// Digests of the items.
    pub digests: Vec<Hash>,
    /// Salt of the commitment.
    pub salt: Hash,
    /// Its id, once committed.
    pub id: ContributionId,
}

impl Batch {
    /// Items that are called `name 0`, `name 1`, …
    pub fn named(contributor: &Addr, name: &str, count: u64) -> Self {
        let digest = |number| item::item_digest(&item::text_item(&format!("{name} {number}")));
        Self {
            contributor: contributor.clone(),
            digests: (0..count).map(digest).collect(),
            salt: rules::hash::digest("test-batch-salt/v1", &[contributor.as_bytes(), name.as_bytes()]),
            id: ContributionId(0),
        }
    }

    /// The same items in another's name.
    pub fn copied_by(&self, contributor: &Addr) -> Self {
        Self { contributor: contributor.clone(), id: ContributionId(0), ..self.clone() }
    }

    /// Commitment to the items.
    pub fn root(&self) -> Hash {
        item::items_commitment(&self.digests)
    }

    /// The message that opens its commitment.
    pub fn revealed(&self) -> RevealedContribution {
        RevealedContribution {
            kind: ContributionKind::Data,
            items_root: Hash32(self.root()),
            item_count: Uint64::new(self.digests.len() as u64),
            bytes: Uint64::new(100),
            uri: "https://data.test/batch".to_owned(),
            licence: "CC-BY-4.0".to_owned(),
            salt: Hash32(self.salt),
            payees: Vec::new(),
        }
    }

    /// Proof that the first `count` items of this batch are the first of an earlier one.
    pub fn duplicate_proof(&self, earlier: &Self, count: u64) -> DuplicateProof {
        let positions: Vec<u64> = (0..count).collect();
        let pair = |(digest, &position): (&Hash, &u64)| DuplicatePair {
            digest: Hash32(*digest),
            earlier_position: Uint64::new(position),
            later_position: Uint64::new(position),
        };
        DuplicateProof {
            earlier: earlier.id,
            later: self.id,
            pairs: self.digests.iter().zip(&positions).map(pair).collect(),
            earlier_path: earlier.path(&positions),
            later_path: self.path(&positions),
        }
    }

    fn path(&self, positions: &[u64]) -> Vec<Hash32> {
        let leaves: Vec<Hash> = self.digests.iter().map(|digest| tree::leaf(digest)).collect();
        let proof = tree::prove_many(&leaves, positions).expect("the positions are in the batch");
        proof.path.into_iter().map(Hash32).collect()
    }
}

impl World {
    /// A DataNet of text items with 2-of-3 review.
    pub fn new_datanet(&self) -> NewDatanet {
        NewDatanet {
            name: "texts".to_owned(),
            description: "Texts of a test.".to_owned(),
            media: "text/plain".to_owned(),
            schema: "one text".to_owned(),
            licence: "CC-BY-4.0".to_owned(),
            admission: Admission::Reviewed {
                reviewers: self.accounts.reviewers.iter().map(Addr::to_string).collect(),
                threshold: 2,
            },
            bond: Uint128::new(CONTRIBUTION_BOND),
            commits_per_day: 5,
            min_influence_share: Bps(1_000),
            curators: vec![self.accounts.datanet_curator.to_string()],
            item_key: None,
        }
    }

    /// Creates the world's DataNet.
    pub fn add_datanet(&mut self) {
        let create = ExecuteMsg::CreateDatanet(self.new_datanet());
        let owner = self.accounts.datanet_owner.clone();
        let outcome = self.chain.execute(&owner, &self.at.datanet, &create, &[]).expect("the settings are valid");
        self.datanet = DatanetId(id_of(&outcome, "datanet_created", "datanet"));
    }

    /// Adds an accepted contribution by the contributor with this index; its batch takes the next place in `batches`.
    pub fn add_contribution(&mut self, index: usize) {
        let count = self.setup.items.get(index).copied().unwrap_or(20);
        let contributor = self.accounts.contributors.get(index).expect("there is a contributor for each contribution");
        let mut batch = Batch::named(contributor, &format!("text {index}"), count);
        self.contribute(&mut batch).expect("the contribution is valid");
        self.batches.push(batch);
    }

    /// Commits, reveals and has a contribution accepted.
    ///
    /// # Errors
    /// If the contract refuses a step.
    pub fn contribute(&mut self, batch: &mut Batch) -> Result<ContributionId, ChainError> {
        self.commit(batch)?;
        self.reveal(batch)?;
        for reviewer in 0..2 {
            self.review(reviewer, batch.id, Verdict::Accept)?;
        }
        Ok(batch.id)
    }

    /// Commits a batch with its bond.
    ///
    /// # Errors
    /// If the contract refuses.
    pub fn commit(&mut self, batch: &mut Batch) -> Result<TxOutcome, ChainError> {
        let commitment = item::contribution_commitment(
            &self.domain(&self.at.datanet),
            self.datanet.get(),
            batch.contributor.as_str(),
            &batch.root(),
            &batch.salt,
        );
        let hook = ReceiveMsg::Commit { datanet: self.datanet, commitment: Hash32(commitment) };
        let outcome = self.chain.send_open(&batch.contributor, &self.at.datanet, CONTRIBUTION_BOND, &hook)?;
        batch.id = ContributionId(id_of(&outcome, "contribution_committed", "contribution"));
        Ok(outcome)
    }

    /// Opens a batch's commitment.
    ///
    /// # Errors
    /// If the contract refuses.
    pub fn reveal(&mut self, batch: &Batch) -> Result<TxOutcome, ChainError> {
        let reveal = ExecuteMsg::Reveal { contribution: batch.id, revealed: batch.revealed() };
        self.chain.execute(&batch.contributor, &self.at.datanet, &reveal, &[])
    }

    /// Votes as the reviewer with this index.
    ///
    /// # Errors
    /// If the contract refuses.
    pub fn review(
        &mut self,
        reviewer: usize,
        contribution: ContributionId,
        verdict: Verdict,
    ) -> Result<TxOutcome, ChainError> {
        let account = self.accounts.reviewers.get(reviewer).expect("there are three reviewers").clone();
        self.chain.execute(&account, &self.at.datanet, &ExecuteMsg::Review { contribution, verdict }, &[])
    }

    /// A contribution as it stands.
    pub fn contribution(&self, contribution: ContributionId) -> Contribution {
        self.chain.query(&self.at.datanet, &QueryMsg::Contribution { contribution }).expect("the contribution exists")
    }
}
