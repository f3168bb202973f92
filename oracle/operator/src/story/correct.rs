//! Act 7: a model is corrected. It is sold over HTTP, by a gateway to a payer's proxy, and answers wrongly; its payer says what it should have
//! answered; the DataNet's reviewers accept that; the model learns it as a new version and is sold again; and its corrector earns.

use std::{collections::BTreeSet, fs, sync::Arc, time::Duration};

use anyhow::{Context, Result, ensure};
use chain::ChainClientExt as _;
use cosmwasm_std::Uint128;
use cw20::Cw20ExecuteMsg;
use gateway::{
    pay::{self, Budget, Courier, Errand, Purse},
    service::{self, Shop, pass_on, redeem_all},
};
use protocol::{
    ContributionId, MethodId,
    attribution::{ExecuteMsg as AttributionMsg, Round, RoundKind},
    datanet::{ExecuteMsg as DatanetMsg, Verdict},
    model::{ExecuteMsg as ModelMsg, WorkKind},
    open_token::UOPEN_PER_OPEN,
    settlement::Account as LedgerAccount,
};
use rules::item::ImageItem;
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use super::{
    cast::CONTRIBUTION_BOND,
    contribute::{COMMITS_A_DAY, Contributed},
    rounds::{Crew, Misbehaviours},
    stage::Stage,
    train::{self, Making, Registered, Shares},
    version::ANSWER,
};
use crate::{
    config::sections::ServeSettings,
    inputs::texts,
    paying::Account,
    published::{Reader, ValidationExample},
    serving::{self, Catalogue},
};
use influence::language::Text;

/// Folder of the gateway's and the payer's books, in the story's folder.
pub const FOLDER: &str = "gateway";
/// Name of the model on chain and in requests.
const NAME: &str = "corrected";
/// What the payer opens its channel with, in uopen.
const DEPOSIT: u128 = 300 * UOPEN_PER_OPEN;
/// Most corrections: the gateway contributes them, and the DataNet takes so many commits a day from one account.
const MOST: usize = COMMITS_A_DAY as usize;
/// Times that a corrected question is asked again.
const AGAIN: usize = 3;
/// Questions that are asked in an epoch, if there are so many.
const QUESTIONS: usize = 60;

/// More requests than the act makes.
const MANY: u64 = 10_000;

/// What the act came to.
pub struct Corrected {
    /// The model.
    pub registered: Registered,
    /// Questions that were asked before.
    pub asked: usize,
    /// Those that were answered wrongly.
    pub wrong: usize,
    /// Those of the corrected ones that the new version answers rightly.
    pub learned: usize,
    /// What the corrections became.
    pub contributions: Vec<ContributionId>,
    /// Their accounts in the model, after the round.
    pub accounts: Vec<LedgerAccount>,
    /// The round over what the new version answered.
    pub round: Round,
}

/// A question whose true answer is known.
struct Question {
    body: Value,
    path: &'static str,
    /// As a correction names it.
    truth: Value,
}

/// A gateway and a payer, each at an address of its own, as `oracle serve` and `oracle pay` run them.
struct Doors {
    shop: Arc<Shop>,
    catalogue: Catalogue,
    payer: String,
    http: reqwest::Client,
    stop: CancellationToken,
    ended: Vec<JoinHandle<std::io::Result<()>>>,
}

/// Plays the act.
pub async fn play(
    stage: &Stage<'_>,
    (method, contributed): (MethodId, &Contributed),
    crew: &mut dyn Crew,
) -> Result<Corrected> {
    let (judged, known) = stage.plan.validation.split_at(stage.plan.validation_per_round);
    let mut registered = make(stage, method, contributed, judged).await?;
    announce(stage, method).await?;
    // What is asked twice would be corrected twice, and the second time be a copy.
    let mut seen = BTreeSet::new();
    let known = known.iter().filter(|example| seen.insert(&example.item)).take(QUESTIONS);
    let questions = known.map(question).collect::<Result<Vec<_>>>()?;
    let epoch = stage.current_epoch().await?.next().context("epochs do not end")?;
    stage.wait_for_epoch(epoch).await?;
    let mut doors = Doors::open(stage).await?;

    let step = stage.progress.step(&format!("{} questions over HTTP, paid call by call", questions.len()), 0);
    let mut wrong = Vec::new();
    for question in &questions {
        let (receipt, is_right) = doors.ask(question).await?;
        if !is_right {
            wrong.push((receipt, question));
        }
    }
    drop(step);
    let total = wrong.len();
    wrong.truncate(MOST);
    let contributions = contribute(stage, &doors, &registered, &wrong).await?;
    learn(stage, &mut doors, (&mut registered, contributed), &contributions).await?;

    let epoch = stage.current_epoch().await?.next().context("epochs do not end")?;
    stage.wait_for_epoch(epoch).await?;
    redeem_all(&doors.shop).await.context("what was sold cannot be redeemed")?;
    doors.shop.learn(doors.shop.chain.now().await.context("the chain does not answer")?);
    let mut learned = 0;
    for (_, question) in &wrong {
        learned += usize::from(doors.ask(question).await?.1);
    }
    let others = questions.iter().chain((1..AGAIN).flat_map(|_| wrong.iter().map(|(_, question)| *question)));
    for question in others {
        doors.ask(question).await?;
    }
    stage.wait_for_epoch(epoch.next().context("epochs do not end")?).await?;
    redeem_all(&doors.shop).await.context("what was sold cannot be redeemed")?;
    doors.close().await?;
    crew.expect(&Misbehaviours::new()).await?;
    stage.wait_for_redemption_end(epoch).await?;
    let round = crew.play(stage, &registered, RoundKind::Fees, &Misbehaviours::new()).await?;
    let first = registered.positions.len() - contributions.len();
    let accounts = stage.contracts.accounts(registered.model).await?.split_off(first);
    Ok(Corrected { registered, asked: questions.len(), wrong: total, learned, contributions, accounts, round })
}

