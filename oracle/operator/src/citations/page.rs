//! Outputs with their citations beside them, as one page: nothing fetched from anywhere, every text escaped.

use anyhow::Result;
use minijinja::{Environment, UndefinedBehavior, context};
use serde::Serialize;

use super::{Citation, Cited, CitedOutput, Match};

/// The name ends in `html` (the last extension is passed over), which is what turns escaping on.
const TEMPLATE: &str = "cite.html.jinja";

/// A part of an output, marked with the number of its citation or not.
#[derive(Serialize)]
struct Passage<'a> {
    text: &'a str,
    number: Option<usize>,
}

/// An output as the page shows it.
#[derive(Serialize)]
struct Shown<'a> {
    passages: Vec<Passage<'a>>,
    citations: &'a [Citation],
    matches: &'a [Match],
}

impl<'a> Shown<'a> {
    fn new(output: &'a CitedOutput) -> Self {
        Self { passages: passages(output), citations: &output.citations, matches: &output.matches }
    }
}

/// The output cut at its citations, which come in its order and do not overlap.
fn passages(output: &CitedOutput) -> Vec<Passage<'_>> {
    let mut passages = Vec::new();
    let mut at = 0;
    for (index, citation) in output.citations.iter().enumerate() {
        passages.push(Passage { text: &output.text[at..citation.start], number: None });
        passages.push(Passage { text: &output.text[citation.start..citation.end], number: Some(index + 1) });
        at = citation.end;
    }
    passages.push(Passage { text: &output.text[at..], number: None });
    passages.retain(|passage| !passage.text.is_empty());
    passages
}

/// The page.
///
/// # Errors
/// If the template cannot be filled, which does not depend on the texts.
pub(super) fn page(cited: &Cited) -> Result<String> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.add_template(TEMPLATE, include_str!("cite.html.jinja"))?;
    let page = environment.get_template(TEMPLATE)?.render(context! {
        note => cited.note,
        items => cited.items,
        outputs => cited.outputs.iter().map(Shown::new).collect::<Vec<_>>(),
    })?;
    Ok(page)
}
