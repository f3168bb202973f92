//! What the chain says, and whether its books add up.

use cosmwasm_std::{Addr, Uint64, Uint128};
use cw_multi_test::Executor;
use cw20::{BalanceResponse, Cw20ExecuteMsg, Cw20QueryMsg};
use protocol::settlement::{Account, Channel, ModelTotals, QueryMsg, SettledRound, Totals};
use protocol::{ChannelId, ModelId, Page};
use serde::de::DeserializeOwned;

use super::{MODEL, World, everything, sum};

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
        self.rounds_of(MODEL)
    }

    pub fn rounds_of(&self, model: ModelId) -> Vec<SettledRound> {
        self.query(&QueryMsg::SettledRounds { model, page: everything() })
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

    /// What is owed to contributors and not yet claimed.
    pub fn unclaimed(&self, totals: &Totals) -> Uint128 {
        totals.liability - self.models.iter().map(|model| self.model_totals(*model).claimed).sum::<Uint128>()
    }

    /// Every uopen that came in stands in exactly one book, and the books agree with each other.
    pub fn check_books(&self) {
        let totals = self.totals();
        let earned = totals.pools + totals.royalties + self.unclaimed(&totals) + totals.balances;
        let owed = totals.channels + earned + totals.treasury;
        assert_eq!(self.open_of(&self.settlement), owed.u128() + self.donated, "conservation");

        let rest: Uint128 = self
            .channels()
            .iter()
            .filter(|channel| !channel.closed)
            .map(|channel| channel.deposit - channel.redeemed)
            .sum();
        assert_eq!(rest, totals.channels, "channels");

        let [mut pools, mut royalties, mut liability] = [Uint128::zero(); 3];
        for model in self.models.iter().copied() {
            let of = self.model_totals(model);
            pools += sum(&of.unsettled) + of.in_progress;
            royalties += of.royalties_owed + sum(&of.royalties);
            liability += of.liability;
            self.check_ledger(model, &of);
            self.check_stake(model, &of);
        }
        assert_eq!(pools, totals.pools, "pools");
        assert_eq!(royalties, totals.royalties, "royalties");
        assert_eq!(liability, totals.liability, "liability");
    }

    fn check_ledger(&self, model: ModelId, of: &ModelTotals) {
        let (mut liability, mut payable, mut claimed) = (0_u128, 0_u128, 0_u128);
        let (mut stake, mut stake_claimed) = (0_u128, 0_u128);
        for account in self.accounts(model) {
            let (paid, accrued) = (account.payable.u64(), account.accrued.i64());
            liability += u128::from(paid.max(u64::try_from(accrued).unwrap_or(0)));
            payable += u128::from(paid);
            claimed += account.claimed.u128();
            stake += u128::from(account.stake.u64());
            stake_claimed += u128::from(account.stake_claimed.u64());
            assert!(account.claimed.u128() <= u128::from(paid), "claimed above payable");
            assert!(account.stake_claimed <= account.stake, "stake claimed above given");
            assert!(account.rounds_with_debt == 0 || account.rounds_without_debt == 0, "a row of both");
        }
        assert_eq!((liability, payable, claimed), (of.liability.u128(), of.payable.u128(), of.claimed.u128()));
        assert_eq!((stake, stake_claimed), (of.stake_given.u128(), of.stake_claimed.u128()), "stake");
    }

    /// What was sent as dividends has arrived, and the reserve covers all stake that was given and not delivered.
    fn check_stake(&self, model: ModelId, of: &ModelTotals) {
        let dividends = self.dividends(model);
        let sent: Uint128 = self.rounds_of(model).iter().map(|round| round.parts.stake).sum();
        assert_eq!(dividends.received, sent, "dividends");
        assert_eq!(self.open_of(&self.stake(model)), dividends.outstanding.u128(), "OPEN of the stake");
        assert!((of.stake_given - of.stake_claimed).u128() <= self.reserve(model), "reserve");
    }
}