/// A model that learned the same as the base, and whose corrections go to the DataNet that it learned from.
async fn make(
    stage: &Stage<'_>,
    method: MethodId,
    contributed: &Contributed,
    judged: &[ValidationExample],
) -> Result<Registered> {
    let making = Making {
        name: NAME,
        symbol: "CORRECTED",
        owner: &stage.cast.owner,
        shares: Shares { owner: 2_000, stake: 500, influence: 7_500, parents: 0 },
        base: None,
        contributed,
        validation: judged,
        work: vec![train::claim(&stage.cast.trainer, WorkKind::Compute)],
    };
    let registered = train::make(stage, method, &making).await?;
    let set = ModelMsg::SetCorrections { model: registered.model, datanet: Some(contributed.datanet) };
    stage.contracts.tell_model(&stage.cast.owner.signer, &set).await?;
    Ok(registered)
}

/// Operators tell the chain the keys that receipts are sealed to, unless they did: as `oracle run` does.
async fn announce(stage: &Stage<'_>, method: MethodId) -> Result<()> {
    for operator in &stage.cast.operators {
        let key = Reader::of_account(&operator.signer).key();
        let query = protocol::attribution::QueryMsg::Operator { method, account: operator.address() };
        let record: protocol::attribution::Operator = stage.contracts.attribution(&query).await?;
        if record.encryption_key != Some(key) {
            let set = AttributionMsg::SetEncryptionKey { method, key };
            stage.contracts.tell_attribution(&operator.signer, &set).await?;
        }
    }
    Ok(())
}

/// Corrections on their way through the gateway into the DataNet, and its reviewers' yes.
async fn contribute(
    stage: &Stage<'_>,
    doors: &Doors,
    registered: &Registered,
    wrong: &[(String, &Question)],
) -> Result<Vec<ContributionId>> {
    ensure!(!wrong.is_empty(), "model {} answers everything rightly: there is nothing to correct", registered.model);
    let label = format!("{} answers are corrected and reviewed", wrong.len());
    let step = stage.progress.step(&label, wrong.len() as u64);
    // The bonds are the gateway's, who has earned nothing yet.
    let bonds = Uint128::new(CONTRIBUTION_BOND * wrong.len() as u128);
    let lend = Cw20ExecuteMsg::Transfer { recipient: stage.cast.gateway.address(), amount: bonds };
    let (payer, token) = (&stage.cast.payers[0].signer, &stage.contracts.deployment().open_token);
    stage.chain.execute_one(payer, token.as_str(), &lend).await?;
    for (receipt, question) in wrong {
        let (status, told) =
            doors.post("/v1/corrections", &json!({"receipt": receipt, "answer": question.truth})).await?;
        ensure!(status == 202, "a correction was refused: {told}");
    }
    let passed = pass_on(&doors.shop).await.context("corrections cannot be contributed")?;
    ensure!(passed == wrong.len(), "{passed} of {} corrections were contributed", wrong.len());
    let mut contributions = Vec::new();
    for (receipt, _) in wrong {
        let told = doors.get(&format!("/v1/corrections/{receipt}")).await?;
        let id = told["state"]["contribution"].as_str().and_then(|id| id.parse().ok());
        let contribution = ContributionId(id.with_context(|| format!("a correction has no contribution: {told}"))?);
        for reviewer in stage.cast.reviewers.iter().take(2) {
            let review = DatanetMsg::Review { contribution, verdict: Verdict::Accept };
            stage.contracts.tell_datanet(&reviewer.signer, &review).await?;
        }
        contributions.push(contribution);
        step.advance();
    }
    Ok(contributions)
}

