//! Publishes a version that `oracle train` made, where operators will look for it.

use std::{path::PathBuf, sync::Arc};

use anyhow::{Context, Result};
use clap::Args;
use serde::Serialize;

use crate::{
    published::Published,
    teaching::{
        result::to_be_added,
        version::{self, Hashes},
    },
    training::language,
};

#[derive(Debug, Args)]
pub struct PublishArguments {
    /// The model: what `oracle train` left; or, with --adapter, the model that was adapted, wherever it came from.
    #[arg(long, value_name = "FOLDER")]
    model: PathBuf,
    /// An adapter of it that `oracle train` left: then the adapter is the version, and the model is published as what it stands on.
    #[arg(long, value_name = "FOLDER")]
    adapter: Option<PathBuf>,
    /// Where the model's operators look: a folder, or s3://bucket/prefix.
    #[arg(long, value_name = "PLACE")]
    published: String,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// What was published.
#[derive(Debug, Serialize)]
struct Summary {
    /// Where.
    published: String,
    /// Folder of the version.
    version: String,
    /// Its hashes, as its `manifest.json` names them.
    #[serde(flatten)]
    hashes: Hashes,
    /// Hash of what it stands on, if it is an adapter.
    base_hash: Option<String>,
    /// Fields of `manifest.json` that its owner has to fill or check.
    to_be_added: Vec<&'static str>,
}

/// Publishes it, and reads it back as an operator does.
pub async fn run(arguments: PublishArguments) -> Result<bool> {
    let published = Published::open(&arguments.published)?;
    let (folder, base) = match &arguments.adapter {
        None => (&arguments.model, None),
        Some(adapter) => (adapter, Some(arguments.model.as_path())),
    };
    let (version, for_chain) = version::load(folder, base)?;
    let version = Arc::new(version);
    let base = match base {
        None => None,
        Some(_) => Some(language::publish_base(&version, &published).await?),
    };
    language::publish(&version, &published).await?;
    language::load_published(&published, &for_chain).await.context("what was published cannot be read back")?;
    let summary = Summary {
        published: arguments.published.clone(),
        version: folder.display().to_string(),
        hashes: Hashes::of(&version),
        base_hash: base.map(hex::encode),
        to_be_added: to_be_added(Some(&for_chain)),
    };
    summary.print(arguments.json)
}

impl Summary {
    fn print(&self, as_json: bool) -> Result<bool> {
        if as_json {
            println!("{}", serde_json::to_string_pretty(self).context("the summary is plain")?);
        } else {
            println!("{}", self.text());
        }
        Ok(true)
    }

    fn text(&self) -> String {
        let Self { published, version, hashes, .. } = self;
        let base = self.base_hash.as_ref().map_or(String::new(), |hash| format!(", which stands on weights/{hash}"));
        let fields = self.to_be_added.join(", ");
        format!(
            "{published}: weights/{}{base}\nnext: RegisterVersion with {version}/manifest.json, in which its owner adds or checks {fields}",
            hashes.weights_hash
        )
    }
}
