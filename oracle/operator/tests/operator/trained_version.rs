//! From texts to pay by command: what `oracle train` makes of a DataNet and `oracle publish` publishes is registered by the hashes that the
//! commands wrote, sold, measured by the operators, paid, and replayed by `oracle replay`.

mod scene;
mod served;
mod texts;

use std::{fs, sync::Arc};

use operator::{
    inputs,
    node::{Node, NodeError},
    replay,
    store::Store,
    story::{
        cast::Actor,
        claim,
        earn::{Candour, Market},
        nodes::{Caches, Nodes},
        rounds::{self, Crew as _, Misbehaviours},
        stage::Stage,
        train::Registered,
        version::Version,
    },
    training::{TrainingError, language},
};
use protocol::{
    Hash32, RoundId,
    attribution::{ExecuteMsg, Outcome, Round, RoundKind},
    model::VersionManifest,
    open_token::UOPEN_PER_OPEN,
};
use serde_json::{Value, json};

use self::{
    scene::Scene,
    texts::{COPIED, FARM, HALF_COPIED, LIAR, LIGHT},
};

/// What each payer opens a channel with, in uopen.
const DEPOSIT: u128 = 200 * UOPEN_PER_OPEN;
/// Where operators that share a cache have it.
const CACHE: &str = "operators/shared-cache";

/// Sells an epoch of calls and waits until a round can be opened over them.
async fn sell(stage: &Stage<'_>, registered: &Registered) {
    let mut market = Market::open(stage, registered, DEPOSIT).await.expect("payers have OPEN");
    let epoch = stage.current_epoch().await.expect("it began").next().expect("epochs do not end");
    market.trade(stage, epoch, &stage.plan.calls[0], Candour::Open).await.expect("calls are served and redeemed");
    stage.wait_for_redemption_end(epoch).await.expect("time passes");
}

/// What is left of the commands' work to do: the owner adds where the weights lie, and registers.
async fn registered(scene: &Scene, published: VersionManifest, on_chain: VersionManifest) -> Registered {
    let stage = scene.stage();
    let version = language::load_published(&stage.published, &published).await.expect("it was published");
    let version = Version::Texts(Arc::new(version));
    scene.register(version, on_chain).await
}

#[tokio::test]
async fn what_was_trained_and_published_by_command_is_measured_paid_and_replayed() {
    let scene = Scene::new().await;
    let told = scene.train("model").await;
    let manifest = scene.publish("model");
    let registered = registered(&scene, manifest.clone(), manifest.clone()).await;
    let stage = scene.stage();
    assert_learned_from_what_operators_measure(&scene, &registered, &told).await;

    sell(&stage, &registered).await;
    let mut crew = Nodes::new(&stage, Caches::Shared).expect("stores open");
    let round = crew.play(&stage, &registered, RoundKind::Fees, &Misbehaviours::new()).await.expect("it is played");
    assert_eq!(round.outcome, Some(Outcome::Settled));
    assert_eq!(kept(&scene).len(), 1, "the version's curvature");
    assert_pays_by_the_aggregate(&stage, &registered, round.id).await;

    claim::play(&stage, &[registered.model]).await.expect("all can claim");
    let accounts = stage.contracts.accounts(registered.model).await.expect("the chain answers");
    for (account, contributor) in accounts.iter().zip(&stage.cast.contributors) {
        let paid = stage.contracts.open_balance(contributor.signer.address()).await.expect("the chain answers");
        assert_eq!((account.claimed.u128(), paid), (account.payable.u64().into(), account.payable.u64().into()));
    }
    assert_eq!(scene.open_in_all(registered.model).await, stage.contracts.open_supply().await.expect("it answers"));

    let (code, told) = scene.replay(registered.model, round.id).await;
    assert_eq!((code, &told["differences"]), (Some(0), &json!([])), "{told}");
    assert_eq!((&told["influence"]["scores"], &told["influence"]["denominator"]), (&json!(0), &json!(0)), "{told}");
}

/// The training left out the copies, and operators read the same items of each contribution as it learned from.
async fn assert_learned_from_what_operators_measure(scene: &Scene, registered: &Registered, told: &Value) {
    let stage = scene.stage();
    let model = registered.version.language_model().expect("it is one");
    let batches =
        inputs::texts::training(stage.sources(), registered.model, 1, model.manifest()).await.expect("published");
    let measured: Vec<usize> = batches.iter().map(|batch| batch.texts.len()).collect();
    let learned: Vec<usize> =
        told["contributions"].as_array().expect("whose items they are").iter().map(items).collect();
    assert_eq!(measured, learned);
    let whole: Vec<usize> = stage.plan.batches.iter().map(|batch| batch.items.len()).collect();
    assert!(learned[HALF_COPIED] + COPIED <= whole[HALF_COPIED], "copies were learned from: {learned:?} of {whole:?}");
    let ids: Vec<Value> = registered.positions.iter().map(|id| json!(id.to_string())).collect();
    let named: Vec<Value> =
        told["contributions"].as_array().expect("a list").iter().map(|part| part["contribution"].clone()).collect();
    assert_eq!(named, ids, "positions are in the order of the snapshot");
}

