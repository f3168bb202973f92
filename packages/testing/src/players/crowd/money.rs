//! Claims, royalties, what has stopped, and the treasury.

use protocol::settlement::{Account, ClaimItem, ExecuteMsg, ModelTotals, QueryMsg, Spend, SpendState};

use cosmwasm_std::Uint128;

use super::{Action, Crowd, Moves, Table};

pub const MOVES: &Moves = &[
    (14, Crowd::claim),
    (3, Crowd::sweep),
    (5, Crowd::withdraw),
    (5, Crowd::flow),
    (3, Crowd::retire),
    (2, Crowd::lapse),
    (2, Crowd::propose_spend),
    (1, Crowd::cancel_spend),
    (4, Crowd::execute_spend),
];

impl Crowd {
    fn some_claims(&mut self, table: &Table) -> Option<Vec<ClaimItem>> {
        let mut claims = Vec::new();
        for model in table.models() {
            let due =
                |one: &Account| u128::from(one.payable.u64()) > one.claimed.u128() || one.stake > one.stake_claimed;
            let accounts = table.accounts(model.id).into_iter();
            let positions: Vec<u32> =
                accounts.filter(|one| due(one) || self.chance.once_in(30)).map(|one| one.position).collect();
            if !positions.is_empty() {
                claims.push(ClaimItem { model: model.id, positions });
            }
        }
        (!claims.is_empty()).then_some(claims)
    }

    fn claim(&mut self, table: &Table) -> Option<Action> {
        let claims = self.some_claims(table)?;
        Some(Action::message(&self.anyone(), &table.world.at.settlement, &ExecuteMsg::Claim { claims }))
    }

    /// One position: no other can be swept with it that is not slashed.
    fn sweep(&mut self, table: &Table) -> Option<Action> {
        use protocol::datanet::Status;
        let model = self.some_model(table)?;
        let used = table.used(model.id);
        let slashed: Vec<_> = table.contributions().into_iter().filter(|one| one.status == Status::Slashed).collect();
        let slashed: Vec<u32> = used
            .iter()
            .filter(|used| slashed.iter().any(|one| one.id == used.contribution))
            .map(|used| used.position)
            .collect();
        let position = self.one(&slashed);
        let rarely = self.chance.once_in(10).then_some(0);
        let positions = vec![position.or(rarely)?];
        let sweep = ExecuteMsg::SweepSlashed { claims: vec![ClaimItem { model: model.id, positions }] };
        Some(Action::message(&self.anyone(), &table.world.at.settlement, &sweep))
    }

    fn withdraw(&mut self, table: &Table) -> Option<Action> {
        let accounts = &table.world.accounts;
        let mut earners = accounts.operators.clone();
        earners.extend([accounts.owner.clone(), accounts.owner.clone()]);
        let earner = self.one(&earners)?;
        let balance: Uint128 =
            table.ask(&table.world.at.settlement, &QueryMsg::Balance { account: earner.to_string() })?;
        if balance.is_zero() && !self.chance.once_in(10) {
            return None;
        }
        let sender = self.mostly(&earner);
        Some(Action::message(&sender, &table.world.at.settlement, &ExecuteMsg::Withdraw {}))
    }

    fn flow(&mut self, table: &Table) -> Option<Action> {
        let model = self.some_model(table)?.id;
        let owed = table.totals(model)?.royalties_owed;
        if owed.is_zero() && !self.chance.once_in(10) {
            return None;
        }
        Some(Action::message(&self.anyone(), &table.world.at.settlement, &ExecuteMsg::Flow { model }))
    }

    /// Now, or after some epochs without fees.
    fn retire(&mut self, table: &Table) -> Option<Action> {
        let model = self.some_model(table)?.id;
        let limit = self.one(&[None, Some(0), Some(1), Some(u32::MAX)]).flatten();
        let retire = Action::message(&self.anyone(), &table.world.at.settlement, &ExecuteMsg::Retire { model, limit });
        let totals = table.totals(model)?;
        let settled = totals.unsettled.influence.is_zero() && totals.settled_through > totals.retired_in;
        if settled && self.chance.once_in(3) && self.nobody_waits(table).is_some() {
            self.queue.push_back(retire);
            return Some(Action::Pass { seconds: 6_000, blocks: 1_200 });
        }
        self.chance.once_in(3).then_some(retire)
    }

    /// Of what has waited for long, if anything has.
    fn lapse(&mut self, table: &Table) -> Option<Action> {
        let model = self.some_model(table)?.id;
        let lapse = Action::message(&self.anyone(), &table.world.at.settlement, &ExecuteMsg::Lapse { model });
        let waits = !table.totals(model)?.unsettled.influence.is_zero();
        if waits && self.chance.once_in(20) && self.nobody_waits(table).is_some() {
            self.queue.push_back(lapse);
            return Some(Action::Pass { seconds: 70_000, blocks: 14_000 });
        }
        self.chance.once_in(4).then_some(lapse)
    }

    fn propose_spend(&mut self, table: &Table) -> Option<Action> {
        let treasury = table.world.totals().treasury.u128();
        let amount = match self.chance.below(5) {
            0 => self.chance.edge(),
            1 => treasury,
            _ => self.chance.amount(16),
        };
        let (to, reason) = (self.anyone().to_string(), "a grant".to_owned());
        let sender = self.mostly(&table.world.accounts.governance);
        let propose = ExecuteMsg::ProposeSpend { to, amount: amount.into(), reason };
        Some(Action::message(&sender, &table.world.at.settlement, &propose))
    }

    fn proposed(&mut self, table: &Table) -> Option<Spend> {
        let spends: Vec<Spend> = table.ask(&table.world.at.settlement, &QueryMsg::Spends { page: super::whole() })?;
        let proposed: Vec<_> = spends.into_iter().filter(|one| one.state == SpendState::Proposed).collect();
        self.one(&proposed)
    }

    fn cancel_spend(&mut self, table: &Table) -> Option<Action> {
        let spend = self.proposed(table)?.id;
        let sender = self.mostly(&table.world.accounts.governance);
        Some(Action::message(&sender, &table.world.at.settlement, &ExecuteMsg::CancelSpend { spend }))
    }

    fn execute_spend(&mut self, table: &Table) -> Option<Action> {
        let spend = self.proposed(table)?.id;
        Some(Action::message(&self.anyone(), &table.world.at.settlement, &ExecuteMsg::ExecuteSpend { spend }))
    }
}

impl Table {
    fn accounts(&self, model: protocol::ModelId) -> Vec<Account> {
        self.ask(&self.world.at.settlement, &QueryMsg::Accounts { model, page: super::whole() }).unwrap_or_default()
    }

    fn totals(&self, model: protocol::ModelId) -> Option<ModelTotals> {
        self.ask(&self.world.at.settlement, &QueryMsg::ModelTotals { model })
    }
}
