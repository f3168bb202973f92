//! What is audited: a model, what it was trained on and how, and what it is asked.

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use lm::{
    data::{Content, Encoder, Row},
    evaluate::Layout,
    lora::Adapter,
    model::Model,
    pack::TokenItem,
    tokenizer::Tokenizer,
    train::TrainingPlan,
    weights::Weights,
};
use rules::hash::{Hash, digest};
use rules::item;

use super::training::Training;
use crate::attributed::{self, Owners};

/// Files to read.
#[derive(Clone, Debug)]
pub struct Source {
    /// Folder of the model.
    pub model: PathBuf,
    /// Folder of its adapter; then the adapter is what was trained.
    pub adapter: Option<PathBuf>,
    /// Folder of what a model without an adapter was trained from; the plan's seed made it where there is none.
    pub start: Option<PathBuf>,
    /// What it learned from.
    pub items: PathBuf,
    /// Names of the items' contributions, a line each.
    pub contributions: PathBuf,
    /// What it is asked.
    pub queries: PathBuf,
    /// The plan of its training, as JSON: alone, or under `plan`.
    pub plan: PathBuf,
}

/// What is audited.
pub struct Case {
    pub(super) model: Model,
    start: Option<Weights>,
    pub(super) plan: TrainingPlan,
    pub(super) items: Vec<TokenItem>,
    /// Digest of each item as a contribution holds it; none where items are no texts.
    digests: Option<Vec<Hash>>,
    pub(super) owners: Owners,
    pub(super) queries: Vec<TokenItem>,
}

impl Case {
    /// Reads and checks everything.
    ///
    /// # Errors
    /// Names the file and what is wrong with it.
    pub fn load(source: &Source) -> Result<Self> {
        let model = Model::load(&source.model, source.adapter.as_deref())?;
        let start = source.start.as_deref().map(|folder| start(folder, &model)).transpose()?;
        ensure!(
            start.is_none() || model.adapter().is_none(),
            "--start is for models without an adapter: an adapter is trained on top of --model"
        );
        let training = Training::read(&source.plan)?;
        training.check_start(&model, start.as_ref())?;
        let plan = training.plan;
        let tokenizer = tokenizer(source)?;
        let encoder = Encoder::new(tokenizer.as_ref(), model.config().vocab_size);
        let rows = attributed::rows_of(&source.items)?;
        let items = encoder.items(&rows)?;
        let queries = encoder.items(&attributed::rows_of(&source.queries)?)?;
        let owners = Owners::read(&source.contributions, items.len())?;
        Ok(Self { model, start, plan, items, digests: digests(&rows), owners, queries })
    }

    /// The model before its training under a seed.
    pub(super) fn untrained(&self, seed: u64) -> Result<Model> {
        let (weights, config) = (self.model.weights(), self.model.config());
        Ok(match (self.model.adapter(), &self.start) {
            (Some(adapter), _) => Model::adapted(weights.clone(), Adapter::initial(adapter.config(), config, seed)?),
            (None, Some(start)) => Model::new(start.clone()),
            (None, None) => Model::new(Weights::initial(config, seed)?),
        })
    }

    /// How items are laid out: as in training.
    pub(super) fn layout(&self) -> Layout {
        Layout { block_length: self.plan.block_length, blocks_at_once: self.plan.blocks_at_once }
    }

    /// What the retrainings depend on, but for what is left out and the seed.
    pub(super) fn identity(&self) -> Result<Hash> {
        let start = self.start.as_ref().map(Weights::hash).transpose()?;
        let parts = [
            env!("CARGO_PKG_VERSION").as_bytes().to_vec(),
            self.hash_of(&self.model)?.to_vec(),
            self.model.weights().hash()?.to_vec(),
            start.map_or_else(Vec::new, |hash| hash.to_vec()),
            self.plan_digest().to_vec(),
            items_digest(&self.items).to_vec(),
            items_digest(&self.queries).to_vec(),
            self.owners_digest().to_vec(),
        ];
        Ok(digest("audit/case/1", &parts.iter().map(Vec::as_slice).collect::<Vec<_>>()))
    }

    /// Hash of what was trained of a model: its adapter, or its weights.
    pub(super) fn hash_of(&self, model: &Model) -> Result<Hash> {
        Ok(match model.adapter() {
            Some(adapter) => adapter.hash()?,
            None => model.weights().hash()?,
        })
    }

    /// Digest of the plan.
    pub(super) fn plan_digest(&self) -> Hash {
        let plan = serde_json::to_vec(&self.plan).expect("plain structs of numbers always serialise");
        digest("audit/plan/1", &[&plan])
    }

    /// The root of a contribution's items as a DataNet would hold them in this order, where they are texts.
    pub(super) fn items_root(&self, contribution: usize) -> Option<Hash> {
        let digests = self.digests.as_ref()?;
        let own: Vec<Hash> = self.owners.items_of(contribution).map(|item| digests[item]).collect();
        Some(item::items_commitment(&own))
    }

    fn owners_digest(&self) -> Hash {
        let names = (0..self.items.len()).map(|item| self.owners.names()[self.owners.of(item)].as_bytes());
        digest("audit/owners/1", &names.collect::<Vec<_>>())
    }
}

/// Digest of items: of their tokens, and of which of them are learned.
pub(super) fn items_digest(items: &[TokenItem]) -> Hash {
    let parts = items.iter().flat_map(|item| {
        let tokens: Vec<u8> = item.tokens.iter().flat_map(|token| token.to_le_bytes()).collect();
        let weights: Vec<u8> = item.weights.iter().flat_map(|weight| weight.to_le_bytes()).collect();
        [tokens, weights]
    });
    let parts: Vec<Vec<u8>> = parts.collect();
    digest("audit/items/1", &parts.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

fn digests(rows: &[Row]) -> Option<Vec<Hash>> {
    let digest = |row: &Row| match &row.content {
        Content::Text(text) => Some(item::item_digest(&item::text_item(text))),
        Content::Answered { .. } | Content::Tokens(_) => None,
    };
    rows.iter().map(digest).collect()
}

fn start(folder: &Path, model: &Model) -> Result<Weights> {
    let start = Model::load(folder, None)?.weights().clone();
    let (from, to) = (sizes(&start), sizes(model.weights()));
    ensure!(from == to, "the model in {} has other sizes than --model: training keeps them", folder.display());
    Ok(start)
}

fn sizes(weights: &Weights) -> Vec<Vec<usize>> {
    weights.tensors().iter().map(|tensor| tensor.dims().to_vec()).collect()
}

/// The adapter's own tokenizer, if it has one, else the model's.
fn tokenizer(source: &Source) -> Result<Option<Tokenizer>> {
    let folders = source.adapter.iter().chain([&source.model]);
    let found = folders.map(|folder| folder.join("tokenizer.json")).find(|path| path.exists());
    Ok(found.map(|path| Tokenizer::load(&path)).transpose()?)
}
