//! Letting an auditor read what was paid for: the act of whoever can read it.

use anyhow::{Context, Result, ensure};
use protocol::{Epoch, ModelId};
use serde::Serialize;

use crate::{
    contracts::Contracts,
    published::{Published, ReaderKey},
};

/// Which receipts, and who may read them from now on.
#[derive(Clone, Debug)]
pub struct Disclosure {
    /// The model that was paid for.
    pub model: ModelId,
    /// First epoch.
    pub first: Epoch,
    /// Last epoch.
    pub last: Epoch,
    /// Their keys, as `oracle keys` shows them.
    pub readers: Vec<ReaderKey>,
}

/// What was done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Disclosed {
    /// Redemptions of the epochs.
    pub redemptions: usize,
    /// Those that the readers can open now.
    pub opened: usize,
    /// Why the others cannot be opened: each with its epoch and number.
    pub left: Vec<Left>,
}

/// A redemption whose receipts stay closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Left {
    /// Its epoch.
    pub epoch: u64,
    /// Its number within the epoch.
    pub redemption: u32,
    /// Why.
    pub reason: String,
}

/// Lets the readers open the receipts of every redemption in these epochs, as far as the store's own reader can. Done twice, it changes nothing.
///
/// # Errors
/// If there is no such redemption, or the chain cannot be asked. A redemption that cannot be opened is told of and does not keep others closed.
pub async fn disclose(contracts: &Contracts, published: &Published, disclosure: &Disclosure) -> Result<Disclosed> {
    let Disclosure { model, first, last, readers } = disclosure;
    let redemptions = contracts.redemptions(*model, *first, *last).await.context("cannot read the redemptions")?;
    ensure!(
        !redemptions.is_empty(),
        "nothing was redeemed for model {model} in epochs {first} to {last}: `oracle status` shows epochs with fees"
    );
    let mut disclosed = Disclosed { redemptions: redemptions.len(), ..Disclosed::default() };
    for (epoch, redemption) in redemptions {
        match published.let_in(&redemption.head.0, readers).await {
            Ok(()) => disclosed.opened += 1,
            Err(error) => {
                let reason = format!("{:#}", anyhow::Error::new(error));
                disclosed.left.push(Left { epoch: epoch.get(), redemption: redemption.number, reason });
            }
        }
    }
    Ok(disclosed)
}
