//! Prompts as receipts hold them: the rule stands in `rules`, where payers that are pages find it too.

pub use rules::prompt::{Message, PromptError, SEPARATOR, TEMPLATE, canonical, conversation};
