//! What who buys from itself gains by choosing answers, besides prompts: a gateway that an attacker runs may sign whatever the model can have said
//! ([`lm::surprise`]), and so the one of many draws that speaks most for its own data.
//!
//! The model is Task C's adapter; its items, in the order of the book, are dealt to contributions of equal size, and each contribution is the attacker
//! once. A [`way`](Way) says what it asks and answers; influence is the engine's, shares are the report's.

mod gain;
mod speaker;
pub mod table;
mod way;

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use compute::Job;
use influence::ekfac::Subject;
use influence::ekfac::score::{self, Settings};
use influence::report::Ownership;
use influence::shares::{Part, shares};
use lm::model::Model;
use lm::pack::TokenItem;
use serde::Serialize;

use crate::text::Task;
use crate::truth::LAYOUT;
use gain::{Attacker, Epoch, Rule, mean};
use speaker::{Said, Speaker};
use way::Way;

/// How much is bought.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Contributions that the items are dealt to.
    pub contributions: usize,
    /// Of its own items an attacker asks about so many.
    pub prompts: usize,
    /// Tokens of a prompt: the first of an item.
    pub given: usize,
    /// Tokens of an answer.
    pub answered: usize,
    /// Draws of which the best is signed.
    pub draws: usize,
}

/// What one way brings, in the mean over attackers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Record {
    /// The way.
    pub way: &'static str,
    /// Tokens of an answer.
    pub tokens: usize,
    /// Part of the answers that operators would not count.
    pub refused: f64,
    /// The attacker's signed share of the answers that it signs.
    pub share: f64,
    /// That share beside what honest answers owe to all data.
    pub of_reach: f64,
    /// Most that a contributor gains, in the epoch's honest fees.
    pub contributor: f64,
    /// Most that one gains who owns the model and its stake, too.
    pub owner: f64,
    /// The same if usefulness were brought to the scale of use.
    pub owner_scaled: f64,
    /// The same where usefulness leaves room for everything.
    pub owner_unbound: f64,
}

/// What was played.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Played {
    /// What honest answers owe to all data.
    pub reach: f64,
    /// Usefulness of all over that.
    pub room: f64,
    /// Part of the pool that honest contributors are paid without an attacker: as rounds have it, and if usefulness were brought to the scale of
    /// use.
    pub honest: [f64; 2],
    /// Ways, in the order of the table.
    pub records: Vec<Record>,
}

/// Plays every way with every contribution as the attacker.
///
/// # Errors
/// If the plan does not fit the task, or a pass fails.
pub fn play(task: &Task, model: &Model, plan: Plan, job: &Job) -> Result<Played> {
    let each = task.items.len() / plan.contributions.max(1);
    let length = task.items.first().map_or(0, |item| item.tokens.len());
    ensure!(
        plan.contributions > 1 && plan.prompts > 0 && plan.prompts <= each,
        "there are {each} items to a contribution"
    );
    ensure!(plan.given > 0 && plan.answered > 0 && plan.given + plan.answered <= length, "an item has {length} tokens");
    let mut speaker = Speaker::new(model)?;
    let prompts = || task.queries.iter().map(|query| query.tokens.split_at(plan.given));
    let honest = prompts().map(|(prompt, _)| speaker.draw(prompt, plan.answered, 0)).collect::<Result<Vec<_>>>()?;
    let count = honest.len();
    let truth = prompts().map(|(prompt, rest)| speaker.pretend(prompt, &rest[..plan.answered]));
    let truth = truth.collect::<Result<Vec<_>>>()?;

    // All that is said, so that it is scored at once; and per way and attacker the ranks of each prompt's choices.
    let mut said: Vec<Said> = honest.into_iter().chain(truth).collect();
    let mut choices = Vec::new();
    for way in way::all(plan) {
        for attacker in 0..plan.contributions {
            for prompt in 0..plan.prompts {
                let item = &task.items[attacker * each + prompt * each / plan.prompts];
                let answers = way.answers(&mut speaker, item, plan)?;
                let first = said.len();
                said.extend(answers);
                choices.push((way, attacker, first..said.len()));
            }
        }
    }
    let ownership = Ownership {
        item_positions: (0..task.items.len()).map(|item| (item / each).min(plan.contributions - 1) as u32).collect(),
        positions: plan.contributions,
    };
    let shares = shares_of(task, model, &ownership, &said, job)?;
    let epoch = Epoch::new(&shares[..count], &shares[count..2 * count]);
    let records = way::all(plan).into_iter().map(|way| record(way, &choices, (&said, &shares), &epoch)).collect();
    let honest = [Rule::Bound, Rule::Scaled].map(|rule| epoch.honest(rule));
    Ok(Played { reach: epoch.reach(), room: epoch.room(), honest, records })
}

