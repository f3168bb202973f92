//! How a world is made: contributions, the method with its operators, the model with its version and validation examples.

use anyhow::{Context, Result, ensure};
use chain::{Execute, Signer, TxOutcome};
use cosmwasm_std::{Addr, Binary, Event, Uint64, Uint128};
use futures::future::try_join_all;
use influence::dataset::LabelledImage;
use operator::{
    contracts::Contracts,
    inputs,
    published::{Digested, Published, ValidationExample, validation_root},
    story::{cast::key, ground::Chain},
    training::Trained,
};
use protocol::{
    Bps, ContributionId, DatanetId, Hash32, Seconds,
    attribution::{ExecuteMsg as AttributionMsg, MethodParams, ReceiveMsg as AttributionReceive},
    datanet::{
        Admission, ContributionKind, ExecuteMsg as DatanetMsg, NewDatanet, QueryMsg as DatanetQuery,
        ReceiveMsg as DatanetReceive, RevealedContribution, Snapshot, Verdict,
    },
    event::DatanetEvent,
    model::{
        Curatorship, ExecuteMsg as ModelMsg, ModelKind, NewModel, NewStake, Price, Terms, TrainedOn, VersionManifest,
    },
    open_token::{MAX_SUPPLY_UOPEN, UOPEN_PER_OPEN},
};
use rules::{bitmap::Bitmap, hash::Hash, item};

use super::{
    people::{CONTRIBUTION_BOND, OPERATOR_BOND, People},
    world::{METHOD, MODEL, Pace, VALIDATION_PER_ROUND},
};

const DATANET: DatanetId = DatanetId(1);
const LICENCE: &str = "CC-BY-4.0";
/// The fewest paid prompts that a round is measured on.
const MIN_EFFECTIVE_QUERIES: u32 = 3;

/// A contributor's batch on its way.
struct Batch {
    images: Vec<LabelledImage>,
    digests: Vec<Hash>,
    root: Hash,
    bytes: u64,
    salt: Hash,
}

/// Pays a bond.
pub(super) async fn bond(contracts: &Contracts, signer: &Signer, amount: u128) -> Result<()> {
    let to = &contracts.deployment().attribution;
    contracts.send_open(signer, to, amount, &AttributionReceive::Bond { method: METHOD }).await?;
    Ok(())
}

/// A world in the making.
pub(super) struct Making<'a> {
    pub contracts: &'a Contracts,
    pub chain: &'a dyn Chain,
    pub published: &'a Published,
    pub people: &'a People,
    pub pace: Pace,
}

