//! The books of all contracts, read through their queries.

use std::collections::{BTreeMap, BTreeSet};

use cosmwasm_std::{Addr, Uint64, Uint128};
use cw20::{AllAccountsResponse, BalanceResponse, Cw20QueryMsg, TokenInfoResponse};
use protocol::{ContributionId, MethodId, ModelId, Page, attribution, datanet, model, settlement, stake};
use serde::{Serialize, de::DeserializeOwned};

use super::{Bond, Broken, LedgerView, StakeView};
use crate::{Deployment, EmbeddedChain};

/// cw20-base answers no more accounts at a time.
const TOKEN_PAGE: usize = 30;

/// What a contract holds and what its books say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The contract.
    pub address: Addr,
    /// Its OPEN balance, in uopen.
    pub raw: u128,
    /// What it accounts for, in uopen.
    pub owed: u128,
}

impl Held {
    /// What was given past the books.
    pub fn surplus(&self) -> u128 {
        self.raw.saturating_sub(self.owed)
    }
}

/// The books of all contracts at one moment; amounts in uopen.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// Supply of OPEN.
    pub supply: u128,
    /// Sum of all balances of OPEN.
    pub balances_sum: u128,
    /// Contracts that hold OPEN, by name.
    pub held: BTreeMap<String, Held>,
    /// Bonds of contributions.
    pub bonds: BTreeMap<ContributionId, Bond>,
    /// Bonds of operators.
    pub operator_bonds: u128,
    /// What settlement owes.
    pub settlement: settlement::Totals,
    /// Deposits of open channels less what was redeemed.
    pub channels: u128,
    /// Balances in settlement of models' owners and of operators.
    pub known_balances: u128,
    /// Ledgers of all models.
    pub ledgers: BTreeMap<ModelId, LedgerView>,
    /// Stakes of all models.
    pub stakes: BTreeMap<ModelId, StakeView>,
}

impl Snapshot {
    /// Reads everything.
    ///
    /// # Errors
    /// If a contract does not answer.
    pub fn read(chain: &EmbeddedChain, at: &Deployment) -> Result<Self, Broken> {
        let reader = Reader { chain, at };
        let settlement: settlement::Totals =
            reader.ask("settlement's totals", &at.settlement, &settlement::QueryMsg::Totals {})?;
        let operators = reader.operators()?;
        let models = reader.models()?;
        let payable_to =
            operators.iter().map(|operator| &operator.account).chain(models.iter().map(|model| &model.owner));
        let known_balances = reader.settlement_balances(payable_to.collect())?;
        let stakes = models.iter().map(|model| Ok((model.id, reader.stake(model)?))).collect::<Result<_, Broken>>()?;
        let ledgers: BTreeMap<_, _> =
            models.iter().map(|model| Ok((model.id, reader.ledger(model)?))).collect::<Result<_, Broken>>()?;
        let claimed = ledgers.values().map(|ledger| ledger.totals.claimed).sum();
        Ok(Self {
            supply: reader.supply(&at.open_token)?,
            balances_sum: reader.balances(&at.open_token)?.values().sum(),
            held: reader.held(owed(&settlement, claimed)?, &stakes)?,
            bonds: reader.bonds()?,
            operator_bonds: operators.iter().map(|operator| operator.bond.u128()).sum(),
            settlement,
            channels: reader.channels()?,
            known_balances,
            ledgers,
            stakes,
        })
    }
}

struct Reader<'a> {
    chain: &'a EmbeddedChain,
    at: &'a Deployment,
}

