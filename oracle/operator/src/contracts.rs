//! The contracts as typed calls: what the rest of this crate asks of a chain, whichever chain it is.

use std::sync::Arc;

use chain::{ChainClient, ChainClientExt, ChainError, Deployment, Signer, Status, TxFilter, TxOutcome, TxRecord};
use cosmwasm_std::{Addr, Uint64, Uint128};
use protocol::{
    ChannelId, ContributionId, Epoch, MethodId, ModelId, Page, RoundId, attribution, datanet, model, open_token,
    settlement, stake,
};
use rules::{clock::Clock, hash::Domain};
use serde::{Serialize, de::DeserializeOwned};

/// A chain and the addresses of the contracts on it.
#[derive(Clone)]
pub struct Contracts {
    client: Arc<dyn ChainClient>,
    deployment: Deployment,
}

type Result<T> = std::result::Result<T, ChainError>;

impl Contracts {
    /// The contracts of a deployment.
    pub fn new(client: Arc<dyn ChainClient>, deployment: Deployment) -> Self {
        Self { client, deployment }
    }

    /// Where the chain stands.
    pub async fn status(&self) -> Result<Status> {
        self.client.status().await
    }

    /// Returns once nothing that a signer sent earlier may still come into a block.
    pub async fn settle(&self, signer: &Signer) -> Result<()> {
        self.client.settle(signer).await
    }

    /// The chain's clock.
    pub async fn clock(&self) -> Result<Clock> {
        let config: settlement::Config = self.settlement(&settlement::QueryMsg::Config {}).await?;
        Ok(Clock { genesis: config.genesis.get(), epoch_length: config.epoch_length.get() })
    }

    /// Addresses.
    pub fn deployment(&self) -> &Deployment {
        &self.deployment
    }

    /// Domain of what `settlement` hashes and payers sign.
    pub fn settlement_domain(&self) -> Domain {
        self.domain(&self.deployment.settlement)
    }

    /// Domain of what `attribution` hashes.
    pub fn attribution_domain(&self) -> Domain {
        self.domain(&self.deployment.attribution)
    }

    /// Domain of what `datanet` hashes.
    pub fn datanet_domain(&self) -> Domain {
        self.domain(&self.deployment.datanet)
    }

    fn domain(&self, contract: &Addr) -> Domain {
        Domain { chain_id: self.deployment.chain_id.clone(), contract: contract.to_string() }
    }

    async fn query<T: DeserializeOwned + Send>(&self, contract: &Addr, query: &(impl Serialize + Sync)) -> Result<T> {
        self.client.query(contract.as_str(), query).await
    }

    async fn execute(&self, signer: &Signer, contract: &Addr, message: &(impl Serialize + Sync)) -> Result<TxOutcome> {
        self.client.execute_one(signer, contract.as_str(), message).await
    }

    /// Asks `datanet`.
    pub async fn datanet<T: DeserializeOwned + Send>(&self, query: &datanet::QueryMsg) -> Result<T> {
        self.query(&self.deployment.datanet, query).await
    }

    /// Asks `model`.
    pub async fn model<T: DeserializeOwned + Send>(&self, query: &model::QueryMsg) -> Result<T> {
        self.query(&self.deployment.model, query).await
    }

    /// Asks `attribution`.
    pub async fn attribution<T: DeserializeOwned + Send>(&self, query: &attribution::QueryMsg) -> Result<T> {
        self.query(&self.deployment.attribution, query).await
    }

    /// Asks `settlement`.
    pub async fn settlement<T: DeserializeOwned + Send>(&self, query: &settlement::QueryMsg) -> Result<T> {
        self.query(&self.deployment.settlement, query).await
    }

    /// Tells `datanet`.
    pub async fn tell_datanet(&self, signer: &Signer, message: &datanet::ExecuteMsg) -> Result<TxOutcome> {
        self.execute(signer, &self.deployment.datanet, message).await
    }

    /// Tells `model`.
    pub async fn tell_model(&self, signer: &Signer, message: &model::ExecuteMsg) -> Result<TxOutcome> {
        self.execute(signer, &self.deployment.model, message).await
    }

