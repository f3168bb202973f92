//! Governance, methods, and operators with their bonds.

use cosmwasm_std::Addr;
use protocol::attribution::{ExecuteMsg, MIN_OPERATORS, Operator, QueryMsg, ReceiveMsg};
use protocol::settlement;
use protocol::{Hash32, MethodId};

use super::{Action, Crowd, Moves, Table};

/// The method of the world's models.
const METHOD: MethodId = MethodId(1);
/// Methods of a world.
const MAX_METHODS: u64 = 3;

pub const MOVES: &Moves = &[
    (1, Crowd::register_method),
    (4, Crowd::admit),
    (1, Crowd::remove),
    (10, Crowd::bond),
    (1, Crowd::unbond),
    (1, Crowd::set_encryption_key),
    (4, Crowd::withdraw_bond),
    (2, Crowd::hand_over_governance),
    (1, Crowd::wire_again),
];

impl Crowd {
    fn register_method(&mut self, table: &Table) -> Option<Action> {
        let many = table.ask::<protocol::attribution::Method>(
            &table.world.at.attribution,
            &QueryMsg::Method { method: MethodId(MAX_METHODS) },
        );
        if many.is_some() && !self.chance.once_in(10) {
            return None;
        }
        let register = ExecuteMsg::RegisterMethod(table.world.setup.method.clone());
        let sender = self.mostly(&table.world.accounts.governance);
        Some(Action::message(&sender, &table.world.at.attribution, &register))
    }

    /// Those who are out first.
    fn admit(&mut self, table: &Table) -> Option<Action> {
        let listed = table.operators();
        let is_in = |account: &Addr| listed.iter().any(|one| one.account == account && one.leaves_at.is_none());
        let out: Vec<Addr> = table.world.accounts.operators.iter().filter(|one| !is_in(one)).cloned().collect();
        let method = if self.chance.once_in(6) { MethodId(2) } else { METHOD };
        let few = self.chance.once_in(6);
        let operator = self.one(&out).or_else(|| few.then(|| self.anyone()))?.to_string();
        let sender = self.mostly(&table.world.accounts.governance);
        Some(Action::message(&sender, &table.world.at.attribution, &ExecuteMsg::AdmitOperator { method, operator }))
    }

    fn remove(&mut self, table: &Table) -> Option<Action> {
        self.enough_are_left(table)?;
        let operator = self.one(&table.operators())?.account.to_string();
        let sender = self.mostly(&table.world.accounts.governance);
        let remove = ExecuteMsg::RemoveOperator { method: METHOD, operator };
        Some(Action::message(&sender, &table.world.at.attribution, &remove))
    }

    /// What is lacking of a bond.
    fn bond(&mut self, table: &Table) -> Option<Action> {
        let bond = table.world.setup.method.bond;
        let short = |one: &Operator| one.bond < bond;
        let short: Vec<_> = table.operators().into_iter().filter(short).collect();
        let operator = self.one(&short)?;
        let amount =
            if self.chance.once_in(10) { self.chance.edge() } else { bond.u128().saturating_sub(operator.bond.u128()) };
        let at = &table.world.at;
        let hook = ReceiveMsg::Bond { method: METHOD };
        Some(Action::hook(&operator.account, &at.open_token, &at.attribution, amount, &hook))
    }

    /// Mostly no operator leaves where a round would lack one.
    fn enough_are_left(&mut self, table: &Table) -> Option<()> {
        let active = table.operators().iter().filter(|one| one.leaves_at.is_none()).count();
        let times = if active > MIN_OPERATORS { 2 } else { 20 };
        self.chance.once_in(times).then_some(())
    }

    fn unbond(&mut self, table: &Table) -> Option<Action> {
        self.enough_are_left(table)?;
        let operator = self.one(&table.operators())?.account;
        let sender = self.mostly(&operator);
        Some(Action::message(&sender, &table.world.at.attribution, &ExecuteMsg::Unbond { method: METHOD }))
    }

    fn set_encryption_key(&mut self, table: &Table) -> Option<Action> {
        let operator = self.one(&table.operators())?.account;
        let (sender, key) = (self.mostly(&operator), Hash32(self.chance.bytes()));
        let msg = ExecuteMsg::SetEncryptionKey { method: METHOD, key };
        Some(Action::message(&sender, &table.world.at.attribution, &msg))
    }

    fn withdraw_bond(&mut self, table: &Table) -> Option<Action> {
        let gone: Vec<_> = table.operators().into_iter().filter(|one| one.leaves_at.is_some()).collect();
        let operator = self.one(&gone)?.account;
        Some(Action::message(&operator, &table.world.at.attribution, &ExecuteMsg::WithdrawBond { method: METHOD }))
    }

    /// Offered, taken, seldom given up; whoever has it gives it back.
    fn hand_over_governance(&mut self, table: &Table) -> Option<Action> {
        use cw_ownable::Action::{AcceptOwnership, RenounceOwnership, TransferOwnership};
        let at = &table.world.at;
        let contract =
            self.one(&[at.datanet.clone(), at.model.clone(), at.attribution.clone(), at.settlement.clone()])?;
        let ownership: cw_ownable::Ownership<Addr> = table.ask(&contract, &settlement::QueryMsg::Ownership {})?;
        let governance = &table.world.accounts.governance;
        let (sender, action) = match (ownership.owner, ownership.pending_owner) {
            (_, Some(offered)) => (self.mostly(&offered), AcceptOwnership),
            (Some(owner), None) if self.chance.once_in(60) => (self.mostly(&owner), RenounceOwnership),
            (Some(owner), None) => {
                let new_owner = if owner == governance { self.anyone() } else { governance.clone() }.to_string();
                (self.mostly(&owner), TransferOwnership { new_owner, expiry: None })
            }
            (None, None) => (self.anyone(), AcceptOwnership),
        };
        // Every contract's message has the same form.
        Some(Action::message(&sender, &contract, &settlement::ExecuteMsg::UpdateOwnership(action)))
    }

    fn wire_again(&mut self, table: &Table) -> Option<Action> {
        let (at, sender) = (&table.world.at, self.mostly(&table.world.accounts.governance));
        let [model, settlement, attribution] = [&at.model, &at.settlement, &at.attribution].map(Addr::to_string);
        Some(match self.chance.below(3) {
            0 => Action::message(&sender, &at.datanet, &protocol::datanet::ExecuteMsg::Wire { model, settlement }),
            1 => Action::message(&sender, &at.model, &protocol::model::ExecuteMsg::Wire { attribution, settlement }),
            _ => Action::message(&sender, &at.attribution, &ExecuteMsg::Wire { settlement }),
        })
    }
}

impl Table {
    fn operators(&self) -> Vec<Operator> {
        self.ask(&self.world.at.attribution, &QueryMsg::Operators { method: METHOD }).unwrap_or_default()
    }
}
