//! All that decides what a training comes to, as one record: whoever has the same recipe and the same data gets the same weights. It is kept
//! beside them. What a chain names is the version's manifest ([`super::version`]).

use lm::{config::LlamaConfig, lora::LoraConfig, train::TrainingPlan};
use protocol::Hash32;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{material::Origin, version::usual_answer_tokens};

/// Name of the procedure; a change that moves a weight gets another name.
pub const PROCEDURE: &str = "lm-adamw/1";
/// Precision of weights and training arithmetic.
const PRECISION: &str = "f32";
/// Differences that are told; the others are counted.
const TOLD: usize = 4;

/// What a training is made from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// [`PROCEDURE`]
    pub procedure: String,
    /// Version of this program.
    pub code: String,
    /// `f32`
    pub precision: String,
    /// Passes, steps, optimiser, seed.
    pub plan: TrainingPlan,
    /// The model.
    pub model: LlamaConfig,
    /// Hash of the weights that training starts from, [`lm::weights::Weights::hash`]; none if they are drawn from the plan's seed.
    pub start: Option<Hash32>,
    /// The adapter, if one is trained.
    pub lora: Option<LoraConfig>,
    /// SHA-256 of `tokenizer.json`; none where items are tokens.
    pub tokenizer: Option<Hash32>,
    /// What is learned from, in its order.
    pub items: Vec<Origin>,
    /// Hash of whose each item is; none where nobody said.
    pub owners: Option<Hash32>,
    /// How copies were left out; none where nobody looked for them.
    pub originals: Option<Originals>,
    /// What is held out, in its order.
    pub validation: Vec<Origin>,
    /// Tokens of an answer when the version is asked.
    pub answer_tokens: usize,
}

/// Items that are alike, resolved to the earliest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Originals {
    /// [`crate::originals::PROCEDURE`]
    pub procedure: String,
    /// Ranks of the items that were left out, from 0, ascending.
    pub left_out: Vec<usize>,
}

impl Recipe {
    /// The parts that are the same for every training of this program; nothing of the data.
    pub fn of_plan(plan: TrainingPlan, model: LlamaConfig) -> Self {
        let answer_tokens = usual_answer_tokens(plan.block_length);
        Self {
            procedure: PROCEDURE.to_owned(),
            code: env!("CARGO_PKG_VERSION").to_owned(),
            precision: PRECISION.to_owned(),
            plan,
            model,
            start: None,
            lora: None,
            tokenizer: None,
            items: Vec::new(),
            owners: None,
            originals: None,
            validation: Vec::new(),
            answer_tokens,
        }
    }

    /// What differs from another recipe, which may have more in it, as `plan.epochs is 3, not 2`; `None` if nothing does.
    pub fn differences(&self, other: &Value) -> Option<String> {
        let own = serde_json::to_value(self).expect("plain structs always serialise");
        let mut found = Vec::new();
        compare("", &own, other, &mut found);
        let more = found.len().saturating_sub(TOLD);
        found.truncate(TOLD);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        (!found.is_empty()).then(|| format!("{}{more}", found.join("; ")))
    }
}

/// Notes every value of `own` that `other` has not at the same place.
fn compare(place: &str, own: &Value, other: &Value, found: &mut Vec<String>) {
    match (own, other) {
        (Value::Object(fields), Value::Object(others)) => {
            for (name, value) in fields {
                let place = if place.is_empty() { name.clone() } else { format!("{place}.{name}") };
                compare(&place, value, others.get(name).unwrap_or(&Value::Null), found);
            }
        }
        (Value::Array(values), Value::Array(others)) if values.len() == others.len() => {
            for (index, (value, other)) in values.iter().zip(others).enumerate() {
                compare(&format!("{place}[{index}]"), value, other, found);
            }
        }
        _ if own == other => {}
        _ => found.push(format!("{place} is {}, not {}", shown(own), shown(other))),
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Array(values) => format!("a list of {}", values.len()),
        Value::Object(_) => "something".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use lm::{config::Heads, optimizer::AdamW};
    use serde_json::json;

    use super::*;

    fn recipe() -> Recipe {
        let plan = TrainingPlan {
            epochs: 3,
            items_per_step: 8,
            block_length: 128,
            blocks_at_once: 2,
            optimizer: AdamW { learning_rate: 0.1 + 0.2, ..AdamW::default() },
            seed: u64::MAX,
        };
        Recipe::of_plan(plan, LlamaConfig::new(300, 16, 2, Heads { query: 2, key_value: 1 }, 24, 128))
    }

    #[test]
    fn a_recipe_that_was_written_and_read_differs_from_itself_in_nothing() {
        let text = serde_json::to_vec(&recipe()).unwrap();
        assert_eq!(recipe().differences(&serde_json::from_slice(&text).unwrap()), None);
        assert_eq!(serde_json::from_slice::<Recipe>(&text).unwrap(), recipe());
    }

    #[test]
    fn differences_are_named_and_what_else_stands_there_is_none() {
        let mut other = serde_json::to_value(recipe()).unwrap();
        other["weights_hash"] = json!("00");
        assert_eq!(recipe().differences(&other), None);
        other["plan"]["epochs"] = json!(2);
        other["items"] = json!([{ "sha256": "00" }]);
        let told = recipe().differences(&other).unwrap();
        assert_eq!(told, "items is a list of 0, not a list of 1; plan.epochs is 3, not 2");
    }
}
