//! How each operator agreed with the median of each round, and how it behaved.

use super::PlotError;
use crate::{
    data::{OperatorRow, RoundRow},
    number::percent,
    svg::{Anchor, Canvas, Rect, Style},
    tables::{epochs, has_settled, printable},
};

const NAMES: f64 = 150.0;
const TOP: f64 = 76.0;
const CELL_HEIGHT: f64 = 48.0;
const SWATCH: f64 = 24.0;
const MIDDLE: Style = Style { size: 13.0, bold: false, fill: "#222222", anchor: Anchor::Middle };

/// White to dark blue, in steps of equal agreement; light steps take dark text.
const SCALE: [(&str, &str); 6] = [
    ("#F3F7FB", "#222222"),
    ("#D3E4F1", "#222222"),
    ("#A6CBE3", "#222222"),
    ("#6BAAD0", "#222222"),
    ("#1F7DB3", "#FFFFFF"),
    ("#004C7F", "#FFFFFF"),
];
const NO_AGREEMENT: (&str, &str) = ("#EDEDED", "#4D4D4D");
const SLASHED: &str = "#D55E00";

/// Operators as rows, rounds as columns; darker means nearer to the median.
///
/// # Errors
/// Never; like the other plots for the sake of their reader.
pub fn agreement(rounds: &[RoundRow]) -> Result<String, PlotError> {
    let names = names(rounds);
    let cell_width = (840.0 / number(rounds.len().max(1))).clamp(86.0, 190.0);
    let width = (NAMES + cell_width * number(rounds.len()) + 20.0).max(620.0);
    let legend_y = TOP + CELL_HEIGHT * number(names.len()) + 20.0;
    let mut canvas = Canvas::new(width, legend_y + 46.0);
    for (column, round) in rounds.iter().enumerate() {
        let x = NAMES + cell_width * number(column);
        heading(&mut canvas, x + cell_width / 2.0, round);
        for (row, name) in names.iter().enumerate() {
            let place =
                Rect { x, y: TOP + CELL_HEIGHT * number(row), width: cell_width - 3.0, height: CELL_HEIGHT - 3.0 };
            cell(&mut canvas, place, round.operators.iter().find(|operator| operator.name == *name));
        }
    }
    for (row, name) in names.iter().enumerate() {
        let style = Style { anchor: Anchor::End, size: 13.5, ..MIDDLE };
        let y = TOP + CELL_HEIGHT * (number(row) + 0.5) + 3.0;
        canvas.text((NAMES - 12.0, y), style, &printable(name));
    }
    legend(&mut canvas, legend_y);
    Ok(canvas.finish())
}

/// The sentence under the plot.
pub fn sentence(rounds: &[RoundRow]) -> String {
    let failed = rounds.iter().filter(|round| !has_settled(round)).count();
    let slashed = rounds.iter().flat_map(|round| &round.operators).filter(|operator| operator.slashed).count();
    format!(
        "Each cell is an operator's agreement with the median of a round, which sets its reward; {failed} of {} rounds closed without effect and {slashed} bond{} for a commit without a reveal.",
        rounds.len(),
        if slashed == 1 { " was slashed" } else { "s were slashed" },
    )
}

fn names(rounds: &[RoundRow]) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for operator in rounds.iter().flat_map(|round| &round.operators) {
        if !names.contains(&operator.name.as_str()) {
            names.push(&operator.name);
        }
    }
    names
}

fn heading(canvas: &mut Canvas, x: f64, round: &RoundRow) {
    let faint = Style { size: 12.0, fill: "#595959", ..MIDDLE };
    let outcome = if has_settled(round) { faint } else { Style { fill: "#A84300", bold: true, ..faint } };
    canvas.text((x, 24.0), Style { size: 14.0, bold: true, ..MIDDLE }, &format!("round {}", round.round));
    canvas.text((x, 42.0), faint, &format!("epochs {}", epochs(round)));
    canvas.text((x, 60.0), outcome, &printable(&round.outcome));
}

fn cell(canvas: &mut Canvas, place: Rect, operator: Option<&OperatorRow>) {
    let Some(operator) = operator else {
        return canvas.text(centre(place, 4.0), Style { fill: "#767676", ..MIDDLE }, "not in the set");
    };
    let (fill, ink) = operator.agreement.map_or(NO_AGREEMENT, shade);
    canvas.rect(place, fill, "#C8C8C8");
    if operator.slashed {
        let edge = Rect { width: 6.0, ..place };
        canvas.rect(edge, SLASHED, "none");
    }
    let figure = match (operator.agreement, operator.slashed, operator.revealed) {
        (Some(part), _, _) => percent(part, 1),
        (None, true, _) => "slashed".to_owned(),
        (None, false, true) => "revealed".to_owned(),
        (None, false, false) => "–".to_owned(),
    };
    let style = Style { fill: ink, ..MIDDLE };
    canvas.text(centre(place, -3.0), Style { bold: true, size: 14.0, ..style }, &figure);
    canvas.text(centre(place, 14.0), Style { size: 12.0, ..style }, &printable(&operator.behaviour));
}

fn centre(place: Rect, below: f64) -> (f64, f64) {
    (place.x + place.width / 2.0, place.y + place.height / 2.0 + below)
}

fn shade(agreement: f64) -> (&'static str, &'static str) {
    let last = SCALE.len() - 1;
    let step = (agreement.clamp(0.0, 1.0) * number(last)).round();
    let found = SCALE.iter().enumerate().find(|(index, _)| number(*index) >= step);
    found.map_or(NO_AGREEMENT, |(_, shade)| *shade)
}

fn legend(canvas: &mut Canvas, y: f64) {
    let start = Style { anchor: Anchor::Start, size: 12.0, ..MIDDLE };
    canvas.text((NAMES, y + 13.0), start, "0 %");
    let scale_x = NAMES + 32.0;
    for (index, (fill, _)) in SCALE.iter().enumerate() {
        let x = scale_x + SWATCH * number(index);
        canvas.rect(Rect { x, y, width: SWATCH, height: 17.0 }, fill, "#C8C8C8");
    }
    let after = scale_x + SWATCH * number(SCALE.len()) + 8.0;
    canvas.text((after, y + 13.0), start, "100 % agreement");
    let none = after + 122.0;
    canvas.rect(Rect { x: none, y, width: SWATCH, height: 17.0 }, NO_AGREEMENT.0, "#C8C8C8");
    canvas.text((none + SWATCH + 8.0, y + 13.0), start, "none");
    let slashed = none + 78.0;
    canvas.rect(Rect { x: slashed, y, width: 6.0, height: 17.0 }, SLASHED, "none");
    canvas.text((slashed + 14.0, y + 13.0), start, "slashed");
}

fn number(value: usize) -> f64 {
    f64::from(u32::try_from(value).unwrap_or(u32::MAX))
}
