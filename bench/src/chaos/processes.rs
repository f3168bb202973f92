//! Operators as processes of their own, each with a proxy to the node; two with clocks that are off, one on a small disk.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, Result, ensure};
use chain::Signer;
use operator::{
    node::Node,
    store::Store,
    story::processes::{Process, Reach},
};
use protocol::attribution::Round;

use super::{disk::SmallDisk, faults::Role, lying, proxy::Proxy, world::World};

/// Seconds by which a clock is off, by operator.
const SHIFTS: [i64; 2] = [60, -60];
/// The operator whose state is on a small disk.
pub const ON_SMALL_DISK: usize = 4;
/// Size of that disk.
const DISK_MIB: usize = 16;

/// One operator.
pub struct Peer {
    /// Its account.
    pub signer: Signer,
    /// Its way to the node.
    pub proxy: Proxy,
    /// The disk under its state, if it is a small one.
    pub disk: Option<SmallDisk>,
    process: Process,
    /// How its clock is set, if it is off.
    environment: Vec<(&'static str, String)>,
    shift: Option<i64>,
    lied: Option<u64>,
}

/// How operators are started.
pub struct Start<'a> {
    /// The world.
    pub world: &'a World,
    /// How they reach the chain, but for the node's address.
    pub reach: &'a Reach,
    /// What shifts a clock, once compiled.
    pub clock: Option<&'a Path>,
    /// Whether this machine permits small disks.
    pub small_disks: bool,
}

impl Peer {
    /// An operator that does not run yet.
    ///
    /// # Errors
    /// If its folder cannot be made.
    pub fn prepare(index: usize, proxy: Proxy, start: &Start<'_>) -> Result<Self> {
        let name = format!("operator-{}", index + 1);
        let (home, signer) = (start.world.folder.join(&name), start.world.people.operators[index].clone());
        let small = index == ON_SMALL_DISK && start.small_disks;
        let disk = small.then(|| SmallDisk::mount(&home, DISK_MIB)).transpose()?;
        let reach = Reach { rpc: proxy.rpc.clone(), ..start.reach.clone() };
        let process = Process::prepare(&name, home, &signer, &reach)?;
        let shifted = start.clock.zip(SHIFTS.get(index));
        let environment = shifted.map_or_else(Vec::new, |(library, shift)| {
            vec![("LD_PRELOAD", library.display().to_string()), ("CLOCK_SHIFT", shift.to_string())]
        });
        let shift = shifted.map(|(_, shift)| *shift);
        Ok(Self { signer, proxy, disk, process, environment, shift, lied: None })
    }

    /// Starts it, unless it runs.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn start(&mut self) -> Result<()> {
        let environment: Vec<(&str, &str)> =
            self.environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.process.start_with(&environment)
    }

    /// Kills it.
    ///
    /// # Errors
    /// If the system does not.
    pub fn kill(&mut self) -> Result<()> {
        self.process.kill()
    }

    /// Whether it runs.
    ///
    /// # Errors
    /// If the system does not say.
    pub fn is_running(&mut self) -> Result<bool> {
        self.process.is_running()
    }

    /// Its folder.
    pub fn home(&self) -> &Path {
        &self.process.home
    }

    /// Whether its clock was off as it should be, told by the last line of its log; `None` where it should not.
    ///
    /// # Errors
    /// If it was not, or the log does not tell.
    pub fn clock(&self) -> Result<Option<()>> {
        let Some(shift) = self.shift else { return Ok(None) };
        let path = self.home().join("log");
        let written = std::fs::metadata(&path)?.modified()?.duration_since(UNIX_EPOCH)?.as_secs();
        let log = std::fs::read_to_string(&path)?;
        let stamps = log.lines().rev().filter_map(|line| line.split_whitespace().next());
        let stamp = stamps.into_iter().find(|stamp| stamp.starts_with("20")).context("the log has no times")?;
        let shown = Command::new("date").args(["+%s", "-d", stamp]).output()?;
        let shown: i64 = String::from_utf8_lossy(&shown.stdout).trim().parse().context("no time")?;
        let off = shown - i64::try_from(written)?;
        ensure!((off - shift).abs() <= 5, "a clock that should be off by {shift} s is off by {off} s");
        Ok(Some(()))
    }

    /// Writes down what it is going to say of a round, once, and runs.
    ///
    /// # Errors
    /// If it cannot be written.
    pub async fn lie(&mut self, world: &Arc<World>, round: &Round, role: Role) -> Result<()> {
        if self.lied == Some(round.id.get()) {
            return Ok(());
        }
        if let Some(report) = lying::report(&world.contracts, round, role).await? {
            self.kill()?;
            let store = Store::open(self.home())?;
            let engine = world.engine(store.cache());
            Node { signer: self.signer.clone(), store, engine }.keep(round, &report)?;
            self.lied = Some(round.id.get());
        }
        self.start()
    }
}

/// Compiles what shifts a clock, and sees that it does.
///
/// # Errors
/// If there is no C compiler, or the clock is not shifted.
pub fn clock(folder: &Path) -> Result<PathBuf> {
    let source = folder.join("clock.c");
    let library = folder.join("clock.so");
    std::fs::write(&source, include_str!("clock.c"))?;
    let compiled = Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&library).arg(&source).arg("-ldl").status();
    ensure!(compiled.context("no C compiler")?.success(), "the clock's source does not compile");
    let shifted = Command::new("date").arg("+%s").env("LD_PRELOAD", &library).env("CLOCK_SHIFT", "60").output()?;
    let shown: u64 = String::from_utf8_lossy(&shifted.stdout).trim().parse().context("no time")?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs();
    ensure!((now + 55..now + 65).contains(&shown), "the clock shows {shown} at {now}");
    Ok(library)
}