/// A prompt's choices: the way, the attacker, and which of all that is said they are.
type Choices = (Way, usize, std::ops::Range<usize>);

fn record(way: Way, choices: &[Choices], (said, shares): (&[Said], &[Vec<f64>]), epoch: &Epoch) -> Record {
    let own: Vec<&Choices> = choices.iter().filter(|(other, ..)| *other == way).collect();
    // Of each prompt's answers that are counted, the one that says most for the attacker.
    let best = |(_, attacker, ranks): &Choices| {
        let plausible = ranks.clone().filter(|rank| said[*rank].is_plausible());
        plausible.max_by(|left, right| shares[*left][*attacker].total_cmp(&shares[*right][*attacker]))
    };
    let attackers: BTreeSet<usize> = own.iter().map(|(_, attacker, _)| *attacker).collect();
    let (mut share, mut gains, mut signed) = (0.0, [0.0; 4], 0usize);
    for &attacker in &attackers {
        let of_attacker = own.iter().filter(|(_, other, _)| *other == attacker);
        let answers: Vec<Vec<f64>> =
            of_attacker.filter_map(|choices| best(choices)).map(|rank| shares[rank].clone()).collect();
        if answers.is_empty() {
            continue;
        }
        signed += 1;
        let answers = mean(&answers);
        share += answers[attacker];
        let kinds = [
            (Attacker::Contributor, Rule::Bound),
            (Attacker::Owner, Rule::Bound),
            (Attacker::Owner, Rule::Scaled),
            (Attacker::Owner, Rule::Unbound),
        ];
        let found = kinds.map(|(who, rule)| epoch.gain(attacker, &answers, who, rule));
        gains.iter_mut().zip(found).for_each(|(sum, gain)| *sum += gain);
    }
    let of_way = || own.iter().flat_map(|(.., ranks)| &said[ranks.clone()]);
    let refused = of_way().filter(|said| !said.is_plausible()).count() as f64 / of_way().count() as f64;
    let share = share / signed.max(1) as f64;
    let [contributor, owner, owner_scaled, owner_unbound] = gains.map(|gain| gain / attackers.len() as f64);
    let of_reach = share / epoch.reach();
    Record {
        way: way.name(),
        tokens: way.tokens(),
        refused,
        share,
        of_reach,
        contributor,
        owner,
        owner_scaled,
        owner_unbound,
    }
}

/// Signed shares of all contributions in everything that is said, `[said][contributions]`.
fn shares_of(task: &Task, model: &Model, ownership: &Ownership, said: &[Said], job: &Job) -> Result<Vec<Vec<f64>>> {
    let (subject, settings) = (Subject::trained(model, LAYOUT), Settings::default());
    let asked: Vec<TokenItem> = said.iter().map(Said::item).collect();
    let curvature = score::curvature(&subject, &task.items, &settings, job)?;
    let matrix = score::matrix(&subject, &curvature, (&task.items, &asked), &settings, job)?;
    let wide = |query: usize| matrix.row(query).iter().map(|value| f64::from(*value)).collect::<Vec<_>>();
    Ok((0..asked.len()).map(|query| shares(&wide(query), ownership, Part::Net)).collect())
}
