//! Channels that are closed: by the payer after a notice, and by the gateway at once.

use anyhow::Result;
use protocol::ChannelId;
use protocol::settlement::ExecuteMsg;

use super::super::market::told;
use super::super::stage::Stage;
use super::ground::{Ground, open_channel};

/// A channel whose payer has given notice.
pub struct Noticed {
    channel: ChannelId,
    close_at: u64,
}

/// Notes `close_channel_notice`.
///
/// # Errors
/// If the contract refuses.
pub async fn give_notice(stage: &mut Stage, ground: &Ground) -> Result<Noticed> {
    let (at, payer) = (stage.at.deployment.settlement.clone(), &ground.cast.payer);
    let channel = open_channel(stage, payer, &at, ground.base.id).await?.id;
    let noticed = stage.measured("close_channel_notice", payer, &at, &ExecuteMsg::CloseChannel { channel }).await?;
    Ok(Noticed { channel, close_at: told(&noticed, "close_noticed", "close_at")? })
}

/// Notes `finish_close`, and `close_channel` by the gateway.
///
/// # Errors
/// If the contract refuses.
pub async fn close(stage: &mut Stage, ground: &Ground, noticed: Noticed) -> Result<()> {
    let at = stage.at.deployment.settlement.clone();
    super::pass(stage, noticed.close_at).await?;
    let finish = ExecuteMsg::FinishClose { channel: noticed.channel };
    stage.measured("finish_close", &ground.cast.anyone, &at, &finish).await?;
    let channel = open_channel(stage, &ground.cast.payer, &at, ground.base.id).await?.id;
    stage.measured("close_channel", &ground.cast.gateway, &at, &ExecuteMsg::CloseChannel { channel }).await?;
    Ok(())
}