impl Reader<'_> {
    fn ask<T: DeserializeOwned>(
        &self,
        what: &'static str,
        contract: &Addr,
        query: &impl Serialize,
    ) -> Result<T, Broken> {
        self.chain.query(contract, query).map_err(|error| Broken::Unreadable { what, reason: error.to_string() })
    }

    /// All pages of a listing whose entries are found after a number.
    fn all<T: DeserializeOwned, Q: Serialize>(
        &self,
        what: &'static str,
        contract: &Addr,
        query: impl Fn(Page) -> Q,
        key: impl Fn(&T) -> u64,
    ) -> Result<Vec<T>, Broken> {
        let mut entries: Vec<T> = Vec::new();
        loop {
            let start_after = entries.last().map(|last| Uint64::new(key(last)));
            let page: Vec<T> = self.ask(what, contract, &query(Page { start_after, limit: Some(Page::MAX_LIMIT) }))?;
            let done = page.len() < Page::MAX_LIMIT as usize;
            entries.extend(page);
            if done {
                return Ok(entries);
            }
        }
    }

    fn supply(&self, token: &Addr) -> Result<u128, Broken> {
        let token: TokenInfoResponse = self.ask("a token's supply", token, &Cw20QueryMsg::TokenInfo {})?;
        Ok(token.total_supply.u128())
    }

    fn balance(&self, token: &Addr, account: &Addr) -> Result<u128, Broken> {
        let query = Cw20QueryMsg::Balance { address: account.to_string() };
        let answer: BalanceResponse = self.ask("a balance", token, &query)?;
        Ok(answer.balance.u128())
    }

    /// Balances of all accounts of a cw20 token.
    fn balances(&self, token: &Addr) -> Result<BTreeMap<Addr, u128>, Broken> {
        let mut balances = BTreeMap::new();
        let mut start_after = None;
        loop {
            let query =
                Cw20QueryMsg::AllAccounts { start_after: start_after.clone(), limit: u32::try_from(TOKEN_PAGE).ok() };
            let page: AllAccountsResponse = self.ask("a token's accounts", token, &query)?;
            for account in page.accounts.iter().map(Addr::unchecked) {
                let balance = self.balance(token, &account)?;
                balances.insert(account, balance);
            }
            if page.accounts.len() < TOKEN_PAGE {
                return Ok(balances);
            }
            start_after = page.accounts.last().cloned();
        }
    }

    fn held(
        &self,
        owed_by_settlement: u128,
        stakes: &BTreeMap<ModelId, StakeView>,
    ) -> Result<BTreeMap<String, Held>, Broken> {
        let Deployment { datanet, attribution, settlement, .. } = self.at;
        let contributions: datanet::Config =
            self.ask("datanet's configuration", datanet, &datanet::QueryMsg::Config {})?;
        let operators: attribution::Config =
            self.ask("attribution's configuration", attribution, &attribution::QueryMsg::Config {})?;
        let books = [
            ("datanet".to_owned(), datanet, contributions.bonds_held.u128()),
            ("attribution".to_owned(), attribution, operators.bonds_held.u128()),
            ("settlement".to_owned(), settlement, owed_by_settlement),
        ];
        let of_stake = |stake: &StakeView| format!("stake of model {}", stake.model);
        let stakes = stakes.values().map(|stake| (of_stake(stake), &stake.address, stake.dividends.outstanding.u128()));
        books
            .into_iter()
            .chain(stakes)
            .map(|(name, address, owed)| {
                let raw = self.balance(&self.at.open_token, address)?;
                Ok((name, Held { address: address.clone(), raw, owed }))
            })
            .collect()
    }

    fn stake(&self, model: &model::Model) -> Result<StakeView, Broken> {
        let what = "a model's stake";
        let missing = || Broken::Unreadable { what, reason: format!("model {} has none", model.id) };
        let address = model.stake.clone().ok_or_else(missing)?;
        let balances = self.balances(&address)?;
        let mut holders = balances.keys().filter(|account| **account != address);
        let claimable = holders.try_fold(0u128, |sum, account| {
            let query = stake::QueryMsg::Dividends { account: account.to_string() };
            let dividends: stake::AccountDividends = self.ask("an account's dividends", &address, &query)?;
            Ok(sum.saturating_add(dividends.claimable.u128()))
        })?;
        Ok(StakeView {
            model: model.id,
            supply: self.supply(&address)?,
            reserves: self.ask(what, &address, &stake::QueryMsg::Reserves {})?,
            dividends: self.ask(what, &address, &stake::QueryMsg::DividendTotals {})?,
            claimable,
            balances,
            address,
        })
    }

    fn bonds(&self) -> Result<BTreeMap<ContributionId, Bond>, Broken> {
        let address = &self.at.datanet;
        let datanets: Vec<datanet::Datanet> = self.all(
            "DataNets",
            address,
            |page| datanet::QueryMsg::Datanets { page },
            |datanet: &datanet::Datanet| datanet.id.get(),
        )?;
        let mut bonds = BTreeMap::new();
        for datanet in datanets.iter().map(|datanet| datanet.id) {
            let contributions: Vec<datanet::Contribution> = self.all(
                "contributions",
                address,
                |page| datanet::QueryMsg::Contributions { datanet, page },
                |contribution: &datanet::Contribution| contribution.id.get(),
            )?;
            bonds.extend(contributions.iter().map(|contribution| (contribution.id, Bond::from(contribution))));
        }
        Ok(bonds)
    }

    /// Methods have no listing: they are counted from 1.
    fn operators(&self) -> Result<Vec<attribution::Operator>, Broken> {
        let address = &self.at.attribution;
        let exists = |method: &MethodId| {
            self.chain.query::<attribution::Method>(address, &attribution::QueryMsg::Method { method: *method }).is_ok()
        };
        let mut operators = Vec::new();
        for method in (1..).map(MethodId).take_while(exists) {
            let of_method: Vec<attribution::Operator> =
                self.ask("operators", address, &attribution::QueryMsg::Operators { method })?;
            operators.extend(of_method);
        }
        Ok(operators)
    }

    fn models(&self) -> Result<Vec<model::Model>, Broken> {
        self.all(
            "models",
            &self.at.model,
            |page| model::QueryMsg::Models { page },
            |model: &model::Model| model.id.get(),
        )
    }

    fn settlement_balances(&self, accounts: BTreeSet<&Addr>) -> Result<u128, Broken> {
        accounts.into_iter().try_fold(0u128, |sum, account| {
            let query = settlement::QueryMsg::Balance { account: account.to_string() };
            let balance: Uint128 = self.ask("a balance in settlement", &self.at.settlement, &query)?;
            Ok(sum.saturating_add(balance.u128()))
        })
    }

    fn channels(&self) -> Result<u128, Broken> {
        let channels: Vec<settlement::Channel> = self.all(
            "channels",
            &self.at.settlement,
            |page| settlement::QueryMsg::Channels { page },
            |channel: &settlement::Channel| channel.id.get(),
        )?;
        let open = channels.iter().filter(|channel| !channel.closed);
        Ok(open.map(|channel| channel.deposit.saturating_sub(channel.redeemed).u128()).sum())
    }

    fn ledger(&self, model: &model::Model) -> Result<LedgerView, Broken> {
        let (address, model) = (&self.at.settlement, model.id);
        let totals = self.ask("a model's totals", address, &settlement::QueryMsg::ModelTotals { model })?;
        let accounts = self.all(
            "accounts",
            address,
            |page| settlement::QueryMsg::Accounts { model, page },
            |account: &settlement::Account| account.position.into(),
        )?;
        Ok(LedgerView { model, totals, accounts })
    }
}

fn owed(totals: &settlement::Totals, claimed: Uint128) -> Result<u128, Broken> {
    let owed = totals.owed(claimed);
    Ok(owed.map_err(|error| Broken::Unreadable { what: "what settlement owes", reason: error.to_string() })?.u128())
}
