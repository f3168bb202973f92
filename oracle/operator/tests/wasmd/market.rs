//! A small market on a real chain: one model, three operators, epochs of fees that are paid, measured, settled and claimed.

use chain::{ChainClient as _, ChainClientExt as _, Deployment, Execute, Signer, Timeline as _, WasmdClient};
use cosmwasm_std::{Addr, Binary, Uint64, Uint128};
use futures::future::try_join_all;
use protocol::{
    Bps, ContributionId, DatanetId, Epoch, Hash32, MethodId, ModelId, RoundId, Seconds,
    attribution::{self, MethodParams, Outcome, Phase, Round},
    datanet::{self, Admission, NewDatanet},
    model::{self, Curatorship, ModelKind, NewModel, NewStake, Price, Terms, TrainedOn, VersionManifest},
    settlement::{self, ClaimItem},
};
use rules::{clock::Clock, hash::Domain, item, payment::genesis_head, score::report_commitment};
use serde::Serialize;
use testing::{
    VoucherKey,
    scenario::{Batch, PaidChannel, report, report_message},
};

/// Parameters of a market that is over in minutes.
pub const PARAMETERS: &str = "
epoch_length = 24
min_blocks = 1
reveal_period = 60
operator_delay = 1
notice_period = 5
appeal_period = 5
treasury_delay = 5
";

const MODEL: ModelId = ModelId(1);
const METHOD: MethodId = MethodId(1);
const DATANET: DatanetId = DatanetId(1);
const BOND: u128 = 1_000_000;
const FEE: u128 = 10_000_000;
const SCORES: [(i32, u32); 2] = [(500_000_000, 10_000_000), (300_000_000, 10_000_000)];
const REACH: u64 = 900_000_000;
const COINS: u128 = 1_000_000_000;

pub type Result<T> = std::result::Result<T, chain::ChainError>;

pub struct Market {
    client: WasmdClient,
    at: Deployment,
    /// Owns, contributes, pays, serves.
    governance: Signer,
    /// Of the model and of the DataNet.
    curators: [Signer; 2],
    operators: Vec<Signer>,
    channel: Option<PaidChannel>,
}

impl Market {
    /// A model that is served, and an open channel.
    pub async fn open(client: WasmdClient, at: Deployment, governance: Signer) -> Result<Self> {
        let new = || Signer::generate().map(|(signer, _)| signer).unwrap();
        let (curators, operators) = ([new(), new()], (0..3).map(|_| new()).collect());
        let mut market = Self { client, at, governance, curators, operators, channel: None };
        market.fund().await?;
        market.admit().await?;
        market.contribute().await?;
        market.create_model().await?;
        market.approve_validation().await?;
        market.open_channel().await?;
        Ok(market)
    }

    async fn fund(&self) -> Result<()> {
        let accounts = self.curators.iter().chain(&self.operators);
        let coins: Vec<_> = accounts.map(|signer| (signer.address().to_owned(), COINS)).collect();
        self.client.send_coins(&self.governance, &coins).await?;
        let transfer = |operator: &Signer| cw20::Cw20ExecuteMsg::Transfer {
            recipient: operator.address().to_owned(),
            amount: Uint128::new(BOND),
        };
        self.tell(&self.governance, &self.at.open_token, &self.operators.iter().map(transfer).collect::<Vec<_>>()).await
    }

    async fn admit(&self) -> Result<()> {
        let admit = |operator: &Signer| attribution::ExecuteMsg::AdmitOperator {
            method: METHOD,
            operator: operator.address().to_owned(),
        };
        let mut messages = vec![attribution::ExecuteMsg::RegisterMethod(method())];
        messages.extend(self.operators.iter().map(admit));
        self.tell(&self.governance, &self.at.attribution, &messages).await?;
        let bond = attribution::ReceiveMsg::Bond { method: METHOD };
        let bonds = self.operators.iter().map(|operator| self.send(operator, &self.at.attribution, BOND, &bond));
        try_join_all(bonds).await.map(drop)
    }

    async fn contribute(&self) -> Result<()> {
        let create = datanet::ExecuteMsg::CreateDatanet(new_datanet(&self.curators[1]));
        self.tell(&self.governance, &self.at.datanet, &[create]).await?;
        let contributor = Addr::unchecked(self.governance.address());
        for number in 1..=SCORES.len() as u64 {
            let batch = Batch::named(&contributor, &format!("text {number}"), 5);
            let domain = self.domain(&self.at.datanet);
            let commitment = Hash32(item::contribution_commitment(
                &domain,
                DATANET.get(),
                contributor.as_str(),
                &batch.root(),
                &batch.salt,
            ));
            let hook = datanet::ReceiveMsg::Commit { datanet: DATANET, commitment };
            self.send(&self.governance, &self.at.datanet, BOND, &hook).await?;
            let reveal =
                datanet::ExecuteMsg::Reveal { contribution: ContributionId(number), revealed: batch.revealed() };
            self.tell(&self.governance, &self.at.datanet, &[reveal]).await?;
        }
        Ok(())
    }

