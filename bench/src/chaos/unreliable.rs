//! A way to the embedded chain on which transactions and answers get lost, come twice, or come late.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chain::{ChainClient, ChainError, EmbeddedClient, Execute, Signer, Status, TxFilter, TxOutcome, TxRecord};
use protocol::Hash32;
use rand::Rng as _;
use rand_chacha::ChaCha8Rng;

use super::faults::{Fault, Script};

type Result<T> = std::result::Result<T, ChainError>;

/// Faults in a row after which a transaction is let through: what is lost for good is a silent operator, which is another fault.
const IN_A_ROW: u32 = 3;
/// Turns of the driver after which a late transaction arrives, at most.
const LATEST: u64 = 4;

/// What happens to a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fortune {
    Fine,
    Lost,
    AnswerLost,
    Twice,
    Late,
}

/// A transaction on its way.
struct Late {
    due: u64,
    signer: Signer,
    messages: Vec<Execute>,
}

/// What an operator's way to the chain is like.
struct Way {
    chance: ChaCha8Rng,
    faults: Vec<Fault>,
    in_a_row: u32,
    turn: u64,
    late: Vec<Late>,
    lost: u64,
    twice: u64,
    delayed: u64,
    broken: Vec<String>,
}

/// How often what happened.
#[derive(Clone, Debug, Default)]
pub struct Mishaps {
    /// Transactions or answers lost.
    pub lost: u64,
    /// Transactions sent twice.
    pub twice: u64,
    /// Transactions delayed.
    pub delayed: u64,
    /// Invariants that a transaction broke.
    pub broken: Vec<String>,
}

/// An operator's client; clones share what happens.
#[derive(Clone)]
pub struct Unreliable {
    inner: EmbeddedClient,
    way: Arc<Mutex<Way>>,
}

impl Unreliable {
    /// A way that is fine until it is told otherwise.
    pub fn new(inner: EmbeddedClient, chance: ChaCha8Rng) -> Self {
        let (faults, late, broken) = (Vec::new(), Vec::new(), Vec::new());
        let way = Way { chance, faults, in_a_row: 0, turn: 0, late, lost: 0, twice: 0, delayed: 0, broken };
        Self { inner, way: Arc::new(Mutex::new(way)) }
    }

    fn way(&self) -> MutexGuard<'_, Way> {
        self.way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What goes wrong from now on.
    pub fn play(&self, script: &Script) {
        let of_way = [Fault::Lost, Fault::Duplicated, Fault::Delayed];
        self.way().faults = of_way.into_iter().filter(|fault| script.has(*fault)).collect();
    }

    /// Whether something is still on its way.
    pub fn is_busy(&self) -> bool {
        !self.way().late.is_empty()
    }

    /// Time passes: late transactions arrive. Nobody waits for their answers.
    pub async fn pass(&self) {
        let due: Vec<Late> = {
            let mut way = self.way();
            way.turn += 1;
            let turn = way.turn;
            let (due, late) = std::mem::take(&mut way.late).into_iter().partition(|late| late.due <= turn);
            way.late = late;
            due
        };
        for late in due {
            let outcome = self.inner.execute(&late.signer, late.messages).await;
            self.note(&outcome);
        }
    }

    /// What happened since the last call.
    pub fn mishaps(&self) -> Mishaps {
        let mut way = self.way();
        let mishaps =
            Mishaps { lost: way.lost, twice: way.twice, delayed: way.delayed, broken: std::mem::take(&mut way.broken) };
        (way.lost, way.twice, way.delayed) = (0, 0, 0);
        mishaps
    }

    fn note<T>(&self, outcome: &Result<T>) {
        if let Err(ChainError::Broken(what)) = outcome {
            self.way().broken.push(what.clone());
        }
    }
}

impl Way {
    fn fortune(&mut self) -> Fortune {
        let drawn = self.draw();
        self.in_a_row = if drawn == Fortune::Fine || drawn == Fortune::Twice { 0 } else { self.in_a_row + 1 };
        match drawn {
            Fortune::Fine => {}
            Fortune::Lost | Fortune::AnswerLost => self.lost += 1,
            Fortune::Twice => self.twice += 1,
            Fortune::Late => self.delayed += 1,
        }
        drawn
    }

    fn draw(&mut self) -> Fortune {
        if self.faults.is_empty() || self.in_a_row >= IN_A_ROW || self.chance.random_bool(0.4) {
            return Fortune::Fine;
        }
        let answer = self.chance.random_bool(0.5);
        match self.faults[self.chance.random_range(0..self.faults.len())] {
            Fault::Lost if answer => Fortune::AnswerLost,
            Fault::Lost => Fortune::Lost,
            Fault::Duplicated => Fortune::Twice,
            _ => Fortune::Late,
        }
    }

    fn delay(&mut self, signer: &Signer, messages: Vec<Execute>) {
        let due = self.turn + self.chance.random_range(1..=LATEST);
        self.late.push(Late { due, signer: signer.clone(), messages });
    }
}

fn no_answer() -> ChainError {
    ChainError::Transport("the answer was lost on its way".to_owned())
}

#[async_trait]
impl ChainClient for Unreliable {
    async fn status(&self) -> Result<Status> {
        self.inner.status().await
    }

    async fn query_raw(&self, contract: &str, msg: &[u8]) -> Result<Vec<u8>> {
        self.inner.query_raw(contract, msg).await
    }

    async fn execute(&self, signer: &Signer, msgs: Vec<Execute>) -> Result<TxOutcome> {
        let fortune = self.way().fortune();
        match fortune {
            Fortune::Lost => return Err(no_answer()),
            Fortune::Late => {
                self.way().delay(signer, msgs);
                return Err(ChainError::Unconfirmed { hash: Hash32([0; 32]), timeout_height: u64::MAX });
            }
            Fortune::Fine | Fortune::AnswerLost | Fortune::Twice => {}
        }
        let outcome = self.inner.execute(signer, msgs.clone()).await;
        self.note(&outcome);
        if fortune == Fortune::Twice {
            let again = self.inner.execute(signer, msgs).await;
            self.note(&again);
        }
        if fortune == Fortune::AnswerLost { Err(no_answer()) } else { outcome }
    }

    async fn txs(&self, filter: &TxFilter) -> Result<Vec<TxRecord>> {
        self.inner.txs(filter).await
    }

    async fn block(&self, height: u64) -> Result<Vec<TxRecord>> {
        self.inner.block(height).await
    }
}
