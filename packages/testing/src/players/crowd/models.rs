//! Models: made, changed, handed over, trained, given validation examples.

use cosmwasm_std::{Addr, Uint64};
use protocol::datanet::{Datanet, Status};
use protocol::model::{
    Curatorship, ExecuteMsg, Model, ModelKind, NewModel, NewStake, Parent, Price, QueryMsg, Terms, TrainedOn,
    VersionManifest, WorkClaim, WorkKind,
};
use protocol::{Bps, DatanetId, Hash32, ModelId, RoundId};

use super::{Action, Crowd, Moves, Table};
use crate::scenario::{adapter_terms, new_model};

/// Worlds stay small.
const MAX_MODELS: usize = 4;

pub const MOVES: &Moves = &[
    (2, Crowd::create_model),
    (2, Crowd::change_terms),
    (4, Crowd::note_withdrawals),
    (1, Crowd::offer_model),
    (3, Crowd::accept_model),
    (6, Crowd::append),
    (5, Crowd::register_version),
    (1, Crowd::set_prices),
    (1, Crowd::set_corrections),
    (4, Crowd::propose_validation),
    (8, Crowd::approve_validation),
    (1, Crowd::consume_validation),
];

impl Crowd {
    fn create_model(&mut self, table: &Table) -> Option<Action> {
        let models = table.models();
        if models.len() >= MAX_MODELS && !self.chance.once_in(20) {
            return None;
        }
        let sender = if self.chance.once_in(2) { table.world.accounts.owner.clone() } else { self.anyone() };
        let new = self.new_model(table, &models);
        Some(Action::message(&sender, &table.world.at.model, &ExecuteMsg::CreateModel(new)))
    }

    fn new_model(&mut self, table: &Table, models: &[Model]) -> NewModel {
        let count = if self.chance.once_in(3) { 0 } else { self.chance.below(3).saturating_add(1) };
        let parents: Vec<ModelId> =
            models.iter().map(|model| model.id).take(usize::try_from(count).unwrap_or_default()).collect();
        let kind = match parents.len() {
            0 => ModelKind::Base,
            1 => ModelKind::Adapter,
            _ => ModelKind::Merge,
        };
        let terms = if parents.is_empty() { table.world.setup.terms.clone() } else { adapter_terms(&table.world) };
        let gateway = if self.chance.once_in(4) { self.anyone() } else { table.world.accounts.gateway.clone() };
        let (gateway, stake) = (gateway.to_string(), self.new_stake());
        NewModel { kind, terms, gateway, stake, parents: shared(&parents), ..new_model(&table.world) }
    }

    fn new_stake(&mut self) -> NewStake {
        let parts = [[5_000, 3_000, 2_000], [10_000, 0, 0], [0, 10_000, 0], [0, 0, 10_000], [1, 9_998, 1]];
        let [owner, contributors, work] = self.one(&parts).unwrap_or_default().map(Bps);
        NewStake { name: "Stake".to_owned(), symbol: "STAKE".to_owned(), owner, contributors, work }
    }

    fn change_terms(&mut self, table: &Table) -> Option<Action> {
        let model = self.some_model(table)?;
        let Terms { owner, stake, influence, release_rate, .. } = model.terms;
        let part = u16::try_from(self.chance.below(u64::from(owner.0).saturating_add(1))).unwrap_or_default();
        let less = Bps(owner.0.saturating_sub(part));
        let more = |share: Bps, takes: bool| if takes { Bps(share.0.saturating_add(part)) } else { share };
        let to_stake = self.chance.once_in(2);
        let rate = Bps(release_rate.0.saturating_add(1_000).min(Bps::WHOLE.0));
        let terms = Terms {
            owner: less,
            stake: more(stake, to_stake),
            influence: more(influence, !to_stake),
            release_rate: rate,
            ..model.terms
        };
        let sender = self.mostly(&model.owner);
        Some(Action::message(&sender, &table.world.at.model, &ExecuteMsg::ChangeTerms { model: model.id, terms }))
    }

    fn note_withdrawals(&mut self, table: &Table) -> Option<Action> {
        let model = self.some_model(table)?;
        let gone = |status| matches!(status, Status::Withdrawn | Status::Slashed);
        let used = table.used(model.id);
        let contributions = table.contributions().into_iter();
        let gone: Vec<_> = contributions
            .filter(|one| gone(one.status) && used.iter().any(|used| used.contribution == one.id))
            .map(|one| one.id)
            .collect();
        if gone.is_empty() && !self.chance.once_in(10) {
            return None;
        }
        let note = ExecuteMsg::NoteWithdrawals { model: model.id, contributions: gone };
        Some(Action::message(&self.anyone(), &table.world.at.model, &note))
    }

    fn offer_model(&mut self, table: &Table) -> Option<Action> {
        let model = self.some_model(table)?;
        let (sender, to) = (self.mostly(&model.owner), self.anyone().to_string());
        Some(Action::message(&sender, &table.world.at.model, &ExecuteMsg::OfferModel { model: model.id, to }))
    }

    fn accept_model(&mut self, table: &Table) -> Option<Action> {
        let model = self.some_model(table)?;
        let sender = self.mostly(model.offered_to.as_ref()?);
        Some(Action::message(&sender, &table.world.at.model, &ExecuteMsg::AcceptModel { model: model.id }))
    }