    async fn create_model(&self) -> Result<()> {
        let contributions = (1..=SCORES.len() as u64).map(ContributionId).collect();
        let messages = [
            model::ExecuteMsg::CreateModel(new_model(&self.governance, &self.curators[0])),
            model::ExecuteMsg::AppendContributions { model: MODEL, contributions },
        ];
        self.tell(&self.governance, &self.at.model, &messages).await?;
        let datanet: datanet::Datanet =
            self.client.query(self.at.datanet.as_str(), &datanet::QueryMsg::Datanet { datanet: DATANET }).await?;
        let left_out: Binary =
            self.client.query(self.at.model.as_str(), &model::QueryMsg::Withdrawn { model: MODEL }).await?;
        let manifest = VersionManifest {
            trained_on: vec![TrainedOn { datanet: DATANET, version: datanet.version, root: datanet.root }],
            positions: SCORES.len() as u32,
            left_out,
            training_hash: hash("training"),
            weights_hash: hash("weights"),
            uri: "https://models.test/version".to_owned(),
            work: Vec::new(),
        };
        let register = model::ExecuteMsg::RegisterVersion { model: MODEL, manifest };
        self.tell(&self.governance, &self.at.model, &[register]).await
    }

    async fn approve_validation(&self) -> Result<()> {
        let root = hash("validation");
        let (count, uri) = (Uint64::new(1_000), "https://models.test/validation".to_owned());
        let propose = model::ExecuteMsg::ProposeValidation { model: MODEL, root, count, uri };
        self.tell(&self.governance, &self.at.model, &[propose]).await?;
        let behalf = [Curatorship::Model {}, Curatorship::Datanet { contribution: ContributionId(1) }];
        for (curator, on_behalf) in self.curators.iter().zip(behalf) {
            let approve = model::ExecuteMsg::ApproveValidation { model: MODEL, root, on_behalf };
            self.tell(curator, &self.at.model, &[approve]).await?;
        }
        Ok(())
    }

    async fn open_channel(&mut self) -> Result<()> {
        let key = VoucherKey::named("payer");
        let hook = settlement::ReceiveMsg::OpenChannel { model: MODEL, voucher_key: key.public_key() };
        self.send(&self.governance, &self.at.settlement, 10 * FEE, &hook).await?;
        let id = protocol::ChannelId(1);
        let head = genesis_head(&self.domain(&self.at.settlement), id.get());
        self.channel = Some(PaidChannel { id, model: MODEL, key, cumulative: 0, head, receipts: Vec::new() });
        Ok(())
    }

    // ---- an epoch

    /// A fee, paid in the next epoch.
    pub async fn pay(&mut self) -> Result<Epoch> {
        let clock = self.clock().await?;
        let time = self.client.status().await?.time;
        let epoch = clock.epoch_at(time).unwrap() + 1;
        self.client.wait_until(clock.start_of(epoch).unwrap()).await?;
        let domain = self.domain(&self.at.settlement);
        let voucher = self.channel.as_mut().unwrap().pay(&domain, epoch, FEE);
        let redeem = settlement::ExecuteMsg::Redeem { vouchers: vec![voucher] };
        self.tell(&self.governance, &self.at.settlement, &[redeem]).await?;
        Ok(Epoch(epoch))
    }

    /// Measures what was paid in an epoch, settles it and claims.
    pub async fn settle(&self, epoch: Epoch) -> Result<Round> {
        let round = self.measure(epoch).await?;
        let claim = ClaimItem { model: MODEL, positions: (0..SCORES.len() as u32).collect() };
        self.tell(&self.governance, &self.at.settlement, &[settlement::ExecuteMsg::Claim { claims: vec![claim] }])
            .await?;
        Ok(round)
    }

    /// Measures what was paid in an epoch, and settles it.
    pub async fn measure(&self, epoch: Epoch) -> Result<Round> {
        let clock = self.clock().await?;
        self.client.wait_until(clock.end_of(epoch.get()).unwrap()).await?;
        self.tell(&self.governance, &self.at.settlement, &[settlement::ExecuteMsg::Tick {}]).await?;
        self.client.wait_until(clock.redemption_end(epoch.get()).unwrap()).await?;
        self.client.wait_blocks(2).await?;
        self.tell(&self.governance, &self.at.attribution, &[attribution::ExecuteMsg::Open { model: MODEL }]).await?;
        let round = self.commit_and_reveal().await?;
        assert_eq!(round.outcome, Some(Outcome::Settled));
        Ok(round)
    }

