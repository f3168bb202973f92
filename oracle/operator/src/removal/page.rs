//! The audit for people: one page with a plot, nothing fetched from anywhere, every name escaped.

use anyhow::Result;
use minijinja::{Environment, UndefinedBehavior, Value, context};
use report::{
    data::{Truth, TruthRow},
    plots,
};
use serde::Serialize;

use super::measured::{Drawn, Measured, Method};

/// The name ends in `html` (the last extension is passed over), which is what turns escaping on.
const TEMPLATE: &str = "audit.html.jinja";
/// Shown where there is nothing to show.
const NOTHING: &str = "–";

/// Net influence beside the effect of removal, as SVG.
///
/// # Errors
/// If the drawing library fails.
pub(super) fn plot(measured: &Measured) -> Result<String> {
    let row = |(position, row): (usize, &Drawn)| TruthRow {
        name: row.contribution.clone(),
        position: position as u32,
        net: row.net,
        net_error: row.net_error.unwrap_or(0.0),
        utility: 0.0,
        utility_error: 0.0,
        effect_queries: row.effect,
        effect_queries_error: row.effect_error.unwrap_or(0.0),
        effect_validation: 0.0,
        effect_validation_error: 0.0,
    };
    let truth = Truth {
        seeds: measured.seeds.len() as u32,
        rows: measured.drawn.iter().enumerate().map(row).collect(),
        spearman_queries: measured.net().spearman,
        ceiling_queries: measured.ceiling.unwrap_or(f64::NAN),
        spearman_validation: 0.0,
        ceiling_validation: 0.0,
    };
    Ok(plots::net_against_queries(&truth)?)
}

/// A row of the table of contributions, as text.
#[derive(Serialize)]
struct Row {
    contribution: String,
    items: usize,
    net: String,
    effect: String,
}

/// A row of the table of methods, as text.
#[derive(Serialize)]
struct MethodRow {
    method: &'static str,
    spearman: String,
    interval: String,
    per_query: String,
}

/// The page.
///
/// # Errors
/// If the template cannot be filled, which does not depend on what was measured.
pub(super) fn page(measured: &Measured, plot: &str) -> Result<String> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.add_template(TEMPLATE, include_str!("audit.html.jinja"))?;
    let page = environment.get_template(TEMPLATE)?.render(context! {
        summary => measured.summary(),
        reproduction => measured.reproduction(),
        holds => measured.holds,
        claimed => measured.at_least.is_some(),
        // Its texts were escaped when it was drawn.
        plot => Value::from_safe_string(plot.to_owned()),
        rows => measured.drawn.iter().map(row).collect::<Vec<_>>(),
        methods => measured.methods.iter().map(method).collect::<Vec<_>>(),
        queries => measured.queries,
        items => measured.items,
        line => measured.record.line(),
        draw_seed => measured.record.draw_seed,
        resamples => super::agreement::RESAMPLES,
    })?;
    Ok(page)
}

fn row(drawn: &Drawn) -> Row {
    let with_error = |value: f64, error: Option<f64>, decimals: usize| match error {
        Some(error) => format!("{value:+.decimals$} ± {error:.decimals$}"),
        None => format!("{value:+.decimals$}"),
    };
    Row {
        contribution: drawn.contribution.clone(),
        items: drawn.items,
        net: with_error(100.0 * drawn.net, drawn.net_error.map(|error| 100.0 * error), 3),
        effect: with_error(drawn.effect, drawn.effect_error, 4),
    }
}

fn method(method: &Method) -> MethodRow {
    let text = |value: Option<f64>| value.map_or(NOTHING.to_owned(), |value| format!("{value:.3}"));
    let interval = method.agreement.map(|found| format!("{:.3} to {:.3}", found.low, found.high));
    MethodRow {
        method: method.method,
        spearman: text(method.agreement.map(|found| found.spearman)),
        interval: interval.unwrap_or(NOTHING.to_owned()),
        per_query: text(method.agreement.and_then(|found| found.per_query)),
    }
}
