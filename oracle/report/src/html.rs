//! A report as one page: styles and plots inside, nothing fetched from anywhere, every name escaped.

use minijinja::{Environment, UndefinedBehavior, Value, context};
use serde::Serialize;
use thiserror::Error;

use crate::{
    data::{Report, Run, Stages},
    number::{count, fixed, open, percent},
    plots::{self, PlotError},
    tables::{self, Table, printable},
};

/// The name ends in `html` (the last extension is passed over), which is what turns escaping on.
const TEMPLATE: &str = "report.html.jinja";

/// Why the page could not be made.
#[derive(Debug, Error)]
pub enum HtmlError {
    /// A plot could not be drawn.
    #[error(transparent)]
    Plot(#[from] PlotError),
    /// The template could not be filled.
    #[error("could not fill the template of the page")]
    Template(#[from] minijinja::Error),
}

/// The whole report as an HTML page that needs no other file.
///
/// # Errors
/// If a plot cannot be drawn or the template cannot be filled; neither depends on the names in the report.
pub fn render(report: &Report) -> Result<String, HtmlError> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.add_template(TEMPLATE, include_str!("report.html.jinja"))?;
    let page = environment.get_template(TEMPLATE)?.render(context! {
        model => printable(&report.run.model),
        facts => facts(&report.run),
        verdict => tables::verdict(report),
        all_hold => report.checks.iter().all(|check| check.holds),
        checks => tables::checks(&report.checks),
        sections => sections(report)?,
        timings => tables::timings(&report.timings),
    })?;
    Ok(page)
}

/// A name and a value in the head of the page.
#[derive(Serialize)]
struct Fact {
    name: &'static str,
    value: String,
}

fn facts(run: &Run) -> Vec<Fact> {
    let layers: Vec<String> = run.layers.iter().map(usize::to_string).collect();
    let fact = |name, value: String| Fact { name, value: printable(&value) };
    vec![
        fact("paid calls", count(run.receipts)),
        fact("epochs", run.epochs.to_string()),
        fact("operators", run.operators.to_string()),
        fact("accuracy", percent(run.accuracy, 2)),
        fact("layers", layers.join(" – ")),
        fact("damping", run.damping.to_string()),
        fact("chain", run.chain_id.clone()),
        fact("seed", run.seed.to_string()),
        fact("data", run.data_source.clone()),
    ]
}

/// A heading with plots, the sentence that says what they show, and the numbers behind them.
#[derive(Serialize)]
struct Section {
    title: &'static str,
    plots: Vec<Plot>,
    sentence: String,
    tables: Vec<Titled>,
}

#[derive(Serialize)]
struct Plot {
    label: &'static str,
    svg: Value,
}

impl Plot {
    /// The drawing goes into the page as it is: its texts were escaped when it was made.
    fn new(label: &'static str, svg: String) -> Self {
        Self { label, svg: Value::from_safe_string(svg) }
    }
}

#[derive(Serialize)]
struct Titled {
    title: &'static str,
    /// Long tables wait behind their title until they are asked for.
    folded: bool,
    table: Table,
}

fn sections(report: &Report) -> Result<Vec<Section>, PlotError> {
    let mut sections = vec![payouts(report)?, truth(report)?, fees(report)?, rounds(report)?];
    sections.extend((!report.samples.is_empty()).then(|| samples(report)));
    sections.extend([offspring(report), accounts(report)]);
    Ok(sections)
}

fn samples(report: &Report) -> Section {
    let sentence = "Prompts and answers as they stand in the published receipts, those that earned most first. Every operator computed \
                    each answer again before it counted the call.";
    Section {
        title: "What was asked and answered",
        plots: Vec::new(),
        sentence: sentence.to_owned(),
        tables: vec![Titled {
            title: "Some prompts, net fees in OPEN",
            folded: false,
            table: tables::samples(&report.samples),
        }],
    }
}

fn payouts(report: &Report) -> Result<Section, PlotError> {
    Ok(Section {
        title: "Who is paid what",
        plots: vec![Plot::new("Payouts by contribution and epoch under both rules", plots::payouts(report)?)],
        sentence: plots::payouts_sentence(report),
        tables: vec![Titled {
            title: "Contributions: scores in % of the fees, amounts in OPEN",
            folded: false,
            table: tables::contributions(&report.contributions),
        }],
    })
}

fn truth(report: &Report) -> Result<Section, PlotError> {
    let truth = &report.truth;
    Ok(Section {
        title: "Influence beside the true effect of removal",
        plots: vec![
            Plot::new("Net influence beside the effect on paid queries", plots::net_against_queries(truth)?),
            Plot::new("Utility beside the effect on validation examples", plots::utility_against_validation(truth)?),
        ],
        sentence: plots::truth_sentence(truth),
        tables: vec![Titled {
            title: "Influence and effect, ± one standard error",
            folded: true,
            table: tables::truth(&truth.rows),
        }],
    })
}

fn fees(report: &Report) -> Result<Section, PlotError> {
    Ok(Section {
        title: "A fee's way through the split",
        plots: vec![Plot::new("Flow of the fees", plots::fee_flow(&report.fees)?)],
        sentence: plots::fee_flow_sentence(&report.fees),
        tables: vec![Titled { title: "Fees of the settled rounds", folded: true, table: tables::fees(&report.fees) }],
    })
}

fn rounds(report: &Report) -> Result<Section, PlotError> {
    let rounds = &report.rounds;
    Ok(Section {
        title: "Operators' agreement",
        plots: vec![Plot::new("Agreement of operators by round", plots::agreement(rounds)?)],
        sentence: plots::agreement_sentence(rounds),
        tables: vec![
            Titled { title: "Rounds, in OPEN", folded: false, table: tables::rounds(rounds) },
            Titled { title: "Operators, rewards in OPEN", folded: true, table: tables::operators(rounds) },
        ],
    })
}

/// What was measured of the stages, beside what is fixed.
fn stages(stages: Stages) -> String {
    format!(
        " Measured on what was paid for, {} of all influence on its answers is that of the base's contributions (net {}, its own net {}); the royalty share is fixed at {}.",
        percent(stages.base_size, 1),
        percent(stages.base_net, 1),
        percent(stages.own_net, 1),
        percent(stages.royalty_share, 1),
    )
}

fn offspring(report: &Report) -> Section {
    let offspring = &report.offspring;
    let sentence = format!(
        "{} was built on {}. Of {} OPEN that it was paid, {} went to its base as royalties, and a valuation round released {} of them to the base's contributors.",
        printable(&offspring.model),
        printable(&report.run.model),
        open(offspring.gross),
        open(offspring.royalties),
        open(offspring.released),
    ) + &offspring.stages.map(stages).unwrap_or_default();
    let table = |title, table| Titled { title, folded: false, table };
    Section {
        title: "What was built on it, and who holds it",
        plots: Vec::new(),
        sentence,
        tables: vec![
            table(
                "Contributions to it: scores in % of the fees, amounts in OPEN",
                tables::contributions(&offspring.contributions),
            ),
            table("Its round, and the valuation of its base, in OPEN", tables::rounds(&offspring.rounds)),
            table("Holders of stake: shares, dividends in OPEN", tables::holders(&report.holders)),
        ],
    }
}

fn accounts(report: &Report) -> Section {
    let total = report.timings.iter().map(|timing| timing.seconds).sum();
    Section {
        title: "Accounts",
        plots: Vec::new(),
        sentence: format!("Every account that touched OPEN. All steps together took {} s.", fixed(total, 1)),
        tables: vec![Titled { title: "Accounts, in OPEN", folded: false, table: tables::accounts(&report.accounts) }],
    }
}
