//! Operators that can be stopped dead at any line and started again, each with a key, a folder and threads of its own, on one embedded
//! chain.

use std::{
    collections::{BTreeMap, BTreeSet},
    panic,
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use chain::{ChainClient, ChainError, EmbeddedClient, Execute, Signer, Status, TxFilter, TxOutcome, TxRecord};
use influence::Threads;
use operator::{
    daemon::{Daemon, Policy, Serve, noted::Notes},
    node::{Engine, Node},
    store::{Promise, Store, StoreError},
    telemetry::{Health, Metrics},
};
use protocol::{ModelId, RoundId};
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

/// How long a dead operator's folder may stay in use.
const BURIAL: Duration = Duration::from_secs(20);

/// Who dies at a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Victims {
    /// The first that gets there.
    First,
    /// Everybody, once.
    All,
}

/// What kills operators: fail points are shared by all of them, and an operator is known by the name of its threads.
pub struct Reaper {
    victims: Victims,
    /// Who died where.
    struck: Mutex<BTreeSet<(String, String)>>,
    /// Whether an operator is dead, by its name.
    dead: Mutex<BTreeMap<String, Arc<AtomicBool>>>,
    deaths: mpsc::Sender<String>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Reaper {
    pub fn new(victims: Victims) -> (Arc<Self>, mpsc::Receiver<String>) {
        let (deaths, told) = mpsc::channel();
        (Arc::new(Self { victims, struck: Mutex::default(), dead: Mutex::default(), deaths }), told)
    }

    /// Waits at a point.
    pub fn waits_at(self: &Arc<Self>, point: &str) {
        let (reaper, at) = (Arc::clone(self), point.to_owned());
        fail::cfg_callback(point, move || reaper.passed(&at)).expect("the point can be armed");
    }

    /// An operator that dies here unwinds its task; the rest of it can do nothing from now on.
    fn passed(&self, point: &str) {
        let who = thread::current().name().unwrap_or_default().to_owned();
        let Some(dead) = lock(&self.dead).get(&who).map(Arc::clone) else { return };
        if dead.load(Ordering::SeqCst) || !self.wants(&who, point) {
            return;
        }
        self.kill(&who);
        panic::resume_unwind(Box::new(format!("{who} died at {point}")));
    }

    fn wants(&self, who: &str, point: &str) -> bool {
        let mut struck = lock(&self.struck);
        let taken = self.victims == Victims::First && struck.iter().any(|(_, at)| at == point);
        !taken && struck.insert((who.to_owned(), point.to_owned()))
    }

    /// Stops an operator wherever it is.
    pub fn kill(&self, who: &str) {
        lock(&self.dead).get(who).expect("it lives").store(true, Ordering::SeqCst);
        self.deaths.send(who.to_owned()).expect("somebody listens");
    }

    fn born(&self, who: &str) -> Arc<AtomicBool> {
        let dead = Arc::new(AtomicBool::new(false));
        lock(&self.dead).insert(who.to_owned(), Arc::clone(&dead));
        dead
    }

    /// Where somebody died, and how many.
    pub fn deaths(&self) -> BTreeMap<String, usize> {
        let mut deaths = BTreeMap::new();
        for (_, point) in lock(&self.struck).iter() {
            *deaths.entry(point.clone()).or_default() += 1;
        }
        deaths
    }
}

/// The chain as an operator sees it that may die: what it tries to send is written down, and the dead get no answer.
struct Mortal {
    chain: EmbeddedClient,
    dead: Arc<AtomicBool>,
    tried: Arc<Mutex<Vec<String>>>,
}

impl Mortal {
    async fn lives(&self) {
        if self.dead.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
    }
}

#[async_trait]
impl ChainClient for Mortal {
    async fn status(&self) -> Result<Status, ChainError> {
        self.lives().await;
        self.chain.status().await
    }

    async fn query_raw(&self, contract: &str, msg: &[u8]) -> Result<Vec<u8>, ChainError> {
        self.lives().await;
        self.chain.query_raw(contract, msg).await
    }

    async fn execute(&self, signer: &Signer, msgs: Vec<Execute>) -> Result<TxOutcome, ChainError> {
        self.lives().await;
        lock(&self.tried).extend(msgs.iter().map(|msg| String::from_utf8_lossy(&msg.msg).into_owned()));
        self.chain.execute(signer, msgs).await
    }

    async fn txs(&self, filter: &TxFilter) -> Result<Vec<TxRecord>, ChainError> {
        self.lives().await;
        self.chain.txs(filter).await
    }

