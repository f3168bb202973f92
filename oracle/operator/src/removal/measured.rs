//! What an audit found.

use anyhow::{Context, Result};
use influence::truth::SetTruth;
use serde::Serialize;

use super::{
    Wanted,
    agreement::{Agreement, Table, agreement},
    case::Case,
    claims::Claim,
    record::Record,
    retraining::Truth,
};

/// Everything that was measured; the record is what of it goes on chain.
#[derive(Clone, Debug, Serialize)]
pub struct Measured {
    /// Items that were learned from.
    pub items: usize,
    /// Queries.
    pub queries: usize,
    /// Contributions that there are.
    pub contributions: usize,
    /// Seeds of the trainings, that of the plan first.
    pub seeds: Vec<u64>,
    /// Whether plan, items and the plan's seed gave the audited model, bit for bit.
    pub reproduced: bool,
    /// Mean loss of the audited training on a query, nats, by seed.
    pub full_loss: Vec<f64>,
    /// The drawn contributions, in the order of their items.
    pub drawn: Vec<Drawn>,
    /// How well each method ranks what was measured, net influence first.
    pub methods: Vec<Method>,
    /// What a second truth with as many other seeds would agree with this one; none with one seed.
    pub ceiling: Option<f64>,
    /// What was claimed.
    pub at_least: Option<f64>,
    /// Whether the claim stands: the interval does not lie below it.
    pub holds: bool,
    /// What goes on chain.
    pub record: Record,
    /// Digest of the record.
    pub digest: String,
}

/// A contribution that was left out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Drawn {
    /// Its name.
    pub contribution: String,
    /// Its items.
    pub items: usize,
    /// Its net influence, as settlement takes it at equal fees: mean over queries of `Σ φ / Σ |φ|`.
    pub net: f64,
    /// Its standard error over queries; none of one query.
    pub net_error: Option<f64>,
    /// What the mean loss on a query rises by without it, nats; mean over seeds.
    pub effect: f64,
    /// Its standard error over seeds; none of one seed.
    pub effect_error: Option<f64>,
    /// The rise on each query, nats; mean over seeds.
    pub effects: Vec<f64>,
    /// Net influence on each query.
    pub nets: Vec<f64>,
}

/// How well a way to say who matters ranks who does.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Method {
    /// What it is called.
    pub method: &'static str,
    /// The figures; none where all contributions are alike in it.
    pub agreement: Option<Agreement>,
}

impl Measured {
    /// Puts truth and claims together.
    ///
    /// # Errors
    /// If net influence or what was measured ranks nothing.
    pub(super) fn new(case: &Case, wanted: &Wanted, drawn: &[usize], truth: &Truth, claims: &[Claim]) -> Result<Self> {
        let queries = case.queries.len();
        let effects = Table::new(drawn.len(), queries, |row, query| truth.effect(row, query));
        let compare =
            |claim: &Claim| Method { method: claim.method, agreement: agreement(&claim.values, &effects, wanted.seed) };
        let methods: Vec<Method> = claims.iter().map(compare).collect();
        let own = methods[0].agreement.context(
            "nothing can be ranked: net influence, or the change of the loss, is the same for all contributions that were drawn",
        )?;
        let over_seeds = over_seeds(truth, drawn.len());
        let rows = rows(case, drawn, &claims[0].values, &effects, &over_seeds);
        let mut measured = Self {
            items: case.items.len(),
            queries,
            contributions: case.owners.names().len(),
            seeds: truth.seeds.clone(),
            reproduced: truth.reproduced,
            full_loss: over_seeds.full_loss.clone(),
            drawn: rows,
            methods,
            ceiling: over_seeds.ceiling(),
            at_least: wanted.at_least,
            holds: wanted.at_least.is_none_or(|least| own.high >= least),
            record: Record::default(),
            digest: String::new(),
        };
        measured.record = Record::of(case, wanted, drawn, &measured)?;
        measured.digest = hex::encode(measured.record.digest());
        Ok(measured)
    }

    /// How well net influence ranks.
    pub fn net(&self) -> Agreement {
        self.methods[0].agreement.expect("checked when it was made")
    }

    /// What came out, in a sentence.
    pub fn summary(&self) -> String {
        let Agreement { spearman, low, high, .. } = self.net();
        let ceiling = self.ceiling.map_or("unknown with one seed".to_owned(), |ceiling| format!("{ceiling:.3}"));
        let claim = match self.at_least {
            Some(least) if self.holds => format!("; the interval does not exclude the claim of at least {least}"),
            Some(least) => format!("; the interval excludes the claim of at least {least}"),
            None => String::new(),
        };
        format!(
            "Spearman {spearman:.3} (95 % interval {low:.3} to {high:.3}) of net influence with the effect of removal, {} of {} contributions, {} seeds; ceiling of the truth {ceiling}{claim}",
            self.drawn.len(),
            self.contributions,
            self.seeds.len()
        )
    }

    /// What the first retraining says of model, plan and items.
    pub fn reproduction(&self) -> &'static str {
        if self.reproduced {
            "The plan gave the model again, bit for bit: model, plan and items belong together."
        } else {
            "The plan did not give the model again: it was trained elsewhere, or on other items, or by another plan; the effects are those of the plan."
        }
    }
}

/// Mean effects on a query by seed, as other truths are held.
fn over_seeds(truth: &Truth, drawn: usize) -> SetTruth {
    let seeds = 0..truth.seeds.len();
    let of_seeds = |row: usize| seeds.clone().map(|seed| truth.mean_effect(row, seed)).collect();
    SetTruth {
        name: "queries".to_owned(),
        full_loss: seeds.clone().map(|seed| truth.full_loss(seed)).collect(),
        effects: (0..drawn).map(of_seeds).collect(),
    }
}

fn rows(case: &Case, drawn: &[usize], net: &Table, effects: &Table, over_seeds: &SetTruth) -> Vec<Drawn> {
    let (means, errors) = (over_seeds.mean_effects(), over_seeds.standard_errors());
    let known = |error: f64| error.is_finite().then_some(error);
    let row = |(row, contribution): (usize, &usize)| Drawn {
        contribution: case.owners.names()[*contribution].clone(),
        items: case.owners.items_of(*contribution).count(),
        net: net.mean(row),
        net_error: known(net.error(row)),
        effect: means[row],
        effect_error: known(errors[row]),
        effects: effects.row(row).to_vec(),
        nets: net.row(row).to_vec(),
    };
    drawn.iter().enumerate().map(row).collect()
}
