//! Recognised models, proved debt, copies, and bonds that come back.

use protocol::datanet::{Admission, Contribution, DebtCase, DebtCaseState, ExecuteMsg, QueryMsg, Recognition, Status};
use protocol::settlement::{self, Standing};
use protocol::{DatanetId, ModelId};

use rules::ledger::DEBT_ROUNDS;

use super::{Action, Crowd, Moves, Table};
use crate::scenario::Batch;

pub const MOVES: &Moves = &[
    (2, Crowd::propose_recognition),
    (4, Crowd::confirm_recognition),
    (1, Crowd::revoke_recognition),
    (8, Crowd::claim_debt),
    (4, Crowd::appeal),
    (6, Crowd::collect_debt),
    (4, Crowd::release_bond),
    (4, Crowd::prove_duplicate),
    (2, Crowd::accuse),
];

impl Crowd {
    fn propose_recognition(&mut self, table: &Table) -> Option<Action> {
        let (datanet, model) = (self.some_datanet(table)?, self.some_model(table)?.id);
        let sender = self.mostly(&datanet.owner);
        let propose = ExecuteMsg::ProposeRecognition { datanet: datanet.id, model };
        Some(Action::message(&sender, &table.world.at.datanet, &propose))
    }

    fn confirm_recognition(&mut self, table: &Table) -> Option<Action> {
        let datanet = self.some_datanet(table)?;
        let model = self.recognition(table, datanet.id, false)?.model;
        let sender = self.mostly(&datanet.owner);
        let confirm = ExecuteMsg::ConfirmRecognition { datanet: datanet.id, model };
        Some(Action::message(&sender, &table.world.at.datanet, &confirm))
    }

    fn revoke_recognition(&mut self, table: &Table) -> Option<Action> {
        let datanet = self.some_datanet(table)?;
        let confirmed = self.chance.once_in(4);
        let model = self.recognition(table, datanet.id, confirmed)?.model;
        let sender = self.mostly(&datanet.owner);
        let revoke = ExecuteMsg::RevokeRecognition { datanet: datanet.id, model };
        Some(Action::message(&sender, &table.world.at.datanet, &revoke))
    }

    fn recognition(&mut self, table: &Table, datanet: DatanetId, confirmed: bool) -> Option<Recognition> {
        let listed: Vec<Recognition> = table.ask(&table.world.at.datanet, &QueryMsg::Recognitions { datanet })?;
        let fitting: Vec<_> = listed.into_iter().filter(|one| one.confirmed == confirmed).collect();
        self.one(&fitting)
    }

    /// Of one who is in debt, if there is any.
    fn claim_debt(&mut self, table: &Table) -> Option<Action> {
        let model = self.some_model(table)?;
        let used = table.used(model.id);
        let indebted: Vec<_> = used.iter().filter(|one| table.in_debt(model.id, one.position)).collect();
        let (contribution, model) = (self.one(&indebted)?.contribution, model.id);
        let claim = ExecuteMsg::ClaimDebt { contribution, model };
        let record = table.contributions().into_iter().find(|one| one.id == contribution)?;
        if let Some(judge) = self.judge_of(table, &record).filter(|_| self.chance.once_in(3)) {
            let appeal = ExecuteMsg::Appeal { contribution, model };
            self.queue.push_back(Action::message(&judge, &table.world.at.datanet, &appeal));
        }
        Some(Action::message(&self.anyone(), &table.world.at.datanet, &claim))
    }

    /// A claim of which nothing is known.
    fn accuse(&mut self, table: &Table) -> Option<Action> {
        let (model, contribution) = (self.some_model(table)?.id, self.some_contribution(table)?.id);
        let msg = match self.chance.below(3) {
            0 => ExecuteMsg::ClaimDebt { contribution, model },
            1 => ExecuteMsg::Appeal { contribution, model },
            _ => ExecuteMsg::CollectDebt { contribution, model },
        };
        Some(Action::message(&self.anyone(), &table.world.at.datanet, &msg))
    }