/// A new version, which learned the corrections too, and which the gateway serves from now on.
async fn learn(
    stage: &Stage<'_>,
    doors: &mut Doors,
    (registered, contributed): (&mut Registered, &Contributed),
    contributions: &[ContributionId],
) -> Result<()> {
    let (model, owner) = (registered.model, &stage.cast.owner.signer);
    let append = ModelMsg::AppendContributions { model, contributions: contributions.to_vec() };
    stage.contracts.tell_model(owner, &append).await?;
    registered.positions.extend(contributions);
    registered.version = train::next_version(stage, registered, (&stage.cast.owner, contributed.datanet)).await?;
    let offers = doors.catalogue.renewed().await?.context("the new version is not offered")?;
    doors.shop.offer(offers);
    Ok(())
}

impl Doors {
    async fn open(stage: &Stage<'_>) -> Result<Self> {
        let folder = stage.folder.join(FOLDER);
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        // No curator is waited for, and one client asks as fast as it can.
        let standard = ServeSettings::standard()?;
        let settings = ServeSettings { correction_wait: Duration::ZERO, burst: MANY, ..standard };
        let engine = stage.engine(folder.join("cache"));
        let (shop, catalogue) = serving::open(engine, &stage.cast.gateway.signer, &folder, &settings).await?;
        shop.learn(shop.chain.now().await.context("the chain does not answer")?);
        let stop = CancellationToken::new();
        let served = service::serve(Arc::clone(&shop), local().await?, stop.clone())?;

        let signer = stage.cast.payers[0].signer.clone();
        let key = signer.signing_key().clone();
        let wallet = Account::new(stage.contracts.clone(), signer).await?;
        let budget = Budget { per_call: Uint128::new(10 * UOPEN_PER_OPEN), per_day: Uint128::new(DEPOSIT) };
        let purse = Purse::open(&folder.join("purse.redb"), budget)?;
        let errand = Errand {
            gateway: format!("http://{}", served.address),
            price: "standard".to_owned(),
            deposit: Uint128::new(DEPOSIT),
            at_once: 1,
        };
        let courier = Courier::new(errand, key, stage.contracts.settlement_domain(), Arc::new(wallet), purse)?;
        let proxy = pay::serve(Arc::new(courier), local().await?, stop.clone())?;
        let (payer, ended) = (format!("http://{}", proxy.address), vec![served.ended, proxy.ended]);
        Ok(Self { shop, catalogue, payer, http: reqwest::Client::new(), stop, ended })
    }

    /// Buys an answer: its receipt, and whether it is the true one.
    async fn ask(&self, question: &Question) -> Result<(String, bool)> {
        let (status, told) = self.post(question.path, &question.body).await?;
        ensure!(status == 200, "a paid question was not answered: {told}");
        let receipt = told["id"].as_str().context("an answer has an id")?;
        let receipt = receipt.rsplit_once('-').and_then(|(front, call)| {
            let (_, channel) = front.rsplit_once('-')?;
            Some(format!("{channel}-{call}"))
        });
        let said = if question.path == CLASSIFY { &told["label"] } else { &told["choices"][0]["text"] };
        Ok((receipt.with_context(|| format!("an id names channel and call: {told}"))?, *said == question.truth))
    }

    async fn post(&self, path: &str, body: &Value) -> Result<(u16, Value)> {
        let response = self.http.post(format!("{}{path}", self.payer)).body(body.to_string()).send().await?;
        let status = response.status().as_u16();
        Ok((status, serde_json::from_slice(&response.bytes().await?)?))
    }

    async fn get(&self, path: &str) -> Result<Value> {
        let response = self.http.get(format!("{}{path}", self.payer)).send().await?;
        Ok(serde_json::from_slice(&response.bytes().await?)?)
    }

    async fn close(self) -> Result<()> {
        self.stop.cancel();
        for ended in self.ended {
            ended.await??;
        }
        Ok(())
    }
}

const CLASSIFY: &str = "/v1/classify";

/// A validation example as a question.
fn question(example: &ValidationExample) -> Result<Question> {
    if let Some(image) = ImageItem::parse(&example.item) {
        let ImageItem { width, height, pixels, label } = image;
        let body = json!({"model": NAME, "image": {"width": width, "height": height, "pixels": pixels}});
        return Ok(Question { body, path: CLASSIFY, truth: json!(label) });
    }
    let Text::Answered(said) = texts::text(&example.item, "validation example", 0)? else {
        anyhow::bail!("a validation example has no answer")
    };
    let body = json!({"model": NAME, "prompt": said.prompt, "max_tokens": ANSWER, "temperature": 0});
    Ok(Question { body, path: "/v1/completions", truth: json!(said.answer) })
}

async fn local() -> Result<TcpListener> {
    TcpListener::bind("127.0.0.1:0").await.context("no port is free on this machine")
}
