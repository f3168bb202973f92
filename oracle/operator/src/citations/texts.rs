//! Texts to search and to be cited, from files.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use influence::language::{Answered, Text};
use lm::{
    data::{Content, Row},
    tokenizer::Tokenizer,
};

use crate::{
    attributed::{self, Owners},
    inputs::texts::TextBatch,
};

/// Texts, and where each stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Texts {
    /// The texts.
    pub texts: Vec<String>,
    /// Where each stands, for people.
    pub whereabouts: Vec<String>,
}

/// What a model was trained on.
#[derive(Clone, Debug)]
pub struct Training {
    /// The items.
    pub texts: Texts,
    /// Their contributions, where somebody said.
    pub owners: Option<Owners>,
}

/// Which part of a row with a prompt and an answer is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// All that is learned from.
    Whole,
    /// What the model said.
    Answer,
}

impl Texts {
    /// An output as it is given.
    pub fn of(text: String) -> Self {
        Self { texts: vec![text], whereabouts: vec!["the output given".to_owned()] }
    }

    /// Outputs from files; of a prompt with an answer, the answer.
    ///
    /// # Errors
    /// Names the file and the line that cannot be used.
    pub fn outputs(paths: &[PathBuf], tokenizer: Option<&Path>) -> Result<Self> {
        Self::read(paths, tokenizer, Part::Answer)
    }

    fn read(paths: &[PathBuf], tokenizer: Option<&Path>, part: Part) -> Result<Self> {
        let tokenizer = tokenizer.map(Tokenizer::load).transpose()?;
        let mut all = Self::default();
        for row in attributed::rows(paths)? {
            all.texts.push(text(&row, tokenizer.as_ref(), part)?);
            all.whereabouts.push(row.place.to_string());
        }
        Ok(all)
    }

    /// Adds others after these.
    #[must_use]
    pub fn and(mut self, others: Self) -> Self {
        self.texts.extend(others.texts);
        self.whereabouts.extend(others.whereabouts);
        self
    }
}

impl Training {
    /// Items from files, and a file with the name of each one's contribution.
    ///
    /// # Errors
    /// Names the file and the line that cannot be used.
    pub fn read(paths: &[PathBuf], contributions: Option<&Path>, tokenizer: Option<&Path>) -> Result<Self> {
        let texts = Texts::read(paths, tokenizer, Part::Whole)?;
        let owners = contributions.map(|path| Owners::read(path, texts.texts.len())).transpose()?;
        Ok(Self { texts, owners })
    }

    /// The items of a version, each under the position of its contribution in the model.
    pub fn of_batches(batches: &[TextBatch]) -> Self {
        let (mut texts, mut owners) = (Texts::default(), Vec::new());
        for TextBatch { position, texts: items } in batches {
            for (rank, item) in items.iter().enumerate() {
                texts.texts.push(match item {
                    Text::Whole(text) => text.clone(),
                    Text::Answered(Answered { prompt, answer }) => format!("{prompt}{answer}"),
                });
                texts.whereabouts.push(format!("item {rank} of position {position}"));
                owners.push(format!("position {position}"));
            }
        }
        Self { texts, owners: Some(Owners::new(owners)) }
    }

    /// Where an item stands, and whose it is.
    pub fn shown(&self, item: usize) -> (String, Option<String>) {
        let contribution = self.owners.as_ref().map(|owners| owners.names()[owners.of(item)].clone());
        (self.texts.whereabouts[item].clone(), contribution)
    }
}

fn text(row: &Row, tokenizer: Option<&Tokenizer>, part: Part) -> Result<String> {
    Ok(match (&row.content, part) {
        (Content::Text(text), _) => text.clone(),
        (Content::Answered { answer, .. }, Part::Answer) => answer.clone(),
        (Content::Answered { prompt, answer }, Part::Whole) => format!("{prompt}{answer}"),
        (Content::Tokens(tokens), _) => {
            let Some(tokenizer) = tokenizer else {
                bail!("{} holds tokens: name the --tokenizer that made them", row.place)
            };
            tokenizer.decode(tokens).with_context(|| format!("cannot use {}", row.place))?
        }
    })
}
