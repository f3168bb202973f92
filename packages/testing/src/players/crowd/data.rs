//! DataNets and contributions.

use cosmwasm_std::{Addr, Uint64, Uint128};
use protocol::datanet::{
    Admission, Contribution, ContributionKind, Datanet, ExecuteMsg, NewDatanet, ReceiveMsg, RevealedContribution,
    Status, Verdict,
};
use protocol::{Bps, ContributionId, Hash32, ModelId, Payee};
use rules::item;

use super::{Action, Crowd, Moves, Pending, Table};
use crate::scenario::Batch;

/// Time to reveal, in seconds.
const REVEAL_PERIOD: u64 = 100;
/// Worlds stay small.
const MAX_DATANETS: usize = 4;
const MAX_CONTRIBUTIONS: usize = 16;

pub const MOVES: &Moves = &[
    (2, Crowd::create_datanet),
    (2, Crowd::offer_datanet),
    (2, Crowd::accept_datanet),
    (6, Crowd::commit_data),
    (30, Crowd::reveal_data),
    (1, Crowd::forfeit),
    (24, Crowd::review),
    (3, Crowd::set_payees),
    (2, Crowd::withdraw_contribution),
    (1, Crowd::mark_used),
];

impl Crowd {
    fn create_datanet(&mut self, table: &Table) -> Option<Action> {
        let many = table.datanets().len() >= MAX_DATANETS;
        if many && !self.chance.once_in(20) {
            return None;
        }
        let sender = self.anyone();
        let new = self.new_datanet(table);
        Some(Action::message(&sender, &table.world.at.datanet, &ExecuteMsg::CreateDatanet(new)))
    }

    fn new_datanet(&mut self, table: &Table) -> NewDatanet {
        let admission = match self.chance.below(4) {
            0 => Admission::Open {},
            1 => Admission::Allowlist { accounts: self.some_accounts() },
            _ => table.world.new_datanet().admission,
        };
        NewDatanet {
            admission,
            bond: Uint128::new(self.chance.amount(22)),
            commits_per_day: 50,
            min_influence_share: Bps(if self.chance.once_in(5) { 7_500 } else { 0 }),
            item_key: self.chance.once_in(4).then(|| Hash32(item::key_commitment(&[9; 32]))),
            ..table.world.new_datanet()
        }
    }

    fn some_accounts(&mut self) -> Vec<String> {
        let skipped = usize::try_from(self.chance.below(8)).unwrap_or_default();
        self.accounts.iter().skip(skipped).map(Addr::to_string).collect()
    }

    fn offer_datanet(&mut self, table: &Table) -> Option<Action> {
        let datanet = self.some_datanet(table)?;
        let (sender, to) = (self.mostly(&datanet.owner), self.anyone().to_string());
        Some(Action::message(&sender, &table.world.at.datanet, &ExecuteMsg::OfferDatanet { datanet: datanet.id, to }))
    }

    fn accept_datanet(&mut self, table: &Table) -> Option<Action> {
        let datanet = self.some_datanet(table)?;
        let sender = self.mostly(datanet.offered_to.as_ref()?);
        Some(Action::message(&sender, &table.world.at.datanet, &ExecuteMsg::AcceptDatanet { datanet: datanet.id }))
    }

    /// New items, or a copy of others'.
    fn commit_data(&mut self, table: &Table) -> Option<Action> {
        if table.contributions().len() >= MAX_CONTRIBUTIONS && !self.chance.once_in(20) {
            return None;
        }
        let datanet = self.some_datanet(table)?;
        let sender = self.contributor_of(&datanet);
        let known: Vec<_> =
            table.contributions().into_iter().filter(|one| one.datanet == datanet.id).map(|one| one.id).collect();
        let batch = self.some_batch(&sender, &known);
        let domain = table.world.domain(&table.world.at.datanet);
        let commitment =
            item::contribution_commitment(&domain, datanet.id.get(), sender.as_str(), &batch.root(), &batch.salt);
        let hook = ReceiveMsg::Commit { datanet: datanet.id, commitment: Hash32(commitment) };
        let bond = if self.chance.once_in(12) { self.chance.edge() } else { datanet.settings.bond.u128() };
        self.pending = Pending::Batch(batch);
        Some(Action::hook(&sender, &table.world.at.open_token, &table.world.at.datanet, bond, &hook))
    }

    fn contributor_of(&mut self, datanet: &Datanet) -> Addr {
        match &datanet.settings.admission {
            Admission::Allowlist { accounts } => self.one(accounts).map_or_else(|| self.anyone(), Addr::unchecked),
            _ => self.anyone(),
        }
    }

