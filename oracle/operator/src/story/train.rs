//! Act 2: operators are admitted and bonded; the model is created, trained on the accepted contributions, registered with its
//! manifest, and given validation examples that two curators approve.

use anyhow::{Context, Result};
use cosmwasm_std::{Binary, Uint64, Uint128};
use protocol::{
    Bps, ContributionId, Hash32, MethodId, ModelId, Seconds,
    attribution::{ExecuteMsg as AttributionMsg, MethodParams, ReceiveMsg as AttributionReceive},
    datanet::{QueryMsg as DatanetQuery, Snapshot, Status},
    event::{AttributionEvent, ModelEvent},
    model::{Curatorship, ExecuteMsg as ModelMsg, ModelKind, NewModel, Price, Terms, TrainedOn, VersionManifest},
    open_token::{MAX_SUPPLY_UOPEN, UOPEN_PER_OPEN},
};
use rules::{bitmap::Bitmap, item};

use super::{
    cast::{Actor, OPERATOR_BOND},
    contribute::Contributed,
    plan::VALIDATION_PER_ROUND,
    stage::{Stage, WINDOW_SECONDS},
};
use crate::{
    inputs::{self, image_bytes},
    training::{self, Trained},
};

/// The model, and what it was trained to.
pub struct Registered {
    /// The model.
    pub model: ModelId,
    /// Its method.
    pub method: MethodId,
    /// Weights and manifest.
    pub trained: Trained,
    /// Which contribution stands at each position.
    pub positions: Vec<ContributionId>,
}

/// Plays the act.
pub async fn play(stage: &Stage<'_>, contributed: &Contributed) -> Result<Registered> {
    let method = register_method(stage).await?;
    let model = create_model(stage, method).await?;
    let positions = append(stage, model, &contributed.ids).await?;
    let trained = train(stage, model, &positions).await?;
    register_version(stage, model, contributed, &trained).await?;
    approve_validation(stage, model, &positions).await?;
    Ok(Registered { model, method, trained, positions })
}

async fn register_method(stage: &Stage<'_>) -> Result<MethodId> {
    let params = MethodParams {
        name: influence::manifest::METHOD.to_owned(),
        spec_hash: Hash32(rules::hash::digest("method-spec/v1", &[influence::manifest::METHOD.as_bytes()])),
        z_tenths: 30,
        min_effective_queries: crate::node::MIN_EFFECTIVE_QUERIES,
        validation_per_round: Uint64::new(VALIDATION_PER_ROUND as u64),
        min_pool: Uint128::new(UOPEN_PER_OPEN),
        bond: Uint128::new(OPERATOR_BOND),
        commit_period: Seconds(WINDOW_SECONDS),
        reveal_period: Seconds(WINDOW_SECONDS),
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
    Ok(method)
}

async fn create_model(stage: &Stage<'_>, method: MethodId) -> Result<ModelId> {
    let price = |name: &str, open: u128| Price { name: name.to_owned(), per_call: Uint128::new(open * UOPEN_PER_OPEN) };
    let new = NewModel {
        name: "digits-mlp".to_owned(),
        kind: ModelKind::Base,
        terms: Terms {
            owner: Bps(2_000),
            stake: Bps(0),
            influence: Bps(8_000),
            parents: Bps(0),
            release_rate: Bps::WHOLE,
            cap: Uint128::new(MAX_SUPPLY_UOPEN),
        },
        prices: vec![price("standard", 1), price("priority", 3)],
        gateway: stage.cast.gateway.address(),
        method,
        curators: vec![stage.cast.model_curator.address()],
    };
    let outcome = stage.contracts.tell_model(&stage.cast.owner.signer, &ModelMsg::CreateModel(new)).await?;
    stage.event(&outcome, ModelEvent::parse, |event| match event {
        ModelEvent::ModelCreated { model, .. } => Some(model),
        _ => None,
    })
}

/// Uses every contribution that its DataNet has accepted and not slashed, in the order of commits.
async fn append(stage: &Stage<'_>, model: ModelId, ids: &[ContributionId]) -> Result<Vec<ContributionId>> {
    let mut accepted = Vec::new();
    for id in ids {
        if stage.contracts.contribution(*id).await?.status == Status::Accepted {
            accepted.push(*id);
        }
    }
    let message = ModelMsg::AppendContributions { model, contributions: accepted.clone() };
    stage.contracts.tell_model(&stage.cast.owner.signer, &message).await?;
    Ok(accepted)
}

async fn train(stage: &Stage<'_>, model: ModelId, positions: &[ContributionId]) -> Result<Trained> {
    let mut batches = Vec::new();
    for (position, contribution) in (0_u32..).zip(positions) {
        let revealed = stage
            .contracts
            .contribution(*contribution)
            .await?
            .revealed
            .context("an accepted contribution was revealed")?;
        let items = stage.published.items(revealed.items_root.bytes())?;
        let images =
            items.iter().enumerate().map(|(n, bytes)| inputs::image(bytes, "item", n)).collect::<Result<_, _>>()?;
        batches.push(inputs::TrainingBatch { position, images });
    }
    let folder = stage.folder.join("cache").join("training");
    let trained = training::train_or_load(&folder, stage.size.seed, &batches, stage.progress)?;
    trained.publish(&stage.published).with_context(|| format!("cannot publish the weights of model {model}"))?;
    Ok(trained)
}

async fn register_version(
    stage: &Stage<'_>,
    model: ModelId,
    contributed: &Contributed,
    trained: &Trained,
) -> Result<()> {
    let positions = stage.contracts.model_record(model).await?.positions;
    let datanet = contributed.datanet;
    let version =
        stage.contracts.datanet::<protocol::datanet::Datanet>(&DatanetQuery::Datanet { datanet }).await?.version;
    let snapshot: Snapshot = stage.contracts.datanet(&DatanetQuery::Snapshot { datanet, version }).await?;
    let manifest = VersionManifest {
        trained_on: vec![TrainedOn { datanet, version, root: snapshot.root }],
        positions,
        left_out: Binary::from(Bitmap::new(positions as usize).as_bytes()),
        training_hash: Hash32(trained.manifest.hash()),
        weights_hash: Hash32(trained.weights_hash()),
        uri: "published:weights".to_owned(),
    };
    stage.contracts.tell_model(&stage.cast.owner.signer, &ModelMsg::RegisterVersion { model, manifest }).await?;
    Ok(())
}

/// The curators get the examples from the owner in private, check them and approve; rounds consume them, and they are public after.
async fn approve_validation(stage: &Stage<'_>, model: ModelId, positions: &[ContributionId]) -> Result<()> {
    let examples: Vec<Vec<u8>> = stage.plan.validation.iter().map(image_bytes).collect::<Result<_, _>>()?;
    let digests: Vec<_> = examples.iter().map(|example| item::item_digest(example)).collect();
    let root = Hash32(item::validation_commitment(&digests));
    let count = Uint64::new(examples.len() as u64);
    let propose = ModelMsg::ProposeValidation { model, root, count, uri: "published:validation".to_owned() };
    stage.contracts.tell_model(&stage.cast.owner.signer, &propose).await?;
    let contribution = *positions.first().context("a model has contributions")?;
    let curators: [(&Actor, Curatorship); 2] = [
        (&stage.cast.model_curator, Curatorship::Model {}),
        (&stage.cast.datanet_curator, Curatorship::Datanet { contribution }),
    ];
    for (curator, on_behalf) in curators {
        stage.contracts.tell_model(&curator.signer, &ModelMsg::ApproveValidation { model, root, on_behalf }).await?;
    }
    Ok(())
}
