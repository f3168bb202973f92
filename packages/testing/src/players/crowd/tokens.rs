//! OPEN, a counterfeit of it, and the contract of a stranger.

use cosmwasm_std::{Addr, Binary, to_json_binary};
use cw20::{Cw20ExecuteMsg, Cw20ReceiveMsg, Logo};
use protocol::{datanet, settlement, stake};
use serde::Serialize;

use super::{Action, Crowd, Moves, Table};
use crate::players::foreign::{ForeignMsg, Words};

pub const MOVES: &Moves = &[
    (6, Crowd::transfer_open),
    (1, Crowd::burn_open),
    (3, Crowd::allow_open),
    (3, Crowd::spend_allowed_open),
    (1, Crowd::govern_open),
    (3, Crowd::give_to_treasury),
    (3, Crowd::send_counterfeit),
    (3, Crowd::pretend_a_hook),
    (4, Crowd::speak_through_a_contract),
    (2, Crowd::send_nonsense),
];

impl Crowd {
    fn some_amount(&mut self) -> u128 {
        if self.chance.once_in(6) { self.chance.edge() } else { self.chance.amount(30) }
    }

    /// To an account or past the books of a contract.
    fn transfer_open(&mut self, table: &Table) -> Option<Action> {
        let (sender, amount) = (self.anyone(), self.some_amount().into());
        let recipient = self.one(&self.names.clone())?.to_string();
        Some(Action::message(&sender, &table.world.at.open_token, &Cw20ExecuteMsg::Transfer { recipient, amount }))
    }

    fn burn_open(&mut self, table: &Table) -> Option<Action> {
        let amount = self.chance.amount(10).into();
        Some(Action::message(&self.anyone(), &table.world.at.open_token, &Cw20ExecuteMsg::Burn { amount }))
    }

    fn allow_open(&mut self, table: &Table) -> Option<Action> {
        let (sender, spender, amount) = (self.anyone(), self.anyone().to_string(), self.some_amount().into());
        let (token, expires) = (&table.world.at.open_token, None);
        let decrease =
            Cw20ExecuteMsg::DecreaseAllowance { spender: spender.clone(), amount: self.some_amount().into(), expires };
        self.queue.push_back(Action::message(&sender, token, &decrease));
        Some(Action::message(&sender, token, &Cw20ExecuteMsg::IncreaseAllowance { spender, amount, expires }))
    }

    /// Allowed just now: nobody remembers who allowed what.
    fn spend_allowed_open(&mut self, table: &Table) -> Option<Action> {
        let token = table.world.at.open_token.clone();
        let (owner, spender, amount) = (self.anyone(), self.anyone(), self.chance.amount(20));
        let allow =
            Cw20ExecuteMsg::IncreaseAllowance { spender: spender.to_string(), amount: amount.into(), expires: None };
        let (of, amount) = (owner.to_string(), amount.into());
        let spend = match self.chance.below(3) {
            0 => Cw20ExecuteMsg::TransferFrom { owner: of, recipient: self.anyone().to_string(), amount },
            1 => Cw20ExecuteMsg::BurnFrom { owner: of, amount },
            _ => Cw20ExecuteMsg::SendFrom {
                owner: of,
                contract: table.world.at.settlement.to_string(),
                amount,
                msg: binary(&settlement::ReceiveMsg::Treasury {})?,
            },
        };
        self.queue.push_back(Action::message(&spender, &token, &spend));
        Some(Action::message(&owner, &token, &allow))
    }

    /// Nobody may.
    fn govern_open(&mut self, table: &Table) -> Option<Action> {
        let (sender, anyone) = (self.anyone(), self.anyone().to_string());
        let msg = match self.chance.below(4) {
            0 => Cw20ExecuteMsg::Mint { recipient: anyone, amount: self.some_amount().into() },
            1 => Cw20ExecuteMsg::UpdateMinter { new_minter: Some(anyone) },
            2 => Cw20ExecuteMsg::UpdateMarketing { project: None, description: None, marketing: Some(anyone) },
            _ => Cw20ExecuteMsg::UploadLogo(Logo::Url("https://logo.test".to_owned())),
        };
        Some(Action::message(&sender, &table.world.at.open_token, &msg))
    }

