//! `oracle train`: a language model, or a LoRA adapter of one, from items to a folder that others load, without a chain or from what a
//! chain names.
//!
//! [`material`] is what is learned from, out of files or as a [`snapshot`], perhaps without [`copies`]; [`start`] what is begun with; [`recipe`]
//! both and the plan, as a record. [`course`] trains, and can be killed at any time. [`folder`] is what lies on disk meanwhile, [`result`] what is
//! left at the end: [`version`] is that as operators load it.

pub mod copies;
pub mod course;
pub mod curve;
pub mod folder;
pub mod lora;
pub mod material;
pub mod recipe;
pub mod result;
pub mod snapshot;
pub mod start;
pub mod summary;
pub mod version;

mod watch;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use compute::persist;
use lm::{
    data::{Content, Encoder},
    optimizer::AdamW,
    pack::TokenItem,
    train::{Checkpoint, TrainingPlan},
};
use serde_json::json;

use self::{
    course::{Conduct, Lesson},
    folder::{Folder, State},
    material::Material,
    recipe::{Originals, Recipe},
    result::{Outcome, to_be_added},
    start::Start,
    summary::Summary,
    version::usual_answer_tokens,
};

use crate::originals::PROCEDURE;

/// Tokens that are computed together: enough for matrix products, few enough for the cache.
const TOKENS_AT_ONCE: usize = 256;

/// How to train, as far as a person says it.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// What to begin with.
    pub start: start::Wanted,
    /// Passes over the items.
    pub epochs: usize,
    /// Items of a step.
    pub batch: usize,
    /// The optimiser.
    pub optimizer: AdamW,
    /// Tokens of an answer when the version is asked; as usual unless said.
    pub answer_tokens: Option<usize>,
    /// What is held out.
    pub validation: Option<PathBuf>,
    /// Where everything goes.
    pub out: PathBuf,
}

/// Trains on material, or finds that it was done, and says what was done.
///
/// # Errors
/// Names what cannot be used and what to do.
pub fn train(wanted: &Wanted, material: &Material, conduct: &Conduct) -> Result<Summary> {
    let folder = Folder::take(&wanted.out)?;
    let state = folder.state()?;
    let start = wanted.start.begin(material, &folder)?;
    let lesson = wanted.lesson(&start, material)?;
    match state {
        State::Done(record) => done(&lesson.recipe, record, &folder),
        State::New => teach(&lesson, None, (&start, material), &folder, conduct),
        State::Begun(checkpoint) => teach(&lesson, Some(&checkpoint), (&start, material), &folder, conduct),
    }
}

fn teach(
    lesson: &Lesson,
    begun: Option<&Checkpoint>,
    (start, material): (&Start, &Material),
    folder: &Folder,
    conduct: &Conduct,
) -> Result<Summary> {
    // What operators could not use is said before hours are spent on it.
    let manifest = version::manifest(&lesson.recipe, start)?;
    let taught = lesson.teach(begun, folder, conduct)?;
    let effort = taught.effort;
    let outcome = Outcome {
        material,
        parts: material.parts(&lesson.items),
        recipe: &lesson.recipe,
        manifest: manifest.as_ref(),
        taught,
        tokenizer: start.tokenizer.as_ref(),
        base: start.folder.as_deref(),
    };
    let record = outcome.write(folder)?;
    let for_chain = outcome.for_chain(&record);
    Ok(Summary::new(folder.path(), &record, Some(effort), to_be_added(for_chain.as_ref())))
}

/// What an earlier run of the same left.
fn done(recipe: &Recipe, record: serde_json::Value, folder: &Folder) -> Result<Summary> {
    if let Some(differences) = recipe.differences(&record) {
        bail!(
            "{} holds what another training came to ({differences}): name another folder with --out",
            folder.path().display()
        )
    }
    // Killed between its last two steps, it left it.
    folder.forget_checkpoint()?;
    let record = result::read_record(record, folder)?;
    let for_chain = record.hashes.map(|_| version::read_manifest(folder.path())).transpose()?;
    Ok(Summary::new(folder.path(), &record, None, to_be_added(for_chain.as_ref())))
}

impl Wanted {
    fn lesson(&self, start: &Start, material: &Material) -> Result<Lesson> {
        let tokenizer = start.tokenizer.as_ref().map(|file| file.vocabulary.tokenizer());
        let encoder = Encoder::new(tokenizer, start.model.config().vocab_size);
        let items = material.encode(&encoder)?;
        let held_out =
            self.validation.clone().map(|path| Material::read(&[path], None)).transpose()?.unwrap_or_default();
        let validation = held_out.encode(&encoder)?;
        let recipe = self.recipe(start, (material, &held_out), &items)?;
        Ok(Lesson { model: start.model.clone(), items, validation, recipe })
    }

    fn recipe(
        &self,
        start: &Start,
        (material, held_out): (&Material, &Material),
        items: &[TokenItem],
    ) -> Result<Recipe> {
        let longest = items.iter().map(|item| item.tokens.len()).max().unwrap_or(1);
        let block_length = start.block_length(self.start.block_length, longest)?;
        let plan = self.plan(block_length);
        plan.check()?;
        let answer_tokens = self.answer_tokens.unwrap_or(usual_answer_tokens(block_length));
        let lora = start.model.adapter().map(|adapter| adapter.config().clone());
        Ok(Recipe {
            start: start.base,
            // Where the base lies is nothing that decides a weight.
            lora: lora.map(|lora| lm::lora::LoraConfig { base_model_name_or_path: None, ..lora }),
            tokenizer: start.tokenizer.as_ref().map(start::TokenizerFile::sha256),
            items: material.origins.clone(),
            owners: material.owners_hash(),
            originals: originals(material),
            validation: held_out.origins.clone(),
            answer_tokens,
            ..Recipe::of_plan(plan, start.model.config().clone())
        })
    }

    fn plan(&self, block_length: usize) -> TrainingPlan {
        TrainingPlan {
            epochs: self.epochs,
            items_per_step: self.batch,
            block_length,
            blocks_at_once: (TOKENS_AT_ONCE / block_length).max(1),
            optimizer: self.optimizer.clone(),
            seed: self.start.seed,
        }
    }
}

/// How copies were left out, if they were looked for.
fn originals(material: &Material) -> Option<Originals> {
    let left_out = material.left_out.as_ref()?;
    let left_out = left_out.iter().map(|copy| copy.item).collect();
    Some(Originals { procedure: PROCEDURE.to_owned(), left_out })
}

/// Writes items as JSON lines and the contribution of each on a line, as `oracle score` reads them: `items.jsonl` and
/// `contributions.txt`.
///
/// # Errors
/// If they cannot be written, or are tokens.
pub fn save_items(material: &Material, folder: &Path) -> Result<()> {
    let line = |piece: &material::Piece| match &piece.content {
        Content::Text(text) => Ok(format!("{}\n", json!({ "text": text }))),
        Content::Answered { prompt, answer } => Ok(format!("{}\n", json!({ "prompt": prompt, "answer": answer }))),
        Content::Tokens(_) => bail!("cannot write {} as a text: it is tokens", piece.place),
    };
    let lines = material.pieces.iter().map(line).collect::<Result<String>>()?;
    ensure!(
        !material.owners.is_empty(),
        "nobody said whose the items are: add --contributions, or leave --save-items out"
    );
    let owners: String = material.owners.iter().map(|owner| format!("{owner}\n")).collect();
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for (name, text) in [("items.jsonl", lines), ("contributions.txt", owners)] {
        let path = folder.join(name);
        persist::replace::<std::io::Error>(&path, |partial| std::fs::write(partial, &text))
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}
