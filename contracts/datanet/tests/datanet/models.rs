//! What models do to contributions on the chain of these tests: use, recognition, debts.

use cw_multi_test::AppResponse;
use datanet::ContractError;
use protocol::datanet::{DebtCase, DebtCaseState, ExecuteMsg, QueryMsg, Recognition};
use protocol::settlement::Standing;
use protocol::{Bps, ContributionId, DatanetId, ModelId};

use crate::stand_ins;
use crate::world::{MIN_BLOCKS, NOTICE_PERIOD, World};

impl World {
    pub fn mark_used(&mut self, contributions: &[ContributionId]) -> Result<AppResponse, ContractError> {
        self.mark_used_by(ModelId(1), contributions)
    }

    /// As the model contract does: positions are the ids, so that every contribution has another one.
    pub fn mark_used_by(
        &mut self,
        model: ModelId,
        contributions: &[ContributionId],
    ) -> Result<AppResponse, ContractError> {
        let influence_share = Bps(6_000);
        let msg = ExecuteMsg::MarkUsed { model, influence_share, contributions: contributions.to_vec() };
        let response = self.execute("model", msg)?;
        for contribution in contributions {
            stand_ins::set_position(&mut self.app, &self.model, model, *contribution, position(*contribution));
        }
        Ok(response)
    }

    pub fn withdraw(&mut self, sender: &str, contribution: ContributionId) -> Result<AppResponse, ContractError> {
        self.execute(sender, ExecuteMsg::Withdraw { contribution })
    }

    pub fn release(&mut self, contribution: ContributionId) -> Result<AppResponse, ContractError> {
        self.execute("eve", ExecuteMsg::ReleaseBond { contribution })
    }

    pub fn propose(&mut self, datanet: DatanetId, model: ModelId) -> Result<AppResponse, ContractError> {
        self.execute("owner", ExecuteMsg::ProposeRecognition { datanet, model })
    }

    pub fn confirm(&mut self, datanet: DatanetId, model: ModelId) -> Result<AppResponse, ContractError> {
        self.execute("owner", ExecuteMsg::ConfirmRecognition { datanet, model })
    }

    pub fn revoke(&mut self, datanet: DatanetId, model: ModelId) -> Result<AppResponse, ContractError> {
        self.execute("owner", ExecuteMsg::RevokeRecognition { datanet, model })
    }

    /// Announces a model, waits, confirms.
    pub fn recognise(&mut self, datanet: DatanetId, model: ModelId) {
        self.propose(datanet, model).unwrap();
        self.pass(NOTICE_PERIOD, MIN_BLOCKS);
        self.confirm(datanet, model).unwrap();
    }

    /// What `settlement` says of the contribution's account in a model from now on.
    pub fn set_standing(&mut self, model: ModelId, contribution: ContributionId, standing: Standing) {
        let account = (model, position(contribution));
        stand_ins::set_standing(&mut self.app, &self.settlement, account, standing);
    }

    /// From now on `settlement` refuses OPEN.
    pub fn deafen_settlement(&mut self) {
        stand_ins::deafen(&mut self.app, &self.settlement);
    }

    pub fn claim(&mut self, contribution: ContributionId, model: ModelId) -> Result<AppResponse, ContractError> {
        self.execute("eve", ExecuteMsg::ClaimDebt { contribution, model })
    }

    pub fn appeal(
        &mut self,
        sender: &str,
        contribution: ContributionId,
        model: ModelId,
    ) -> Result<AppResponse, ContractError> {
        self.execute(sender, ExecuteMsg::Appeal { contribution, model })
    }

    pub fn collect(&mut self, contribution: ContributionId, model: ModelId) -> Result<AppResponse, ContractError> {
        self.execute("eve", ExecuteMsg::CollectDebt { contribution, model })
    }

    pub fn recognitions(&self, datanet: DatanetId) -> Vec<Recognition> {
        self.query(&QueryMsg::Recognitions { datanet }).unwrap()
    }

    pub fn debt_case(&self, contribution: ContributionId, model: ModelId) -> Option<DebtCase> {
        self.query(&QueryMsg::DebtCase { contribution, model }).unwrap()
    }

    pub fn case_state(&self, contribution: ContributionId, model: ModelId) -> Option<DebtCaseState> {
        self.debt_case(contribution, model).map(|case| case.state)
    }

    /// Debts that arrived in `settlement`: model, position, uopen.
    pub fn debts_received(&self) -> Vec<(ModelId, u32, u128)> {
        let received = stand_ins::debts_received(&self.app, &self.settlement).into_iter();
        received.map(|(model, position, amount)| (model, position, amount.u128())).collect()
    }
}

/// Where a contribution stands in every model that uses it.
pub fn position(contribution: ContributionId) -> u32 {
    u32::try_from(contribution.get()).unwrap() + 100
}
