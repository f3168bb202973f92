//! What messages that are sent rarely are about: a reviewed DataNet, a base model and an adapter on top of it.

use anyhow::Result;
use chain::{Execute, Signer};
use cosmwasm_std::{Addr, Uint64, Uint128};
use futures::future::try_join_all;
use protocol::attribution::{self, MethodParams};
use protocol::datanet::{self, Admission, NewDatanet};
use protocol::model::{Curatorship, ExecuteMsg, ModelKind, NewModel, Parent, Terms, WorkClaim, WorkKind};
use protocol::settlement::ReceiveMsg;
use protocol::{Bps, ChannelId, ContributionId, DatanetId, MethodId, ModelId, Seconds};
use rules::payment::genesis_head;
use testing::VoucherKey;
use testing::scenario::PaidChannel;

use super::super::market::{self, Served, told};
use super::super::stage::Stage;
use super::cast::Cast;
use super::contributions::{BOND, Contributions};

/// Deposit of each channel, in uopen.
const DEPOSIT: u128 = 400_000_000;

/// All of it.
pub struct Ground {
    /// Who acts.
    pub cast: Cast,
    /// The DataNet, with reviewers.
    pub datanet: DatanetId,
    /// Its contributions.
    pub contributions: Contributions,
    /// The base model.
    pub base: Served,
    /// The adapter on top of it, of the same contributions.
    pub adapter: Served,
}

impl Ground {
    /// Builds it, until both models can earn; notes reviews, `create_adapter` and `register_version_work`.
    ///
    /// # Errors
    /// If a contract refuses a step.
    pub async fn build(stage: &mut Stage) -> Result<Self> {
        let cast = Cast::new();
        stage.welcome(&cast.all()).await?;
        let method = admit(stage, &cast).await?;
        let datanet = create_datanet(stage, &cast).await?;
        let contributions = Contributions::build(stage, &cast, datanet).await?;
        let used = contributions.used();
        let models = Models { cast: &cast, datanet, used: &used, method };
        let base = models.base(stage).await?;
        let adapter = models.adapter(stage, base.id).await?;
        Ok(Self { cast, datanet, contributions, base, adapter })
    }
}

/// A method with windows as short as they can be kept; its operators are bonded.
async fn admit(stage: &Stage, cast: &Cast) -> Result<MethodId> {
    let params = MethodParams { commit_period: Seconds(14), reveal_period: Seconds(14), ..market::method() };
    let bond = params.bond.u128();
    let (owner, at) = (&stage.owner, &stage.at.deployment.attribution);
    let registered = stage.execute(owner, at, &attribution::ExecuteMsg::RegisterMethod(params)).await?;
    let method = MethodId(told(&registered, "method_registered", "method")?);
    let admissions = cast.operators.iter().map(|operator| {
        let operator = operator.address().to_owned();
        Ok(Execute::new(at.as_str(), &attribution::ExecuteMsg::AdmitOperator { method, operator })?)
    });
    stage.client.execute_measured(owner, admissions.collect::<Result<_>>()?).await?;
    let hook = attribution::ReceiveMsg::Bond { method };
    let bonds = cast.operators.iter().map(async |operator| {
        let message = stage.sending(at, bond, &hook)?;
        anyhow::Ok(stage.client.execute_measured(operator, vec![message]).await?)
    });
    try_join_all(bonds).await?;
    Ok(method)
}

async fn create_datanet(stage: &Stage, cast: &Cast) -> Result<DatanetId> {
    let create = datanet::ExecuteMsg::CreateDatanet(NewDatanet {
        name: "reviewed texts".to_owned(),
        description: "Texts of a measurement.".to_owned(),
        media: "text/plain".to_owned(),
        schema: "one text".to_owned(),
        licence: "CC-BY-4.0".to_owned(),
        admission: Admission::Reviewed {
            reviewers: cast.reviewers.iter().map(|reviewer| reviewer.address().to_owned()).collect(),
            threshold: 2,
        },
        bond: Uint128::new(BOND),
        commits_per_day: 100,
        min_influence_share: Bps(1_000),
        curators: vec![cast.datanet_curator.address().to_owned()],
        item_key: None,
    });
    let created = stage.execute(&cast.owner, &stage.at.deployment.datanet, &create).await?;
    Ok(DatanetId(told(&created, "datanet_created", "datanet")?))
}

/// What models are made of.
struct Models<'a> {
    cast: &'a Cast,
    datanet: DatanetId,
    used: &'a [ContributionId],
    method: MethodId,
}