    /// New items, or those of a batch that is known to be in the DataNet.
    fn some_batch(&mut self, contributor: &Addr, known: &[ContributionId]) -> Batch {
        let known: Vec<Batch> = self.batches.iter().filter(|batch| known.contains(&batch.id)).cloned().collect();
        let copied = self.chance.once_in(2).then(|| self.one(&known)).flatten();
        match copied {
            Some(batch) => batch.copied_by(contributor),
            None => {
                let (name, count) = (format!("text {}", self.chance.below(1 << 32)), self.chance.below(12));
                Batch::named(contributor, &name, count.saturating_add(1))
            }
        }
    }

    fn reveal_data(&mut self, table: &Table) -> Option<Action> {
        let contribution = self.in_status(table, Status::Committed)?;
        let late = table.world.chain.time() >= contribution.committed_at.get().saturating_add(REVEAL_PERIOD);
        if late != self.chance.once_in(30) {
            return None;
        }
        let batch = self.batches.iter().find(|batch| batch.id == contribution.id)?.clone();
        let private =
            table.datanets().iter().any(|one| one.id == contribution.datanet && one.settings.item_key.is_some());
        let payees = if self.chance.once_in(3) { self.some_payees() } else { Vec::new() };
        let bytes = Uint64::new(if private { 0 } else { self.chance.below(1_000) });
        let kind = self.one(&[
            ContributionKind::Data,
            ContributionKind::Annotation,
            ContributionKind::Correction,
            ContributionKind::Evaluation,
        ])?;
        let revealed = RevealedContribution { kind, bytes, payees, ..batch.revealed() };
        let sender = self.mostly(&contribution.contributor);
        let reveal = ExecuteMsg::Reveal { contribution: contribution.id, revealed };
        Some(Action::message(&sender, &table.world.at.datanet, &reveal))
    }

    pub(super) fn in_status(&mut self, table: &Table, status: Status) -> Option<Contribution> {
        let found: Vec<_> = table.contributions().into_iter().filter(|one| one.status == status).collect();
        self.one(&found)
    }

    /// One to sixteen, each with something.
    fn some_payees(&mut self) -> Vec<Payee> {
        let mut left = Bps::WHOLE.0;
        let mut payees: Vec<Payee> = Vec::new();
        let count = self.chance.below(16);
        for account in self.accounts.iter().take(usize::try_from(count).unwrap_or_default()) {
            let share =
                u16::try_from(self.chance.below(1_000).saturating_add(1)).unwrap_or(1).min(left.saturating_sub(1));
            if share > 0 {
                left = left.saturating_sub(share);
                payees.push(Payee { account: account.to_string(), share: Bps(share) });
            }
        }
        if let Some(last) = self.accounts.last() {
            payees.push(Payee { account: last.to_string(), share: Bps(left) });
        }
        payees
    }

    /// After the time of the reveal, which ends soon.
    fn forfeit(&mut self, table: &Table) -> Option<Action> {
        let contribution = self.in_status(table, Status::Committed)?.id;
        let forfeit = Action::message(&self.anyone(), &table.world.at.datanet, &ExecuteMsg::Forfeit { contribution });
        if self.chance.once_in(2) {
            return Some(forfeit);
        }
        self.queue.push_back(forfeit);
        Some(Action::Pass { seconds: 100, blocks: 3 })
    }

    fn review(&mut self, table: &Table) -> Option<Action> {
        let contribution = self.in_status(table, Status::Pending)?.id;
        let reviewer = self.one(&table.world.accounts.reviewers)?;
        let sender = self.mostly(&reviewer);
        let verdict = if self.chance.once_in(8) { Verdict::Reject } else { Verdict::Accept };
        Some(Action::message(&sender, &table.world.at.datanet, &ExecuteMsg::Review { contribution, verdict }))
    }

    fn set_payees(&mut self, table: &Table) -> Option<Action> {
        let contribution = self.some_contribution(table)?;
        let sender = self.mostly(&contribution.contributor);
        let set = ExecuteMsg::SetPayees { contribution: contribution.id, payees: self.some_payees() };
        Some(Action::message(&sender, &table.world.at.datanet, &set))
    }

    fn withdraw_contribution(&mut self, table: &Table) -> Option<Action> {
        let contribution = self.in_status(table, Status::Accepted)?;
        let sender = self.mostly(&contribution.contributor);
        let withdraw = ExecuteMsg::Withdraw { contribution: contribution.id };
        Some(Action::message(&sender, &table.world.at.datanet, &withdraw))
    }

    /// What `model` alone may.
    fn mark_used(&mut self, table: &Table) -> Option<Action> {
        let contributions = vec![self.some_contribution(table)?.id];
        let mark = ExecuteMsg::MarkUsed { model: ModelId(1), influence_share: Bps(7_000), contributions };
        Some(Action::message(&self.anyone(), &table.world.at.datanet, &mark))
    }
}