    /// Tells `attribution`.
    pub async fn tell_attribution(&self, signer: &Signer, message: &attribution::ExecuteMsg) -> Result<TxOutcome> {
        self.execute(signer, &self.deployment.attribution, message).await
    }

    /// Tells `settlement`.
    pub async fn tell_settlement(&self, signer: &Signer, message: &settlement::ExecuteMsg) -> Result<TxOutcome> {
        self.execute(signer, &self.deployment.settlement, message).await
    }

    /// The stake contract of a model.
    pub async fn stake_address(&self, model: ModelId) -> Result<Addr> {
        let commerce: model::Commerce = self.model(&model::QueryMsg::Commerce { model, epoch: None }).await?;
        Ok(commerce.stake)
    }

    /// Asks the stake contract of a model.
    pub async fn stake<T: DeserializeOwned + Send>(&self, model: ModelId, query: &stake::QueryMsg) -> Result<T> {
        self.query(&self.stake_address(model).await?, query).await
    }

    /// Accounts with stake of a model, the contract itself, which holds the reserves, left out.
    pub async fn holders(&self, model: ModelId) -> Result<Vec<String>> {
        let own = self.stake_address(model).await?;
        let mut all: Vec<String> = Vec::new();
        loop {
            let query = stake::QueryMsg::AllAccounts { start_after: all.last().cloned(), limit: Some(HOLDERS_PAGE) };
            let page: cw20::AllAccountsResponse = self.query(&own, &query).await?;
            if page.accounts.is_empty() {
                return Ok(all.into_iter().filter(|account| account != own.as_str()).collect());
            }
            all.extend(page.accounts);
        }
    }

    /// Dividends of an account.
    pub async fn dividends(&self, model: ModelId, account: &str) -> Result<stake::AccountDividends> {
        self.stake(model, &stake::QueryMsg::Dividends { account: account.to_owned() }).await
    }

    /// What claims have taken in all models, in uopen.
    pub async fn claimed(&self) -> Result<Uint128> {
        let mut claimed = Uint128::zero();
        for model in self.models().await? {
            let query = settlement::QueryMsg::ModelTotals { model: model.id };
            claimed += self.settlement::<settlement::ModelTotals>(&query).await?.claimed;
        }
        Ok(claimed)
    }

    /// Tells any contract.
    pub async fn tell(&self, signer: &Signer, contract: &Addr, message: &(impl Serialize + Sync)) -> Result<TxOutcome> {
        self.execute(signer, contract, message).await
    }

    /// Sends OPEN with a message.
    pub async fn send_open(
        &self,
        signer: &Signer,
        to: &Addr,
        amount: u128,
        hook: &(impl Serialize + Sync),
    ) -> Result<TxOutcome> {
        let token = self.deployment.open_token.as_str();
        self.client.send_open(signer, token, to.as_str(), Uint128::new(amount), hook).await
    }

    /// OPEN of an account, in uopen.
    pub async fn open_balance(&self, address: &str) -> Result<u128> {
        let query = open_token::QueryMsg::Balance { address: address.to_owned() };
        let answer: cw20::BalanceResponse = self.query(&self.deployment.open_token, &query).await?;
        Ok(answer.balance.u128())
    }

    /// OPEN in all, in uopen.
    pub async fn open_supply(&self) -> Result<u128> {
        let answer: cw20::TokenInfoResponse =
            self.query(&self.deployment.open_token, &open_token::QueryMsg::TokenInfo {}).await?;
        Ok(answer.total_supply.u128())
    }

    /// All models, by id.
    pub async fn models(&self) -> Result<Vec<model::Model>> {
        let mut all: Vec<model::Model> = Vec::new();
        loop {
            let page = page_after(all.last().map(|model| model.id.get()));
            let more: Vec<model::Model> = self.model(&model::QueryMsg::Models { page }).await?;
            if more.is_empty() {
                return Ok(all);
            }
            all.extend(more);
        }
    }

