//! Operators as processes of their own: each runs `oracle run` with its own key, store and configuration. The story steers none of
//! them; who misbehaves is stopped, and what its store says, or that it never comes back, makes it so.

use std::{
    fs,
    net::{Ipv4Addr, TcpListener},
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use async_trait::async_trait;
use chain::Signer;
use protocol::attribution::{Phase, Round, RoundKind};

use super::{
    rounds::{self, Behaviour, Crew, Misbehaviours, behaviour},
    stage::Stage,
    train::Registered,
};
use crate::{
    config::{self, init::Init},
    node::Node,
    store::Store,
};

/// How long anything may take that operators do by themselves.
const PATIENCE: Duration = Duration::from_secs(600);
/// Time between two looks.
const LOOK: Duration = Duration::from_millis(300);

/// How a process reaches the chain.
#[derive(Clone, Debug)]
pub struct Reach {
    /// The program `oracle`.
    pub program: PathBuf,
    /// The node's RPC.
    pub rpc: String,
    /// The chain.
    pub chain_id: String,
    /// File with the contracts' addresses.
    pub deployment: PathBuf,
    /// Published objects: a folder or a bucket.
    pub objects: String,
    /// Keys of private DataNets.
    pub datanet_keys: Option<PathBuf>,
    /// Settings that are not as `oracle init` writes them, as `duties.stagger` and a value.
    pub set: Vec<(String, String)>,
}

/// One operator's process, or its folder while it does not run.
pub struct Process {
    /// Name in the story.
    pub name: String,
    /// Its folder.
    pub home: PathBuf,
    signer: Signer,
    program: PathBuf,
    command: &'static str,
    child: Option<Child>,
}

impl Process {
    /// Writes an operator's configuration and key; it does not run yet.
    ///
    /// # Errors
    /// If something is there already, or cannot be written.
    pub fn prepare(name: &str, home: PathBuf, signer: &Signer, reach: &Reach) -> Result<Self> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&home)?;
        let key = home.join("key");
        signer.save(&key)?;
        let path = |path: &Path| path.display().to_string();
        let mut set = vec![
            ("chain.rpc".to_owned(), reach.rpc.clone()),
            ("chain.chain_id".to_owned(), reach.chain_id.clone()),
            ("chain.deployment".to_owned(), path(&reach.deployment)),
            ("chain.block_poll".to_owned(), "0.5".to_owned()),
            ("key.key_file".to_owned(), path(&key)),
            ("objects.url".to_owned(), reach.objects.clone()),
            ("http.listen".to_owned(), format!("127.0.0.1:{}", free_port()?)),
        ];
        set.extend(reach.datanet_keys.as_deref().map(|keys| ("objects.datanet_keys".to_owned(), path(keys))));
        set.extend(reach.set.iter().cloned());
        config::init::init(&Init { home: home.clone(), set })?;
        let (name, signer, program) = (name.to_owned(), signer.clone(), reach.program.clone());
        Ok(Self { name, home, signer, program, command: "run", child: None })
    }

    /// Runs another command than `run` in its home, as `serve`.
    #[must_use]
    pub fn running(mut self, command: &'static str) -> Self {
        self.command = command;
        self
    }

    /// The account.
    pub fn address(&self) -> &str {
        self.signer.address()
    }

    /// Starts it, unless it runs. Its log goes on in `log` in its folder.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn start(&mut self) -> Result<()> {
        self.start_with(&[])
    }

    /// Starts it with more in its environment.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn start_with(&mut self, environment: &[(&str, &str)]) -> Result<()> {
        if self.is_running()? {
            return Ok(());
        }
        let log = fs::OpenOptions::new().create(true).append(true).open(self.home.join("log"))?;
        let child = Command::new(&self.program)
            .arg(self.command)
            .arg("--home")
            .arg(&self.home)
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .with_context(|| format!("cannot start {}", self.program.display()))?;
        self.child = Some(child);
        Ok(())
    }

    /// Whether it runs.
    ///
    /// # Errors
    /// If the system does not say.
    pub fn is_running(&mut self) -> Result<bool> {
        let Some(child) = &mut self.child else { return Ok(false) };
        Ok(child.try_wait()?.is_none())
    }

    /// Asks it to end, and waits until it has.
    ///
    /// # Errors
    /// If it does not end, or not well.
    pub async fn stop(&mut self) -> Result<()> {
        let Some(mut child) = self.child.take() else { return Ok(()) };
        let pid = rustix::process::Pid::from_child(&child);
        // It may have ended by itself.
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).ok();
        let asked = Instant::now();
        while asked.elapsed() < Duration::from_secs(150) {
            if let Some(status) = child.try_wait()? {
                ensure!(status.success(), "{} ended with {status}: see {}", self.name, self.home.join("log").display());
                return Ok(());
            }
            tokio::time::sleep(LOOK).await;
        }
        child.kill()?;
        bail!("{} did not end when asked to", self.name)
    }

    /// Ends it as a power cut does.
    ///
    /// # Errors
    /// If the system does not.
    pub fn kill(&mut self) -> Result<()> {
        let Some(mut child) = self.child.take() else { return Ok(()) };
        child.kill()?;
        child.wait()?;
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Nothing is left to tell it to.
        self.kill().ok();
    }
}