    async fn block(&self, height: u64) -> Result<Vec<TxRecord>, ChainError> {
        self.lives().await;
        self.chain.block(height).await
    }
}

/// An operator.
pub struct Operator {
    name: String,
    pub signer: Signer,
    home: PathBuf,
    model: ModelId,
    chain: EmbeddedClient,
    engine: Engine,
    /// All that it ever tried to send, refused or not, in all its lives.
    tried: Arc<Mutex<Vec<String>>>,
    /// What it was found to have promised, at whichever of its deaths.
    promised: Option<Promise>,
    life: Option<Runtime>,
}

impl Operator {
    /// Not alive yet. Its engine's contracts are replaced by those that it sees.
    pub fn new(
        name: &str,
        signer: Signer,
        home: PathBuf,
        chain: EmbeddedClient,
        (engine, model): (Engine, ModelId),
    ) -> Self {
        let (tried, promised, life) = (Arc::default(), None, None);
        Self { name: name.to_owned(), signer, home, model, chain, engine, tried, promised, life }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it was last found to have promised.
    pub fn promised(&self) -> Option<&Promise> {
        self.promised.as_ref()
    }

    /// Starts it over what its folder holds.
    pub fn start(&mut self, reaper: &Reaper, round: RoundId) {
        let store = self.reopen();
        self.look_at_promise(&store, round);
        let client: Arc<dyn ChainClient> = Arc::new(Mortal {
            chain: self.chain.clone(),
            dead: reaper.born(&self.name),
            tried: Arc::clone(&self.tried),
        });
        let contracts =
            operator::contracts::Contracts::new(Arc::clone(&client), self.engine.contracts.deployment().clone());
        let engine = Engine { contracts, ..self.engine.clone() }.run_as(Threads::new(1).into());
        let node = Node { signer: self.signer.clone(), store, engine };
        let notes = Arc::new(Notes::new(Metrics::new(), Health::new(Duration::from_secs(60)), false));
        let runtime = runtime(&self.name);
        let policy = policy(self.model);
        runtime.spawn(async move { Daemon::new(client, node, policy, notes).run(CancellationToken::new()).await });
        self.life = Some(runtime);
    }

    /// Takes away what is left of a life that ended.
    pub fn bury(&mut self) {
        if let Some(life) = self.life.take() {
            life.shutdown_background();
        }
    }

    /// The store, as soon as the last life has let go of it.
    fn reopen(&self) -> Store {
        let began = Instant::now();
        loop {
            match Store::open(&self.home) {
                Ok(store) => return store,
                Err(StoreError::InUse(_)) if began.elapsed() < BURIAL => thread::sleep(Duration::from_millis(2)),
                Err(error) => panic!("{}: {error}", self.name),
            }
        }
    }

    /// What is once promised stays, salt and all.
    fn look_at_promise(&mut self, store: &Store, round: RoundId) {
        let now = store.promise(self.model, round).expect("the store can be read");
        if self.promised.is_some() {
            assert_eq!(now, self.promised, "{}: a promise was replaced", self.name);
        }
        self.promised = now;
    }

    /// Ends it for good and gives what it promised.
    pub fn rest(&mut self, round: RoundId) -> Promise {
        self.bury();
        let store = self.reopen();
        self.look_at_promise(&store, round);
        self.promised.clone().expect("it took part in the round")
    }

    /// How often it tried to send a kind of message.
    pub fn tries(&self, kind: &str) -> usize {
        let start = format!("{{\"{kind}\":");
        lock(&self.tried).iter().filter(|message| message.starts_with(&start)).count()
    }

    /// The salt that it revealed.
    pub fn revealed_salt(&self) -> Option<serde_json::Value> {
        let tried = lock(&self.tried);
        let reveal = tried.iter().find(|message| message.starts_with("{\"reveal\":"))?;
        let reveal: serde_json::Value = serde_json::from_str(reveal).expect("messages are JSON");
        reveal["reveal"].get("salt").cloned()
    }
}

impl Drop for Operator {
    fn drop(&mut self) {
        self.bury();
    }
}

/// Threads of an operator's own, by whose name it is known.
fn runtime(name: &str) -> Runtime {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(1).thread_name(name).enable_all().build().expect("threads can be started")
}

fn policy(model: ModelId) -> Policy {
    Policy {
        serve: Serve::Only(vec![model]),
        open: true,
        open_valuations: true,
        aggregate: true,
        advance: true,
        withdraw_above: Some(0),
        stagger: 60,
        patience: 500,
        poll: Duration::from_millis(5),
    }
}