    /// One model.
    pub async fn model_record(&self, model: ModelId) -> Result<model::Model> {
        self.model(&model::QueryMsg::Model { model }).await
    }

    /// One round.
    pub async fn round(&self, model: ModelId, round: RoundId) -> Result<attribution::Round> {
        self.attribution(&attribution::QueryMsg::Round { model, round }).await
    }

    /// The open round of a model.
    pub async fn open_round(&self, model: ModelId) -> Result<Option<attribution::Round>> {
        self.attribution(&attribution::QueryMsg::OpenRound { model }).await
    }

    /// All rounds of a model.
    pub async fn rounds(&self, model: ModelId) -> Result<Vec<attribution::Round>> {
        self.rounds_after(model, None).await
    }

    /// The rounds of a model that follow one, or all.
    pub async fn rounds_after(&self, model: ModelId, after: Option<RoundId>) -> Result<Vec<attribution::Round>> {
        let mut all: Vec<attribution::Round> = Vec::new();
        loop {
            let last = all.last().map(|round| round.id).or(after);
            let page = page_after(last.map(RoundId::get));
            let more: Vec<attribution::Round> =
                self.attribution(&attribution::QueryMsg::Rounds { model, page }).await?;
            if more.is_empty() {
                return Ok(all);
            }
            all.extend(more);
        }
    }

    /// Operators' parts in a round.
    pub async fn participations(&self, model: ModelId, round: RoundId) -> Result<Vec<attribution::Participation>> {
        self.attribution(&attribution::QueryMsg::Participations { model, round }).await
    }

    /// Operators of a method.
    pub async fn operators(&self, method: MethodId) -> Result<Vec<attribution::Operator>> {
        self.attribution(&attribution::QueryMsg::Operators { method }).await
    }

    /// One method.
    pub async fn method(&self, method: MethodId) -> Result<attribution::Method> {
        self.attribution(&attribution::QueryMsg::Method { method }).await
    }

    /// All used contributions of a model, by position.
    pub async fn used(&self, model: ModelId) -> Result<Vec<ContributionId>> {
        let mut all: Vec<model::UsedContribution> = Vec::new();
        loop {
            let page = page_after(all.last().map(|used| u64::from(used.position)));
            let more: Vec<model::UsedContribution> = self.model(&model::QueryMsg::Used { model, page }).await?;
            if more.is_empty() {
                return Ok(all.into_iter().map(|used| used.contribution).collect());
            }
            all.extend(more);
        }
    }

    /// All approved extensions of a model's validation pool, by number.
    pub async fn validation_extensions(&self, model: ModelId) -> Result<Vec<model::ValidationExtension>> {
        let mut all: Vec<model::ValidationExtension> = Vec::new();
        loop {
            let page = page_after(all.last().map(|extension| u64::from(extension.number)));
            let more: Vec<model::ValidationExtension> =
                self.model(&model::QueryMsg::ValidationExtensions { model, page }).await?;
            if more.is_empty() {
                return Ok(all);
            }
            all.extend(more);
        }
    }

    /// One contribution.
    pub async fn contribution(&self, contribution: ContributionId) -> Result<datanet::Contribution> {
        self.datanet(&datanet::QueryMsg::Contribution { contribution }).await
    }

    /// All accounts of a model's contributions, by position.
    pub async fn accounts(&self, model: ModelId) -> Result<Vec<settlement::Account>> {
        let mut all: Vec<settlement::Account> = Vec::new();
        loop {
            let page = page_after(all.last().map(|account| u64::from(account.position)));
            let more: Vec<settlement::Account> =
                self.settlement(&settlement::QueryMsg::Accounts { model, page }).await?;
            if more.is_empty() {
                return Ok(all);
            }
            all.extend(more);
        }
    }

    /// All settled rounds of a model.
    pub async fn settled_rounds(&self, model: ModelId) -> Result<Vec<settlement::SettledRound>> {
        let mut all: Vec<settlement::SettledRound> = Vec::new();
        loop {
            let page = page_after(all.last().map(|settled| settled.round.get()));
            let more: Vec<settlement::SettledRound> =
                self.settlement(&settlement::QueryMsg::SettledRounds { model, page }).await?;
            if more.is_empty() {
                return Ok(all);
            }
            all.extend(more);
        }
    }

