//! The story, told twice by `oracle demo` with its defaults in one folder: played by the first test that asks, read by all others.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::{Arc, OnceLock},
};

use chain::{ChainClient, EmbeddedClient, embedded::Checks};
use influence::dataset::load_digits;
use operator::{
    contracts::Contracts,
    keys::DatanetKeys,
    node::Engine,
    published::Published,
    replay::{self, Step},
    story::{
        CHAIN_FILE, KEYS_FILE, PUBLISHED_FOLDER,
        cast::{Actor, Cast},
        plan::{Plan, Size},
    },
};
use protocol::{ModelId, RoundId, attribution::Round};
use report::{
    Report,
    data::{AccountRow, Check, ContributionRow},
};
use tempfile::TempDir;

pub const MODEL: ModelId = ModelId(1);

/// The adapter of the story.
pub const ADAPTER: ModelId = ModelId(2);
/// The model that was corrected.
pub const CORRECTED: ModelId = ModelId(3);

/// What two runs left.
pub struct Told {
    pub folder: PathBuf,
    pub first: Report,
    pub second: Report,
    pub exits: [Option<i32>; 2],
    /// Held while the tests run: another run of the tests waits, since it uses the same folder.
    _lock: File,
}

pub fn told() -> &'static Told {
    static TOLD: OnceLock<Told> = OnceLock::new();
    TOLD.get_or_init(|| {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let lock = File::create(root.join("story.lock")).expect("the folder of temporary files can be written");
        lock.lock().expect("a file can be locked");
        let folder = root.join("story");
        match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                panic!("cannot remove {}: {error}", folder.display())
            }
            _ => {}
        }
        let (first, first_exit) = tell(&folder);
        let (second, second_exit) = tell(&folder);
        Told { folder, first, second, exits: [first_exit, second_exit], _lock: lock }
    })
}

fn tell(folder: &Path) -> (Report, Option<i32>) {
    let output = oracle(&[
        "demo",
        "--data",
        digits().to_str().expect("a path in UTF-8"),
        "--out",
        folder.to_str().expect("a path in UTF-8"),
    ]);
    let text = fs::read_to_string(folder.join("report.json"))
        .unwrap_or_else(|error| panic!("no report: {error}\n{}", String::from_utf8_lossy(&output.stderr)));
    (serde_json::from_str(&text).expect("a report"), output.status.code())
}

pub fn digits() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/digits.csv.gz")
}

/// Runs the built binary.
pub fn oracle(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_oracle")).args(arguments).output().expect("the binary was built")
}

impl Told {
    /// A check of the first run, which must be there and hold.
    pub fn check(&self, name: &str) -> &Check {
        let check = self
            .first
            .checks
            .iter()
            .find(|check| check.name == name)
            .unwrap_or_else(|| panic!("there is no check {name}"));
        assert!(check.holds, "{name} does not hold: {} against {}", check.value, check.bound);
        assert!(!check.meaning.is_empty());
        check
    }

    pub fn contribution(&self, name: &str) -> &ContributionRow {
        self.first.contributions.iter().find(|row| row.name == name).unwrap_or_else(|| panic!("{name} contributed"))
    }

    pub fn account(&self, name: &str) -> &AccountRow {
        self.first.accounts.iter().find(|row| row.name == name).unwrap_or_else(|| panic!("{name} has an account"))
    }

    /// Influence pools of all rounds, in uopen.
    pub fn pools(&self) -> u128 {
        self.first.rounds.iter().map(|round| round.pool).sum()
    }

    pub fn chain_file(&self) -> PathBuf {
        self.folder.join(CHAIN_FILE)
    }

    pub fn published(&self) -> Published {
        Published::at(self.folder.join(PUBLISHED_FOLDER))
    }

    /// The people of the story: their keys come from its seed.
    pub fn cast(&self) -> Cast {
        let run = &self.first.run;
        let size = Size { seed: run.seed, epochs: run.epochs, operators: run.operators };
        let digits = load_digits(&digits()).expect("the digits are committed");
        Cast::new(&Plan::draw(&digits, size).expect("the data suffices"), size)
    }

    pub fn operator(&self, number: usize) -> Actor {
        self.cast().operators[number - 1].clone()
    }

    /// A saved chain of its own for each caller.
    pub async fn chain(&self) -> EmbeddedClient {
        EmbeddedClient::open(&self.chain_file(), Checks::On).await.expect("the saved chain opens")
    }

    pub async fn contracts(&self) -> Contracts {
        let client = self.chain().await;
        self.contracts_behind(client.clone(), &client).await
    }

    /// The contracts of the saved chain, behind a client.
    pub async fn contracts_behind(&self, client: impl ChainClient + 'static, chain: &EmbeddedClient) -> Contracts {
        let deployment = chain.deployment().await.expect("the chain answers").expect("contracts are deployed");
        Contracts::new(Arc::new(client), deployment)
    }

    /// An engine over published objects, with what the first operator has cached.
    pub fn engine(&self, contracts: Contracts, published: Published) -> Engine {
        let keys = DatanetKeys::load(&self.folder.join(KEYS_FILE)).expect("the story wrote the keys");
        let cache = self.folder.join("operators").join("operator-1").join("cache");
        Engine::new(contracts, published, keys, cache)
    }

    pub async fn round(&self, contracts: &Contracts, id: u64) -> Round {
        contracts.round(MODEL, RoundId(id)).await.expect("the round was played")
    }

    /// Settled rounds, recomputed from the saved chain.
    pub async fn steps(&self) -> Vec<Step> {
        replay::steps(&self.contracts().await, MODEL, RoundId(u64::MAX)).await.expect("the rounds can be replayed")
    }

    /// A copy of what a stranger has: the chain and the published objects.
    pub fn copy(&self) -> TempDir {
        let copy = tempfile::tempdir().expect("a temporary folder");
        fs::copy(self.chain_file(), copy.path().join(CHAIN_FILE)).expect("the chain can be copied");
        copy_folder(&self.folder.join(PUBLISHED_FOLDER), &copy.path().join(PUBLISHED_FOLDER));
        copy
    }
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder can be made");
    for entry in fs::read_dir(from).expect("the folder exists") {
        let path = entry.expect("it can be read").path();
        let target = to.join(path.file_name().expect("entries have names"));
        if path.is_dir() {
            copy_folder(&path, &target);
        } else {
            fs::copy(&path, &target).expect("a file can be copied");
        }
    }
}