    async fn commit_and_reveal(&self) -> Result<Round> {
        let round = self.last_round().await?;
        let report = report(&SCORES, REACH, round.redemptions);
        let domain = self.domain(&self.at.attribution);
        let salt = rules::hash::digest("test-salt/v1", &[&round.id.get().to_be_bytes()]);
        let commits = self.operators.iter().map(|operator| {
            let commitment =
                Hash32(report_commitment(&domain, round.inputs.bytes(), operator.address(), &report, &salt));
            let commit = attribution::ExecuteMsg::Commit { model: MODEL, round: round.id, commitment };
            async move { self.tell(operator, &self.at.attribution, &[commit]).await }
        });
        try_join_all(commits).await?;
        self.pass_window().await?;
        let end = attribution::ExecuteMsg::EndCommits { model: MODEL, round: round.id };
        self.tell(&self.governance, &self.at.attribution, &[end]).await?;
        let reveals = self.operators.iter().map(|operator| {
            let (report, salt) = (report_message(&report), Hash32(salt));
            let reveal = attribution::ExecuteMsg::Reveal { model: MODEL, round: round.id, report, salt };
            async move { self.tell(operator, &self.at.attribution, &[reveal]).await }
        });
        try_join_all(reveals).await?;
        self.pass_window().await?;
        self.finish(round.id).await
    }

    async fn pass_window(&self) -> Result<()> {
        let round = self.last_round().await?;
        self.client.wait_until(round.window_ends_at.get()).await?;
        self.client.wait_blocks(2).await
    }

    async fn finish(&self, round: RoundId) -> Result<Round> {
        loop {
            let found = self.last_round().await?;
            let message = match found.phase {
                Phase::Closed => return Ok(found),
                Phase::Advance => attribution::ExecuteMsg::Advance { model: MODEL, round, limit: None },
                _ => attribution::ExecuteMsg::Aggregate { model: MODEL, round, limit: None },
            };
            self.tell(&self.governance, &self.at.attribution, &[message]).await?;
        }
    }

    async fn last_round(&self) -> Result<Round> {
        let query = attribution::QueryMsg::Rounds { model: MODEL, page: everything() };
        let rounds: Vec<Round> = self.client.query(self.at.attribution.as_str(), &query).await?;
        Ok(rounds.last().expect("a round was opened").clone())
    }

    async fn clock(&self) -> Result<Clock> {
        let config: settlement::Config =
            self.client.query(self.at.settlement.as_str(), &settlement::QueryMsg::Config {}).await?;
        Ok(Clock { genesis: config.genesis.get(), epoch_length: config.epoch_length.get() })
    }

    // ---- all that can be asked

    /// Answers to every query that does not depend on the time, contract by contract.
    pub async fn answers(&self) -> Result<Vec<(String, String)>> {
        let mut answers = Vec::new();
        for (contract, query) in self.questions() {
            let answer = self.client.query_raw(contract.as_str(), query.as_bytes()).await?;
            answers.push((query, String::from_utf8(answer).unwrap()));
        }
        Ok(answers)
    }

