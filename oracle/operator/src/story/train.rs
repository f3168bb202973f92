//! Act 2: operators are admitted and bonded; a model is created with its stake, trained on accepted contributions, registered with its
//! manifest and the work that went into it, and given validation examples that two curators approve. The adapter is made the same way.

use anyhow::{Context, Result};
use cosmwasm_std::{Binary, Uint64, Uint128};
use protocol::{
    Bps, ContributionId, DatanetId, Hash32, MethodId, ModelId, Seconds,
    attribution::{ExecuteMsg as AttributionMsg, MethodParams, ReceiveMsg as AttributionReceive},
    datanet::{QueryMsg as DatanetQuery, Snapshot, Status},
    event::{AttributionEvent, ModelEvent},
    model::{
        Curatorship, ExecuteMsg as ModelMsg, ModelKind, NewModel, NewStake, Parent, Price, Terms, TrainedOn,
        VersionManifest, WorkClaim, WorkKind,
    },
    open_token::{MAX_SUPPLY_UOPEN, UOPEN_PER_OPEN},
};
use rules::bitmap::Bitmap;

use super::{
    cast::{Actor, OPERATOR_BOND},
    contribute::Contributed,
    stage::Stage,
    version::Version,
};
use crate::published::{ValidationExample, validation_root};

/// What an operator pays who misses three rounds in a row, in uopen.
const MISSED_PENALTY: u128 = 50 * UOPEN_PER_OPEN;

/// A model, and what it was trained to.
pub struct Registered {
    /// The model.
    pub model: ModelId,
    /// Its method.
    pub method: MethodId,
    /// Weights and manifest.
    pub version: Version,
    /// Which contribution stands at each position.
    pub positions: Vec<ContributionId>,
    /// Its approved validation examples.
    pub validation: Vec<ValidationExample>,
}

/// A model to be made.
pub struct Making<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its stake's symbol.
    pub symbol: &'a str,
    /// Who owns it.
    pub owner: &'a Actor,
    /// How the net fee is split.
    pub shares: Shares,
    /// What it is made from.
    pub base: Option<&'a Registered>,
    /// The data.
    pub contributed: &'a Contributed,
    /// Validation examples.
    pub validation: &'a [ValidationExample],
    /// Work that went into it.
    pub work: Vec<WorkClaim>,
}

/// Parts of the net fee, in basis points.
#[derive(Clone, Copy, Debug)]
pub struct Shares {
    /// The owner's.
    pub owner: u16,
    /// The stake holders'.
    pub stake: u16,
    /// The contributors'.
    pub influence: u16,
    /// The parents'.
    pub parents: u16,
}

/// Makes the base model.
pub async fn base(stage: &Stage<'_>, contributed: &Contributed) -> Result<Registered> {
    let method = register_method(stage).await?;
    let words = stage.plan.subject.base();
    let making = Making {
        name: words.name,
        symbol: words.symbol,
        owner: &stage.cast.owner,
        shares: Shares { owner: 2_000, stake: 500, influence: 7_500, parents: 0 },
        base: None,
        contributed,
        validation: &stage.plan.validation,
        work: vec![claim(&stage.cast.trainer, WorkKind::Compute)],
    };
    make(stage, method, &making).await
}

/// Half of the work reserve for somebody's work.
pub fn claim(worker: &Actor, kind: WorkKind) -> WorkClaim {
    WorkClaim { account: worker.address(), kind, share: Bps(5_000) }
}

/// Makes a model.
pub async fn make(stage: &Stage<'_>, method: MethodId, making: &Making<'_>) -> Result<Registered> {
    let model = create_model(stage, method, making).await?;
    let positions = append(stage, model, making).await?;
    let version = train(stage, model, making.base, &positions).await?;
    register_version(stage, model, (making.owner, making.contributed.datanet), (&version, &making.work)).await?;
    let validation = approve_validation(stage, model, making, &positions).await?;
    Ok(Registered { model, method, version, positions, validation })
}

/// The next version of a model without parents, which learns all of its positions.
pub async fn next_version(stage: &Stage<'_>, registered: &Registered, from: (&Actor, DatanetId)) -> Result<Version> {
    let version = train(stage, registered.model, None, &registered.positions).await?;
    register_version(stage, registered.model, from, (&version, &[])).await?;
    Ok(version)
}

/// Registers the method, admits its operators and bonds them.
pub async fn register_method(stage: &Stage<'_>) -> Result<MethodId> {
    let name = stage.plan.subject.method();
    let params = MethodParams {
        name: name.to_owned(),
        spec_hash: Hash32(rules::hash::digest("method-spec/v1", &[name.as_bytes()])),
        z_tenths: 30,
        min_effective_queries: crate::node::MIN_EFFECTIVE_QUERIES,
        validation_per_round: Uint64::new(stage.plan.validation_per_round as u64),
        min_pool: Uint128::new(UOPEN_PER_OPEN),
        bond: Uint128::new(OPERATOR_BOND),
        missed_penalty: Uint128::new(MISSED_PENALTY),
        commit_period: Seconds(stage.pace.window),
        reveal_period: Seconds(stage.pace.window),
        tolerance: Uint64::new(100_000),
    };
    let governance = &stage.cast.governance.signer;
    let outcome = stage.contracts.tell_attribution(governance, &AttributionMsg::RegisterMethod(params)).await?;
    let method = stage.event(&outcome, AttributionEvent::parse, |event| match event {
        AttributionEvent::MethodRegistered { method, .. } => Some(method),
        _ => None,
    })?;
    for operator in &stage.cast.operators {
        let admit = AttributionMsg::AdmitOperator { method, operator: operator.address() };
        stage.contracts.tell_attribution(governance, &admit).await?;
        let to = &stage.contracts.deployment().attribution;
        stage.contracts.send_open(&operator.signer, to, OPERATOR_BOND, &AttributionReceive::Bond { method }).await?;
    }
    stage.wait(stage.pace.operator_delay).await?;
    Ok(method)
}

