//! Stake as a cw20: what its owner and a spender with an allowance send, beside transfers.

use anyhow::Result;
use cosmwasm_std::{Uint128, to_json_binary};
use cw20::Logo;
use protocol::stake::{ExecuteMsg, ReceiveMsg};

use super::super::stage::Stage;
use super::contributions::BOND;
use super::ground::Ground;
use super::spare;

/// What is moved or destroyed, in units; and given as a dividend, in uopen.
const UNITS: Uint128 = Uint128::new(1_000);
/// What may be moved, in units.
const ALLOWED: Uint128 = Uint128::new(10_000);

/// Notes all of them, each as `stake_<message>`.
///
/// # Errors
/// If the contract refuses.
pub async fn act(stage: &mut Stage, ground: &Ground) -> Result<()> {
    let (at, owner, spender) = (ground.base.stake.clone(), &ground.cast.owner, &ground.cast.anyone);
    let whose = || owner.address().to_owned();
    let who = || spender.address().to_owned();
    let by_spender = [
        (
            "stake_transfer_from",
            ExecuteMsg::TransferFrom {
                owner: whose(),
                recipient: ground.cast.gateway.address().to_owned(),
                amount: UNITS,
            },
        ),
        ("stake_burn_from", ExecuteMsg::BurnFrom { owner: whose(), amount: UNITS }),
    ];
    let by_owner = [
        ("stake_decrease_allowance", ExecuteMsg::DecreaseAllowance { spender: who(), amount: UNITS, expires: None }),
        ("stake_burn", ExecuteMsg::Burn { amount: UNITS }),
        (
            "stake_update_marketing",
            ExecuteMsg::UpdateMarketing {
                project: Some("https://models.test".to_owned()),
                description: Some("Stake of a measurement".to_owned()),
                marketing: None,
            },
        ),
        ("stake_upload_logo", ExecuteMsg::UploadLogo(Logo::Url("https://models.test/logo.svg".to_owned()))),
    ];
    let allow = ExecuteMsg::IncreaseAllowance { spender: who(), amount: ALLOWED, expires: None };
    stage.measured("stake_increase_allowance", owner, &at, &allow).await?;
    for (name, msg) in by_spender {
        stage.measured(name, spender, &at, &msg).await?;
    }
    for (name, msg) in by_owner {
        stage.measured(name, owner, &at, &msg).await?;
    }
    stage.send_measured("stake_dividend", spender, &at, UNITS.u128(), &ReceiveMsg::Dividend {}).await?;
    send(stage, ground).await
}

/// To a `datanet` that takes this stake for bonds: what they cost includes the commitment of a contribution.
async fn send(stage: &mut Stage, ground: &Ground) -> Result<()> {
    let (at, owner, spender) = (ground.base.stake.clone(), &ground.cast.owner, &ground.cast.anyone);
    let taker = spare::instance(stage, &at, None).await?;
    let msg = to_json_binary(&spare::commitment(stage, &ground.cast, &taker).await?)?;
    let (contract, amount) = (taker.to_string(), Uint128::new(BOND));
    let send = ExecuteMsg::Send { contract: contract.clone(), amount, msg: msg.clone() };
    stage.measured("stake_send", owner, &at, &send).await?;
    let send = ExecuteMsg::SendFrom { owner: owner.address().to_owned(), contract, amount, msg };
    stage.measured("stake_send_from", spender, &at, &send).await?;
    Ok(())
}
