//! What a claim is compared with: an airdrop of 16,384 accounts on the same chain.

use std::fs;

use airdrop::{ExecuteMsg, InstantiateMsg, tree};
use anyhow::{Context, Result};
use chain::Instantiate;
use cosmwasm_std::{Addr, Binary, Uint128};
use cw20::Cw20ExecuteMsg;

use super::stage::Stage;

/// A proof has 14 siblings.
const LEAVES: usize = 1 << 14;
/// What each account may claim, in uopen.
const AMOUNT: u128 = 1_234_567;

/// The airdrop, and who claims next.
pub struct Airdrop {
    at: Addr,
    leaves: Vec<tree::Hash>,
    next: usize,
}

impl Airdrop {
    /// Stores, makes and funds it.
    ///
    /// # Errors
    /// If its module is not built, or a contract refuses.
    pub async fn build(stage: &mut Stage) -> Result<Self> {
        let owner = stage.owner.clone();
        let wasm = fs::read(stage.artifacts.join("airdrop.wasm")).context("scripts/build-wasm builds airdrop.wasm")?;
        let code = stage.client.store_code(&owner, &wasm).await?;
        stage.codes.push(code);
        let guests = stage.guests.iter().map(|guest| tree::leaf(guest.address(), AMOUNT));
        let mut leaves: Vec<_> = guests.collect();
        leaves.resize_with(LEAVES, || tree::leaf("nobody", AMOUNT));
        let (root, _) = tree::prove(&leaves, 0);
        let token = stage.at.deployment.open_token.clone();
        let msg = InstantiateMsg { token: token.to_string(), root: Binary::from(root) };
        let at = stage.client.instantiate(&owner, Instantiate::new(code, "airdrop", &msg)?).await?;
        let fund = Cw20ExecuteMsg::Transfer { recipient: at.to_string(), amount: Uint128::new(1_000_000_000) };
        stage.execute(&owner, &token, &fund).await?;
        Ok(Self { at, leaves, next: 0 })
    }

    /// Notes `airdrop_claim`.
    ///
    /// # Errors
    /// If the contract refuses.
    pub async fn claim(&mut self, stage: &mut Stage) -> Result<()> {
        let guest = stage.guests.get(self.next).context("a guest who has not claimed")?.clone();
        let (_, proof) = tree::prove(&self.leaves, self.next);
        self.next += 1;
        let proof = proof.into_iter().map(Binary::from).collect();
        let claim = ExecuteMsg::Claim { amount: Uint128::new(AMOUNT), proof };
        stage.measured("airdrop_claim", &guest, &self.at, &claim).await?;
        Ok(())
    }
}
