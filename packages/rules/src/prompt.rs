//! From what a client asks to the bytes that a model reads and a receipt holds. Gateway and payer compute it alike, also where the payer is a page.
//!
//! # Source
//! docs/gateway.md, "Serving a model of your own": the template `chat/1`.

use crate::item::text_item;

/// Stands between prompt and answer in items; no prompt contains it.
pub const SEPARATOR: char = '\u{1f}';

/// Name of the way in which messages become one text.
pub const TEMPLATE: &str = "chat/1";

/// Why there is no prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PromptError {
    /// Nothing was asked.
    #[error("the prompt is empty: ask something")]
    Empty,
    /// It contains what separates prompts from answers.
    #[error("the prompt contains the control character U+001F: leave it out")]
    Separator,
}

/// One message of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// `system`, `user`, `assistant`.
    pub role: &'a str,
    /// What was said.
    pub content: &'a str,
}

/// A text in canonical form, as [`text_item`].
///
/// # Errors
/// [`PromptError`].
pub fn canonical(text: &str) -> Result<String, PromptError> {
    if text.contains(SEPARATOR) {
        return Err(PromptError::Separator);
    }
    let canonical = String::from_utf8_lossy(&text_item(text)).into_owned();
    if canonical.is_empty() { Err(PromptError::Empty) } else { Ok(canonical) }
}

/// A conversation as one text, by [`TEMPLATE`]: each message as `role: content` on lines of its own, and `assistant:` at the end, where the model goes on.
///
/// # Errors
/// [`PromptError`].
pub fn conversation(messages: &[Message<'_>]) -> Result<String, PromptError> {
    if messages.iter().all(|message| message.content.trim().is_empty()) {
        return Err(PromptError::Empty);
    }
    let said = messages.iter().map(|Message { role, content }| format!("{role}: {content}\n"));
    canonical(&said.chain(["assistant:".to_owned()]).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conversation_ends_where_the_model_goes_on() {
        let messages =
            [Message { role: "system", content: "Be brief." }, Message { role: "user", content: "What is\nlight?" }];
        let text = conversation(&messages).expect("it is a prompt");
        assert_eq!(text, "system: Be brief.\nuser: What is\nlight?\nassistant:");
        assert_eq!(text_item(&text), text.as_bytes(), "it is in canonical form");
    }

    #[test]
    fn what_is_no_prompt_is_refused() {
        assert_eq!(canonical(" \n"), Err(PromptError::Empty));
        assert_eq!(conversation(&[]), Err(PromptError::Empty));
        assert_eq!(conversation(&[Message { role: "user", content: " " }]), Err(PromptError::Empty));
        let hidden = Message { role: "user", content: "a\u{1f}b" };
        assert_eq!(conversation(&[hidden]), Err(PromptError::Separator));
    }

    #[test]
    fn equal_texts_are_one_prompt() {
        assert_eq!(canonical("e\u{301}t\u{e9}\r\n"), canonical("\u{e9}t\u{e9}"));
    }
}
