//! The same version sold over HTTP: a client of OpenAI's API asks through the payer's proxy, the gateway answers, books and redeems, and operators measure what was sealed for them.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use chain::ChainClientExt as _;
use cosmwasm_std::{Binary, Uint128};
use cw20::Cw20ExecuteMsg;
use gateway::{
    pay::{self, Budget, Courier, Errand, Purse},
    service::{self, Shop, pass_on, redeem_all},
};
use k256::ecdsa::{Signature, signature::hazmat::PrehashSigner as _};
use operator::{
    config::sections::ServeSettings,
    disclosure::{Disclosure, disclose},
    node::Node,
    paying::Account,
    published::{Reader, SegmentClaim},
    serving::{self, Catalogue},
    story::{rounds, stage::Stage, train::Registered},
};
use protocol::{
    ContributionId, Epoch,
    attribution::{ExecuteMsg, Outcome, RoundKind},
    datanet::{ExecuteMsg as DatanetMsg, Status, Verdict},
    model::ExecuteMsg as ModelMsg,
    open_token::UOPEN_PER_OPEN,
};
use rules::order::taken_digest;
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use super::{finish, nodes, registered, scene::Scene, texts::right_answer};

/// A gateway and a payer, each at an address of its own.
struct Market {
    shop: Arc<Shop>,
    catalogue: Catalogue,
    gateway: SocketAddr,
    payer: SocketAddr,
    http: reqwest::Client,
    stop: CancellationToken,
    ended: Vec<JoinHandle<std::io::Result<()>>>,
}

async fn local() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.expect("a free port")
}

impl Market {
    async fn open(stage: &Stage<'_>) -> Self {
        let (stop, cache) = (CancellationToken::new(), stage.folder.join("gateway/cache"));
        std::fs::create_dir_all(stage.folder.join("gateway")).expect("a new folder");
        let standard = ServeSettings::standard().expect("defaults are good");
        // No curator is waited for.
        let settings = ServeSettings { correction_wait: Duration::ZERO, ..standard };
        let signer = &stage.cast.gateway.signer;
        let (shop, catalogue) = serving::open(stage.engine(cache), signer, &stage.folder.join("gateway"), &settings)
            .await
            .expect("it can serve");
        shop.learn(shop.chain.now().await.expect("the chain answers"));
        let gateway = service::serve(Arc::clone(&shop), local().await, stop.clone()).expect("it has an address");
        let proxy = pay::serve(courier(stage, gateway.address).await, local().await, stop.clone()).expect("an address");
        let (gateway, payer, ended) = (gateway.address, proxy.address, vec![gateway.ended, proxy.ended]);
        Self { shop, catalogue, gateway, payer, http: reqwest::Client::new(), stop, ended }
    }

    async fn post(&self, at: SocketAddr, path: &str, body: &Value) -> reqwest::Response {
        let body = serde_json::to_vec(body).expect("JSON");
        self.http.post(format!("http://{at}{path}")).body(body).send().await.expect("somebody answers")
    }

    async fn get(&self, at: SocketAddr, path: &str) -> (u16, Value) {
        let response = self.http.get(format!("http://{at}{path}")).send().await.expect("somebody answers");
        (response.status().as_u16(), json_of(response).await)
    }

    async fn close(self) {
        self.stop.cancel();
        for ended in self.ended {
            ended.await.expect("it does not panic").expect("it ends well");
        }
    }
}

async fn json_of(response: reqwest::Response) -> Value {
    serde_json::from_slice(&response.bytes().await.expect("a whole answer")).expect("JSON")
}

async fn courier(stage: &Stage<'_>, gateway: SocketAddr) -> Arc<Courier> {
    let signer = stage.cast.payers[0].signer.clone();
    let key = signer.signing_key().clone();
    let wallet = Account::new(stage.contracts.clone(), signer).await.expect("the chain answers");
    let budget = Budget { per_call: open(10), per_day: open(200) };
    let purse = Purse::open(&stage.folder.join("purse.redb"), budget).expect("a new purse");
    let errand =
        Errand { gateway: format!("http://{gateway}"), price: "standard".to_owned(), deposit: open(40), at_once: 2 };
    let domain = stage.contracts.settlement_domain();
    Arc::new(Courier::new(errand, key, domain, Arc::new(wallet), purse).expect("the purse can be read"))
}

