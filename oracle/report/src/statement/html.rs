//! A statement as one page for print: A4, pages numbered, headers of tables repeated, nothing fetched from anywhere, every name escaped.

use minijinja::{Environment, UndefinedBehavior, context};
use serde::Serialize;

use super::{Statement, tables, text, utc};
use crate::{
    html::HtmlError,
    tables::{Table, printable},
};

/// The name ends in `html` (the last extension is passed over), which is what turns escaping on.
const TEMPLATE: &str = "statement.html.jinja";

#[derive(Serialize)]
struct Section {
    title: String,
    table: Table,
}

/// The whole statement as an HTML page that needs no other file; a browser prints it to PDF as it stands.
///
/// # Errors
/// If the template cannot be filled, which does not depend on what the statement says.
pub fn page(statement: &Statement) -> Result<String, HtmlError> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.add_template(TEMPLATE, include_str!("statement.html.jinja"))?;
    let sections = tables::all(statement).into_iter();
    let period = &statement.period;
    Ok(environment.get_template(TEMPLATE)?.render(context! {
        account => printable(&statement.account),
        chain_id => printable(&statement.chain_id),
        first_epoch => period.first_epoch,
        last_epoch => period.last_epoch,
        over => period.over,
        from => utc(period.from),
        until => utc(period.until),
        height => period.tip_height,
        sections => sections.map(|titled| Section { title: titled.title, table: titled.table }).collect::<Vec<_>>(),
        notes => text::notes(statement),
    })?)
}
