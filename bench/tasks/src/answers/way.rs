//! Ways to choose what is asked and answered. All ask the beginning of an item that the attacker contributed.

use anyhow::Result;
use lm::decode::sample::Sampling;
use lm::pack::TokenItem;

use super::Plan;
use super::speaker::{Said, Speaker};

/// Above the model's own temperature, so that draws are more unlike each other.
const HOT: f64 = 1.5;
/// Answers so short that nearly everything is plausible.
const SHORT: usize = 4;

/// One way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Way {
    /// The likeliest tokens: all that operators counted if they repeated answers.
    Likeliest { tokens: usize },
    /// The same to the best of so many beginnings of the item.
    Beginnings { tokens: usize, beginnings: usize },
    /// The best of so many draws by the model's own probabilities; one is what an honest gateway says.
    Drawn { tokens: usize, draws: usize },
    /// The best of so many draws at a higher temperature.
    Hot { tokens: usize, draws: usize },
    /// The item's own next words, whatever the model says.
    OwnWords { tokens: usize },
}

/// All ways, in the order of the table.
pub fn all(Plan { answered, draws, .. }: Plan) -> Vec<Way> {
    let of_length = |tokens| {
        [
            Way::Likeliest { tokens },
            Way::Beginnings { tokens, beginnings: draws },
            Way::Drawn { tokens, draws: 1 },
            Way::Drawn { tokens, draws },
            Way::Hot { tokens, draws },
            Way::OwnWords { tokens },
        ]
    };
    [answered, SHORT.min(answered)].into_iter().flat_map(of_length).collect()
}

impl Way {
    /// Its name in the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Likeliest { .. } => "likeliest answer",
            Self::Beginnings { .. } => "likeliest answer to the best beginning",
            Self::Drawn { draws: 1, .. } => "one draw",
            Self::Drawn { .. } => "best draw",
            Self::Hot { .. } => "best hot draw",
            Self::OwnWords { .. } => "own words",
        }
    }

    /// Tokens of its answers.
    pub fn tokens(self) -> usize {
        match self {
            Self::Likeliest { tokens }
            | Self::Beginnings { tokens, .. }
            | Self::Drawn { tokens, .. }
            | Self::Hot { tokens, .. }
            | Self::OwnWords { tokens } => tokens,
        }
    }

    /// The answers that the attacker chooses from, to the beginning of one of its items.
    pub fn answers(self, speaker: &mut Speaker, item: &TokenItem, plan: Plan) -> Result<Vec<Said>> {
        let (prompt, rest) = item.tokens.split_at(plan.given);
        match self {
            Self::Likeliest { tokens } => Ok(vec![speaker.say(prompt, tokens, Sampling::greedy())?]),
            Self::Beginnings { tokens, beginnings } => {
                let most = item.tokens.len() - 1 - tokens;
                let ends = (1..=beginnings).map(|rank| (rank * most / beginnings).max(1));
                ends.map(|end| speaker.say(&item.tokens[..end], tokens, Sampling::greedy())).collect()
            }
            Self::Drawn { tokens, draws } => (0..draws as u64).map(|seed| speaker.draw(prompt, tokens, seed)).collect(),
            Self::Hot { tokens, draws } => {
                let hot = |seed| Sampling { temperature: HOT, seed, ..Sampling::default() };
                (0..draws as u64).map(|seed| speaker.say(prompt, tokens, hot(seed))).collect()
            }
            Self::OwnWords { tokens } => Ok(vec![speaker.pretend(prompt, &rest[..tokens])?]),
        }
    }
}
