//! What the contracts say of themselves at the tip: addresses, models, used contributions and their payees.

use std::collections::BTreeMap;

use protocol::{
    ContributionId, ModelId,
    datanet::Contribution,
    model::Model,
    settlement::{Config, QueryMsg},
};
use rules::{clock::Clock, split::split_payees};

use super::StatementError;
use crate::contracts::Contracts;
use chain::Deployment;

/// Records of the contracts.
pub struct Records {
    /// Settlement's configuration.
    pub config: Config,
    /// Its clock.
    pub clock: Clock,
    /// The five contracts.
    pub at: Deployment,
    /// All models, by id.
    pub models: Vec<Model>,
    /// Stake contracts, by address.
    pub stakes: BTreeMap<String, ModelId>,
    /// Used contributions of each model, by position.
    pub used: BTreeMap<ModelId, Vec<ContributionId>>,
    /// All used contributions.
    pub contributions: BTreeMap<ContributionId, Contribution>,
}

impl Records {
    /// Asks the contracts.
    pub async fn read(contracts: &Contracts) -> Result<Self, StatementError> {
        let config: Config = contracts.settlement(&QueryMsg::Config {}).await?;
        let clock = Clock { genesis: config.genesis.get(), epoch_length: config.epoch_length.get() };
        let models = contracts.models().await?;
        let stake = |model: &Model| Some((model.stake.as_ref()?.to_string(), model.id));
        let stakes = models.iter().filter_map(stake).collect();
        let (mut used, mut contributions) = (BTreeMap::new(), BTreeMap::new());
        for model in &models {
            let ids = contracts.used(model.id).await?;
            for id in &ids {
                if !contributions.contains_key(id) {
                    contributions.insert(*id, contracts.contribution(*id).await?);
                }
            }
            used.insert(model.id, ids);
        }
        Ok(Self { config, clock, at: contracts.deployment().clone(), models, stakes, used, contributions })
    }

    /// What a contract of the protocol is called.
    pub fn name_of(&self, address: &str) -> Option<String> {
        let at = &self.at;
        let named = [
            (&at.open_token, "OPEN"),
            (&at.datanet, "datanet"),
            (&at.model, "model"),
            (&at.attribution, "attribution"),
            (&at.settlement, "settlement"),
        ];
        let found = named.into_iter().find(|(contract, _)| contract.as_str() == address);
        found
            .map(|(_, name)| name.to_owned())
            .or_else(|| self.stakes.get(address).map(|model| format!("stake of model {model}")))
    }

    /// All contracts of the protocol.
    pub fn contracts(&self) -> impl Iterator<Item = String> + '_ {
        let at = &self.at;
        let five = [&at.open_token, &at.datanet, &at.model, &at.attribution, &at.settlement];
        five.into_iter().map(ToString::to_string).chain(self.stakes.keys().cloned())
    }

    /// Whether a record is about an account though no transaction need name it: a payee, an owner.
    pub fn names(&self, account: &str) -> bool {
        let mut contributions = self.contributions.values();
        contributions.any(|contribution| contribution.payees.iter().any(|payee| payee.account == account))
            || self.models.iter().any(|model| model.owner.as_str() == account)
    }

    /// An account's share of a contribution today, in basis points; `None` without one.
    pub fn share(&self, contribution: ContributionId, account: &str) -> Option<u16> {
        let payees = &self.contributions.get(&contribution)?.payees;
        let mut own = payees.iter().filter(|payee| payee.account == account).peekable();
        own.peek()?;
        Some(own.fold(0, |sum, payee| sum.saturating_add(payee.share.0)))
    }

    /// An account's part of an amount for a contribution, as a claim of the whole of it would split it today.
    pub fn part(&self, contribution: ContributionId, account: &str, amount: u128) -> Result<u128, StatementError> {
        let Some(contribution) = self.contributions.get(&contribution) else {
            return Ok(0);
        };
        let shares: Vec<u16> = contribution.payees.iter().map(|payee| payee.share.0).collect();
        let parts = split_payees(amount, &shares)?;
        let own = contribution.payees.iter().zip(parts).filter(|(payee, _)| payee.account == account);
        Ok(own.map(|(_, part)| part).sum())
    }
}