/// A port of this machine that nobody listens on.
///
/// # Errors
/// If there is none.
pub fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// Folder of the homes that [`Processes::leave_doors`] writes.
pub const DOORS: &str = "doors";

/// The story's operators.
pub struct Processes {
    all: Vec<Process>,
}

impl Processes {
    /// Prepares and starts all of them.
    ///
    /// # Errors
    /// If one cannot be.
    pub fn start(stage: &Stage<'_>, reach: &Reach) -> Result<Self> {
        let mut all = Vec::new();
        for actor in &stage.cast.operators {
            let home = stage.folder.join("operators").join(&actor.name);
            let mut process = Process::prepare(&actor.name, home, &actor.signer, reach)?;
            process.start()?;
            all.push(process);
        }
        Ok(Self { all })
    }

    /// Homes of a gateway and a payer, for whoever goes on with the chain: `oracle serve` and `oracle pay` run from them.
    ///
    /// # Errors
    /// If they cannot be written.
    pub fn leave_doors(stage: &Stage<'_>, reach: &Reach) -> Result<()> {
        let payer = stage.cast.payers.first().context("the story has payers")?;
        for (name, actor) in [("gateway", &stage.cast.gateway), ("payer", payer)] {
            let home = stage.folder.join(DOORS).join(name);
            if !home.exists() {
                Process::prepare(name, home, &actor.signer, reach)?;
            }
        }
        Ok(())
    }

    /// The round, once somebody opened it.
    async fn opened(&self, stage: &Stage<'_>, registered: &Registered, kind: RoundKind) -> Result<Round> {
        if kind == RoundKind::Valuation {
            return rounds::open(stage, registered, kind).await;
        }
        let waited = Instant::now();
        loop {
            if let Some(round) = stage.contracts.open_round(registered.model).await? {
                return Ok(round);
            }
            ensure!(waited.elapsed() < PATIENCE, "no operator opened a round: see their logs");
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Who lies has written down what it is going to say before it starts again.
    async fn lie(&mut self, stage: &Stage<'_>, round: &Round, misbehaviours: &Misbehaviours) -> Result<()> {
        for (index, process) in self.all.iter_mut().enumerate() {
            let Some(report) = rounds::lie(stage, round, behaviour(misbehaviours, index)).await? else { continue };
            let store = Store::open(&process.home)?;
            let engine = stage.engine(store.cache());
            Node { signer: process.signer.clone(), store, engine }.keep(round, &report)?;
            process.start()?;
        }
        Ok(())
    }

    /// Ends those who stay silent, once they have committed.
    async fn silence(&mut self, stage: &Stage<'_>, round: &Round, misbehaviours: &Misbehaviours) -> Result<()> {
        let parts = stage.contracts.participations(round.model, round.id).await?;
        for (index, process) in self.all.iter_mut().enumerate() {
            let committed =
                parts.iter().any(|part| part.operator.as_str() == process.address() && part.commitment.is_some());
            if committed && behaviour(misbehaviours, index) == Behaviour::Silent {
                process.kill()?;
            }
        }
        Ok(())
    }

    fn check_running(&mut self, misbehaviours: &Misbehaviours) -> Result<()> {
        for (index, process) in self.all.iter_mut().enumerate() {
            let honest = behaviour(misbehaviours, index) == Behaviour::Honest;
            ensure!(
                !honest || process.is_running()?,
                "{} has ended: see {}",
                process.name,
                process.home.join("log").display()
            );
        }
        Ok(())
    }

    async fn closed(&mut self, stage: &Stage<'_>, round: &Round, misbehaviours: &Misbehaviours) -> Result<Round> {
        let waited = Instant::now();
        loop {
            let now = stage.contracts.round(round.model, round.id).await?;
            if now.phase == Phase::Closed {
                return Ok(now);
            }
            if now.phase == Phase::Commit {
                self.silence(stage, &now, misbehaviours).await?;
            }
            self.check_running(misbehaviours)?;
            ensure!(waited.elapsed() < PATIENCE, "round {} is still {:?}", round.id, now.phase);
            tokio::time::sleep(LOOK).await;
        }
    }
}

#[async_trait]
impl Crew for Processes {
    /// Stops those who will not measure, before they can.
    async fn expect(&mut self, misbehaviours: &Misbehaviours) -> Result<()> {
        for (index, process) in self.all.iter_mut().enumerate() {
            match behaviour(misbehaviours, index) {
                Behaviour::Absent | Behaviour::Reposted | Behaviour::Invented => process.stop().await?,
                Behaviour::Honest | Behaviour::Silent => process.start()?,
            }
        }
        Ok(())
    }

    async fn play(
        &mut self,
        stage: &Stage<'_>,
        registered: &Registered,
        kind: RoundKind,
        misbehaviours: &Misbehaviours,
    ) -> Result<Round> {
        let round = self.opened(stage, registered, kind).await?;
        rounds::publish_validation(stage, registered, &round).await?;
        let label =
            format!("model {}, round {}: {} operators by themselves", round.model, round.id, round.operators.len());
        let _step = stage.progress.step(&label, 0);
        self.lie(stage, &round, misbehaviours).await?;
        self.closed(stage, &round, misbehaviours).await
    }

    async fn dismiss(&mut self) -> Result<()> {
        for process in &mut self.all {
            process.stop().await?;
        }
        Ok(())
    }
}
