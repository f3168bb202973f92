//! Stake: held, sold, burnt, paid dividends.

use cosmwasm_std::{Addr, Binary};
use cw20::{Expiration, Logo};
use protocol::stake::{AccountDividends, ExecuteMsg, Payment, QueryMsg, ReceiveMsg};

use super::{Action, Crowd, Moves, Table};

pub const MOVES: &Moves = &[
    (6, Crowd::move_stake),
    (1, Crowd::burn_stake),
    (2, Crowd::send_stake),
    (2, Crowd::allow_stake),
    (3, Crowd::spend_allowed_stake),
    (1, Crowd::market_stake),
    (4, Crowd::give_a_dividend),
    (6, Crowd::claim_dividends),
    (1, Crowd::take_from_reserve),
];

impl Crowd {
    /// A stake, somebody who holds of it, and how much.
    fn holding(&mut self, table: &Table) -> Option<(Addr, Addr, u128)> {
        let stake = self.one(&table.stakes)?;
        let query = QueryMsg::AllAccounts { start_after: None, limit: Some(30) };
        let holders: cw20::AllAccountsResponse = table.ask(&stake, &query)?;
        let holder = Addr::unchecked(self.one(&holders.accounts)?);
        let balance: cw20::BalanceResponse = table.ask(&stake, &QueryMsg::Balance { address: holder.to_string() })?;
        // Contracts hold stake too; the reserves are nobody's to move.
        let holder = if self.accounts.contains(&holder) { holder } else { self.anyone() };
        Some((stake, holder, balance.balance.u128()))
    }

    /// A part of a balance, all of it, or more.
    fn part_of(&mut self, balance: u128) -> u128 {
        match self.chance.below(8) {
            0 => balance,
            1 => balance.saturating_add(1),
            2 => self.chance.edge(),
            3 => self.chance.amount(4),
            _ => balance / 100 * u128::from(self.chance.below(30)),
        }
    }

    fn move_stake(&mut self, table: &Table) -> Option<Action> {
        let (stake, holder, balance) = self.holding(table)?;
        let amount = self.part_of(balance).into();
        let recipient =
            if self.chance.once_in(10) { self.one(&self.names.clone())? } else { self.anyone() }.to_string();
        Some(Action::message(&holder, &stake, &ExecuteMsg::Transfer { recipient, amount }))
    }

    fn burn_stake(&mut self, table: &Table) -> Option<Action> {
        let (stake, holder, balance) = self.holding(table)?;
        let amount = if self.chance.once_in(12) { balance } else { self.chance.amount(30) }.into();
        Some(Action::message(&holder, &stake, &ExecuteMsg::Burn { amount }))
    }

    /// To a contract that takes anything, or to one that takes OPEN alone.
    fn send_stake(&mut self, table: &Table) -> Option<Action> {
        let (stake, holder, balance) = self.holding(table)?;
        let amount = self.part_of(balance).into();
        let contract = self.receiver(table)?;
        Some(Action::message(&holder, &stake, &ExecuteMsg::Send { contract, amount, msg: Binary::default() }))
    }

    fn receiver(&mut self, table: &Table) -> Option<String> {
        let contract = if self.chance.below(3) > 0 { table.foreign.clone() } else { self.one(&self.names.clone())? };
        Some(contract.to_string())
    }

    fn allow_stake(&mut self, table: &Table) -> Option<Action> {
        let (stake, holder, balance) = self.holding(table)?;
        let (spender, amount) = (self.anyone().to_string(), self.part_of(balance).into());
        let at =
            Expiration::AtTime(cosmwasm_std::Timestamp::from_seconds(table.world.chain.time().saturating_add(100)));
        let expires = self.chance.once_in(3).then_some(at);
        let less = self.part_of(balance).into();
        let decrease = ExecuteMsg::DecreaseAllowance { spender: spender.clone(), amount: less, expires };
        self.queue.push_back(Action::message(&holder, &stake, &decrease));
        Some(Action::message(&holder, &stake, &ExecuteMsg::IncreaseAllowance { spender, amount, expires }))
    }

    /// Allowed just now.
    fn spend_allowed_stake(&mut self, table: &Table) -> Option<Action> {
        let (stake, holder, balance) = self.holding(table)?;
        let (spender, amount, owner) = (self.anyone(), self.part_of(balance).into(), holder.to_string());
        let allow = ExecuteMsg::IncreaseAllowance { spender: spender.to_string(), amount, expires: None };
        let spend = match self.chance.below(4) {
            0 | 1 => ExecuteMsg::TransferFrom { owner, recipient: self.anyone().to_string(), amount },
            2 => ExecuteMsg::BurnFrom { owner, amount: self.chance.amount(20).into() },
            _ => ExecuteMsg::SendFrom { owner, contract: self.receiver(table)?, amount, msg: Binary::default() },
        };
        self.queue.push_back(Action::message(&spender, &stake, &spend));
        Some(Action::message(&holder, &stake, &allow))
    }

    fn market_stake(&mut self, table: &Table) -> Option<Action> {
        let stake = self.one(&table.stakes)?;
        let sender = self.mostly(&table.world.accounts.owner);
        let msg = match self.chance.below(3) {
            0 => ExecuteMsg::UploadLogo(Logo::Url("https://logo.test".to_owned())),
            1 => ExecuteMsg::UploadLogo(Logo::Embedded(cw20::EmbeddedLogo::Png(Binary::from(self.chance.bytes())))),
            _ => ExecuteMsg::UpdateMarketing { project: Some("test".to_owned()), description: None, marketing: None },
        };
        Some(Action::message(&sender, &stake, &msg))
    }

    fn give_a_dividend(&mut self, table: &Table) -> Option<Action> {
        let stake = self.one(&table.stakes)?;
        let amount = if self.chance.once_in(8) { self.chance.edge() } else { self.chance.amount(24) };
        Some(Action::hook(&self.anyone(), &table.world.at.open_token, &stake, amount, &ReceiveMsg::Dividend {}))
    }

    fn claim_dividends(&mut self, table: &Table) -> Option<Action> {
        let (stake, holder, _) = self.holding(table)?;
        let due: AccountDividends = table.ask(&stake, &QueryMsg::Dividends { account: holder.to_string() })?;
        if due.claimable.is_zero() && !self.chance.once_in(10) {
            return None;
        }
        let accounts = match self.chance.below(5) {
            0 => vec![],
            1 => vec![holder.to_string(), self.anyone().to_string()],
            2 => self.accounts.iter().map(Addr::to_string).collect(),
            _ => vec![holder.to_string()],
        };
        let sender = if accounts.is_empty() { holder } else { self.anyone() };
        Some(Action::message(&sender, &stake, &ExecuteMsg::ClaimDividends { accounts }))
    }

    /// What `model` and `settlement` alone may.
    fn take_from_reserve(&mut self, table: &Table) -> Option<Action> {
        let stake = self.one(&table.stakes)?;
        let payments = vec![Payment { account: self.anyone().to_string(), amount: self.chance.amount(20).into() }];
        let msg =
            if self.chance.once_in(2) { ExecuteMsg::PayWork { payments } } else { ExecuteMsg::Deliver { payments } };
        Some(Action::message(&self.anyone(), &stake, &msg))
    }
}