    /// Redemptions of a range of epochs, in the order of a round's bitmap, each with its epoch.
    pub async fn redemptions(
        &self,
        model: ModelId,
        first: Epoch,
        last: Epoch,
    ) -> Result<Vec<(Epoch, settlement::BookedRedemption)>> {
        let mut all = Vec::new();
        for book in self.books(model).await?.into_iter().filter(|book| (first..=last).contains(&book.epoch)) {
            let epoch = book.epoch;
            let mut of_epoch: Vec<settlement::BookedRedemption> = Vec::new();
            while of_epoch.len() < book.redemptions as usize {
                let page = page_after(of_epoch.last().map(|redemption| u64::from(redemption.number)));
                let query = settlement::QueryMsg::Redemptions { model, epoch, page };
                let more: Vec<settlement::BookedRedemption> = self.settlement(&query).await?;
                if more.is_empty() {
                    break;
                }
                of_epoch.extend(more);
            }
            all.extend(of_epoch.into_iter().map(|redemption| (epoch, redemption)));
        }
        Ok(all)
    }

    /// Books of all epochs with fees.
    pub async fn books(&self, model: ModelId) -> Result<Vec<settlement::EpochBook>> {
        let mut all: Vec<settlement::EpochBook> = Vec::new();
        loop {
            let page = page_after(all.last().map(|book| book.epoch.get()));
            let more: Vec<settlement::EpochBook> =
                self.settlement(&settlement::QueryMsg::Epochs { model, page }).await?;
            if more.is_empty() {
                return Ok(all);
            }
            all.extend(more);
        }
    }

    /// One channel.
    pub async fn channel(&self, channel: ChannelId) -> Result<settlement::Channel> {
        self.settlement(&settlement::QueryMsg::Channel { channel }).await
    }

    /// Balance of owner's parts and rewards, in uopen.
    pub async fn balance(&self, account: &str) -> Result<u128> {
        let balance: Uint128 = self.settlement(&settlement::QueryMsg::Balance { account: account.to_owned() }).await?;
        Ok(balance.u128())
    }

    /// Transactions in which `attribution` emitted an event of a type with given attributes.
    pub async fn attribution_events(&self, event_type: &str, attributes: &[(&str, String)]) -> Result<Vec<TxRecord>> {
        let filter = TxFilter::event(event_type).from_contract(&self.deployment.attribution);
        let filter = attributes.iter().fold(filter, |filter, (key, value)| filter.with(*key, value));
        self.client.txs(&filter).await
    }

    /// All transactions in which `settlement` was told something, oldest first.
    pub async fn settlement_transactions(&self) -> Result<Vec<TxRecord>> {
        self.settlement_events("execute").await
    }

    /// Transactions in which a contract, whichever, emitted an event of a type that only stakes of this system have. Who must be sure
    /// of the emitter asks the stake contract.
    pub async fn stake_events(&self, event_type: &str) -> Result<Vec<TxRecord>> {
        self.client.txs(&TxFilter::event(event_type)).await
    }

    /// Transactions in which an account opened payment channels, oldest first.
    pub async fn channel_openings(&self, payer: &str) -> Result<Vec<TxRecord>> {
        let filter = TxFilter::event("channel_opened").from_contract(&self.deployment.settlement);
        self.client.txs(&filter.with("payer", payer)).await
    }

    /// Transactions in which `settlement` emitted an event of a type.
    pub async fn settlement_events(&self, event_type: &str) -> Result<Vec<TxRecord>> {
        self.client.txs(&TxFilter::event(event_type).from_contract(&self.deployment.settlement)).await
    }
}

/// Accounts that cw20-base lists at once, at most.
const HOLDERS_PAGE: u32 = 30;

fn page_after(after: Option<u64>) -> Page {
    Page { start_after: after.map(Uint64::new), limit: Some(Page::MAX_LIMIT) }
}
