//! A chain with a DataNet of texts and a model without a version, and the commands that make one.

use std::path::PathBuf;

use chain::DeployConfig;
use cosmwasm_std::{Addr, Uint64, Uint128};
use operator::{
    contracts::Contracts,
    keys::DatanetKeys,
    progress::Progress,
    published::{Published, validation_root},
    story::{
        PUBLISHED_FOLDER,
        cast::Cast,
        contribute::{self, Contributed, Net},
        ground::{Embedded, Ground},
        plan::{Plan, Size},
        stage::{Pace, Stage},
        train::{Registered, register_method},
        version::Version,
    },
};
use protocol::{
    Bps, DatanetId, Hash32, MethodId, ModelId, RoundId, Seconds,
    event::ModelEvent,
    model::{Curatorship, ExecuteMsg as ModelMsg, ModelKind, NewModel, NewStake, Price, Terms, VersionManifest},
    open_token::{MAX_SUPPLY_UOPEN, UOPEN_PER_OPEN},
};
use serde_json::Value;
use tempfile::TempDir;

use super::texts;
use crate::told::oracle;

/// Three operators are the fewest that a round can have.
const SIZE: Size = Size { seed: 5, epochs: 3, operators: 3 };

/// A model that learns in seconds, and reads a text whole.
const SMALL: [&str; 22] = [
    "--vocab",
    "320",
    "--hidden",
    "24",
    "--layers",
    "1",
    "--heads",
    "2",
    "--kv-heads",
    "1",
    "--intermediate",
    "48",
    "--block-length",
    "48",
    "--answer-tokens",
    "8",
    "--epochs",
    "20",
    "--batch",
    "4",
    "--learning-rate",
    "0.01",
];

/// A chain, its people, and a folder as `--demo` names it.
struct World {
    folder: TempDir,
    ground: Embedded,
    plan: Plan,
    cast: Cast,
    contracts: Contracts,
    progress: Progress,
}

/// A world in which texts were accepted and operators admitted.
pub struct Scene {
    world: World,
    contributed: Contributed,
    method: MethodId,
}

fn parameters(cast: &Cast) -> DeployConfig {
    let Pace { epoch, min_blocks, operator_delay, .. } = Pace::EMBEDDED;
    let rich = cast.everybody().into_iter().filter(|actor| actor.start > 0);
    let balances = rich.map(|actor| (Addr::unchecked(actor.address()), Uint128::new(actor.start))).collect();
    DeployConfig {
        min_blocks,
        epoch_length: Seconds(epoch),
        operator_delay: Seconds(operator_delay),
        ..DeployConfig::for_tests(Addr::unchecked(cast.governance.address()), balances)
    }
}

impl World {
    async fn new() -> Self {
        let plan = texts::plan(SIZE.seed);
        let cast = Cast::new(&plan, SIZE);
        let ground = Embedded::start().await.expect("a chain");
        let deployed = ground.deploy(parameters(&cast), &cast.governance, &cast.everybody()).await.expect("deployed");
        let contracts = Contracts::new(ground.chain(), deployed);
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self { folder, ground, plan, cast, contracts, progress: Progress::hidden() }
    }

    fn stage(&self) -> Stage<'_> {
        Stage {
            contracts: self.contracts.clone(),
            chain: self.ground.chain(),
            cast: &self.cast,
            plan: &self.plan,
            size: SIZE,
            pace: Pace::EMBEDDED,
            published: Published::at(self.folder.path().join(PUBLISHED_FOLDER)),
            keys: DatanetKeys::default(),
            folder: self.folder.path().to_path_buf(),
            progress: &self.progress,
        }
    }
}

impl Scene {
    /// There is no model yet.
    pub async fn new() -> Self {
        let world = World::new().await;
        let stage = world.stage();
        let contributed = contribute::play(&stage, &Net::of_base(&stage)).await.expect("they are accepted");
        let method = register_method(&stage).await.expect("operators are admitted");
        drop(stage);
        Self { world, contributed, method }
    }

