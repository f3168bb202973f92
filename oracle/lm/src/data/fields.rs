//! Which named values of a row are its text, prompt and answer.

use super::Content;
use super::error::RowError;

/// Names of fields, in JSON lines and CSV alike. A row has either the text, or the prompt and one of the answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fields {
    /// The field of a text.
    pub text: String,
    /// The field of a prompt.
    pub prompt: String,
    /// Fields of an answer, one of which a row has.
    pub answers: Vec<String>,
}

impl Default for Fields {
    /// `text`, or `prompt` with `answer` or `completion`.
    fn default() -> Self {
        Self::new("text", "prompt", &["answer", "completion"])
    }
}

impl Fields {
    /// Fields of these names.
    pub fn new(text: &str, prompt: &str, answers: &[&str]) -> Self {
        Self {
            text: text.to_owned(),
            prompt: prompt.to_owned(),
            answers: answers.iter().map(|answer| (*answer).to_owned()).collect(),
        }
    }

    /// Finds the fields among the names of a row.
    ///
    /// # Errors
    /// If they are missing or more than a row can have.
    pub(super) fn among(&self, names: &[&str]) -> Result<Found<'_>, RowError> {
        let has = |field: &&String| names.contains(&field.as_str());
        let own: Vec<&String> = self.all().filter(has).collect();
        let answers: Vec<&String> = self.answers.iter().filter(has).collect();
        let found = match (has(&&self.text), has(&&self.prompt), answers.first()) {
            (true, false, None) => Found::Text(&self.text),
            (false, true, Some(answer)) if answers.len() == 1 => Found::Answered { prompt: &self.prompt, answer },
            (true, ..) => return Err(ambiguous(own[0], own[1])),
            (false, true, Some(answer)) => return Err(ambiguous(answer, answers[1])),
            (false, true, None) => return Err(missing(self.answers_in_words(), names)),
            (false, false, Some(_)) => return Err(missing(format!("`{}`", self.prompt), names)),
            (false, false, None) => return Err(missing(self.in_words(), names)),
        };
        Ok(found)
    }

    fn all(&self) -> impl Iterator<Item = &String> {
        [&self.text, &self.prompt].into_iter().chain(&self.answers)
    }

    fn in_words(&self) -> String {
        format!("`{}`, nor `{}` with {}", self.text, self.prompt, self.answers_in_words())
    }

    fn answers_in_words(&self) -> String {
        self.answers.iter().map(|answer| format!("`{answer}`")).collect::<Vec<_>>().join(" or ")
    }
}

/// The fields that a row has.
#[derive(Clone, Copy)]
pub(super) enum Found<'a> {
    /// That of a text.
    Text(&'a str),
    /// Those of a prompt and an answer.
    Answered {
        /// The prompt's.
        prompt: &'a str,
        /// The answer's.
        answer: &'a str,
    },
}

impl Found<'_> {
    /// Takes the values of the fields.
    ///
    /// # Errors
    /// If there is nothing to learn in them, or `value` refuses.
    pub fn content(self, mut value: impl FnMut(&str) -> Result<String, RowError>) -> Result<Content, RowError> {
        match self {
            Self::Text(field) => Ok(Content::Text(filled(field, value(field)?)?)),
            Self::Answered { prompt, answer } => {
                Ok(Content::Answered { prompt: value(prompt)?, answer: filled(answer, value(answer)?)? })
            }
        }
    }
}

fn filled(field: &str, value: String) -> Result<String, RowError> {
    if value.trim().is_empty() { Err(RowError::Nothing { field: field.to_owned() }) } else { Ok(value) }
}

fn ambiguous(one: &str, other: &str) -> RowError {
    RowError::Ambiguous { one: one.to_owned(), other: other.to_owned() }
}

fn missing(wanted: String, names: &[&str]) -> RowError {
    let found = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    RowError::Missing { wanted, found: if found.is_empty() { "none".to_owned() } else { found } }
}
