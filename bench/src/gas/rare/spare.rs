//! A second `datanet` with windows of a second, where a commitment is soon overdue; and a timelock, which is its admin and migrates
//! it.

use std::fs;

use anyhow::{Context, Result};
use chain::Instantiate;
use cosmwasm_std::{Addr, Binary, Uint64, Uint128};
use protocol::datanet::{self, Admission, NewDatanet};
use protocol::timelock::{self, Change};
use protocol::{Bps, ContributionId, DatanetId, ProposalId, Seconds};
use testing::Code;

use super::super::market::{self, told};
use super::super::stage::Stage;
use super::cast::Cast;
use super::contributions::BOND;
use super::governance;

/// Every window.
const SECOND: Seconds = Seconds(1);

/// Both, and the code that the migration goes to: the one that `datanet` has already.
struct Spare {
    timelock: Addr,
    datanet: Addr,
    code: u64,
}

/// Notes `forfeit`, and the timelock's messages as `timelock_<message>`.
///
/// # Errors
/// If a contract refuses a step.
pub async fn act(stage: &mut Stage, cast: &Cast) -> Result<()> {
    let spare = build(stage).await?;
    forfeit(stage, cast, &spare.datanet).await?;
    migrate(stage, cast, &spare).await?;
    governance::hand_over_one(stage, "timelock", &spare.timelock).await
}

async fn build(stage: &Stage) -> Result<Spare> {
    let (owner, at) = (&stage.owner, &stage.at.deployment);
    let wasm = fs::read(stage.artifacts.join("timelock.wasm")).context("scripts/build-wasm builds timelock.wasm")?;
    let locks = stage.client.store_code(owner, &wasm).await?;
    let msg =
        timelock::InstantiateMsg { proposer: owner.address().to_owned(), delay: SECOND, min_blocks: Uint64::one() };
    let timelock = stage.client.instantiate(owner, Instantiate::new(locks, "timelock", &msg)?).await?;
    let datanet = instance(stage, &at.open_token, Some(timelock.clone())).await?;
    let wire = datanet::ExecuteMsg::Wire { model: at.model.to_string(), settlement: at.settlement.to_string() };
    stage.execute(owner, &datanet, &wire).await?;
    Ok(Spare { timelock, datanet, code: code(stage)? })
}

/// A `datanet` whose windows last a second, and whose bonds are of any cw20.
///
/// # Errors
/// If the chain refuses.
pub async fn instance(stage: &Stage, token: &Addr, admin: Option<Addr>) -> Result<Addr> {
    let msg = datanet::InstantiateMsg {
        owner: stage.owner.address().to_owned(),
        open_token: token.to_string(),
        reveal_period: SECOND,
        min_blocks: Uint64::one(),
        notice_period: SECOND,
        appeal_period: SECOND,
        clean_rounds: 1,
    };
    let instance = Instantiate::new(code(stage)?, "spare datanet", &msg)?.with_admin(admin);
    Ok(stage.client.instantiate(&stage.owner, instance).await?)
}

fn code(stage: &Stage) -> Result<u64> {
    stage.at.code_ids.get(Code::Datanet.artifact()).copied().context("the code of datanet")
}

/// Creates a DataNet there, open to all, and tells what is sent with a bond of [`BOND`] to commit a contribution.
///
/// # Errors
/// If the contract refuses.
pub async fn commitment(stage: &Stage, cast: &Cast, at: &Addr) -> Result<datanet::ReceiveMsg> {
    let create = datanet::ExecuteMsg::CreateDatanet(NewDatanet {
        name: "never revealed".to_owned(),
        description: String::new(),
        media: "text/plain".to_owned(),
        schema: String::new(),
        licence: "CC-BY-4.0".to_owned(),
        admission: Admission::Open {},
        bond: Uint128::new(BOND),
        commits_per_day: 1,
        min_influence_share: Bps(1_000),
        curators: Vec::new(),
        item_key: None,
    });
    let created = stage.execute(&cast.owner, at, &create).await?;
    let datanet = DatanetId(told(&created, "datanet_created", "datanet")?);
    Ok(datanet::ReceiveMsg::Commit { datanet, commitment: market::hash("never revealed") })
}

async fn forfeit(stage: &mut Stage, cast: &Cast, at: &Addr) -> Result<()> {
    let hook = commitment(stage, cast, at).await?;
    let committed = stage.client.execute_measured(cast.contributor(0)?, vec![stage.sending(at, BOND, &hook)?]).await?;
    let contribution = ContributionId(told(&committed, "contribution_committed", "contribution")?);
    super::pass(stage, super::now(stage).await? + SECOND.get()).await?;
    stage.measured("forfeit", &cast.anyone, at, &datanet::ExecuteMsg::Forfeit { contribution }).await?;
    Ok(())
}

async fn migrate(stage: &mut Stage, cast: &Cast, spare: &Spare) -> Result<()> {
    let (proposer, at) = (stage.owner.clone(), &spare.timelock);
    let change = Change::Migrate {
        contract: spare.datanet.to_string(),
        code_id: Uint64::new(spare.code),
        msg: Binary::from(b"{}"),
    };
    let propose = timelock::ExecuteMsg::Propose { changes: vec![change], reason: "a measurement".to_owned() };
    let proposed = stage.measured("timelock_propose", &proposer, at, &propose).await?;
    let proposal = ProposalId(told(&proposed, "proposal_made", "proposal")?);
    super::pass(stage, told(&proposed, "proposal_made", "executable_at")?).await?;
    stage.measured("timelock_execute", &cast.anyone, at, &timelock::ExecuteMsg::Execute { proposal }).await?;
    let second = stage.execute(&proposer, at, &propose).await?;
    let proposal = ProposalId(told(&second, "proposal_made", "proposal")?);
    stage.measured("timelock_cancel", &proposer, at, &timelock::ExecuteMsg::Cancel { proposal }).await?;
    Ok(())
}