    fn give_to_treasury(&mut self, table: &Table) -> Option<Action> {
        let (sender, amount, at) = (self.anyone(), self.some_amount(), &table.world.at);
        let hook = match self.chance.below(4) {
            0 => settlement::ReceiveMsg::Debt { model: self.some_model(table)?.id, position: 0 },
            _ => settlement::ReceiveMsg::Treasury {},
        };
        Some(Action::hook(&sender, &at.open_token, &at.settlement, amount, &hook))
    }

    /// Any of our hooks, with tokens that are not OPEN: a counterfeit, or somebody's stake.
    fn send_counterfeit(&mut self, table: &Table) -> Option<Action> {
        let (sender, amount) = (self.anyone(), self.chance.amount(20));
        let mut tokens = table.stakes.clone();
        tokens.push(table.counterfeit.clone());
        let token = self.one(&tokens)?;
        let (contract, msg) = self.some_hook(table)?;
        Some(Action::message(
            &sender,
            &token,
            &Cw20ExecuteMsg::Send { contract: contract.to_string(), amount: amount.into(), msg },
        ))
    }

    /// `Receive` without any tokens.
    fn pretend_a_hook(&mut self, table: &Table) -> Option<Action> {
        let (contract, msg) = self.some_hook(table)?;
        Some(Action::message(&self.anyone(), &contract, &self.pretended(msg)?))
    }

    fn pretended(&mut self, msg: Binary) -> Option<datanet::ExecuteMsg> {
        let (sender, amount) = (self.anyone().to_string(), self.some_amount().into());
        Some(datanet::ExecuteMsg::Receive(Cw20ReceiveMsg { sender, amount, msg }))
    }

    /// A contract that takes OPEN, and what OPEN is sent to it for.
    fn some_hook(&mut self, table: &Table) -> Option<(Addr, Binary)> {
        let at = &table.world.at;
        Some(match self.chance.below(5) {
            0 => (at.settlement.clone(), binary(&settlement::ReceiveMsg::Treasury {})?),
            1 => (self.one(&table.stakes)?, binary(&stake::ReceiveMsg::Dividend {})?),
            2 => {
                let (model, position) = (self.some_model(table)?.id, 0);
                (at.settlement.clone(), binary(&settlement::ReceiveMsg::Debt { model, position })?)
            }
            3 => {
                let method = protocol::MethodId(1);
                (at.attribution.clone(), binary(&protocol::attribution::ReceiveMsg::Bond { method })?)
            }
            _ => {
                let (datanet, commitment) = (self.some_datanet(table)?.id, self.chance.bytes().into());
                (at.datanet.clone(), binary(&datanet::ReceiveMsg::Commit { datanet, commitment })?)
            }
        })
    }

    /// A contract says what an account could say, or repeats it when tokens arrive.
    fn speak_through_a_contract(&mut self, table: &Table) -> Option<Action> {
        let meant = self.meant(table);
        self.pending = super::Pending::Nothing;
        let first = meant.messages().first()?.clone();
        let words = Words { contract: first.contract, msg: Binary::from(first.msg.as_bytes()) };
        if self.chance.once_in(2) {
            return Some(Action::message(&self.anyone(), &table.foreign, &ForeignMsg::Say(words)));
        }
        let token = if self.chance.once_in(2) { self.one(&table.stakes)? } else { table.world.at.open_token.clone() };
        let sender = self.mostly(&table.world.accounts.owner);
        let amount = self.chance.amount(10);
        Some(Action::hook(&sender, &token, &table.foreign, amount, &words))
    }

    /// OPEN to somebody with words that mean nothing.
    fn send_nonsense(&mut self, table: &Table) -> Option<Action> {
        let contract = self.one(&self.names.clone())?;
        let hook = self.one(&["", "Ünsinn", "{}", "dividend"])?;
        let amount = self.some_amount();
        Some(Action::hook(&self.anyone(), &table.world.at.open_token, &contract, amount, &hook))
    }
}

fn binary(hook: &impl Serialize) -> Option<Binary> {
    to_json_binary(hook).ok()
}