    fn questions(&self) -> Vec<(Addr, String)> {
        let page = everything;
        let (round, channel) = (RoundId(1), protocol::ChannelId(1));
        let mut asked = Vec::new();
        {
            use datanet::QueryMsg as Q;
            let (datanet, model) = (DATANET, MODEL);
            let contribution = ContributionId(1);
            asked.extend(questions(
                &self.at.datanet,
                &[
                    Q::Config {},
                    Q::Ownership {},
                    Q::Datanets { page: page() },
                    Q::Contributions { datanet, page: page() },
                    Q::Recognitions { datanet },
                    Q::DebtCase { contribution, model },
                    Q::Snapshot { datanet, version: Uint64::one() },
                ],
            ));
        }
        {
            use model::QueryMsg as Q;
            let model = MODEL;
            asked.extend(questions(
                &self.at.model,
                &[
                    Q::Config {},
                    Q::Ownership {},
                    Q::Models { page: page() },
                    Q::Version { model, number: 1 },
                    Q::PriceSheet { model, version: 1 },
                    Q::Used { model, page: page() },
                    Q::ValidationExtensions { model, page: page() },
                    Q::Commerce { model, epoch: Some(Epoch(0)) },
                    Q::TermsHistory { model, page: page() },
                    Q::Withdrawn { model },
                ],
            ));
        }
        {
            use attribution::QueryMsg as Q;
            let (model, method) = (MODEL, METHOD);
            asked.extend(questions(
                &self.at.attribution,
                &[
                    Q::Config {},
                    Q::Ownership {},
                    Q::Method { method },
                    Q::Operators { method },
                    Q::Rounds { model, page: page() },
                    Q::OpenRound { model },
                    Q::Participations { model, round },
                ],
            ));
        }
        {
            use settlement::QueryMsg as Q;
            let model = MODEL;
            asked.extend(questions(
                &self.at.settlement,
                &[
                    Q::Config {},
                    Q::Ownership {},
                    Q::Totals {},
                    Q::Channel { channel },
                    Q::Channels { page: page() },
                    Q::Epochs { model, page: page() },
                    Q::LastScores { model, from: 0, count: 2 },
                    Q::Accounts { model, page: page() },
                    Q::ModelTotals { model },
                    Q::SettledRounds { model, page: page() },
                    Q::Standing { model, position: 0 },
                    Q::Spends { page: page() },
                    Q::Balance { account: self.governance.address().to_owned() },
                    Q::Balance { account: self.operators[0].address().to_owned() },
                ],
            ));
        }
        asked
    }

    // ---- messages

    fn domain(&self, contract: &Addr) -> Domain {
        Domain { chain_id: self.at.chain_id.clone(), contract: contract.to_string() }
    }

    async fn tell(&self, signer: &Signer, contract: &Addr, messages: &[impl Serialize + Sync]) -> Result<()> {
        let messages = messages.iter().map(|message| Execute::new(contract.as_str(), message));
        self.client.execute(signer, messages.collect::<Result<_>>()?).await.map(drop)
    }

    async fn send(&self, signer: &Signer, to: &Addr, amount: u128, hook: &(impl Serialize + Sync)) -> Result<()> {
        let send = Execute::send_open(self.at.open_token.as_str(), to.as_str(), Uint128::new(amount), hook)?;
        self.client.execute(signer, vec![send]).await.map(drop)
    }
}

fn questions(contract: &Addr, queries: &[impl Serialize]) -> Vec<(Addr, String)> {
    queries.iter().map(|query| (contract.clone(), serde_json::to_string(query).unwrap())).collect()
}

fn everything() -> protocol::Page {
    protocol::Page { start_after: None, limit: Some(protocol::Page::MAX_LIMIT) }
}

fn hash(name: &str) -> Hash32 {
    Hash32(rules::hash::digest("test-hash/v1", &[name.as_bytes()]))
}

fn method() -> MethodParams {
    MethodParams {
        name: "test/v1".to_owned(),
        spec_hash: hash("method"),
        z_tenths: 20,
        min_effective_queries: 2,
        validation_per_round: Uint64::new(20),
        min_pool: Uint128::new(1_000),
        bond: Uint128::new(BOND),
        missed_penalty: Uint128::new(1),
        commit_period: Seconds(4),
        reveal_period: Seconds(4),
        tolerance: Uint64::zero(),
    }
}

fn new_datanet(curator: &Signer) -> NewDatanet {
    NewDatanet {
        name: "texts".to_owned(),
        description: "Texts of a test.".to_owned(),
        media: "text/plain".to_owned(),
        schema: "one text".to_owned(),
        licence: "CC-BY-4.0".to_owned(),
        admission: Admission::Open {},
        bond: Uint128::new(BOND),
        commits_per_day: 5,
        min_influence_share: Bps(1_000),
        curators: vec![curator.address().to_owned()],
        item_key: None,
    }
}

fn new_model(owner: &Signer, curator: &Signer) -> NewModel {
    NewModel {
        name: "test-model".to_owned(),
        kind: ModelKind::Base,
        terms: Terms {
            owner: Bps(2_000),
            stake: Bps(1_000),
            influence: Bps(7_000),
            parents: Bps(0),
            release_rate: Bps::WHOLE,
            cap: Uint128::new(1_000_000_000_000),
        },
        prices: vec![Price::flat("standard", 1_000)],
        gateway: owner.address().to_owned(),
        method: METHOD,
        curators: vec![curator.address().to_owned()],
        parents: Vec::new(),
        stake: NewStake {
            name: "Stake of a test".to_owned(),
            symbol: "TEST".to_owned(),
            owner: Bps(5_000),
            contributors: Bps(3_000),
            work: Bps(2_000),
        },
    }
}