    fn append(&mut self, table: &Table) -> Option<Action> {
        let model = self.some_model(table)?;
        let used = table.used(model.id);
        let contributions = table.contributions().into_iter();
        let free: Vec<_> = contributions
            .filter(|one| one.status == Status::Accepted && !used.iter().any(|used| used.contribution == one.id))
            .map(|one| one.id)
            .collect();
        let taken = usize::try_from(self.chance.below(4)).unwrap_or_default();
        let contributions: Vec<_> = free.into_iter().take(taken).collect();
        if contributions.is_empty() {
            return None;
        }
        let sender = self.mostly(&model.owner);
        let append = ExecuteMsg::AppendContributions { model: model.id, contributions };
        Some(Action::message(&sender, &table.world.at.model, &append))
    }

    fn register_version(&mut self, table: &Table) -> Option<Action> {
        let model = self.some_model(table)?;
        if model.positions == 0 && !self.chance.once_in(10) {
            return None;
        }
        let manifest = self.manifest(table, &model)?;
        let sender = self.mostly(&model.owner);
        Some(Action::message(
            &sender,
            &table.world.at.model,
            &ExecuteMsg::RegisterVersion { model: model.id, manifest },
        ))
    }

    fn manifest(&mut self, table: &Table, model: &Model) -> Option<VersionManifest> {
        let trained = |one: Datanet| TrainedOn { datanet: one.id, version: one.version, root: one.root };
        let datanets = table.datanets().into_iter().filter(|one| !one.version.is_zero());
        let claim = |account: Addr, kind, share| WorkClaim { account: account.to_string(), kind, share: Bps(share) };
        let work = match self.chance.below(3) {
            0 => vec![],
            1 => vec![claim(self.anyone(), WorkKind::Compute, 2_500)],
            _ => vec![claim(self.anyone(), WorkKind::Compute, 1), claim(self.anyone(), WorkKind::FineTuning, 9_999)],
        };
        Some(VersionManifest {
            trained_on: datanets.map(trained).collect(),
            positions: model.positions,
            left_out: table.ask(&table.world.at.model, &QueryMsg::Withdrawn { model: model.id })?,
            training_hash: Hash32(self.chance.bytes()),
            weights_hash: Hash32(self.chance.bytes()),
            uri: "https://models.test/version".to_owned(),
            work,
        })
    }

    fn set_prices(&mut self, table: &Table) -> Option<Action> {
        let model = self.some_model(table)?;
        let mut price = Price::flat("standard", self.chance.amount(20));
        if self.chance.once_in(2) {
            (price.per_1000_in, price.per_1000_out) = (self.chance.edge().into(), self.chance.edge().into());
        }
        let prices = vec![price];
        let sender = self.mostly(&model.owner);
        Some(Action::message(&sender, &table.world.at.model, &ExecuteMsg::SetPrices { model: model.id, prices }))
    }

    fn set_corrections(&mut self, table: &Table) -> Option<Action> {
        let model = self.some_model(table)?;
        let datanet = (!self.chance.once_in(3)).then(|| DatanetId(self.chance.below(4)));
        let sender = self.mostly(&model.owner);
        Some(Action::message(&sender, &table.world.at.model, &ExecuteMsg::SetCorrections { model: model.id, datanet }))
    }

    fn propose_validation(&mut self, table: &Table) -> Option<Action> {
        let model = self.some_model(table)?;
        if model.validation.proposal.is_some() && !self.chance.once_in(5) {
            return None;
        }
        let propose = ExecuteMsg::ProposeValidation {
            model: model.id,
            root: Hash32(self.chance.bytes()),
            count: Uint64::new(self.chance.below(2_000).saturating_add(1)),
            uri: "https://models.test/validation".to_owned(),
        };
        let sender = self.mostly(&model.owner);
        Some(Action::message(&sender, &table.world.at.model, &propose))
    }

    fn approve_validation(&mut self, table: &Table) -> Option<Action> {
        let model = self.some_model(table)?;
        let root = model.validation.proposal.as_ref()?.root;
        let accounts = &table.world.accounts;
        let (curator, on_behalf) = if self.chance.once_in(2) {
            (accounts.model_curator.clone(), Curatorship::Model {})
        } else {
            let contribution = self.some_used(table, &model)?.contribution;
            (accounts.datanet_curator.clone(), Curatorship::Datanet { contribution })
        };
        let sender = self.mostly(&curator);
        let approve = ExecuteMsg::ApproveValidation { model: model.id, root, on_behalf };
        Some(Action::message(&sender, &table.world.at.model, &approve))
    }

    /// What `attribution` alone may.
    fn consume_validation(&mut self, table: &Table) -> Option<Action> {
        let model = self.some_model(table)?.id;
        let consume = ExecuteMsg::ConsumeValidation { model, round: RoundId(1), count: Uint64::one() };
        Some(Action::message(&self.anyone(), &table.world.at.model, &consume))
    }
}

/// Equal shares, the rest to the first.
fn shared(parents: &[ModelId]) -> Vec<Parent> {
    let count = u16::try_from(parents.len()).unwrap_or(u16::MAX);
    let each = Bps::WHOLE.0.checked_div(count).unwrap_or_default();
    let rest = Bps::WHOLE.0.saturating_sub(each.saturating_mul(count));
    let share = |index: usize| Bps(if index == 0 { each.saturating_add(rest) } else { each });
    parents.iter().enumerate().map(|(index, &model)| Parent { model, share: share(index) }).collect()
}
