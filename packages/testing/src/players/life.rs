//! A life: a world from its beginning, and so many messages in it.

use std::collections::BTreeMap;

use super::crowd::Crowd;
use super::mutation::at_edges;
use super::{Action, Coverage, Failure, Fault, Reply, Table};

/// A life that went on as it should.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Messages sent.
    pub messages: u64,
    /// What became of them.
    pub coverage: Coverage,
}

/// A world and its players.
pub struct Life {
    seed: u64,
    table: Table,
    crowd: Crowd,
    actions: Vec<Action>,
}

impl Life {
    /// The life of a seed, from its beginning.
    pub fn new(seed: u64) -> Self {
        let table = Table::new(seed);
        let crowd = Crowd::new(seed, &table);
        Self { seed, table, crowd, actions: Vec::new() }
    }

    /// Something happens; says how many messages it was.
    ///
    /// # Errors
    /// What went wrong, and all that led to it.
    pub fn step(&mut self) -> Result<u64, Box<Failure>> {
        let action = self.crowd.next(&self.table);
        let messages = action.messages().len() as u64;
        let reply = self.act(action)?;
        self.crowd.learn(&self.table, &reply);
        Ok(messages)
    }

    fn act(&mut self, action: Action) -> Result<Reply, Box<Failure>> {
        let reply = self.table.apply(&action);
        self.actions.push(action);
        reply.map_err(|fault| Failure { seed: self.seed, actions: self.actions.clone(), fault }.into())
    }
}

/// Plays lives, and tries messages of every variant, so many times each, with every number in them at the edges of all types first.
///
/// # Errors
/// What went wrong, and all that led to it.
pub fn play_edges(
    seed: u64,
    messages: u64,
    times: u64,
    tried: &mut BTreeMap<String, u64>,
) -> Result<u64, Box<Failure>> {
    let mut life = Life::new(seed);
    let (mut sent, mut edges) = (0, 0);
    while sent < messages {
        let action = life.crowd.next(&life.table);
        let variants = action.messages().first().map(|message| life.table.variant(message));
        let count = tried.entry(variants.unwrap_or_default()).or_default();
        *count += 1;
        let changed = if *count > times { Vec::new() } else { at_edges(&action) };
        edges += changed.len() as u64;
        for action in changed {
            life.act(action)?;
        }
        let reply = life.act(action.clone())?;
        life.crowd.learn(&life.table, &reply);
        sent += action.messages().len() as u64;
    }
    Ok(edges)
}

/// Plays a life of so many messages.
///
/// # Errors
/// What went wrong, and all that led to it.
pub fn play(seed: u64, messages: u64) -> Result<Outcome, Box<Failure>> {
    let mut life = Life::new(seed);
    let mut sent = 0;
    while sent < messages {
        sent += life.step()?;
    }
    Ok(Outcome { messages: sent, coverage: life.table.coverage })
}

/// Does the same things again in a new world of the seed; says what went wrong, and after how many of them.
pub fn replay(seed: u64, actions: &[Action]) -> Option<(usize, Fault)> {
    let mut table = Table::new(seed);
    let faults = actions.iter().enumerate().map(|(index, action)| (index, table.apply(action)));
    let mut faults = faults.filter_map(|(index, reply)| reply.err().map(|fault| (index, fault)));
    faults.next()
}