    fn appeal(&mut self, table: &Table) -> Option<Action> {
        let case = self.open_case(table)?;
        let contribution = table.contributions().into_iter().find(|one| one.id == case.contribution)?;
        let judge = self.judge_of(table, &contribution)?;
        let sender = self.mostly(&judge);
        let appeal = ExecuteMsg::Appeal { contribution: case.contribution, model: case.model };
        Some(Action::message(&sender, &table.world.at.datanet, &appeal))
    }

    fn judge_of(&mut self, table: &Table, contribution: &Contribution) -> Option<cosmwasm_std::Addr> {
        let datanet = table.datanets().into_iter().find(|one| one.id == contribution.datanet)?;
        let judges = match datanet.settings.admission {
            Admission::Reviewed { reviewers, .. } => reviewers,
            _ => datanet.settings.curators,
        };
        self.one(&judges).map(cosmwasm_std::Addr::unchecked)
    }

    /// Now or when the window of appeals is over.
    fn collect_debt(&mut self, table: &Table) -> Option<Action> {
        let DebtCase { contribution, model, .. } = self.open_case(table)?;
        let collect = ExecuteMsg::CollectDebt { contribution, model };
        let collect = Action::message(&self.anyone(), &table.world.at.datanet, &collect);
        if self.chance.once_in(3) {
            self.queue.push_back(collect);
            return Some(Action::Pass { seconds: 200, blocks: 3 });
        }
        Some(collect)
    }

    fn open_case(&mut self, table: &Table) -> Option<DebtCase> {
        let model = self.some_model(table)?.id;
        let case = |used: protocol::model::UsedContribution| {
            let query = QueryMsg::DebtCase { contribution: used.contribution, model };
            table.ask::<Option<DebtCase>>(&table.world.at.datanet, &query).flatten()
        };
        let cases = table.used(model).into_iter().filter_map(case);
        let open: Vec<_> = cases.filter(|case| case.state == DebtCaseState::Open).collect();
        self.one(&open)
    }

    fn release_bond(&mut self, table: &Table) -> Option<Action> {
        let contribution = self.some_contribution(table)?;
        let may = matches!(contribution.status, Status::Accepted | Status::Withdrawn) && !contribution.bond_returned;
        if !may && !self.chance.once_in(10) {
            return None;
        }
        let release = ExecuteMsg::ReleaseBond { contribution: contribution.id };
        Some(Action::message(&self.anyone(), &table.world.at.datanet, &release))
    }

    /// Of batches with the same items in one DataNet, some of them or all; a used one first.
    fn prove_duplicate(&mut self, table: &Table) -> Option<Action> {
        let contributions = table.contributions();
        let of = |batch: &Batch| contributions.iter().find(|one| one.id == batch.id);
        let mut pairs = Vec::new();
        for (later, earlier) in self.batches.iter().flat_map(|later| self.batches.iter().map(move |one| (later, one))) {
            let same = earlier.id < later.id && earlier.digests == later.digests;
            let Some((old, new)) = of(earlier).zip(of(later)).filter(|_| same) else { continue };
            if old.datanet == new.datanet && new.status != Status::Slashed {
                pairs.push((new.used, earlier.clone(), later.clone()));
            }
        }
        let any_used = pairs.iter().any(|(used, ..)| *used);
        pairs.retain(|(used, ..)| *used || !any_used);
        let (_, earlier, later) = self.one(&pairs)?;
        let all = later.digests.len() as u64;
        let count = if self.chance.once_in(3) { self.chance.below(all).saturating_add(1) } else { all };
        let proof = later.duplicate_proof(&earlier, count);
        Some(Action::message(&self.anyone(), &table.world.at.datanet, &ExecuteMsg::ProveDuplicate(proof)))
    }
}

impl Table {
    fn in_debt(&self, model: ModelId, position: u32) -> bool {
        let query = settlement::QueryMsg::Standing { model, position };
        let standing: Option<Standing> = self.ask(&self.world.at.settlement, &query);
        standing.is_some_and(|standing| !standing.proved_debt.is_zero() && standing.rounds_with_debt >= DEBT_ROUNDS)
    }
}