    pub fn stage(&self) -> Stage<'_> {
        self.world.stage()
    }

    /// The DataNet of its texts.
    pub fn datanet(&self) -> DatanetId {
        self.contributed.datanet
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.world.folder.path().join(name)
    }

    fn shown(&self, name: &str) -> String {
        self.path(name).to_str().expect("a path in UTF-8").to_owned()
    }

    /// Keeps the chain as it stands where commands find it.
    async fn keep(&self) {
        let folder = self.world.folder.path();
        self.world.ground.keep(folder, self.world.contracts.deployment()).await.expect("the folder can be written");
    }

    /// `oracle train` on the DataNet without copies; gives the record that it left.
    pub async fn train(&self, out: &str) -> Value {
        self.keep().await;
        let (demo, datanet, path) = (self.shown(""), self.contributed.datanet.to_string(), self.shown(out));
        let own = ["train", "--json", "--demo", &demo, "--datanet", &datanet, "--without-duplicates", "--out", &path];
        said(&[&own[..], &SMALL].concat());
        self.json(&format!("{out}/training.json"))
    }

    /// `oracle publish`; gives the manifest for the chain, with what its owner adds.
    pub fn publish(&self, model: &str) -> VersionManifest {
        let (folder, place) = (self.shown(model), self.shown(PUBLISHED_FOLDER));
        let told = said(&["publish", "--json", "--model", &folder, "--published", &place]);
        let manifest: VersionManifest =
            serde_json::from_value(self.json(&format!("{model}/manifest.json"))).expect("a manifest");
        assert_eq!(told["training_hash"], serde_json::json!(manifest.training_hash));
        VersionManifest { uri: "published:weights".to_owned(), ..manifest }
    }

    /// Creates the model, uses all contributions, registers the version and has the validation examples approved.
    pub async fn register(&self, version: Version, manifest: VersionManifest) -> Registered {
        let (owner, positions) = (&self.world.cast.owner.signer, self.contributed.ids.clone());
        let model = self.create_model().await;
        for message in [
            ModelMsg::AppendContributions { model, contributions: positions.clone() },
            ModelMsg::RegisterVersion { model, manifest },
        ] {
            self.world.contracts.tell_model(owner, &message).await.expect("the owner may");
        }
        let registered = Registered {
            model,
            method: self.method,
            version,
            positions,
            // For two rounds.
            validation: [self.world.plan.validation.as_slice(); 2].concat(),
        };
        self.approve_validation(&registered).await;
        registered
    }

    /// A model without a version.
    pub async fn create_model(&self) -> ModelId {
        let price = |name: &str, open: u128| Price::flat(name, open * UOPEN_PER_OPEN);
        let new = NewModel {
            name: "endings".to_owned(),
            kind: ModelKind::Base,
            terms: Terms {
                owner: Bps(2_000),
                stake: Bps(500),
                influence: Bps(7_500),
                parents: Bps(0),
                release_rate: Bps::WHOLE,
                cap: Uint128::new(MAX_SUPPLY_UOPEN),
            },
            prices: vec![price("standard", 1), price("priority", 3)],
            gateway: self.world.cast.gateway.address(),
            method: self.method,
            curators: vec![self.world.cast.model_curator.address()],
            parents: Vec::new(),
            stake: NewStake {
                name: "Stake of endings".to_owned(),
                symbol: "ENDINGS".to_owned(),
                owner: Bps(5_000),
                contributors: Bps(3_000),
                work: Bps(2_000),
            },
        };
        let message = ModelMsg::CreateModel(new);
        let outcome =
            self.world.contracts.tell_model(&self.world.cast.owner.signer, &message).await.expect("anybody may");
        let created = self.stage().event(&outcome, ModelEvent::parse, |event| match event {
            ModelEvent::ModelCreated { model, .. } => Some(model),
            _ => None,
        });
        created.expect("a model was created")
    }

    async fn approve_validation(&self, registered: &Registered) {
        let (model, examples) = (registered.model, &registered.validation);
        let root = Hash32(validation_root(examples));
        let (count, uri) = (Uint64::new(examples.len() as u64), "published:validation".to_owned());
        let propose = ModelMsg::ProposeValidation { model, root, count, uri };
        self.world.contracts.tell_model(&self.world.cast.owner.signer, &propose).await.expect("the owner proposes");
        let contribution = registered.positions[0];
        for (curator, on_behalf) in [
            (&self.world.cast.model_curator, Curatorship::Model {}),
            (&self.world.cast.datanet_curator, Curatorship::Datanet { contribution }),
        ] {
            let approve = ModelMsg::ApproveValidation { model, root, on_behalf };
            self.world.contracts.tell_model(&curator.signer, &approve).await.expect("both approve");
        }
    }

    /// `oracle replay` of a round with its influence: how it ended, and what it said.
    pub async fn replay(&self, model: ModelId, round: RoundId) -> (Option<i32>, Value) {
        self.keep().await;
        let (out, model, round) = (self.shown(""), model.to_string(), round.to_string());
        let own = ["replay", "--json", "--out", &out, "--model", &model, "--round", &round, "--influence"];
        let output = oracle(&own);
        let told = serde_json::from_slice(&output.stdout);
        (output.status.code(), told.unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr))))
    }

    /// OPEN of everybody and of every contract, in uopen.
    pub async fn open_in_all(&self, model: ModelId) -> u128 {
        let at = self.world.contracts.deployment();
        let stake = self.world.contracts.stake_address(model).await.expect("it has a stake");
        let contracts = [&at.datanet, &at.model, &at.attribution, &at.settlement, &stake].map(Addr::to_string);
        let people = self.world.cast.everybody().into_iter().map(|actor| actor.address());
        let mut sum = 0;
        for address in people.chain(contracts) {
            sum += self.world.contracts.open_balance(&address).await.expect("the chain answers");
        }
        sum
    }

    fn json(&self, name: &str) -> Value {
        let bytes = std::fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        serde_json::from_slice(&bytes).expect("JSON")
    }
}

fn said(arguments: &[&str]) -> Value {
    let output = oracle(arguments);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}
