//! What the chain says, and whether its books add up.

use cosmwasm_std::{Addr, Uint64, Uint128};
use cw_multi_test::Executor;
use cw20::{BalanceResponse, Cw20ExecuteMsg, Cw20QueryMsg};
use protocol::settlement::{Account, Channel, ModelTotals, QueryMsg, SettledRound, Totals};
use protocol::{ChannelId, ModelId, Page};
use serde::de::DeserializeOwned;

use super::{MODEL, OTHER_MODEL, World, everything, sum};

impl World {
    pub fn query<T: DeserializeOwned>(&self, msg: &QueryMsg) -> T {
        self.app.wrap().query_wasm_smart(&self.settlement, msg).unwrap()
    }

    pub fn totals(&self) -> Totals {
        self.query(&QueryMsg::Totals {})
    }

    pub fn model_totals(&self, model: ModelId) -> ModelTotals {
        self.query(&QueryMsg::ModelTotals { model })
    }

    pub fn channel(&self, channel: ChannelId) -> Channel {
        self.query(&QueryMsg::Channel { channel })
    }

    pub fn channels(&self) -> Vec<Channel> {
        let mut all: Vec<Channel> = vec![];
        loop {
            let page = Page { start_after: all.last().map(|last| Uint64::from(last.id.get())), limit: Some(100) };
            let found: Vec<Channel> = self.query(&QueryMsg::Channels { page });
            if found.is_empty() {
                return all;
            }
            all.extend(found);
        }
    }

    pub fn accounts(&self, model: ModelId) -> Vec<Account> {
        let mut all: Vec<Account> = vec![];
        loop {
            let start_after = all.last().map(|last| Uint64::from(last.position));
            let page = Page { start_after, limit: Some(100) };
            let found: Vec<Account> = self.query(&QueryMsg::Accounts { model, page });
            if found.is_empty() {
                return all;
            }
            all.extend(found);
        }
    }

    pub fn rounds(&self) -> Vec<SettledRound> {
        self.query(&QueryMsg::SettledRounds { model: MODEL, page: everything() })
    }

    pub fn balance(&self, name: &str) -> u128 {
        let account = self.account(name).to_string();
        self.query::<Uint128>(&QueryMsg::Balance { account }).u128()
    }

    /// OPEN held outside of the contract.
    pub fn wallet(&self, name: &str) -> u128 {
        self.open_of(&self.account(name))
    }

    fn open_of(&self, account: &Addr) -> u128 {
        let msg = Cw20QueryMsg::Balance { address: account.to_string() };
        let found: BalanceResponse = self.app.wrap().query_wasm_smart(&self.open, &msg).unwrap();
        found.balance.u128()
    }

    /// Sends OPEN to the contract without a message.
    pub fn donate(&mut self, amount: u128) {
        let msg = Cw20ExecuteMsg::Transfer { recipient: self.settlement.to_string(), amount: amount.into() };
        let (sender, open) = (self.stranger.clone(), self.open.clone());
        self.app.execute_contract(sender, open, &msg, &[]).unwrap();
        self.donated += amount;
        self.check_books();
    }

    /// Every uopen that came in stands in exactly one book, and the books agree with each other.
    pub fn check_books(&self) {
        let totals = self.totals();
        let owed = totals.channels + totals.pools + totals.liabilities + totals.balances + totals.treasury;
        assert_eq!(self.open_of(&self.settlement), owed.u128() + self.donated, "conservation");

        let rest: Uint128 = self
            .channels()
            .iter()
            .filter(|channel| !channel.closed)
            .map(|channel| channel.deposit - channel.redeemed)
            .sum();
        assert_eq!(rest, totals.channels, "channels");

        let (mut pools, mut liabilities) = (Uint128::zero(), Uint128::zero());
        for model in [MODEL, OTHER_MODEL] {
            let of = self.model_totals(model);
            pools += sum(&of.unsettled) + of.in_progress;
            liabilities += of.liability - of.claimed;
            self.check_ledger(model, &of);
        }
        assert_eq!(pools, totals.pools, "pools");
        assert_eq!(liabilities, totals.liabilities, "liabilities");
    }

    fn check_ledger(&self, model: ModelId, of: &ModelTotals) {
        let (mut liability, mut payable, mut claimed) = (0_u128, 0_u128, 0_u128);
        for account in self.accounts(model) {
            let (paid, accrued) = (account.payable.u64(), account.accrued.i64());
            liability += u128::from(paid.max(u64::try_from(accrued).unwrap_or(0)));
            payable += u128::from(paid);
            claimed += account.claimed.u128();
            assert!(account.claimed.u128() <= u128::from(paid), "claimed above payable");
        }
        assert_eq!((liability, payable, claimed), (of.liability.u128(), of.payable.u128(), of.claimed.u128()));
    }
}