fn open(amount: u128) -> Uint128 {
    Uint128::new(amount * UOPEN_PER_OPEN)
}

fn completion(prompt: &str) -> Value {
    json!({"model": "endings", "prompt": prompt, "max_tokens": 6, "temperature": 0})
}

/// Operators tell the chain the keys that receipts are sealed to, as `oracle run` does.
async fn announce(stage: &Stage<'_>, registered: &Registered) {
    for operator in &stage.cast.operators {
        let (method, key) = (registered.method, Reader::of_account(&operator.signer).key());
        let set = ExecuteMsg::SetEncryptionKey { method, key };
        stage.contracts.tell_attribution(&operator.signer, &set).await.expect("an operator may");
    }
}

fn reading_nodes(stage: &Stage<'_>) -> Vec<Node> {
    let reading = |node: Node| {
        let reader = Reader::of_account(&node.signer);
        Node { engine: node.engine.read_by(reader), ..node }
    };
    nodes(stage).into_iter().map(reading).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_pays_call_by_call_and_contributors_earn_from_what_only_operators_may_read() {
    let scene = Scene::new().await;
    scene.train("model").await;
    let manifest = scene.publish("model");
    let registered = registered(&scene, manifest.clone(), manifest).await;
    let stage = scene.stage();
    announce(&stage, &registered).await;
    let epoch = stage.current_epoch().await.expect("it began").next().expect("epochs do not end");
    stage.wait_for_epoch(epoch).await.expect("time passes");
    let market = Market::open(&stage).await;

    what_is_not_paid_is_not_answered(&market).await;
    let calls: Vec<String> = stage.plan.calls[0].iter().map(prompt_of).collect();
    let bought = buy(&market, &calls).await;
    let ids: Vec<String> = bought.iter().map(|(id, _)| id.clone()).collect();
    streams_say_the_same(&market, &calls[0]).await;
    one_channel_takes_calls_in_turn(&market, &calls).await;

    let spent: Value = market.get(market.payer, "/spent").await.1;
    let paid: u128 = spent["days"][0][1]["fees"].as_str().expect("a number").parse().expect("a number");
    let served: u128 =
        market.shop.till.accounts().expect("they can be read").iter().map(|account| account.served.sum.u128()).sum();
    assert_eq!(paid, served, "the payer's books and the gateway's agree");
    assert!(market.shop.till.accounts().expect("they can be read").iter().all(|one| one.unsigned().is_zero()));
    let unsettled = market.get(market.payer, &format!("/v1/receipts/{}/attribution", ids[0])).await;
    assert_eq!((unsettled.0, &unsettled.1["status"]), (202, &json!("unsettled")));

    stage.wait_for_epoch(epoch.next().expect("epochs do not end")).await.expect("time passes");
    let redeemed = redeem_all(&market.shop).await.expect("the chain takes them");
    assert_eq!(redeemed, market.shop.till.accounts().expect("they can be read").len(), "a voucher for each channel");
    assert_eq!(redeem_all(&market.shop).await.expect("the chain answers"), 0, "and each once");
    only_readers_read(&stage, &registered, epoch).await;

    stage.wait_for_redemption_end(epoch).await.expect("time passes");
    let settled = play(&stage, &registered).await;
    assert_eq!((settled.gross.u128(), settled.unresolved.u128()), (served, 0));
    explained(&market, &registered, &ids).await;
    let wrong: Vec<(&str, &str)> = std::iter::zip(&calls, &bought)
        .filter(|(prompt, (_, answer))| answer != right_answer(prompt))
        .map(|(prompt, (id, _))| (id.as_str(), prompt.as_str()))
        .collect();
    let corrected = corrected(&market, &scene, &registered, &wrong).await;
    let mut market = market;
    retrained(&mut market, &scene, &registered, (wrong[0].1, corrected)).await;
    the_same_weights_again_are_served_beside(&mut market, &scene, &registered, corrected).await;
    market.close().await;
}

fn signed(signer: &chain::Signer, digest: &[u8; 32]) -> Binary {
    let signature: Signature = signer.signing_key().sign_prehash(digest).expect("32 bytes");
    signature.to_bytes().to_vec().into()
}

/// One correction becomes a contribution that its payer is paid for; one that a curator takes becomes none.
async fn corrected(market: &Market, scene: &Scene, registered: &Registered, wrong: &[(&str, &str)]) -> ContributionId {
    let [(first, asked), (second, also_asked), (third, _), ..] = wrong else { panic!("it answers better than it can") };
    let stage = scene.stage();
    let correct = async |id: &str, answer: &str| {
        let body = json!({"receipt": id, "answer": answer});
        let response = market.post(market.payer, "/v1/corrections", &body).await;
        (response.status().as_u16(), json_of(response).await)
    };
    let (status, told) = correct(first, right_answer(asked)).await;
    assert_eq!((status, &told["error"]["code"]), (422, &json!("correction_refused")), "the model names no DataNet yet");
    let (model, datanet) = (registered.model, Some(scene.datanet()));
    let set = ModelMsg::SetCorrections { model, datanet };
    stage.contracts.tell_model(&stage.cast.owner.signer, &set).await.expect("the owner may");

    assert_eq!(correct(first, right_answer(asked)).await.0, 202);
    assert_eq!(correct(first, right_answer(asked)).await.0, 202, "the same again");
    assert_eq!(correct(first, " something else").await.0, 422, "a call is corrected once");
    assert_eq!(correct(second, right_answer(also_asked)).await.0, 202);
    let forged = json!({"receipt": third, "answer": hex::encode(" x"), "signature": signed(&stage.cast.stranger.signer, &[1; 32])});
    assert_eq!(market.post(market.gateway, "/v1/corrections", &forged).await.status().as_u16(), 422);

    let (channel, number) = second.split_once('-').expect("two numbers");
    let (channel, number) = (channel.parse().expect("a number"), number.parse().expect("a number"));
    let take = async |curator: &chain::Signer| {
        let signature = signed(curator, &taken_digest(&stage.contracts.settlement_domain(), channel, number));
        let body = json!({"public_key": hex::encode(curator.public_key()), "signature": signature});
        let response = market.post(market.gateway, &format!("/v1/corrections/{second}/take"), &body).await;
        (response.status().as_u16(), json_of(response).await)
    };
    assert_eq!(take(&stage.cast.stranger.signer).await.0, 422, "no curator");
    let (status, told) = take(&stage.cast.model_curator.signer).await;
    assert_eq!(status, 200, "{told}");
    assert!(told["item"].as_str().expect("hex").ends_with(&hex::encode(right_answer(also_asked))));

    // The bond is the gateway's. What it cannot pay today it pays later.
    assert_eq!(pass_on(&market.shop).await.expect("the chain answers"), 0, "it has no OPEN");
    let bond = Cw20ExecuteMsg::Transfer { recipient: stage.cast.gateway.address(), amount: open(50) };
    let token = stage.contracts.deployment().open_token.clone();
    stage.chain.execute_one(&stage.cast.payers[0].signer, token.as_str(), &bond).await.expect("it has so much");
    assert_eq!(pass_on(&market.shop).await.expect("the chain takes it"), 1, "never both");
    assert_eq!(pass_on(&market.shop).await.expect("nothing is left"), 0);
    let (_, told) = market.get(market.payer, &format!("/v1/corrections/{first}")).await;
    assert_eq!(told["state"]["status"], "contributed", "{told}");
    let id = told["state"]["contribution"].as_str().expect("an id").parse().expect("a number");
    let contribution = stage.contracts.contribution(ContributionId(id)).await.expect("it is on chain");
    assert_eq!(contribution.status, Status::Pending, "its DataNet reviews it as any other");
    for reviewer in stage.cast.reviewers.iter().take(2) {
        let review = DatanetMsg::Review { contribution: ContributionId(id), verdict: Verdict::Accept };
        stage.contracts.tell_datanet(&reviewer.signer, &review).await.expect("a reviewer may");
    }
    ContributionId(id)
}

/// The model learns from the correction, is asked again, and its corrector earns.
async fn retrained(
    market: &mut Market,
    scene: &Scene,
    registered: &Registered,
    (prompt, contribution): (&str, ContributionId),
) {
    let (stage, model) = (scene.stage(), registered.model);
    let owner = &stage.cast.owner.signer;
    let append = ModelMsg::AppendContributions { model, contributions: vec![contribution] };
    stage.contracts.tell_model(owner, &append).await.expect("it is accepted");
    scene.train("better").await;
    let manifest = scene.publish("better");
    stage.contracts.tell_model(owner, &ModelMsg::RegisterVersion { model, manifest }).await.expect("the owner may");
    let offers = market.catalogue.renewed().await.expect("it is published").expect("it is new");
    assert_eq!(offers[0].version, 2);
    market.shop.offer(offers);

    let epoch = stage.current_epoch().await.expect("it began").next().expect("epochs do not end");
    stage.wait_for_epoch(epoch).await.expect("time passes");
    market.shop.learn(market.shop.chain.now().await.expect("the chain answers"));
    let others: Vec<String> = stage.plan.calls[0].iter().map(prompt_of).collect();
    buy(market, &others).await;
    for _ in 0..4 {
        let response = market.post(market.payer, "/v1/completions", &completion(prompt)).await;
        assert_eq!(response.status().as_u16(), 200);
    }
    stage.wait_for_epoch(epoch.next().expect("epochs do not end")).await.expect("time passes");
    redeem_all(&market.shop).await.expect("the chain takes them");
    stage.wait_for_redemption_end(epoch).await.expect("time passes");
    play(&stage, registered).await;
    let accounts = stage.contracts.accounts(model).await.expect("the chain answers");
    let last = accounts.last().expect("it has the last position");
    assert_eq!(last.position as usize, registered.positions.len());
    assert!(last.accrued.i64() > 0, "the corrector earns: {last:?}");
}

/// Whoever registers a copy of a model keeps nobody from being served.
async fn the_same_weights_again_are_served_beside(
    market: &mut Market,
    scene: &Scene,
    registered: &Registered,
    corrected: ContributionId,
) {
    let (stage, manifest) = (scene.stage(), scene.publish("better"));
    let copy = scene.create_model().await;
    let contributions = registered.positions.iter().copied().chain([corrected]).collect();
    for message in [
        ModelMsg::AppendContributions { model: copy, contributions },
        ModelMsg::RegisterVersion { model: copy, manifest },
    ] {
        stage.contracts.tell_model(&stage.cast.owner.signer, &message).await.expect("the owner may");
    }
    let offers = market.catalogue.renewed().await.expect("both can be loaded").expect("one is new");
    assert_eq!(offers.iter().map(|offer| offer.model).collect::<Vec<_>>(), [registered.model, copy]);
    market.shop.offer(offers);
    for model in [registered.model, copy] {
        let body = json!({"model": model.to_string(), "prompt": "the farm", "max_tokens": 4});
        let response = market.post(market.payer, "/v1/completions", &body).await;
        let (status, told) = (response.status().as_u16(), json_of(response).await);
        assert_eq!(status, 200, "{told}");
    }
}

fn prompt_of(call: &operator::story::plan::Call) -> String {
    String::from_utf8(call.prompt.clone()).expect("prompts are texts")
}

async fn what_is_not_paid_is_not_answered(market: &Market) {
    let refused = market.post(market.gateway, "/v1/completions", &completion("the ray of")).await;
    assert_eq!(refused.status().as_u16(), 402);
    let header = refused.headers()["payment-required"].as_bytes().to_vec();
    let required: gateway::x402::PaymentRequired = gateway::x402::decode(&header).expect("it is one");
    assert_eq!(required.accepts.len(), 2, "a way to pay for each price");
    assert!(required.accepts.iter().all(|way| way.scheme == "batch-settlement" && way.network.starts_with("cosmos:")));
    let (status, models) = market.get(market.payer, "/v1/models").await;
    assert_eq!((status, &models["data"][0]["id"]), (200, &json!("endings")));
    for (body, code) in [
        (json!({"model": "other", "prompt": "x"}), "model_not_found"),
        (json!({"model": "endings", "prompt": " "}), "invalid_request"),
        (json!({"model": "endings", "prompt": "the ray ".repeat(90), "max_tokens": 6}), "context_length_exceeded"),
        (json!({"model": "endings", "prompt": "x", "temperature": 3}), "invalid_request"),
    ] {
        let told = json_of(market.post(market.payer, "/v1/completions", &body).await).await;
        assert_eq!(told["error"]["code"], code, "{told}");
    }
}

/// Every prompt of the plan once, as a client would ask; names of their receipts, and answers.
async fn buy(market: &Market, prompts: &[String]) -> Vec<(String, String)> {
    let mut bought = Vec::new();
    for prompt in prompts {
        let response = market.post(market.payer, "/v1/completions", &completion(prompt)).await;
        let (status, told) = (response.status().as_u16(), json_of(response).await);
        assert_eq!(status, 200, "{told}");
        assert!(!told["choices"][0]["text"].as_str().expect("a text").is_empty());
        assert!(told["usage"]["completion_tokens"].as_u64().expect("a number") <= 6);
        let id = told["id"].as_str().expect("a name").trim_start_matches("cmpl-").to_owned();
        bought.push((id, told["choices"][0]["text"].as_str().expect("a text").to_owned()));
    }
    bought
}

async fn streams_say_the_same(market: &Market, prompt: &str) {
    let whole = json_of(market.post(market.payer, "/v1/completions", &completion(prompt)).await).await;
    let mut body = completion(prompt);
    body["stream"] = json!(true);
    let stream = market.post(market.payer, "/v1/completions", &body).await.text().await.expect("a whole stream");
    let chunks: Vec<Value> = stream
        .lines()
        .filter_map(|line| line.strip_prefix("data: "))
        .filter(|data| *data != "[DONE]")
        .map(|data| serde_json::from_str(data).expect("JSON"))
        .collect();
    let text: String = chunks.iter().filter_map(|chunk| chunk["choices"][0]["text"].as_str()).collect();
    assert_eq!(text, whole["choices"][0]["text"].as_str().expect("a text"));
    assert!(stream.trim_end().ends_with("data: [DONE]") && !stream.contains("payment-response"), "{stream}");
}

/// More calls at a time than channels: each waits for its turn, and none is lost or paid twice.
async fn one_channel_takes_calls_in_turn(market: &Market, prompts: &[String]) {
    let asked = prompts.iter().take(6).map(|prompt| async {
        let body = completion(prompt);
        market.post(market.payer, "/v1/completions", &body).await.status().as_u16()
    });
    assert!(futures::future::join_all(asked).await.into_iter().all(|status| status == 200));
    assert_eq!(market.shop.till.accounts().expect("they can be read").len(), 2);
}

/// What lies in the store says nothing, but to operators and the gateway, and to an auditor whom the gateway lets in.
async fn only_readers_read(stage: &Stage<'_>, registered: &Registered, epoch: Epoch) {
    let booked = stage.contracts.redemptions(registered.model, epoch, epoch).await.expect("the chain answers");
    let domain = stage.contracts.settlement_domain();
    let claims = booked.iter().map(|(epoch, redemption)| SegmentClaim {
        domain: &domain,
        model: registered.model.get(),
        epoch: epoch.get(),
        channel: redemption.channel.get(),
        previous_head: redemption.previous_head.0,
        head: redemption.head.0,
        amount: redemption.amount.u128(),
    });
    let claims: Vec<SegmentClaim<'_>> = claims.collect();
    assert!(!claims.is_empty());
    let of = |signer| stage.published.clone().read_by(Reader::of_account(signer));
    let (gateway, auditor) = (&stage.cast.gateway.signer, &stage.cast.stranger.signer);
    for claim in &claims {
        for signer in [&stage.cast.operators[0].signer, gateway] {
            assert!(!of(signer).segment(claim).await.expect("it may read").receipts.is_empty());
        }
        let refused = of(auditor).segment(claim).await.expect_err("a stranger may not read");
        assert!(refused.to_string().contains("not sealed for this key"), "{refused}");
    }
    let readers = vec![Reader::of_account(auditor).key()];
    let disclosure = Disclosure { model: registered.model, first: epoch, last: epoch, readers };
    let by = async |signer| {
        let store = of(signer);
        disclose(&stage.contracts, &store, &disclosure).await.expect("there are redemptions")
    };
    // Nobody lets itself in.
    let tried = by(auditor).await;
    assert_eq!((tried.opened, tried.left.len()), (0, claims.len()), "{tried:?}");
    let done = by(gateway).await;
    assert_eq!((done.opened, &done.left), (claims.len(), &vec![]));
    assert_eq!(by(gateway).await, done);
    for claim in &claims {
        of(auditor).segment(claim).await.expect("now it may");
    }
    let receipts = std::fs::read_dir(stage.folder.join(operator::story::PUBLISHED_FOLDER).join("receipts"));
    for entry in receipts.expect("they are published") {
        let stored = std::fs::read_to_string(entry.expect("readable").path()).expect("a text");
        assert!(stored.contains("sealed-receipts/1") && !stored.contains("\"output\""));
    }
}

/// The round over what was sold, by operators who read what was sealed for them.
async fn play(stage: &Stage<'_>, registered: &Registered) -> protocol::settlement::SettledRound {
    let round = rounds::open(stage, registered, RoundKind::Fees).await.expect("there are fees");
    rounds::publish_validation(stage, registered, &round).await.expect("the folder can be written");
    let nodes = reading_nodes(stage);
    for node in &nodes {
        if let Some(lacking) = node.commit(&round).await.expect("it can be measured") {
            panic!("{} lacks {lacking:?}", node.signer.address());
        }
    }
    let closed = finish(stage, &nodes, &round).await;
    let advance = ExecuteMsg::Advance { model: round.model, round: round.id, limit: None };
    stage.contracts.tell_attribution(&stage.cast.stranger.signer, &advance).await.expect("anybody may");
    let closed = stage.contracts.round(closed.model, closed.id).await.expect("the chain answers");
    assert_eq!(closed.outcome, Some(Outcome::Settled));
    let settled = stage.contracts.settled_rounds(registered.model).await.expect("the chain answers");
    settled.into_iter().find(|settled| settled.round == round.id).expect("it is settled")
}

/// What a payer can ask of a call once it is settled.
async fn explained(market: &Market, registered: &Registered, ids: &[String]) {
    let (status, told) = market.get(market.payer, &format!("/v1/receipts/{}/attribution", ids[0])).await;
    assert_eq!((status, &told["status"]), (200, &json!("settled")), "{told}");
    let contributions = told["contributions"].as_array().expect("a list");
    assert_eq!(contributions.len(), registered.positions.len());
    let sizes: f64 = contributions.iter().map(|one| one["influence"].as_f64().expect("a number").abs()).sum();
    assert!((sizes - 1.0).abs() < 1e-9, "{sizes}");
    let number = |value: &Value| value.as_str().expect("a number").parse::<u128>().expect("a number");
    let earned: u128 = contributions.iter().map(|one| number(&one["earned_uopen"])).sum();
    assert!(earned > 0 && earned <= number(&told["round"]["pool_uopen"]), "{told}");
    assert!(told["citations"].is_object());
    let (status, _) = market.get(market.payer, "/v1/receipts/1-999/attribution").await;
    assert_eq!(status, 404);
}