fn items(part: &Value) -> usize {
    part["items"].as_u64().expect("a number") as usize
}

/// Scores say something, and the ledger has what they say and nothing more.
async fn assert_pays_by_the_aggregate(stage: &Stage<'_>, registered: &Registered, round: RoundId) {
    let steps = replay::steps(&stage.contracts, registered.model, round).await.expect("it can be replayed");
    let [step] = steps.as_slice() else { panic!("one round was settled") };
    let scores: Vec<i32> = step.aggregate.entries.iter().map(|entry| entry.score).collect();
    assert_eq!(scores.len(), stage.plan.batches.len());
    let of_each_item = |position: usize| f64::from(scores[position]) / stage.plan.batches[position].items.len() as f64;
    for honest in [LIGHT, FARM] {
        assert!(scores[honest] > 0 && of_each_item(honest) > 2.0 * of_each_item(LIAR), "{scores:?}");
    }
    let settled = &step.settled;
    assert_eq!(settled.unresolved.u128(), 0, "every receipt was answered again alike");
    let pool = settled.parts.influence.u128();
    let gross: u128 = stage.plan.calls[0].iter().map(|call| if call.price == "priority" { 3 } else { 1 }).sum();
    assert_eq!(settled.gross.u128(), gross * UOPEN_PER_OPEN);
    let accounts = stage.contracts.accounts(registered.model).await.expect("the chain answers");
    let liability: i64 = accounts.iter().map(|account| account.accrued.i64().max(0)).sum();
    assert_eq!(liability as u128 + settled.residual.u128(), pool);
    for (account, entry) in accounts.iter().zip(&step.aggregate.entries) {
        let gain = (pool as i128 * i128::from(entry.score)).div_euclid(i128::from(settled.denominator.u64()));
        assert_eq!(i128::from(account.accrued.i64()), gain, "position {}", account.position);
    }
    let payable: Vec<u64> = accounts.iter().map(|account| account.payable.u64()).collect();
    assert!(payable[LIGHT] > 0 && payable[FARM] > 0, "{payable:?}");
}

#[tokio::test]
async fn a_version_under_the_hash_of_another_manifest_than_was_published_is_measured_by_nobody() {
    let scene = Scene::new().await;
    scene.train("model").await;
    let published = scene.publish("model");
    let false_one = VersionManifest { training_hash: Hash32([7; 32]), ..published.clone() };
    let registered = registered(&scene, published, false_one).await;
    let stage = scene.stage();
    sell(&stage, &registered).await;
    let round = rounds::open(&stage, &registered, RoundKind::Fees).await.expect("there are fees");
    rounds::publish_validation(&stage, &registered, &round).await.expect("the folder can be written");
    let nodes = nodes(&stage);
    for node in &nodes {
        let lacking = node.commit(&round).await.expect("who has nothing to measure says so").expect("it has nothing");
        let NodeError::Training(error @ TrainingError::NotThatOne { .. }) = &lacking else { panic!("{lacking:?}") };
        assert_eq!(
            error.to_string(),
            "the published training manifest is not the one that the chain names: ask the model's owner for it"
        );
    }
    let closed = finish(&stage, &nodes, &round).await;
    assert_eq!(closed.outcome, Some(Outcome::TooFew));
    let settled = stage.contracts.settled_rounds(registered.model).await.expect("the chain answers");
    assert!(settled.is_empty(), "nobody is paid for what nobody could measure");
    assert_eq!(kept(&scene), [""; 0], "no curvature of a version that is not the chain's");
}

fn nodes(stage: &Stage<'_>) -> Vec<Node> {
    let cache = stage.folder.join(CACHE);
    let node = |actor: &Actor| Node {
        signer: actor.signer.clone(),
        store: Store::open(stage.folder.join("operators").join(&actor.name)).expect("a new store"),
        engine: stage.engine(cache.clone()),
    };
    stage.cast.operators.iter().map(node).collect()
}

/// Reveals, aggregates, and says how the round ended.
async fn finish(stage: &Stage<'_>, nodes: &[Node], round: &Round) -> Round {
    let (model, id) = (round.model, round.id);
    let tell = async |message: ExecuteMsg| {
        let open = stage.contracts.round(model, id).await.expect("the chain answers");
        stage.chain.wait_until(open.window_ends_at.get()).await.expect("time passes");
        stage.chain.wait_blocks(stage.pace.min_blocks).await.expect("blocks pass");
        stage.contracts.tell_attribution(&stage.cast.stranger.signer, &message).await.expect("the window has ended");
    };
    tell(ExecuteMsg::EndCommits { model, round: id }).await;
    for node in nodes {
        node.reveal(round).await.expect("it was committed to");
    }
    tell(ExecuteMsg::Aggregate { model, round: id, limit: None }).await;
    stage.contracts.round(model, id).await.expect("the chain answers")
}

/// Files that operators keep of what they derived.
fn kept(scene: &Scene) -> Vec<String> {
    let Ok(entries) = fs::read_dir(scene.path(CACHE)) else { return Vec::new() };
    entries.map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned()).collect()
}