impl Making<'_> {
    async fn tell<M: serde::Serialize>(&self, signer: &Signer, contract: &Addr, messages: &[M]) -> Result<TxOutcome> {
        let execute = |message| Execute::new(contract.as_str(), message);
        let messages = messages.iter().map(execute).collect::<std::result::Result<_, _>>()?;
        Ok(self.chain.execute(signer, messages).await?)
    }

    pub(super) async fn admit(&self) -> Result<()> {
        let mut messages = vec![AttributionMsg::RegisterMethod(self.method())];
        let admit =
            |signer: &Signer| AttributionMsg::AdmitOperator { method: METHOD, operator: signer.address().to_owned() };
        messages.extend(self.people.operators.iter().map(admit));
        self.tell(&self.people.governance, &self.contracts.deployment().attribution, &messages).await?;
        try_join_all(self.people.operators.iter().map(|signer| bond(self.contracts, signer, OPERATOR_BOND))).await?;
        Ok(())
    }

    fn method(&self) -> MethodParams {
        MethodParams {
            name: influence::manifest::METHOD.to_owned(),
            spec_hash: Hash32(rules::hash::digest("method-spec/v1", &[influence::manifest::METHOD.as_bytes()])),
            z_tenths: 30,
            min_effective_queries: MIN_EFFECTIVE_QUERIES,
            validation_per_round: Uint64::new(VALIDATION_PER_ROUND as u64),
            min_pool: Uint128::new(1),
            bond: Uint128::new(OPERATOR_BOND),
            missed_penalty: Uint128::new(OPERATOR_BOND / 20),
            commit_period: Seconds(self.pace.window),
            reveal_period: Seconds(self.pace.window),
            tolerance: Uint64::new(100_000),
        }
    }

    /// Contributions in the order of their ids, with their images.
    pub(super) async fn contribute(
        &self,
        batches: &[Vec<LabelledImage>],
    ) -> Result<Vec<(ContributionId, Vec<LabelledImage>)>> {
        let datanet = &self.contracts.deployment().datanet;
        self.tell(&self.people.owner, datanet, &[DatanetMsg::CreateDatanet(self.datanet())]).await?;
        let all = self.people.contributors.iter().zip(batches);
        let mut done = try_join_all(all.map(|(signer, images)| self.contribution(signer, images))).await?;
        done.sort_by_key(|(id, _)| *id);
        let review = |(id, _): &(ContributionId, Vec<LabelledImage>)| DatanetMsg::Review {
            contribution: *id,
            verdict: Verdict::Accept,
        };
        let reviews: Vec<DatanetMsg> = done.iter().map(review).collect();
        try_join_all(self.people.reviewers.iter().map(|reviewer| self.tell(reviewer, datanet, &reviews))).await?;
        Ok(done)
    }

    fn datanet(&self) -> NewDatanet {
        NewDatanet {
            name: "digits".to_owned(),
            description: "Hand-written digits".to_owned(),
            media: "image/x-grey8".to_owned(),
            schema: "rules::item::ImageItem".to_owned(),
            licence: LICENCE.to_owned(),
            admission: Admission::Reviewed {
                reviewers: self.people.reviewers.iter().map(|signer| signer.address().to_owned()).collect(),
                threshold: 2,
            },
            bond: Uint128::new(CONTRIBUTION_BOND),
            commits_per_day: 5,
            min_influence_share: Bps(5_000),
            curators: vec![self.people.curators[1].address().to_owned()],
            item_key: None,
        }
    }

    async fn contribution(
        &self,
        signer: &Signer,
        images: &[LabelledImage],
    ) -> Result<(ContributionId, Vec<LabelledImage>)> {
        let batch = self.batch(signer, images).await?;
        let domain = self.contracts.datanet_domain();
        let commitment =
            item::contribution_commitment(&domain, DATANET.get(), signer.address(), &batch.root, &batch.salt);
        let hook = DatanetReceive::Commit { datanet: DATANET, commitment: Hash32(commitment) };
        let to = &self.contracts.deployment().datanet;
        let outcome = self.contracts.send_open(signer, to, CONTRIBUTION_BOND, &hook).await?;
        let contribution = committed(&outcome.events).context("a commit says its contribution")?;
        let reveal = DatanetMsg::Reveal { contribution, revealed: revealed(&batch) };
        self.tell(signer, to, &[reveal]).await?;
        Ok((contribution, batch.images))
    }

    async fn batch(&self, signer: &Signer, images: &[LabelledImage]) -> Result<Batch> {
        let items: Vec<Vec<u8>> = images.iter().map(inputs::image_bytes).collect::<Result<_, _>>()?;
        let root = self.published.put_items(&items, Digested::Openly).await?;
        Ok(Batch {
            images: images.to_vec(),
            digests: Digested::Openly.all(&items),
            root,
            bytes: items.iter().map(|item| item.len() as u64).sum(),
            salt: key(self.people.seed, signer.address()),
        })
    }

    pub(super) async fn make_model(
        &self,
        ids: &[ContributionId],
        trained: &Trained,
        validation: &[ValidationExample],
    ) -> Result<()> {
        ensure!(!ids.is_empty(), "a model has contributions");
        let snapshot = self.snapshot().await?;
        let to = &self.contracts.deployment().model;
        let root = Hash32(validation_root(validation));
        let count = Uint64::new(validation.len() as u64);
        let messages = [
            ModelMsg::CreateModel(self.model()),
            ModelMsg::AppendContributions { model: MODEL, contributions: ids.to_vec() },
            ModelMsg::RegisterVersion { model: MODEL, manifest: manifest(ids.len(), trained, snapshot) },
            ModelMsg::ProposeValidation { model: MODEL, root, count, uri: "published:validation".to_owned() },
        ];
        self.tell(&self.people.owner, to, &messages).await?;
        let roles = [Curatorship::Model {}, Curatorship::Datanet { contribution: ids[0] }];
        let approvals = self.people.curators.iter().zip(roles).map(|(curator, on_behalf)| async move {
            self.tell(curator, to, &[ModelMsg::ApproveValidation { model: MODEL, root, on_behalf }]).await
        });
        try_join_all(approvals).await?;
        Ok(())
    }

    async fn snapshot(&self) -> Result<(Uint64, Hash32)> {
        let datanet: protocol::datanet::Datanet =
            self.contracts.datanet(&DatanetQuery::Datanet { datanet: DATANET }).await?;
        let version = datanet.version;
        let snapshot: Snapshot = self.contracts.datanet(&DatanetQuery::Snapshot { datanet: DATANET, version }).await?;
        Ok((version, snapshot.root))
    }

    fn model(&self) -> NewModel {
        let price = |name: &str, open: u128| Price::flat(name, open * UOPEN_PER_OPEN);
        NewModel {
            name: "digits".to_owned(),
            kind: ModelKind::Base,
            terms: Terms {
                owner: Bps(2_000),
                stake: Bps(500),
                influence: Bps(7_500),
                parents: Bps(0),
                release_rate: Bps::WHOLE,
                cap: Uint128::new(MAX_SUPPLY_UOPEN),
            },
            prices: vec![price("standard", 1), price("priority", 3)],
            gateway: self.people.gateway.address().to_owned(),
            method: METHOD,
            curators: vec![self.people.curators[0].address().to_owned()],
            parents: Vec::new(),
            stake: NewStake {
                name: "Stake of digits".to_owned(),
                symbol: "DIGITS".to_owned(),
                owner: Bps(5_000),
                contributors: Bps(3_000),
                work: Bps(2_000),
            },
        }
    }
}

fn committed(events: &[Event]) -> Option<ContributionId> {
    events.iter().find_map(|event| match DatanetEvent::parse(event)?.ok()? {
        DatanetEvent::Committed { contribution, .. } => Some(contribution),
        _ => None,
    })
}

fn revealed(batch: &Batch) -> RevealedContribution {
    RevealedContribution {
        kind: ContributionKind::Data,
        items_root: Hash32(batch.root),
        item_count: Uint64::new(batch.digests.len() as u64),
        bytes: Uint64::new(batch.bytes),
        uri: "published:items".to_owned(),
        licence: LICENCE.to_owned(),
        salt: Hash32(batch.salt),
        payees: Vec::new(),
    }
}

fn manifest(positions: usize, trained: &Trained, (version, root): (Uint64, Hash32)) -> VersionManifest {
    VersionManifest {
        trained_on: vec![TrainedOn { datanet: DATANET, version, root }],
        positions: u32::try_from(positions).unwrap_or(u32::MAX),
        left_out: Binary::from(Bitmap::new(positions).as_bytes()),
        training_hash: Hash32(trained.manifest.hash()),
        weights_hash: Hash32(trained.weights_hash()),
        uri: "published:weights".to_owned(),
        work: Vec::new(),
    }
}
