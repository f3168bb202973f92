//! A second `settlement` whose epochs are so short that fees which no round settles lapse while other messages are measured.

use anyhow::{Context, Result};
use chain::{ChainClientExt as _, Instantiate};
use cosmwasm_std::Addr;
use protocol::settlement::{Config, ExecuteMsg, InstantiateMsg, QueryMsg};
use protocol::{ModelId, Seconds};
use rules::clock::Clock;
use testing::Code;

use super::super::stage::Stage;
use super::ground::{Ground, open_channel};

/// Length of its epochs.
const EPOCH: Seconds = Seconds(4);
/// What nobody settles, in uopen.
const FEE: u128 = 1_000_000;

/// Fees that nobody settles.
pub struct Overdue {
    settlement: Addr,
    model: ModelId,
    lapses_at: u64,
}

/// Has the adapter earn a fee there.
///
/// # Errors
/// If a contract refuses a step.
pub async fn begin(stage: &Stage, ground: &Ground) -> Result<Overdue> {
    let (settlement, config) = build(stage).await?;
    let clock = Clock { genesis: config.genesis.get(), epoch_length: EPOCH.get() };
    let mut channel = open_channel(stage, &ground.cast.payer, &settlement, ground.adapter.id).await?;
    let epoch = clock.epoch_at(super::now(stage).await?).context("a time after genesis")?;
    let vouchers = vec![channel.pay(&stage.domain(&settlement), epoch, FEE)];
    stage.execute(&ground.cast.gateway, &settlement, &ExecuteMsg::Redeem { vouchers }).await?;
    let lapses_at = clock.start_of(epoch + config.lapse_after.u64() + 1).context("a start")?;
    Ok(Overdue { settlement, model: ground.adapter.id, lapses_at })
}

/// Notes `lapse`.
///
/// # Errors
/// If the contract refuses.
pub async fn end(stage: &mut Stage, ground: &Ground, Overdue { settlement, model, lapses_at }: Overdue) -> Result<()> {
    super::pass(stage, lapses_at).await?;
    let anyone = &ground.cast.anyone;
    // Redemption ends some blocks after the first message of a later epoch.
    stage.execute(anyone, &settlement, &ExecuteMsg::Tick {}).await?;
    super::pass(stage, lapses_at).await?;
    stage.measured("lapse", anyone, &settlement, &ExecuteMsg::Lapse { model }).await?;
    Ok(())
}

/// As the deployed one, but for its epochs; the other contracts do not know it.
async fn build(stage: &Stage) -> Result<(Addr, Config)> {
    let at = &stage.at.deployment.settlement;
    let config: Config = stage.client.query(at.as_str(), &QueryMsg::Config {}).await?;
    let config = Config { genesis: Seconds(super::now(stage).await?), epoch_length: EPOCH, ..config };
    let msg = InstantiateMsg {
        open_token: config.open_token.to_string(),
        datanet: config.datanet.to_string(),
        model: config.model.to_string(),
        attribution: config.attribution.to_string(),
        genesis: config.genesis,
        epoch_length: config.epoch_length,
        min_blocks: config.min_blocks,
        protocol_share: config.protocol_share,
        operators_share: config.operators_share,
        min_redemption: config.min_redemption,
        owner: stage.owner.address().to_owned(),
        treasury_delay: config.treasury_delay,
        retire_after: config.retire_after,
        valuation_interval: config.valuation_interval,
        lapse_after: config.lapse_after,
    };
    let code = *stage.at.code_ids.get(Code::Settlement.artifact()).context("the code of settlement")?;
    let instance = Instantiate::new(code, "settlement of short epochs", &msg)?;
    Ok((stage.client.instantiate(&stage.owner, instance).await?, config))
}
