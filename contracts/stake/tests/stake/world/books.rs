//! What must hold after every message, accepted or refused.

use cosmwasm_schema::cw_serde;
use cosmwasm_std::{Addr, Uint128};
use cw_storage_plus::Map;
use protocol::stake::{AccountDividends, QueryMsg, SUPPLY};

use super::World;

/// A holder as the contract stores it, to see fractions that no query shows.
#[cw_serde]
#[derive(Default)]
struct Holder {
    seen: Uint128,
    claimable: Uint128,
    fraction: u64,
    paid: Uint128,
}

const HOLDERS: Map<&Addr, Holder> = Map::new("holders");
/// Fractions of a uopen.
const SCALE: u128 = 1 << 48;

impl World {
    /// Every account that ever had units, the contract itself among them.
    pub fn accounts(&self) -> Vec<Addr> {
        let mut all: Vec<String> = vec![];
        loop {
            let query = QueryMsg::AllAccounts { start_after: all.last().cloned(), limit: Some(30) };
            let page: cw20::AllAccountsResponse = self.query(&query);
            if page.accounts.is_empty() {
                return all.into_iter().map(Addr::unchecked).collect();
            }
            all.extend(page.accounts);
        }
    }

    /// Units are conserved, and so is every fraction of a uopen.
    pub fn check_books(&self) {
        let accounts = self.accounts();
        if accounts.is_empty() {
            return; // no stake yet
        }
        self.check_units(&accounts);
        self.check_open(&accounts);
    }

    fn check_units(&self, accounts: &[Addr]) {
        let held: u128 = accounts.iter().map(|account| self.shown(account).balance.u128()).sum();
        let reserved: u128 = self.reserves().iter().sum();
        assert_eq!(held, self.supply(), "the supply is the sum of all balances");
        assert!(self.supply() <= SUPPLY, "nothing mints");
        assert_eq!(self.units("stake"), reserved, "the contract's own balance is the reserves");
        assert_eq!(self.totals().sharing.u128(), self.supply() - reserved);
    }

    fn check_open(&self, accounts: &[Addr]) {
        let totals = self.totals();
        assert_eq!(totals.received, totals.paid + totals.outstanding, "received is paid or outstanding");
        assert_eq!(self.wallet("stake"), totals.outstanding.u128() + self.donated, "the OPEN is there");
        let credits: u128 = accounts.iter().map(|account| self.credit(account, totals.points.u128())).sum();
        let owed = totals.outstanding.u128() * SCALE;
        assert_eq!(credits + totals.carried.u128(), owed, "outstanding is claimable, fractions and carried");
        let paid: Uint128 = accounts.iter().map(|account| self.shown(account).paid).sum();
        assert_eq!(paid, totals.paid, "what was paid was paid to holders");
    }

    /// What an account is owed, in 2^-48 uopen; checks that the query shows the whole uopen of it.
    fn credit(&self, account: &Addr, points: u128) -> u128 {
        let holder = HOLDERS.query(&self.app.wrap(), self.stake.clone(), account).unwrap().unwrap_or_default();
        let shown = self.shown(account);
        let sharing = if *account == self.stake { 0 } else { shown.balance.u128() };
        let earned = sharing * (points - holder.seen.u128());
        let credit = holder.claimable.u128() * SCALE + u128::from(holder.fraction) + earned;
        assert_eq!(shown.claimable.u128(), credit / SCALE, "the query shows what a claim would pay");
        assert_eq!(shown.paid, holder.paid);
        credit
    }

    fn shown(&self, account: &Addr) -> AccountDividends {
        self.query(&QueryMsg::Dividends { account: account.to_string() })
    }
}
