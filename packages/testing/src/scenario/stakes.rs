//! Stake of the world's model, and its dividends.

use cosmwasm_std::{Addr, Uint128};
use protocol::stake::{AccountDividends, DividendTotals, ExecuteMsg, QueryMsg, Reserves};

use super::World;
use crate::{ChainError, TxOutcome};

impl World {
    /// The stake contract of the world's model.
    pub fn stake(&self) -> Addr {
        self.model_record().stake.expect("a model has its stake from its creation on")
    }

    /// Units of stake that an account holds.
    pub fn stake_balance(&self, account: &Addr) -> u128 {
        let query = QueryMsg::Balance { address: account.to_string() };
        self.ask_stake::<cw20::BalanceResponse>(&query).balance.u128()
    }

    /// What is left of the reserves.
    pub fn reserves(&self) -> Reserves {
        self.ask_stake(&QueryMsg::Reserves {})
    }

    /// An account's dividends.
    pub fn dividends(&self, account: &Addr) -> AccountDividends {
        self.ask_stake(&QueryMsg::Dividends { account: account.to_string() })
    }

    /// The stake contract's books in OPEN.
    pub fn dividend_totals(&self) -> DividendTotals {
        self.ask_stake(&QueryMsg::DividendTotals {})
    }

    /// Moves stake, as when it is sold.
    ///
    /// # Errors
    /// If the contract refuses.
    pub fn move_stake(&mut self, from: &Addr, to: &Addr, amount: u128) -> Result<TxOutcome, ChainError> {
        let transfer = ExecuteMsg::Transfer { recipient: to.to_string(), amount: Uint128::new(amount) };
        self.stake_as(from, &transfer)
    }

    /// Pays dividends out to accounts, as a stranger may.
    ///
    /// # Errors
    /// If the contract refuses.
    pub fn claim_dividends(&mut self, accounts: &[&Addr]) -> Result<TxOutcome, ChainError> {
        let accounts = accounts.iter().map(ToString::to_string).collect();
        self.stake_as(&self.accounts.stranger.clone(), &ExecuteMsg::ClaimDividends { accounts })
    }

    /// Sends a message to the stake contract.
    ///
    /// # Errors
    /// If the contract refuses.
    pub fn stake_as(&mut self, sender: &Addr, msg: &ExecuteMsg) -> Result<TxOutcome, ChainError> {
        let stake = self.stake();
        self.chain.execute(sender, &stake, msg, &[])
    }

    /// Asks the stake contract.
    pub fn ask_stake<T: serde::de::DeserializeOwned>(&self, query: &QueryMsg) -> T {
        self.chain.query(&self.stake(), query).expect("stake answers")
    }
}
