//! How a conversation becomes a text: the template that a model brings along, as Hugging Face keeps it. Rendering it is up to whoever serves the model.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use serde::{Deserialize, Serialize};
use serde_json::Value;

const CONFIG: &str = "tokenizer_config.json";
const TEMPLATE: &str = "chat_template.jinja";

/// Why a model's chat template cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ChatError {
    /// A file cannot be read.
    #[error("cannot read {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file is no JSON.
    #[error("{} is not JSON", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// There is more than one to choose from.
    #[error("{} has several chat templates: leave the one that the model is to be asked by", .0.display())]
    Several(PathBuf),
}

/// A model's chat template with its special tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChatTemplate {
    /// The template, in Jinja.
    pub template: String,
    /// Special tokens by name, as `bos_token`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tokens: BTreeMap<String, String>,
}

impl ChatTemplate {
    /// Bytes of the longest template that is used.
    pub const LONGEST: usize = 256 << 10;

    /// The token that ends an answer.
    pub fn end(&self) -> Option<&str> {
        self.tokens.get("eos_token").map(String::as_str)
    }

    /// Reads `tokenizer_config.json` of a folder, and the template in it or in `chat_template.jinja`, which comes first. None without a template.
    ///
    /// # Errors
    /// [`ChatError`]
    pub fn of_folder(folder: &Path) -> Result<Option<Self>, ChatError> {
        let path = folder.join(CONFIG);
        let config = match read(&path)? {
            Some(text) => {
                serde_json::from_str(&text).map_err(|source| ChatError::Json { path: path.clone(), source })?
            }
            None => Value::Null,
        };
        let template = match (read(&folder.join(TEMPLATE))?, &config["chat_template"]) {
            (Some(template), _) => template,
            (None, Value::String(template)) => template.clone(),
            (None, Value::Null) => return Ok(None),
            (None, _) => return Err(ChatError::Several(path)),
        };
        // A token is its text, or an object that holds it.
        let text = |value: &Value| value.as_str().or_else(|| value["content"].as_str()).map(str::to_owned);
        let special = config.as_object().into_iter().flatten().filter(|(name, _)| name.ends_with("_token"));
        let tokens = special.filter_map(|(name, value)| Some((name.clone(), text(value)?))).collect();
        Ok((!template.is_empty()).then_some(Self { template, tokens }))
    }
}

fn read(path: &Path) -> Result<Option<String>, ChatError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(ChatError::File { path: path.to_owned(), source }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_of_a_models_folder_is_read_as_transformers_reads_it() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let put = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("it can be written");
        let read = || ChatTemplate::of_folder(folder.path());
        assert_eq!(read().expect("nothing is there"), None);
        put(CONFIG, r#"{"bos_token": {"content": "<s>"}, "eos_token": "</s>", "pad_token": null}"#);
        assert_eq!(read().expect("no template is there"), None);
        put(
            CONFIG,
            r#"{"bos_token": {"content": "<s>"}, "eos_token": "</s>", "add_bos_token": true, "chat_template": "{{ a }}"}"#,
        );
        let chat = read().expect("it can be read").expect("it has one");
        let tokens =
            [("bos_token", "<s>"), ("eos_token", "</s>")].map(|(name, text)| (name.to_owned(), text.to_owned()));
        assert_eq!((chat.template.as_str(), chat.end()), ("{{ a }}", Some("</s>")));
        assert_eq!(chat.tokens, BTreeMap::from(tokens));
        put(TEMPLATE, "{{ b }}");
        assert_eq!(read().expect("it can be read").expect("it has one").template, "{{ b }}");
        fs::remove_file(folder.path().join(TEMPLATE)).expect("it is there");
        put(CONFIG, r#"{"chat_template": [{"name": "default", "template": "a"}]}"#);
        assert!(matches!(read(), Err(ChatError::Several(_))));
        put(CONFIG, "{");
        assert!(matches!(read(), Err(ChatError::Json { .. })));
    }
}
