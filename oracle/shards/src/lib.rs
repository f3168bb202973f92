//! Heavy work as tasks that are pure functions of (job, step, shard), with outputs in an object store.
//!
//! A [`Plan`] says which steps a job has, into how many shards each is cut and what a shard needs of earlier steps. A [`Work`] computes one
//! task from its inputs. [`run`] lets workers do all tasks whose inputs are there; their outputs lie in a [`Store`], create-only, each
//! under the hash of its bytes ([`seal`]). A task that finds its output does nothing, so that a job that was killed anywhere goes on
//! where it was and ends with the same [root](Finished::root). Any number of pools can work on one store.
//!
//! Nothing here knows what is computed.

pub mod map;
pub mod plan;
pub mod pool;
pub mod seal;
pub mod store;

mod schedule;

pub use plan::{JobId, Need, Plan, PlanError, StepId, TaskId};
pub use pool::{Finished, Inputs, RunError, Work, run, verify};
pub use store::{Output, Store, StoreError};
