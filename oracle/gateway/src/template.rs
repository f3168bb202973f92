//! Chat templates as Hugging Face's models have them: a conversation as the text that a model was trained on. Gateway and payer render it alike, from what the version's manifest
//! says, which its hash on chain names.
//!
//! Rendered as `apply_chat_template` of transformers does it, with these bounds: messages have a role and a text; there are no tools and no documents; the time that
//! `strftime_now` tells is that of the version's registration in UTC, since both sides must come to the same text; steps and length are limited.
//!
//! # Source
//! transformers 5.23, `utils/chat_template_utils.py`; held against it by `tests/reference/chat_templates.py`.

mod clock;
mod json;

#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, io, sync::Arc};

use lm::decode::chat::ChatTemplate;
use minijinja::{
    Environment, Error, ErrorKind, Output, State, context, escape_formatter,
    value::{Enumerator, Object, Value, ValueKind},
};
use protocol::Hash32;
use rules::{hash::digest, item::text_item};
use serde::Deserialize;

use crate::prompt::{Message, PromptError, SEPARATOR};

/// Name of the way in which messages become one text by a template.
pub const RULE: &str = "jinja/1";

/// Tag of the hash by which the chain names a version's manifest, `influence::language::LanguageManifest::hash`.
const MANIFEST: &str = "influence/language-manifest/1";
/// Bytes of the longest text that is rendered.
const LONGEST_TEXT: usize = 4 << 20;
/// Steps of a rendering.
const STEPS: u64 = 2_000_000;
const NAME: &str = "chat";

/// Why a conversation has no text.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// The template cannot be used.
    #[error("the model's chat template cannot be used: {0}")]
    Template(String),
    /// The template refuses the conversation, or cannot render it.
    #[error("the model's chat template does not take these messages: {0}")]
    Messages(String),
    /// What it renders is no prompt.
    #[error(transparent)]
    Prompt(#[from] PromptError),
}

/// A template that is ready.
pub struct Template {
    environment: Environment<'static>,
    tokens: BTreeMap<String, String>,
}

/// The template that a version's manifest names, given the manifest's canonical bytes and the hash that stands on chain.
///
/// # Errors
/// [`TemplateError::Template`]: if it is another manifest, or names none.
pub fn of_manifest(bytes: &[u8], hash: &Hash32) -> Result<ChatTemplate, TemplateError> {
    /// Of all that a manifest says.
    #[derive(Deserialize)]
    struct Manifest {
        chat: Option<ChatTemplate>,
    }
    if digest(MANIFEST, &[bytes]) != hash.0 {
        return Err(TemplateError::Template(
            "the manifest that it stands in is not the one that the chain names".to_owned(),
        ));
    }
    let manifest: Manifest =
        serde_json::from_slice(bytes).map_err(|error| TemplateError::Template(error.to_string()))?;
    manifest.chat.ok_or_else(|| TemplateError::Template("the version's manifest has none".to_owned()))
}

impl Template {
    /// Makes a template ready; `now` is what it takes for the time, in seconds since 1970.
    ///
    /// # Errors
    /// [`TemplateError::Template`]
    pub fn new(chat: &ChatTemplate, now: u64) -> Result<Self, TemplateError> {
        if chat.template.len() > ChatTemplate::LONGEST {
            return Err(TemplateError::Template(format!("it has more than {} bytes", ChatTemplate::LONGEST)));
        }
        let mut environment = Environment::new();
        environment.set_trim_blocks(true);
        environment.set_lstrip_blocks(true);
        environment.set_fuel(Some(STEPS));
        environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
        environment.set_formatter(as_python);
        environment.set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
        environment.add_filter("tojson", json::to_json);
        environment.add_function("raise_exception", |why: String| -> Result<Value, Error> {
            Err(Error::new(ErrorKind::InvalidOperation, why))
        });
        environment.add_function("strftime_now", move |format: String| clock::formatted(now, &format));
        let added = environment.add_template_owned(NAME, chat.template.clone());
        added.map_err(|error| TemplateError::Template(error.to_string()))?;
        Ok(Self { environment, tokens: chat.tokens.clone() })
    }

    /// The text of a conversation, up to where the model goes on, in canonical form: as [`text_item`], but that white space at its end stays, which models were trained to go
    /// on from.
    ///
    /// # Errors
    /// [`TemplateError`]
    pub fn render(&self, messages: &[Message<'_>]) -> Result<String, TemplateError> {
        if messages.iter().all(|message| message.content.trim().is_empty()) {
            return Err(PromptError::Empty.into());
        }
        if messages.iter().any(|message| message.content.contains(SEPARATOR)) {
            return Err(PromptError::Separator.into());
        }
        let said =
            messages.iter().map(|Message { role, content }| Said { role: (*role).into(), content: (*content).into() });
        let said: Vec<Value> = said.map(Value::from_object).collect();
        let tokens = Value::from_serialize(&self.tokens);
        let given =
            context! { messages => said, add_generation_prompt => true, tools => (), documents => (), ..tokens };
        let failed = |error: Error| TemplateError::Messages(told(&error));
        let template = self.environment.get_template(NAME).map_err(failed)?;
        let mut text = Bounded(Vec::new());
        template.render_captured_to(given, &mut text).map_err(failed)?;
        let text = String::from_utf8_lossy(&text.0).into_owned();
        if text.contains(SEPARATOR) {
            return Err(PromptError::Separator.into());
        }
        Ok(canonical(&text).ok_or(PromptError::Empty)?)
    }
}

/// The one form of a prompt before its answer: as it stands before the separator in an item.
fn canonical(text: &str) -> Option<String> {
    let item = String::from_utf8_lossy(&text_item(&format!("{text}{SEPARATOR}."))).into_owned();
    let prompt = item.strip_suffix(&format!("{SEPARATOR}."))?;
    (!prompt.is_empty()).then(|| prompt.to_owned())
}

/// A message as templates see it: a mapping in this order.
#[derive(Debug)]
struct Said {
    role: Value,
    content: Value,
}

impl Object for Said {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.as_str()? {
            "role" => Some(self.role.clone()),
            "content" => Some(self.content.clone()),
            _ => None,
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Str(&["role", "content"])
    }
}

/// Values in text as Python writes them.
fn as_python(output: &mut Output<'_>, state: &State<'_, '_>, value: &Value) -> Result<(), Error> {
    let word = match value.kind() {
        ValueKind::None => "None",
        ValueKind::Bool if value.is_true() => "True",
        ValueKind::Bool => "False",
        _ => return escape_formatter(output, state, value),
    };
    output.write_str(word).map_err(Error::from)
}

/// What went wrong, with what lies behind it.
fn told(error: &Error) -> String {
    error.detail().map_or_else(|| error.to_string(), str::to_owned)
}

/// A text that does not grow without end.
struct Bounded(Vec<u8>);

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > LONGEST_TEXT {
            return Err(io::Error::other(format!("its text has more than {LONGEST_TEXT} bytes")));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