async fn create_model(stage: &Stage<'_>, method: MethodId, making: &Making<'_>) -> Result<ModelId> {
    let price = |name: &str, open: u128| Price::flat(name, open * UOPEN_PER_OPEN);
    let Shares { owner, stake, influence, parents } = making.shares;
    let new = NewModel {
        name: making.name.to_owned(),
        kind: if making.base.is_some() { ModelKind::Adapter } else { ModelKind::Base },
        terms: Terms {
            owner: Bps(owner),
            stake: Bps(stake),
            influence: Bps(influence),
            parents: Bps(parents),
            release_rate: Bps::WHOLE,
            cap: Uint128::new(MAX_SUPPLY_UOPEN),
        },
        prices: vec![price("standard", 1), price("priority", 3)],
        gateway: stage.cast.gateway.address(),
        method,
        curators: vec![stage.cast.model_curator.address()],
        parents: making.base.iter().map(|base| Parent { model: base.model, share: Bps::WHOLE }).collect(),
        stake: NewStake {
            name: format!("Stake of {}", making.name),
            symbol: making.symbol.to_owned(),
            owner: Bps(5_000),
            contributors: Bps(3_000),
            work: Bps(2_000),
        },
    };
    let outcome = stage.contracts.tell_model(&making.owner.signer, &ModelMsg::CreateModel(new)).await?;
    stage.event(&outcome, ModelEvent::parse, |event| match event {
        ModelEvent::ModelCreated { model, .. } => Some(model),
        _ => None,
    })
}

/// Uses every contribution that its DataNet has accepted and not slashed, in the order of commits.
async fn append(stage: &Stage<'_>, model: ModelId, making: &Making<'_>) -> Result<Vec<ContributionId>> {
    let mut accepted = Vec::new();
    for id in &making.contributed.ids {
        if stage.contracts.contribution(*id).await?.status == Status::Accepted {
            accepted.push(*id);
        }
    }
    let message = ModelMsg::AppendContributions { model, contributions: accepted.clone() };
    stage.contracts.tell_model(&making.owner.signer, &message).await?;
    Ok(accepted)
}

async fn train(
    stage: &Stage<'_>,
    model: ModelId,
    base: Option<&Registered>,
    positions: &[ContributionId],
) -> Result<Version> {
    let mut contributions = Vec::new();
    for contribution in positions {
        contributions.push(stage.contracts.contribution(*contribution).await?);
    }
    let version = Version::train(stage, &contributions, base.map(|base| &base.version)).await?;
    version.publish(&stage.published).await.with_context(|| format!("cannot publish the weights of model {model}"))?;
    Ok(version)
}

async fn register_version(
    stage: &Stage<'_>,
    model: ModelId,
    (owner, datanet): (&Actor, DatanetId),
    (trained, work): (&Version, &[WorkClaim]),
) -> Result<()> {
    let positions = stage.contracts.model_record(model).await?.positions;
    let version =
        stage.contracts.datanet::<protocol::datanet::Datanet>(&DatanetQuery::Datanet { datanet }).await?.version;
    let snapshot: Snapshot = stage.contracts.datanet(&DatanetQuery::Snapshot { datanet, version }).await?;
    let manifest = VersionManifest {
        trained_on: vec![TrainedOn { datanet, version, root: snapshot.root }],
        positions,
        left_out: Binary::from(Bitmap::new(positions as usize).as_bytes()),
        training_hash: Hash32(trained.training_hash()),
        weights_hash: Hash32(trained.weights_hash()),
        uri: "published:weights".to_owned(),
        work: work.to_vec(),
    };
    stage.contracts.tell_model(&owner.signer, &ModelMsg::RegisterVersion { model, manifest }).await?;
    Ok(())
}

/// The curators get the examples from the owner in private, check them and approve; rounds consume them, and they are public after.
async fn approve_validation(
    stage: &Stage<'_>,
    model: ModelId,
    making: &Making<'_>,
    positions: &[ContributionId],
) -> Result<Vec<ValidationExample>> {
    let examples = making.validation.to_vec();
    let root = Hash32(validation_root(&examples));
    let count = Uint64::new(examples.len() as u64);
    let propose = ModelMsg::ProposeValidation { model, root, count, uri: "published:validation".to_owned() };
    stage.contracts.tell_model(&making.owner.signer, &propose).await?;
    let contribution = *positions.first().context("a model has contributions")?;
    let curators: [(&Actor, Curatorship); 2] = [
        (&stage.cast.model_curator, Curatorship::Model {}),
        (&stage.cast.datanet_curator, Curatorship::Datanet { contribution }),
    ];
    for (curator, on_behalf) in curators {
        stage.contracts.tell_model(&curator.signer, &ModelMsg::ApproveValidation { model, root, on_behalf }).await?;
    }
    Ok(examples)
}
