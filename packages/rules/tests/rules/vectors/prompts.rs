use rules::prompt::{Message, PromptError, canonical, conversation};
use serde::Deserialize;

use super::{Hex, cases};

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Case {
    Text {
        text: String,
        #[serde(flatten)]
        outcome: Outcome,
    },
    Conversation {
        messages: Vec<Said>,
        #[serde(flatten)]
        outcome: Outcome,
    },
}

#[derive(Deserialize)]
struct Said {
    role: String,
    content: String,
}

#[derive(Deserialize)]
struct Outcome {
    prompt: Option<Hex>,
    error: Option<String>,
}

impl Outcome {
    fn holds(&self, found: Result<String, PromptError>) {
        assert_eq!(self.error.is_some(), found.is_err(), "{found:?}");
        assert_eq!(self.prompt.as_ref().map(|prompt| prompt.0.as_slice()), found.ok().as_deref().map(str::as_bytes));
    }
}

#[test]
fn prompts_follow_the_vectors() {
    for case in cases::<Case>("prompts.json") {
        match case {
            Case::Text { text, outcome } => outcome.holds(canonical(&text)),
            Case::Conversation { messages, outcome } => {
                let said: Vec<_> = messages.iter().map(|Said { role, content }| Message { role, content }).collect();
                outcome.holds(conversation(&said));
            }
        }
    }
}
