//! A DataNet with as many contributions as the largest model has positions, and the models: one for each number of positions.

use anyhow::{Context, Result};
use chain::{ChainClientExt as _, Execute, Receipt, Signer};
use cosmwasm_std::{Addr, Binary, Uint64, Uint128};
use futures::future::try_join_all;
use protocol::attribution::{self, MethodParams};
use protocol::datanet::{self, Admission, ContributionKind, Datanet, NewDatanet, RevealedContribution};
use protocol::model::{
    Curatorship, ExecuteMsg, ModelKind, NewModel, NewStake, Price, Terms, TrainedOn, VersionManifest,
};
use protocol::settlement::ReceiveMsg;
use protocol::{Bps, ContributionId, DatanetId, Hash32, MethodId, ModelId, Seconds};
use rules::item;
use testing::VoucherKey;
use testing::scenario::PaidChannel;

use super::stage::Stage;

/// Bond of a contribution, in uopen.
const BOND: u128 = 1_000;
/// Bond of an operator, in uopen.
const OPERATOR_BOND: u128 = 50_000_000;
/// Deposit of a channel, in uopen.
const DEPOSIT: u128 = 10_000_000_000;
/// Messages of one transaction while the market is built.
const TOGETHER: usize = 100;

/// A model and what its rounds need.
pub struct Served {
    /// The model.
    pub id: ModelId,
    /// Its positions.
    pub positions: u32,
    /// Its stake.
    pub stake: Addr,
    /// The payer's side of its channel.
    pub channel: PaidChannel,
}

/// What is on the chain.
pub struct Market {
    /// The DataNet.
    pub datanet: DatanetId,
    /// Contributions in the order of positions: contributors take turns in blocks.
    pub contributions: Vec<ContributionId>,
    /// The models.
    pub models: Vec<Served>,
    /// The method.
    pub method: MethodId,
}

impl Market {
    /// Builds it, and waits until its models can earn.
    ///
    /// # Errors
    /// If a contract refuses a step.
    pub async fn build(stage: &mut Stage, positions: &[u32]) -> Result<Self> {
        let most = positions.iter().copied().max().unwrap_or(0);
        let method = admit_operators(stage).await?;
        let datanet = create_datanet(stage).await?;
        let contributions = contribute(stage, datanet, most as usize).await?;
        let mut market = Self { datanet, contributions, models: Vec::new(), method };
        for positions in positions {
            let model = market.add_model(stage, *positions).await?;
            market.models.push(model);
        }
        Ok(market)
    }

    async fn add_model(&self, stage: &mut Stage, positions: u32) -> Result<Served> {
        let (owner, at) = (stage.owner.clone(), stage.at.deployment.model.clone());
        let create = ExecuteMsg::CreateModel(new_model(stage, self.method, positions));
        let created = stage.measured("create_model", &owner, &at, &create).await?;
        let id = ModelId(told(&created, "model_created", "model")?);
        let used = self.contributions.get(..positions as usize).context("enough contributions")?;
        for batch in used.chunks(TOGETHER) {
            let append = ExecuteMsg::AppendContributions { model: id, contributions: batch.to_vec() };
            stage.measured(&format!("append_{}", batch.len()), &owner, &at, &append).await?;
        }
        let manifest = manifest(stage, self.datanet, positions).await?;
        let register = ExecuteMsg::RegisterVersion { model: id, manifest };
        stage.measured("register_version", &owner, &at, &register).await?;
        self.approve_validation(stage, id).await?;
        let stake = told::<String>(&created, "model_created", "stake").map(Addr::unchecked);
        let stake = match stake {
            Ok(stake) => stake,
            Err(_) => stake_of(stage, id).await?,
        };
        let channel = open_channel(stage, id).await?;
        Ok(Served { id, positions, stake, channel })
    }

    async fn approve_validation(&self, stage: &mut Stage, model: ModelId) -> Result<()> {
        let (owner, at) = (stage.owner.clone(), stage.at.deployment.model.clone());
        let root = hash("validation");
        let uri = "https://models.test/validation".to_owned();
        let propose = ExecuteMsg::ProposeValidation { model, root, count: Uint64::new(100_000), uri };
        stage.measured("propose_validation", &owner, &at, &propose).await?;
        let contribution = *self.contributions.first().context("a contribution")?;
        for (curator, on_behalf) in [(0, Curatorship::Model {}), (1, Curatorship::Datanet { contribution })] {
            let curator = stage.curators.get(curator).context("two curators")?.clone();
            let approve = ExecuteMsg::ApproveValidation { model, root, on_behalf };
            stage.measured("approve_validation", &curator, &at, &approve).await?;
        }
        Ok(())
    }
}

