//! Epochs and the ends of their redemption.
//!
//! Redemption of an epoch ends once its time has come and `min_blocks` blocks have passed since the
//! first message in any later epoch. The same test lets a voucher in and an epoch settle, so the two
//! never overlap; a chain that halts over the end costs the gateway nothing.

use cosmwasm_std::{Env, Storage};
use protocol::{Epoch, Seconds};
use rules::clock::Window;

use crate::error::ContractError;
use crate::state::{self, Setup};

/// The epoch of the current block; `None` before genesis.
pub fn current_epoch(setup: &Setup, env: &Env) -> Option<Epoch> {
    setup.clock().epoch_at(env.block.time.seconds()).map(Epoch)
}

/// Records the height at which the current epoch was first seen.
pub fn tick(storage: &mut dyn Storage, setup: &Setup, env: &Env) -> Result<(), ContractError> {
    if let Some(epoch) = current_epoch(setup, env) {
        state::record_epoch_height(storage, epoch, env.block.height)?;
    }
    Ok(())
}

/// The first second at which vouchers of `epoch` may be refused.
pub fn redemption_end(setup: &Setup, epoch: Epoch) -> Result<Seconds, ContractError> {
    let end = setup.clock().redemption_end(epoch.get());
    end.map(Seconds).ok_or(ContractError::BeyondClock { epoch })
}

/// Whether vouchers of `epoch` are refused, and a round may cover it.
pub fn redemption_over(storage: &dyn Storage, setup: &Setup, env: &Env, epoch: Epoch) -> Result<bool, ContractError> {
    let ends_at = redemption_end(setup, epoch)?.get();
    let Some(began_height) = state::first_height_after(storage, epoch)? else {
        return Ok(false); // nobody has seen a later epoch yet
    };
    let window = Window { ends_at, began_height, min_blocks: setup.config.min_blocks.u64() };
    Ok(window.ended(env.block.time.seconds(), env.block.height))
}
