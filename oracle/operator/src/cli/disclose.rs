//! Lets an auditor read receipts.

use anyhow::{Context, Result};
use clap::Args;
use protocol::{Epoch, Hash32, ModelId};

use super::place::{HomeArguments, Place};
use crate::disclosure::{Disclosed, Disclosure, disclose};
use chain::embedded::Checks;

#[derive(Debug, Args)]
pub struct DiscloseArguments {
    #[command(flatten)]
    home: HomeArguments,
    /// Model that was paid for.
    #[arg(long)]
    model: u64,
    /// Who may read: the reading key that `oracle keys` shows in their home, 64 hex digits; again for more.
    #[arg(long = "to", value_name = "KEY", required = true, value_parser = reader)]
    readers: Vec<Hash32>,
    /// First epoch.
    #[arg(long)]
    from: u64,
    /// Last epoch.
    #[arg(long)]
    until: u64,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

fn reader(text: &str) -> Result<Hash32, String> {
    let mut key = [0; 32];
    hex::decode_to_slice(text, &mut key)
        .map_err(|_| "64 hex digits are expected, as `oracle keys` shows them".to_owned())?;
    Ok(Hash32(key))
}

/// Opens the receipts to them: `true` if all are open.
pub async fn run(arguments: DiscloseArguments) -> Result<bool> {
    let place = Place { home: Some(arguments.home.home), out: Default::default(), datanet_keys: None };
    let found = place.find(Checks::Off).await?;
    // Its derived data are not touched.
    let published = found.engine(Default::default())?.published;
    let disclosure = Disclosure {
        model: ModelId(arguments.model),
        first: Epoch(arguments.from),
        last: Epoch(arguments.until),
        readers: arguments.readers,
    };
    let disclosed = disclose(&found.contracts, &published, &disclosure).await?;
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&disclosed).context("what was done is plain")?);
    } else {
        print!("{}", text(&disclosed));
    }
    Ok(disclosed.left.is_empty())
}

fn text(Disclosed { redemptions, opened, left }: &Disclosed) -> String {
    let mut text = format!("{opened} of {redemptions} redemptions can be read\n");
    for left in left {
        text += &format!("epoch {}, redemption {}: {}\n", left.epoch, left.redemption, left.reason);
    }
    text
}