/// The manifest of a version that was trained on all of a DataNet, with nothing left out.
///
/// # Errors
/// If the DataNet cannot be read.
pub async fn manifest(stage: &Stage, datanet: DatanetId, positions: u32) -> Result<VersionManifest> {
    let query = datanet::QueryMsg::Datanet { datanet };
    let datanet: Datanet = stage.client.query(stage.at.deployment.datanet.as_str(), &query).await?;
    Ok(VersionManifest {
        trained_on: vec![TrainedOn { datanet: datanet.id, version: datanet.version, root: datanet.root }],
        positions,
        left_out: Binary::from(vec![0; (positions as usize).div_ceil(8)]),
        training_hash: hash("training"),
        weights_hash: hash("weights"),
        uri: "https://models.test/version".to_owned(),
        work: Vec::new(),
    })
}

async fn admit_operators(stage: &mut Stage) -> Result<MethodId> {
    let (owner, at) = (stage.owner.clone(), stage.at.deployment.attribution.clone());
    let register = attribution::ExecuteMsg::RegisterMethod(method());
    let registered = stage.measured("register_method", &owner, &at, &register).await?;
    let method = MethodId(told(&registered, "method_registered", "method")?);
    for operator in stage.operators.clone() {
        let admit = attribution::ExecuteMsg::AdmitOperator { method, operator: operator.address().to_owned() };
        stage.measured("admit_operator", &owner, &at, &admit).await?;
        let hook = attribution::ReceiveMsg::Bond { method };
        stage.send_measured("bond_operator", &operator, &at, OPERATOR_BOND, &hook).await?;
    }
    Ok(method)
}

/// The method of all models.
pub fn method() -> MethodParams {
    MethodParams {
        name: "bench/v1".to_owned(),
        spec_hash: hash("method"),
        z_tenths: 20,
        min_effective_queries: 16,
        validation_per_round: 20u64.into(),
        min_pool: Uint128::new(1_000),
        bond: Uint128::new(OPERATOR_BOND),
        missed_penalty: Uint128::new(OPERATOR_BOND / 5),
        commit_period: Seconds(25),
        reveal_period: Seconds(30),
        tolerance: 0u64.into(),
    }
}

async fn create_datanet(stage: &mut Stage) -> Result<DatanetId> {
    let (owner, at) = (stage.owner.clone(), stage.at.deployment.datanet.clone());
    let create = datanet::ExecuteMsg::CreateDatanet(NewDatanet {
        name: "texts".to_owned(),
        description: "Texts of a measurement.".to_owned(),
        media: "text/plain".to_owned(),
        schema: "one text".to_owned(),
        licence: "CC-BY-4.0".to_owned(),
        admission: Admission::Open {},
        bond: Uint128::new(BOND),
        commits_per_day: 1_000_000,
        min_influence_share: Bps(1_000),
        curators: curator(stage, 1),
        item_key: None,
    });
    let created = stage.measured("create_datanet", &owner, &at, &create).await?;
    Ok(DatanetId(told(&created, "datanet_created", "datanet")?))
}

/// The first contribution of each contributor is measured alone; the others go a hundred to a transaction, all contributors at once.
async fn contribute(stage: &mut Stage, datanet: DatanetId, count: usize) -> Result<Vec<ContributionId>> {
    let contributors = stage.contributors.clone();
    let first = contributors.first().context("contributors")?;
    let measured = contribute_one(stage, first, datanet).await?;
    let each = count.saturating_sub(1).div_ceil(contributors.len());
    let shared = &*stage;
    let all = contributors.iter().map(|contributor| contribute_many(shared, contributor, datanet, each));
    let mut contributions = vec![measured];
    contributions.extend(try_join_all(all).await?.into_iter().flatten());
    contributions.truncate(count);
    Ok(contributions)
}

async fn contribute_one(stage: &mut Stage, contributor: &Signer, datanet: DatanetId) -> Result<ContributionId> {
    let at = stage.at.deployment.datanet.clone();
    let hook = commitment(stage, contributor, datanet, "first");
    let committed = stage.send_measured("commit_contribution", contributor, &at, BOND, &hook).await?;
    let id = ContributionId(told(&committed, "contribution_committed", "contribution")?);
    let reveal = datanet::ExecuteMsg::Reveal { contribution: id, revealed: revealed("first") };
    stage.measured("reveal_contribution", contributor, &at, &reveal).await?;
    Ok(id)
}

