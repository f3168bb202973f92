//! A small job of three steps: shards of numbers, their sum, and each shard's part of it.

use std::sync::atomic::{AtomicUsize, Ordering};

use shards::pool::InputError;
use shards::{Inputs, JobId, Need, Plan, TaskId, Work};

pub const JOB: JobId = JobId([7; 32]);
pub const SHARDS: u32 = 3;
/// Tasks of the plan.
pub const TASKS: usize = 7;

pub fn plan() -> Plan {
    let mut plan = Plan::new();
    let numbers = plan.step(JOB, "numbers", SHARDS, &[]).expect("a step");
    let sum = plan.step(JOB, "sum", 1, &[Need::All(numbers)]).expect("a step");
    plan.step(JOB, "parts", SHARDS, &[Need::Same(numbers), Need::All(sum)]).expect("a step");
    plan
}

/// Computes the job, and counts what it computes.
#[derive(Default)]
pub struct Arithmetic {
    pub computed: AtomicUsize,
    /// Added to every number: another program, or one that is wrong.
    pub offset: u64,
}

impl Work for Arithmetic {
    type Error = InputError;

    fn run(&self, task: &TaskId, inputs: &Inputs<'_>) -> Result<Vec<u8>, InputError> {
        self.computed.fetch_add(1, Ordering::Relaxed);
        let own = || number(inputs, "numbers", task.shard);
        let value = match task.step.as_str() {
            "numbers" => u64::from(task.shard) * 10 + 1 + self.offset,
            "sum" => (0..SHARDS).map(|shard| number(inputs, "numbers", shard)).sum::<Result<u64, _>>()?,
            _ => own()? * 1_000 / number(inputs, "sum", 0)?,
        };
        Ok(value.to_le_bytes().to_vec())
    }
}

pub fn number(inputs: &Inputs<'_>, step: &str, shard: u32) -> Result<u64, InputError> {
    let output = inputs.get(step, shard)?;
    Ok(u64::from_le_bytes(output.payload().try_into().expect("8 bytes")))
}
