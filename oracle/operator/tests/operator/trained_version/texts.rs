//! Two subjects, each with words of its own and an ending that follows them: what a tiny model learns in seconds. A liar says
//! of the one what follows the other.

use influence::language::{Answered, Text};
use operator::{
    inputs::texts::item_of,
    published::ValidationExample,
    story::{
        plan::{AdapterPlan, Batch, Call, Conduct, PAYERS, Plan},
        subject::Subject,
    },
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rules::item::text_item;

/// Positions of the contributions.
pub const LIGHT: usize = 0;
pub const FARM: usize = 1;
pub const LIAR: usize = 2;
pub const HALF_COPIED: usize = 3;
/// Items that the last contributor took from the first.
pub const COPIED: usize = 8;
/// Examples of a round.
const EXAMPLES: usize = 24;
/// Paid calls.
const CALLS: usize = 48;
/// Words of a prompt: so many that two of one subject are not taken for copies, though both end alike.
const WORDS: usize = 7;

/// A subject's words, and what follows them.
struct Topic {
    words: [&'static str; 16],
    ending: &'static str,
}

const OF_LIGHT: Topic = Topic {
    words: [
        "ray", "beam", "prism", "lens", "glass", "colour", "violet", "red", "shadow", "mirror", "angle", "sine",
        "lamp", "wave", "sun", "eye",
    ],
    ending: " bends in water",
};
const OF_FARMS: Topic = Topic {
    words: [
        "hen", "cow", "barn", "hay", "mill", "plough", "goat", "field", "cart", "fence", "pig", "trough", "duck",
        "pond", "oats", "mule",
    ],
    ending: " sleeps till dawn",
};

impl Topic {
    fn prompt(&self, random: &mut ChaCha8Rng) -> String {
        let words: Vec<&str> = (0..WORDS).map(|_| self.words[random.random_range(0..self.words.len())]).collect();
        words.join(" ")
    }

    /// A prompt with the ending of this or another topic.
    fn ended(&self, other: &Self, random: &mut ChaCha8Rng) -> Vec<u8> {
        item_of(&Text::Answered(Answered { prompt: self.prompt(random), answer: other.ending.to_owned() }))
    }

    fn items(&self, count: usize, random: &mut ChaCha8Rng) -> Vec<Vec<u8>> {
        (0..count).map(|_| self.ended(self, random)).collect()
    }
}

fn topic(number: usize) -> &'static Topic {
    [&OF_LIGHT, &OF_FARMS][number % 2]
}

/// What should follow a prompt.
pub fn right_answer(prompt: &str) -> &'static str {
    let is_of = |topic: &Topic| prompt.split(' ').any(|word| topic.words.contains(&word));
    if is_of(&OF_LIGHT) { OF_LIGHT.ending } else { OF_FARMS.ending }
}

/// Who contributes what, what is asked, and what validates.
pub fn plan(seed: u64) -> Plan {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let light = OF_LIGHT.items(24, &mut random);
    let farm = OF_FARMS.items(24, &mut random);
    let lies = (0..12).map(|_| OF_LIGHT.ended(&OF_FARMS, &mut random)).collect();
    let mut half_copied = light[..COPIED].to_vec();
    half_copied.extend(OF_FARMS.items(8, &mut random));
    let batches = [("light", light), ("farm", farm), ("liar", lies), ("half-copied", half_copied)];
    let batch = |(name, items): (&str, Vec<Vec<u8>>)| {
        let conduct = if name == "liar" { Conduct::Wrong } else { Conduct::Honest };
        Batch { name: name.to_owned(), conduct, items }
    };
    let example = |number: usize| {
        let topic = topic(number);
        ValidationExample::new(&topic.ended(topic, &mut random), (number % 2) as u16)
    };
    let validation = (0..EXAMPLES).map(example).collect();
    Plan {
        subject: Subject::Text,
        batches: batches.map(batch).into(),
        shared: "nobody's",
        validation,
        validation_per_round: EXAMPLES,
        calls: vec![(0..CALLS).map(|number| call(number, &mut random)).collect()],
        adapter: AdapterPlan { batches: Vec::new(), validation: Vec::new(), calls: Vec::new() },
    }
}

fn call(number: usize, random: &mut ChaCha8Rng) -> Call {
    Call {
        payer: number % PAYERS,
        prompt: text_item(&topic(number / PAYERS).prompt(random)),
        price: if number.is_multiple_of(3) { "priority" } else { "standard" },
        salt: random.random(),
    }
}