async fn contribute_many(
    stage: &Stage,
    contributor: &Signer,
    datanet: DatanetId,
    count: usize,
) -> Result<Vec<ContributionId>> {
    let at = &stage.at.deployment.datanet;
    let names: Vec<String> = (0..count).map(|number| number.to_string()).collect();
    let mut ids = Vec::with_capacity(count);
    for names in names.chunks(TOGETHER) {
        let commits = names.iter().map(|name| stage.sending(at, BOND, &commitment(stage, contributor, datanet, name)));
        let committed = stage.client.execute_measured(contributor, commits.collect::<Result<_>>()?).await?;
        let new = all_told(&committed, "contribution_committed", "contribution");
        let reveals = names.iter().zip(&new).map(|(name, id)| {
            let reveal = datanet::ExecuteMsg::Reveal { contribution: ContributionId(*id), revealed: revealed(name) };
            Ok(Execute::new(at.as_str(), &reveal)?)
        });
        stage.client.execute_measured(contributor, reveals.collect::<Result<_>>()?).await?;
        ids.extend(new.into_iter().map(ContributionId));
    }
    Ok(ids)
}

fn commitment(stage: &Stage, contributor: &Signer, datanet: DatanetId, name: &str) -> datanet::ReceiveMsg {
    let domain = stage.domain(&stage.at.deployment.datanet);
    let (root, salt) = (hash(name).0, hash("salt").0);
    let commitment = item::contribution_commitment(&domain, datanet.get(), contributor.address(), &root, &salt);
    datanet::ReceiveMsg::Commit { datanet, commitment: Hash32(commitment) }
}

fn revealed(name: &str) -> RevealedContribution {
    RevealedContribution {
        kind: ContributionKind::Data,
        items_root: hash(name),
        item_count: Uint64::new(20),
        bytes: Uint64::new(4_000),
        uri: "https://data.test/batch".to_owned(),
        licence: "CC-BY-4.0".to_owned(),
        salt: hash("salt"),
        payees: Vec::new(),
    }
}

/// The model's curator has number 0, the DataNet's has 1.
fn curator(stage: &Stage, number: usize) -> Vec<String> {
    stage.curators.get(number).iter().map(|curator| curator.address().to_owned()).collect()
}

/// Terms of all base models.
pub fn terms() -> Terms {
    Terms {
        owner: Bps(2_000),
        stake: Bps(1_000),
        influence: Bps(7_000),
        parents: Bps(0),
        release_rate: Bps::WHOLE,
        cap: Uint128::new(1_000_000_000_000),
    }
}

/// A base model, as it is created.
pub fn new_model(stage: &Stage, method: MethodId, positions: u32) -> NewModel {
    NewModel {
        name: format!("model of {positions}"),
        kind: ModelKind::Base,
        terms: terms(),
        prices: vec![Price::flat("standard", 1_000)],
        gateway: stage.owner.address().to_owned(),
        method,
        curators: curator(stage, 0),
        parents: Vec::new(),
        stake: NewStake {
            name: "Stake of a measurement".to_owned(),
            symbol: "BENCH".to_owned(),
            owner: Bps(5_000),
            contributors: Bps(3_000),
            work: Bps(2_000),
        },
    }
}

/// The stake of a model.
///
/// # Errors
/// If the model cannot be read.
pub async fn stake_of(stage: &Stage, model: ModelId) -> Result<Addr> {
    let query = protocol::model::QueryMsg::Commerce { model, epoch: None };
    let commerce: protocol::model::Commerce = stage.client.query(stage.at.deployment.model.as_str(), &query).await?;
    Ok(commerce.stake)
}

async fn open_channel(stage: &mut Stage, model: ModelId) -> Result<PaidChannel> {
    let (owner, at) = (stage.owner.clone(), stage.at.deployment.settlement.clone());
    let key = VoucherKey::named(&format!("payer of {model}"));
    let hook = ReceiveMsg::OpenChannel { model, voucher_key: key.public_key() };
    let opened = stage.send_measured("open_channel", &owner, &at, DEPOSIT, &hook).await?;
    let id = protocol::ChannelId(told(&opened, "channel_opened", "channel")?);
    let head = rules::payment::genesis_head(&stage.domain(&at), id.get());
    Ok(PaidChannel { id, model, key, cumulative: 0, head, receipts: Vec::new() })
}

/// A value of an event.
///
/// # Errors
/// If there is none.
pub fn told<T: std::str::FromStr>(receipt: &Receipt, event: &str, key: &str) -> Result<T> {
    let value = receipt.outcome.attribute(event, key).and_then(|value| value.parse().ok());
    value.with_context(|| format!("no {key} in the event {event}"))
}

/// A value of every event of a type.
pub fn all_told(receipt: &Receipt, event: &str, key: &str) -> Vec<u64> {
    let of_type = receipt.outcome.events.iter().filter(|one| one.ty.trim_start_matches("wasm-") == event);
    let values = of_type.flat_map(|one| &one.attributes).filter(|attribute| attribute.key == key);
    values.filter_map(|attribute| attribute.value.parse().ok()).collect()
}

/// A hash of nothing in particular.
pub fn hash(name: &str) -> Hash32 {
    Hash32(rules::hash::digest("bench-gas/v1", &[name.as_bytes()]))
}
