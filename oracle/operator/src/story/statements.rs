//! The last act is the accountant's: a statement of every account of the story, as CSV and as a page to print.

use std::sync::Arc;

use anyhow::{Context, Result};
use chain::ChainClient;
use protocol::Epoch;
use report::statement::{Statement, csv, page};

use super::stage::Stage;
use crate::{contracts::Contracts, published::write_durably, statement};

/// Folder of the statements in the story's folder.
pub const STATEMENTS_FOLDER: &str = "statements";

/// The statement of an account, and whose it is.
pub struct Stated {
    /// Name in the story.
    pub name: String,
    /// OPEN that it began with, in uopen.
    pub start: u128,
    /// Its statement over the whole story.
    pub statement: Statement,
}

/// Makes and writes the statements of everybody.
pub async fn play(stage: &Stage<'_>, chain: Arc<dyn ChainClient>) -> Result<Vec<Stated>> {
    let contracts = Contracts::new(Arc::clone(&chain), stage.contracts.deployment().clone());
    let step = stage.progress.step("a statement for everybody", stage.cast.everybody().len() as u64);
    let folder = stage.folder.join(STATEMENTS_FOLDER);
    super::remove(&folder)?;
    let range = Epoch(0)..=stage.current_epoch().await?;
    let mut all = Vec::new();
    for actor in stage.cast.everybody() {
        let made = statement::account(&contracts, chain.as_ref(), actor.signer.address(), range.clone()).await;
        let statement = made.with_context(|| format!("there is no statement for {}", actor.name))?;
        let file = |extension: &str| folder.join(format!("{}.{extension}", actor.name));
        write_durably(&file("csv"), csv(&statement).as_bytes())?;
        write_durably(&file("html"), page(&statement)?.as_bytes())?;
        all.push(Stated { name: actor.name.clone(), start: actor.start, statement });
        step.advance();
    }
    Ok(all)
}