impl Models<'_> {
    /// Its first version had compute and fine-tuning, which are paid in stake.
    async fn base(&self, stage: &mut Stage) -> Result<Served> {
        let at = stage.at.deployment.model.clone();
        let create = ExecuteMsg::CreateModel(self.new_model(stage, "base of rare messages"));
        let created = stage.execute(&self.cast.owner, &at, &create).await?;
        let model = ModelId(told(&created, "model_created", "model")?);
        self.append(stage, model).await?;
        let mut manifest = market::manifest(stage, self.datanet, self.positions()).await?;
        let claim =
            |account: &Signer, kind| WorkClaim { account: account.address().to_owned(), kind, share: Bps(1_000) };
        manifest.work = vec![claim(&self.cast.payer, WorkKind::Compute), claim(&self.cast.heir, WorkKind::FineTuning)];
        let register = ExecuteMsg::RegisterVersion { model, manifest };
        stage.measured("register_version_work", &self.cast.owner, &at, &register).await?;
        self.serve(stage, model).await
    }

    async fn adapter(&self, stage: &mut Stage, parent: ModelId) -> Result<Served> {
        let at = stage.at.deployment.model.clone();
        let base = self.new_model(stage, "adapter of rare messages");
        let new = NewModel {
            kind: ModelKind::Adapter,
            terms: Terms { influence: Bps(4_000), parents: Bps(3_000), ..base.terms },
            parents: vec![Parent { model: parent, share: Bps::WHOLE }],
            ..base
        };
        let create = ExecuteMsg::CreateModel(new);
        let created = stage.measured("create_adapter", &self.cast.owner, &at, &create).await?;
        let model = ModelId(told(&created, "model_created", "model")?);
        self.append(stage, model).await?;
        let manifest = market::manifest(stage, self.datanet, self.positions()).await?;
        stage.execute(&self.cast.owner, &at, &ExecuteMsg::RegisterVersion { model, manifest }).await?;
        self.serve(stage, model).await
    }

    fn new_model(&self, stage: &Stage, name: &str) -> NewModel {
        NewModel {
            name: name.to_owned(),
            gateway: self.cast.gateway.address().to_owned(),
            curators: vec![self.cast.model_curator.address().to_owned()],
            ..market::new_model(stage, self.method, self.positions())
        }
    }

    fn positions(&self) -> u32 {
        u32::try_from(self.used.len()).unwrap_or(u32::MAX)
    }

    async fn append(&self, stage: &Stage, model: ModelId) -> Result<()> {
        let append = ExecuteMsg::AppendContributions { model, contributions: self.used.to_vec() };
        stage.execute(&self.cast.owner, &stage.at.deployment.model, &append).await?;
        Ok(())
    }

    /// Validation examples, and a channel.
    async fn serve(&self, stage: &Stage, model: ModelId) -> Result<Served> {
        let at = &stage.at.deployment.model;
        let (root, count) = (market::hash("rare validation"), Uint64::new(1_000));
        let uri = "https://models.test/validation".to_owned();
        stage.execute(&self.cast.owner, at, &ExecuteMsg::ProposeValidation { model, root, count, uri }).await?;
        let [contribution, ..] = *self.used else { anyhow::bail!("a model without contributions") };
        let curators = [
            (&self.cast.model_curator, Curatorship::Model {}),
            (&self.cast.datanet_curator, Curatorship::Datanet { contribution }),
        ];
        for (curator, on_behalf) in curators {
            stage.execute(curator, at, &ExecuteMsg::ApproveValidation { model, root, on_behalf }).await?;
        }
        let channel = open_channel(stage, &self.cast.payer, &stage.at.deployment.settlement, model).await?;
        Ok(Served { id: model, positions: self.positions(), stake: market::stake_of(stage, model).await?, channel })
    }
}

/// A channel of the payer in a `settlement`.
///
/// # Errors
/// If the contract refuses.
pub async fn open_channel(stage: &Stage, payer: &Signer, at: &Addr, model: ModelId) -> Result<PaidChannel> {
    let key = VoucherKey::named(&format!("payer of {model}"));
    let hook = ReceiveMsg::OpenChannel { model, voucher_key: key.public_key() };
    let opened = stage.client.execute_measured(payer, vec![stage.sending(at, DEPOSIT, &hook)?]).await?;
    let id = ChannelId(told(&opened, "channel_opened", "channel")?);
    let head = genesis_head(&stage.domain(at), id.get());
    Ok(PaidChannel { id, model, key, cumulative: 0, head, receipts: Vec::new() })
}
