//! The treasury, royalties, and models that have stopped.

use cosmwasm_std::{Addr, Uint128};
use protocol::SpendId;
use protocol::settlement::{Config, ExecuteMsg, QueryMsg, Spend, Standing, Valuation};

use super::payments::whole_page;
use super::{World, id_of};
use crate::{ChainError, TxOutcome};

impl World {
    /// Has governance announce a spending of the treasury.
    ///
    /// # Errors
    /// If the contract refuses.
    pub fn propose_spend(&mut self, to: &Addr, amount: u128) -> Result<SpendId, ChainError> {
        let reason = "a grant".to_owned();
        let propose = ExecuteMsg::ProposeSpend { to: to.to_string(), amount: Uint128::new(amount), reason };
        let outcome = self.settle_as(&self.accounts.governance.clone(), &propose)?;
        Ok(SpendId(id_of(&outcome, "spend_proposed", "spend")))
    }

    /// Lets the delay of a spending that was just announced pass.
    pub fn pass_treasury_delay(&mut self) {
        let config: Config = self.settlement(&QueryMsg::Config {});
        self.chain.pass_time(config.treasury_delay.get());
        self.chain.pass_blocks(config.min_blocks.u64());
    }

    /// Pays an announced spending, as a stranger may.
    ///
    /// # Errors
    /// If the contract refuses.
    pub fn execute_spend(&mut self, spend: SpendId) -> Result<TxOutcome, ChainError> {
        self.by_stranger(&ExecuteMsg::ExecuteSpend { spend })
    }

    /// Has governance take an announced spending back.
    ///
    /// # Errors
    /// If the contract refuses.
    pub fn cancel_spend(&mut self, spend: SpendId) -> Result<TxOutcome, ChainError> {
        self.settle_as(&self.accounts.governance.clone(), &ExecuteMsg::CancelSpend { spend })
    }

    /// Spendings of the treasury, the first hundred.
    pub fn spends(&self) -> Vec<Spend> {
        self.settlement(&QueryMsg::Spends { page: whole_page() })
    }

    /// Moves the royalties that the world's model owes to its parents, as a stranger may.
    ///
    /// # Errors
    /// If the contract refuses.
    pub fn flow(&mut self) -> Result<TxOutcome, ChainError> {
        self.by_stranger(&ExecuteMsg::Flow { model: self.model })
    }

    /// Retires chunks of the model's ledger, as a stranger may.
    ///
    /// # Errors
    /// If the contract refuses.
    pub fn retire(&mut self, limit: Option<u32>) -> Result<TxOutcome, ChainError> {
        self.by_stranger(&ExecuteMsg::Retire { model: self.model, limit })
    }

    /// Gives a range of the model that no round settled to the treasury, as a stranger may.
    ///
    /// # Errors
    /// If the contract refuses.
    pub fn lapse(&mut self) -> Result<TxOutcome, ChainError> {
        self.by_stranger(&ExecuteMsg::Lapse { model: self.model })
    }

    /// What a valuation round of the model would distribute.
    pub fn valuation(&self) -> Valuation {
        self.settlement(&QueryMsg::Valuation { model: self.model })
    }

    /// Standing of a position of the model.
    pub fn standing(&self, position: u32) -> Standing {
        self.settlement(&QueryMsg::Standing { model: self.model, position })
    }

    fn by_stranger(&mut self, msg: &ExecuteMsg) -> Result<TxOutcome, ChainError> {
        self.settle_as(&self.accounts.stranger.clone(), msg)
    }
}
