//! Bonds of contributions: withdrawal, release, recognised models, proved debt.

use cosmwasm_std::Addr;
use protocol::datanet::{Config, DebtCase, ExecuteMsg, QueryMsg, Recognition};
use protocol::{ContributionId, ModelId};

use super::World;
use crate::{ChainError, TxOutcome};

impl World {
    /// Withdraws a contribution as an account.
    ///
    /// # Errors
    /// If the contract refuses.
    pub fn withdraw_contribution(
        &mut self,
        sender: &Addr,
        contribution: ContributionId,
    ) -> Result<TxOutcome, ChainError> {
        self.contribute_as(sender, &ExecuteMsg::Withdraw { contribution })
    }

    /// Releases what is left of a contribution's bond, as a stranger may.
    ///
    /// # Errors
    /// If the contract refuses.
    pub fn release_bond(&mut self, contribution: ContributionId) -> Result<TxOutcome, ChainError> {
        self.contribute_as(&self.accounts.stranger.clone(), &ExecuteMsg::ReleaseBond { contribution })
    }

    /// Has the DataNet's owner recognise a model: announced, and confirmed once the notice is over.
    pub fn recognise(&mut self, model: ModelId) {
        self.propose_recognition(model).expect("the model exists and is not recognised");
        let config: Config = self.datanet(&QueryMsg::Config {});
        self.chain.pass_time(config.notice_period.get());
        self.chain.pass_blocks(config.min_blocks.u64());
        self.confirm_recognition(model).expect("the notice is over");
    }

    /// Announces that a model shall be recognised.
    ///
    /// # Errors
    /// If the contract refuses.
    pub fn propose_recognition(&mut self, model: ModelId) -> Result<TxOutcome, ChainError> {
        self.by_datanet_owner(&ExecuteMsg::ProposeRecognition { datanet: self.datanet, model })
    }

    /// Recognises an announced model.
    ///
    /// # Errors
    /// If the contract refuses.
    pub fn confirm_recognition(&mut self, model: ModelId) -> Result<TxOutcome, ChainError> {
        self.by_datanet_owner(&ExecuteMsg::ConfirmRecognition { datanet: self.datanet, model })
    }

    /// Takes a recognition back.
    ///
    /// # Errors
    /// If the contract refuses.
    pub fn revoke_recognition(&mut self, model: ModelId) -> Result<TxOutcome, ChainError> {
        self.by_datanet_owner(&ExecuteMsg::RevokeRecognition { datanet: self.datanet, model })
    }

    /// Claims a contribution's proved debt in the world's model, as a stranger may.
    ///
    /// # Errors
    /// If the contract refuses.
    pub fn claim_debt(&mut self, contribution: ContributionId) -> Result<TxOutcome, ChainError> {
        let claim = ExecuteMsg::ClaimDebt { contribution, model: self.model };
        self.contribute_as(&self.accounts.stranger.clone(), &claim)
    }

    /// Appeals against a debt case of the world's model.
    ///
    /// # Errors
    /// If the contract refuses.
    pub fn appeal(&mut self, sender: &Addr, contribution: ContributionId) -> Result<TxOutcome, ChainError> {
        self.contribute_as(sender, &ExecuteMsg::Appeal { contribution, model: self.model })
    }

    /// Lets the window of appeals against a case that was just claimed end.
    pub fn pass_appeals(&mut self) {
        let config: Config = self.datanet(&QueryMsg::Config {});
        self.chain.pass_time(config.appeal_period.get());
        self.chain.pass_blocks(config.min_blocks.u64());
    }

    /// Collects a contribution's proved debt in the world's model, as a stranger may.
    ///
    /// # Errors
    /// If the contract refuses.
    pub fn collect_debt(&mut self, contribution: ContributionId) -> Result<TxOutcome, ChainError> {
        let collect = ExecuteMsg::CollectDebt { contribution, model: self.model };
        self.contribute_as(&self.accounts.stranger.clone(), &collect)
    }

    /// The debt case of a contribution in the world's model.
    pub fn debt_case(&self, contribution: ContributionId) -> Option<DebtCase> {
        self.datanet(&QueryMsg::DebtCase { contribution, model: self.model })
    }

    /// Models that the world's DataNet recognises or has announced.
    pub fn recognitions(&self) -> Vec<Recognition> {
        self.datanet(&QueryMsg::Recognitions { datanet: self.datanet })
    }

    /// Sends a message to `datanet`.
    ///
    /// # Errors
    /// If the contract refuses.
    pub fn contribute_as(&mut self, sender: &Addr, msg: &ExecuteMsg) -> Result<TxOutcome, ChainError> {
        self.chain.execute(sender, &self.at.datanet, msg, &[])
    }

    /// Asks `datanet`.
    pub fn datanet<T: serde::de::DeserializeOwned>(&self, query: &QueryMsg) -> T {
        self.chain.query(&self.at.datanet, query).expect("datanet answers")
    }

    fn by_datanet_owner(&mut self, msg: &ExecuteMsg) -> Result<TxOutcome, ChainError> {
        self.contribute_as(&self.accounts.datanet_owner.clone(), msg)
    }
}
