//! A life: a world from its beginning, and so many messages in it.

use super::crowd::Crowd;
use super::{Action, Coverage, Failure, Fault, Table};

/// A life that went on as it should.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Messages sent.
    pub messages: u64,
    /// What became of them.
    pub coverage: Coverage,
}

#[allow(missing_docs)]
pub static TIMES: std::sync::Mutex<[(std::time::Duration, u32); 4]> = std::sync::Mutex::new([(std::time::Duration::ZERO, 0); 4]);
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
        let t0 = std::time::Instant::now();
        let action = self.crowd.next(&self.table);
        let t1 = std::time::Instant::now();
        self.actions.push(action.clone());
        let reply = self.table.apply(&action);
        let kind = match &reply { Ok(super::Reply::Done(_)) => 1, Ok(super::Reply::Refused(_)) => 2, _ => 3 };
        let mut t = TIMES.lock().unwrap();
        t[0].0 += t1 - t0; t[0].1 += 1; t[kind].0 += t1.elapsed(); t[kind].1 += 1;
        drop(t);
        let reply = reply.map_err(|fault| Failure { seed: self.seed, actions: self.actions.clone(), fault })?;
        self.crowd.learn(&self.table, &reply);
        Ok(action.messages().len() as u64)
    }
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
